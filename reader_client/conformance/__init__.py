"""The conformance suite: one list of cases for any card in any reader, simulated or real.

`catalogue` brings the cases, `runner` plays them against a `bench`, `report` tells what came out, `terminal`
judges what a terminal did. Nothing here knows the card from inside: it meets a card as bytes only.
"""
