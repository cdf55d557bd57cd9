"""What happens at the readers, as it happens: readers that come and go, cards put in and taken out."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from reader_client.errors import NoPcscError, PyscardMissingError

# PC/SC tells of new readers under this name
_NEW_READERS = "\\\\?PnP?\\Notification"
# a call of PC/SC cannot be interrupted: so long does Ctrl-C wait
WAIT_MILLISECONDS = 300
_COUNT_SHIFT = 16  # the upper half of a state counts insertions and removals


class EventKind(StrEnum):
    """What happened."""

    READER_ADDED = "reader_added"
    READER_GONE = "reader_gone"
    CARD_INSERTED = "card_inserted"
    CARD_REMOVED = "card_removed"


@dataclass(frozen=True, slots=True)
class ReaderEvent:
    """One thing that happened at a reader; `atr` is that of an inserted card, None of a mute one."""

    kind: EventKind
    reader: str
    atr: bytes | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A reader as PC/SC shows it; `count` grows with each insertion and removal."""

    present: bool
    atr: bytes | None = None
    count: int = 0


Snapshot = Mapping[str, Seen]


def changes(before: Snapshot, after: Snapshot) -> Iterator[ReaderEvent]:
    """What happened between two looks; a card that was swapped in between is a removal and an insertion."""
    for name in before:
        if name not in after:
            yield ReaderEvent(EventKind.READER_GONE, name)
    for name, now in after.items():
        was = before.get(name)
        if was is None:
            yield ReaderEvent(EventKind.READER_ADDED, name)
            was = Seen(False, count=now.count)
        swapped = was.present and now.present and (was.count, was.atr) != (now.count, now.atr)
        if was.present and (swapped or not now.present):
            yield ReaderEvent(EventKind.CARD_REMOVED, name)
        if now.present and (swapped or not was.present):
            yield ReaderEvent(EventKind.CARD_INSERTED, name, now.atr)


def watch(goes_on: Callable[[], bool] = lambda: True) -> Iterator[tuple[Snapshot, tuple[ReaderEvent, ...]]]:
    """Every look at the readers and what changed since the last one; the first look is all news.

    `goes_on` is asked after each look. No card is touched. Raises NoPcscError, PyscardMissingError.
    """
    with _context() as (scard, context):
        known: Snapshot = {}
        states: dict[str, int] = {}
        wait = 0
        while True:
            seen, states = _look(scard, context, states, wait)
            yield seen, tuple(changes(known, seen))
            known, wait = seen, WAIT_MILLISECONDS
            if not goes_on():
                return


def _look(
    scard: Any,  # noqa: ANN401 - a C module without types
    context: Any,  # noqa: ANN401
    known: Mapping[str, int],
    wait: int,
) -> tuple[Snapshot, dict[str, int]]:
    """Wait up to `wait` milliseconds for a change of the known states, then take all readers."""
    if wait:
        questions = [*known.items(), (_NEW_READERS, scard.SCARD_STATE_UNAWARE)]
        code, _states = scard.SCardGetStatusChange(context, wait, questions)
        if code not in (scard.SCARD_S_SUCCESS, scard.SCARD_E_TIMEOUT, scard.SCARD_E_UNKNOWN_READER):
            raise _failed("SCardGetStatusChange", code)
    code, names = scard.SCardListReaders(context, [])
    if code == scard.SCARD_E_NO_READERS_AVAILABLE or (code == scard.SCARD_S_SUCCESS and not names):
        return {}, {}
    if code != scard.SCARD_S_SUCCESS:
        raise _failed("SCardListReaders", code)
    questions = [(name, scard.SCARD_STATE_UNAWARE) for name in names]
    code, found = scard.SCardGetStatusChange(context, 0, questions)
    if code == scard.SCARD_E_UNKNOWN_READER:  # gone between the two calls: the next look tells
        return {}, {}
    if code != scard.SCARD_S_SUCCESS:
        raise _failed("SCardGetStatusChange", code)
    seen = {name: _seen(scard, state, atr) for name, state, atr in found}
    return seen, {name: state & ~scard.SCARD_STATE_CHANGED for name, state, _atr in found}


def _seen(scard: Any, state: int, atr: list[int]) -> Seen:  # noqa: ANN401
    present = bool(state & scard.SCARD_STATE_PRESENT)
    return Seen(present, bytes(atr) if present and atr else None, state >> _COUNT_SHIFT & 0xFFFF)


@contextmanager
def _context() -> Iterator[tuple[Any, Any]]:
    try:
        scard = importlib.import_module("smartcard.scard")
    except ImportError:
        raise PyscardMissingError from None
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    if code != scard.SCARD_S_SUCCESS:
        raise _failed("SCardEstablishContext", code)
    try:
        yield scard, context
    finally:
        scard.SCardReleaseContext(context)


def _failed(call: str, code: int) -> NoPcscError:
    return NoPcscError(call=call, code=code & 0xFFFFFFFF)
