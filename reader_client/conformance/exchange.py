"""One exchange with the card or the SAM, as a run keeps it."""

from __future__ import annotations

from dataclasses import dataclass

CARD, SAM = "card", "sam"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One command and its answer, to `card` or `sam`; `command` is empty for a reset with its ATR.

    `response` is empty where no answer came.
    """

    who: str
    command: bytes
    response: bytes
    seconds: float = 0.0

    @property
    def masked(self) -> int:
        """Bytes that are missing: none, a run keeps everything."""
        return 0
