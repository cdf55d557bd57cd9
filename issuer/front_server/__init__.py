"""A front server (前置机): keeps the black and grey list near the terminals, network or not."""
