"""`python -m lab` is `rhc`."""

from lab.cli import main

main()
