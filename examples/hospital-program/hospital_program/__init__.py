"""A small hospital program: registers patients by their Residents' Health Card and writes visits on it."""
