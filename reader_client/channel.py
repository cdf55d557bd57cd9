"""The one interface to a card, bytes in and bytes out, and the place where channels come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Channel(Protocol):
    """A card within reach, behind PC/SC or in this process."""

    def reset(self) -> bytes:
        """Reset the card and return its ATR, 2 to 33 bytes; every right and file selection is gone."""
        ...

    def transmit(self, command: bytes) -> bytes:
        """Send one command APDU; data and status word come back, at least 2 bytes.

        Raises CardRemovedError where no complete answer came.
        """
        ...

    def close(self) -> None:
        """Let the card go; a closed channel is of no further use."""
        ...


@dataclass(frozen=True, slots=True)
class ReaderState:
    """A reader by its full name, and the ATR of the card in it; None where it is empty or mute."""

    name: str
    atr: bytes | None


class ChannelFactory(Protocol):
    """Where a program gets its two cards from. Names are full names of readers, unique parts, or None."""

    def readers(self) -> tuple[ReaderState, ...]:
        """The readers that there are."""
        ...

    def user_card(self, reader: str | None, sam_reader: str | None) -> Channel:
        """A channel to the user card."""
        ...

    def sam(self, reader: str | None, sam_reader: str | None) -> Channel:
        """A channel to the SAM."""
        ...
