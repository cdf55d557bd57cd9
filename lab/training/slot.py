"""A slot of the reader of a seat: a card goes in, comes out, and is talked to through a channel.

Two kinds with one interface: `InProcessSlot` in this process, `PcscSlot` over a virtual PC/SC reader, where
any other program sees the same card. A card may be taken out at any time from any thread: the work in
progress then ends with CardRemovedError between two commands, and the card has lost its power.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock
from typing import Protocol

from lab.sources import Kind, SourcedCard
from lab.table import Placed, Table
from reader_client.channel import Channel
from reader_client.errors import CardRemovedError, NoCardError
from reader_client.pcsc import PcscChannel


class Slot(Protocol):
    """What a seat needs of a slot. `gone` is set while no card is in."""

    reader: str
    gone: Event

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

    def __init__(self, table: Table, kind: Kind, reader: str) -> None:
        self.reader = reader
        self.gone = Event()
        self._table, self._kind = table, kind
        table.listeners.append(self._look)
        self._look()

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
        if self._placed() is None:
            self.gone.set()
        else:
            self.gone.clear()
