"""One exchange with the card or the SAM, as a run keeps it."""

from __future__ import annotations

from dataclasses import dataclass

CARD, SAM = "card", "sam"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One command and its answer, to `card` or `sam`; `command` is empty for a reset with its ATR.

    `response` is empty where no answer came; `masked` bytes at the end of the command are not known,
    because a recording left out a PIN or a key.
    """

    who: str
    command: bytes
    response: bytes
    seconds: float = 0.0
    masked: int = 0
