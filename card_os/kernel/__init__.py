"""The card itself: memory, files, security state, life cycle and commands."""
