"""What the command lines of all rooms share: failures in one line, groups that load when called."""
