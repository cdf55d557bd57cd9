"""A channel that plays a recording: programs of the reader run without reader and card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from language import _
from reader_client.errors import CardRemovedError, ReaderClientError

_HEADER = 4


class RecordedExchange(Protocol):
    """One exchange of a recording; `command` is empty for a reset, whose `response` is the ATR.

    The last `masked` bytes of the command are not in the recording, because they were secret.
    """

    @property
    def command(self) -> bytes:
        """The command APDU, or what of it was recorded."""
        ...

    @property
    def response(self) -> bytes:
        """Data and status word, or the ATR."""
        ...

    @property
    def masked(self) -> int:
        """Bytes missing at the end of the command."""
        ...


class ReplayError(ReaderClientError):
    """Any error of a replay. `number` counts the exchanges of the recording from 1, resets among them."""

    def __init__(self, number: int, **fields: object) -> None:
        self.number = number
        super().__init__(number=number, **fields)


class ReplayDifferenceError(ReplayError):
    """The program does something else than what was recorded."""

    template = "exchange {number} of the recording is {recorded}; the program sends {sent}"


class ReplayEndedError(ReplayError):
    """The program goes on where the recording ends."""

    template = "the recording ends before exchange {number}; the program sends {sent}"


class ReplayChannel:
    """Satisfies `Channel` from the recording of one card, in its order and strictly.

    A command must be byte for byte the recorded one; challenges and cryptograms are part of the recording.
    Where secret bytes were masked, the command must agree in what is left and in its length.
    """

    def __init__(self, recording: Sequence[RecordedExchange], name: str = "replay") -> None:
        self._recording, self._name = recording, name
        self._next = 0

    @property
    def left(self) -> int:
        """Exchanges that were not played yet."""
        return len(self._recording) - self._next

    def reset(self) -> bytes:
        """The recorded ATR; raises ReplayDifferenceError where no reset was recorded, ReplayEndedError."""
        return self._play(b"")

    def transmit(self, command: bytes) -> bytes:
        """The recorded answer; raises ReplayDifferenceError, ReplayEndedError, CardRemovedError."""
        response = self._play(command)
        if len(response) < 2:
            raise CardRemovedError(reader=self._name)
        return response

    def close(self) -> None:
        """Nothing is held open; what is left of the recording stays unplayed."""

    def _play(self, command: bytes) -> bytes:
        number = self._next + 1
        if not self.left:
            raise ReplayEndedError(number, sent=_words(command, 0))
        due = self._recording[self._next]
        if len(command) != len(due.command) + due.masked or not command.startswith(due.command):
            raise ReplayDifferenceError(
                number, recorded=_words(due.command, due.masked), sent=_difference(due.command, command)
            )
        self._next = number
        return due.response


def _words(command: bytes, masked: int) -> str:
    """A command by header and length: its data may be a PIN or a person's."""
    if not command:
        return _("a reset")
    return _("{header} with {count} bytes in all").format(
        header=command[:_HEADER].hex().upper(), count=len(command) + masked
    )


def _difference(recorded: bytes, sent: bytes) -> str:
    words = _words(sent, 0)
    places = (at for at, pair in enumerate(zip(recorded, sent, strict=False)) if pair[0] != pair[1])
    first = next(places, None)
    if first is None or first < _HEADER:
        return words
    return words + ", " + _("different from byte {n} on").format(n=first + 1)
