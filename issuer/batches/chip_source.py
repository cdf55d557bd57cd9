"""Where the chips of a batch are: in a machine, on a desk, or simulated; the issuer sees bytes only."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from issuer.personalisation.chip import Transmit


@dataclass(frozen=True, slots=True)
class OpenedChip:
    """A chip that was powered just now: a line to it, and its answer to reset."""

    transmit: Transmit
    atr: bytes


class ChipSource(Protocol):
    """Brings chips by their serial numbers; can be pickled, for each worker has its own."""

    def open(self, serial: str) -> AbstractContextManager[OpenedChip]:
        """Power the chip with these ten digits, and let it go at the end of the block.

        Raises ChipUnavailableError where it is not there or in use, and so does `transmit` where the line
        breaks.
        """
        ...
