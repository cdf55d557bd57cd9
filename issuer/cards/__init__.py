"""Cards from the day they are made: handed out, activated, lost, replaced, blocked, destroyed."""
