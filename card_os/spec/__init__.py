"""The standard as data: files, data items, keys, code tables and commands, with their codecs."""
