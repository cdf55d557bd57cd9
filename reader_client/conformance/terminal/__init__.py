"""Judging a terminal by what it sent: the same rules, looked at from the other side.

A recorded trace of the card, and that of the SAM where there is one, are followed from outside; where the SAM
computed a value, it is found again in what the card got, so that the two need no common clock.
"""
