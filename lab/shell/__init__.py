"""The card shell: commands for one card and one SAM, typed at a prompt or kept in a file."""
