"""The whole story of an issuer in one run, from an empty directory to a reckoning that adds up.

Every step is what operators do in earnest: they sign in, two of them where it takes two, and call the
services of the issuer; files go to simulated partners and come back; chips are simulated cards in readers.
"""
