"""A line to a chip in a distant reader: the keys stay in the office, the commands travel.

Whoever sits at the reader begins an act and gets the first command; each answer of the chip brings the next
one, until the act is over. An act runs in a thread of its own; it waits some seconds for an answer, and then
takes the card for silent, as if it had been pulled out. What that leaves is settled like any other cut
(`issuer.cards.chip_acts`).
# spec: issuance_and_ecard E.2 "back end gets randoms and returns authentication values"; our design
"""

from __future__ import annotations

import queue
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from card_os.spec.errors import PlainError
from issuer.cards.chip_desk import CardSilentError
from issuer.registry.errors import NotFoundError

WAIT = 30.0
"""Seconds for an answer of the chip."""
MOST_LINES = 64
_TOKEN = 24


class TooManyLinesError(PlainError):
    """So many chips at once that the next one waits."""

    template = "{most} chips are being worked on already; try again in a moment"


class NoLineError(NotFoundError):
    """A line that nobody holds, or whose act is over."""

    template = "there is no such line to a chip, or its act is over"


@dataclass(frozen=True, slots=True)
class Turn:
    """What comes next: a command for the chip, or the result of the act, a state of the card."""

    line: str
    command: bytes | None
    state: str | None


@dataclass(slots=True)
class _Line:
    owner: str
    name: str = field(default_factory=lambda: secrets.token_urlsafe(_TOKEN))
    commands: queue.Queue[bytes | None] = field(default_factory=lambda: queue.Queue(1))
    answers: queue.Queue[bytes] = field(default_factory=lambda: queue.Queue(1))
    state: str = ""
    error: Exception | None = None

    def transmit(self, command: bytes) -> bytes:
        """Let a command travel and wait for its answer; raises CardSilentError."""
        self.commands.put(command)
        try:
            return self.answers.get(timeout=WAIT)
        except queue.Empty:
            raise CardSilentError from None


class ChipLines:
    """All open lines of one application."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}
        self._lock = threading.Lock()

    def begin(self, owner: str, act: Callable[[Callable[[bytes], bytes]], str]) -> Turn:
        """Begin an act for an operator; `act` gets the line and returns the state of the card at its end.

        Raises TooManyLinesError, and what the act raises.
        """
        line = _Line(owner)
        with self._lock:
            if len(self._lines) >= MOST_LINES:
                raise TooManyLinesError(most=MOST_LINES)
            self._lines[line.name] = line
        threading.Thread(target=self._run, args=(line, act), daemon=True).start()
        return self._next(line)

    def answer(self, owner: str, name: str, answer: bytes) -> Turn:
        """Pass on what the chip answered; raises NoLineError, and what the act raises."""
        with self._lock:
            line = self._lines.get(name)
        if line is None or line.owner != owner:
            raise NoLineError
        try:
            line.answers.put_nowait(answer)
        except queue.Full:
            raise NoLineError from None
        return self._next(line)

    def _run(self, line: _Line, act: Callable[[Callable[[bytes], bytes]], str]) -> None:
        try:
            line.state = act(line.transmit)
        except Exception as error:  # it belongs to whoever waits for the next turn
            line.error = error
        finally:
            with self._lock:
                self._lines.pop(line.name, None)
            line.commands.put(None)

    @staticmethod
    def _next(line: _Line) -> Turn:
        command = line.commands.get()
        if command is not None:
            return Turn(line.name, command, None)
        # an answer that was sent twice has two who wait: the other one hears of the end, too
        line.commands.put(None)
        if line.error is not None:
            raise line.error
        return Turn(line.name, None, line.state)
