"""Numbers on paper that goes from hand to hand, and on screens: masked but for their end."""

from __future__ import annotations

SHOWN = 4


def masked(number: str) -> str:
    """The last four characters, and never more than half of them; a star for each of the others."""
    shown = min(SHOWN, len(number) // 2)
    return "*" * (len(number) - shown) + number[len(number) - shown :]
