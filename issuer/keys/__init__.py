"""Keys of cards and SAMs: who holds them, how they descend, and how they travel onto a chip."""
