"""From a resident's record to a card, and from a province's keys to a SAM."""
