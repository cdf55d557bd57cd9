"""The training page: a reader, cards and windows for people who learn the card; all behind it is real."""
