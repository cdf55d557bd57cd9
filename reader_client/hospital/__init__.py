"""What a hospital does with a card: the seven steps of a visit, emergency access, the swipe log."""
