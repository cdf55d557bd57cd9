"""How long a real card takes: without it a record would be written before a hand is at the card.

The figure is a round one for a contactless card at 106 kbit/s with an update of EEPROM.
"""

from __future__ import annotations

from threading import Event

from reader_client.channel import Channel
from reader_client.errors import CardRemovedError
from reader_client.sharing import SharedChannel

SECONDS = 0.04
"""For one command, while a window writes."""


class PacedChannel:
    """A `Channel` that takes `seconds` more for each command; a card that is pulled meanwhile is noticed."""

    def __init__(self, channel: Channel, seconds: float, gone: Event, reader: str) -> None:
        self._channel, self._seconds, self._gone, self._reader = channel, seconds, gone, reader

    def reset(self) -> bytes:
        """Reset the card below."""
        return self._channel.reset()

    def transmit(self, command: bytes) -> bytes:
        """One exchange, late; raises CardRemovedError."""
        if self._gone.wait(self._seconds):
            raise CardRemovedError(reader=self._reader)
        return self._channel.transmit(command)

    def close(self) -> None:
        """Let the card below go."""
        self._channel.close()


class SharedLayers:
    """Layers over a channel whose card other programs may use too: transactions go straight to the bottom."""

    def __init__(self, top: Channel, bottom: SharedChannel) -> None:
        self._top, self._bottom = top, bottom

    @property
    def shared(self) -> bool:
        """Whether other programs can be there at all."""
        return self._bottom.shared

    def begin(self) -> bool:
        """Keep others out; see SharedChannel."""
        return self._bottom.begin()

    def end(self) -> None:
        """Let the others in."""
        self._bottom.end()

    def reset(self) -> bytes:
        """Reset the card below."""
        return self._top.reset()

    def transmit(self, command: bytes) -> bytes:
        """One exchange through all layers."""
        return self._top.transmit(command)

    def close(self) -> None:
        """Let the card go."""
        self._top.close()
