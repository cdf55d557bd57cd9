"""The ceremony: a master secret of three people's components, the keys made of it, its recovery shares."""
