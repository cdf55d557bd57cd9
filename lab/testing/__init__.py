"""Cards for the tests of other programs: what the pytest plugin of this package gives them."""
