"""A layer round a card that tells what passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol


class TracedCardLike(Protocol):
    """What the layer needs of the card below it."""

    @property
    def atr(self) -> bytes:
        """Answer to reset."""
        ...

    def power_on(self) -> bytes:
        """Give power."""
        ...

    def reset(self) -> bytes:
        """Warm reset."""
        ...

    def power_off(self) -> None:
        """Take power away."""
        ...

    def transmit(self, command: bytes) -> bytes:
        """One exchange."""
        ...


@dataclass(frozen=True, slots=True)
class Exchange:
    """One command and its answer; `command` is empty for a reset, `response` then holds the ATR.

    `masked` bytes at the end of the command are missing because they were secret. `start` counts seconds from
    the begin of the recording.
    """

    command: bytes
    response: bytes
    seconds: float
    start: float = 0.0
    masked: int = 0

    @property
    def is_reset(self) -> bool:
        """Whether this is a reset and no command."""
        return not self.command

    @property
    def whole_command(self) -> bytes:
        """The command in its full length; zeros stand where bytes are masked."""
        return self.command + bytes(self.masked)


Listener = Callable[[Exchange], None]


class TracedCard:
    """A card whose exchanges are told to listeners, in their order, after the answer is made."""

    def __init__(self, card: TracedCardLike, *listeners: Listener) -> None:
        self._card, self._listeners = card, listeners
        self._begin = perf_counter()

    @property
    def atr(self) -> bytes:
        """The answer to reset; asking for it is not told, readers do it all the time."""
        return self._card.atr

    def power_on(self) -> bytes:
        """Give power, and tell it."""
        return self._told_reset(self._card.power_on)

    def reset(self) -> bytes:
        """Reset, and tell it."""
        return self._told_reset(self._card.reset)

    def power_off(self) -> None:
        """Take power away."""
        self._card.power_off()

    def transmit(self, command: bytes) -> bytes:
        """Pass a command on, and tell command, answer and time."""
        begin = perf_counter()
        response = self._card.transmit(command)
        self._tell(command, response, begin)
        return response

    def _told_reset(self, reset: Callable[[], bytes]) -> bytes:
        begin = perf_counter()
        atr = reset()
        self._tell(b"", atr, begin)
        return atr

    def _tell(self, command: bytes, response: bytes, begin: float) -> None:
        exchange = Exchange(command, response, perf_counter() - begin, begin - self._begin)
        for listener in self._listeners:
            listener(exchange)
