"""A Residents' Health Card and its SAM in software: what is inside the chip."""
