"""The black and grey list: how it grows, how it is published, and how front servers keep it."""
