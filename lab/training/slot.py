"""A slot of the reader of a seat: a card goes in, comes out, and is talked to through a channel.

Two kinds with one interface: `InProcessSlot` in this process, `PcscSlot` over a virtual PC/SC reader, where
any other program sees the same card. A card may be taken out at any time from any thread: the work in
progress then ends with CardRemovedError between two commands, and the card has lost its power.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Lock
from typing import Protocol

from lab.pcsc.configuration import SAM_READER, USER_READER, plan_readers
from lab.pcsc.system_stack import system_stack
from lab.sources import Kind, SourcedCard, Sources
from lab.table import Placed, Table
from reader_client.channel import Channel
from reader_client.errors import CardRemovedError, NoCardError
from reader_client.pcsc import PcscChannel


class Slot(Protocol):
    """What a seat needs of a slot. `gone` is set while no card is in."""

    reader: str
    gone: Event
    listeners: list[Callable[[], None]]
    """Called when somebody else than the seat changed what is in; may hold locks of the slot."""

    @property
    def source(self) -> SourcedCard | None:
        """The card that is in; for the tray and for what is kept, never for what the page shows of it."""
        ...

    def insert(self, source: SourcedCard) -> None:
        """Put a card in, in the place of another one where one is in."""
        ...

    def eject(self) -> None:
        """Take the card out; nothing happens where none is in."""
        ...

    def channel(self) -> Channel:
        """A channel to the card that is in, freshly reset; raises NoCardError."""
        ...


class InProcessSlot:
    """Satisfies `Slot` in this process."""

    def __init__(self, reader: str) -> None:
        self.reader = reader
        self.gone = Event()
        self.gone.set()
        self.listeners: list[Callable[[], None]] = []
        # held for one command at a time, so that a card is pulled between two of them
        self._lock = Lock()
        self._source: SourcedCard | None = None

    @property
    def source(self) -> SourcedCard | None:
        """See Slot."""
        return self._source

    def insert(self, source: SourcedCard) -> None:
        """See Slot."""
        self.eject()
        with self._lock:
            source.card.power_on()
            self._source = source
            self.gone.clear()

    def eject(self) -> None:
        """See Slot."""
        self.gone.set()
        with self._lock:
            source, self._source = self._source, None
            if source is not None:
                source.card.power_off()

    def channel(self) -> Channel:
        """See Slot."""
        source = self._source
        if source is None:
            raise NoCardError(reader=self.reader)
        return _CardChannel(self, source)

    def run(self, source: SourcedCard, do: Callable[[], bytes]) -> bytes:
        """Let a channel do something with its card while that is in; raises CardRemovedError."""
        with self._lock:
            if self._source is not source:
                raise CardRemovedError(reader=self.reader)
            return do()


class _CardChannel:
    """A channel to the card that was in the slot when it was opened, and to no other one."""

    def __init__(self, slot: InProcessSlot, source: SourcedCard) -> None:
        self._slot, self._source = slot, source

    def reset(self) -> bytes:
        """Warm reset; raises CardRemovedError."""
        return self._slot.run(self._source, self._source.card.reset)

    def transmit(self, command: bytes) -> bytes:
        """One exchange; raises CardRemovedError."""
        return self._slot.run(self._source, lambda: self._source.card.transmit(command))

    def close(self) -> None:
        """Let the card go; it stays in the slot."""


class PcscSlot:
    """Satisfies `Slot` over the first reader of its kind of a simulator's table.

    Whoever else puts cards into that reader (`rhc sim swap`) is seen here too, see `Table.listeners`.
    """

    def __init__(self, table: Table, reader: str) -> None:
        self.reader = reader
        self.gone = Event()
        self.listeners: list[Callable[[], None]] = []
        self._table = table
        self._seen: Placed | None = None
        self._look()
        table.listeners.append(self._look)

    @property
    def source(self) -> SourcedCard | None:
        """See Slot."""
        placed = self._placed()
        return placed.source if placed is not None else None

    def insert(self, source: SourcedCard) -> None:
        """See Slot; returns once PC/SC sees the card."""
        if self._placed() is not None:
            self._table.eject(self.reader)
        self._table.place(source, self.reader)

    def eject(self) -> None:
        """See Slot; returns once PC/SC sees that it is gone."""
        self.gone.set()
        if self._placed() is not None:
            self._table.eject(self.reader)

    def channel(self) -> Channel:
        """See Slot; raises also what PC/SC raises."""
        return PcscChannel(self.reader)

    def _placed(self) -> Placed | None:
        return next((placed for placed in self._table.placed() if placed.slot.reader == self.reader), None)

    def _look(self) -> None:
        """Something changed on the table; the listeners hear where it was here."""
        placed = self._placed()
        if placed is self._seen:
            return
        self._seen = placed
        if placed is None:
            self.gone.set()
        else:
            self.gone.clear()
        for listener in list(self.listeners):
            listener()


def pcsc_slots(table: Table) -> Mapping[Kind, Slot]:
    """The slots of a seat over a table: where a card of its kind is, else the first of its kind."""
    found: dict[Kind, Slot] = {}
    for kind, friendly in ((Kind.USER, USER_READER), (Kind.SAM, SAM_READER)):
        full = [placed.slot.reader for placed in table.placed() if placed.source.kind is kind]
        own = [slot.reader for slot in table.slots if slot.reader.startswith(friendly)]
        others = [slot.reader for slot in table.slots]
        taken = {slot.reader for slot in found.values()}
        reader = next(name for name in (*full, *own, *others) if name not in taken)
        found[kind] = PcscSlot(table, reader)
    return found


@contextmanager
def own_pcsc_slots(say: Callable[[str], None]) -> Iterator[Mapping[Kind, Slot]]:
    """Empty PC/SC readers for one seat while the context lasts; raises as `system_stack` does."""
    with system_stack(say, plan_readers(1, 1)) as readers:
        table = Table(readers, Sources(""), lambda source, _name: source.card)
        try:
            yield pcsc_slots(table)
        finally:
            table.clear()
