"""What a card holds, out to other systems and back: by meaning, never by a number that happens to fit."""
