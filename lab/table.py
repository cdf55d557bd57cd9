"""The table of the simulator: which card is in which slot; cards come, go and are swapped while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from card_os.spec.errors import PlainError
from card_os.vpcd import PoweredCard
from lab.pcsc.configuration import SAM_READER, USER_READER, Slot
from lab.pcsc.readers import Readers
from lab.sources import Kind, SourcedCard, Sources
from language import _

Wrap = Callable[[SourcedCard, str], PoweredCard]


class SlotError(PlainError):
    """A slot that is not there, or not as it has to be."""

    template = "{slot}: {reason}"


@dataclass(frozen=True, slots=True)
class Placed:
    """A card in a slot; `name` is what the trace calls it, `layers` the card with all that is round it."""

    name: str
    source: SourcedCard
    slot: Slot
    layers: PoweredCard


class Table:
    """Cards of one simulator in the slots of one PC/SC stack. All calls are safe from any thread."""

    def __init__(self, readers: Readers, sources: Sources, wrap: Wrap) -> None:
        self._readers, self._sources, self._wrap = readers, sources, wrap
        self._lock = threading.RLock()
        self._placed: dict[Slot, Placed] = {}
        self._names: dict[Kind, int] = {}
        self.listeners: list[Callable[[], None]] = []
        """Called after each change of what is in the slots, in the thread that changed it."""

    @property
    def slots(self) -> Sequence[Slot]:
        """All slots, in their order."""
        return self._readers.slots

    def placed(self) -> list[Placed]:
        """The cards that are in, in the order of the slots."""
        with self._lock:
            return [self._placed[slot] for slot in self.slots if slot in self._placed]

    def insert(self, given: str, where: str | None = None) -> Placed:
        """Bring a card and put it into a slot, the first free one of its kind where none is named.

        Raises SlotError, SlotTaken, and the errors of `Sources.bring`.
        """
        with self._lock:
            source = self._sources.bring(given)
            try:
                return self._put(source, self._free_slot(source.kind, where))
            except BaseException:
                source.close()
                raise

    def place(self, source: SourcedCard, where: str) -> Placed:
        """Put a card that is at hand into a slot; raises SlotError, SlotTaken."""
        with self._lock:
            return self._put(source, self._free_slot(source.kind, where))

    def eject(self, where: str | None = None) -> Slot:
        """Take a card out; without a slot the only card that is in."""
        with self._lock:
            placed = self._occupied(where)
            self._readers.eject(placed.slot)
            placed.source.close()
            del self._placed[placed.slot]
            self._tell()
            return placed.slot

    def swap(self, given: str, where: str | None = None) -> Placed:
        """Take a card out and put another one in its place, with the gap that pcscd needs."""
        with self._lock:
            source = self._sources.bring(given)
            try:
                slot = self._occupied(where, source.kind).slot
                self.eject(slot.reader)
                return self._put(source, slot)
            except BaseException:
                source.close()
                raise

    def reinsert(self, name: str) -> None:
        """Put a card that fell silent back into its slot."""
        with self._lock:
            for placed in self.placed():
                if placed.name == name:
                    self._readers.eject(placed.slot)
                    self._readers.insert(placed.slot, placed.layers)

    def slot_of(self, name: str) -> str | None:
        """The reader of the card with this name, None where it is out."""
        return next((placed.slot.reader for placed in self.placed() if placed.name == name), None)

    def clear(self) -> None:
        """Take all cards out."""
        with self._lock:
            for placed in self.placed():
                self.eject(placed.slot.reader)

    def _put(self, source: SourcedCard, slot: Slot) -> Placed:
        count = self._names[source.kind] = self._names.get(source.kind, 0) + 1
        name = ("SAM" if source.kind is Kind.SAM else "card") + ("" if count == 1 else str(count))
        layers = self._wrap(source, name)
        self._readers.insert(slot, layers)
        self._placed[slot] = Placed(name, source, slot, layers)
        self._tell()
        return self._placed[slot]

    def _tell(self) -> None:
        for listener in list(self.listeners):
            listener()

    def _named(self, where: str) -> Slot:
        """A slot by its number from 0, its reader, or a part of the reader's name that only one has."""
        if where.isdigit() and int(where) < len(self.slots):
            return self.slots[int(where)]
        found = [slot for slot in self.slots if where.lower() in slot.reader.lower()]
        if len(found) == 1:
            return found[0]
        known = ", ".join(slot.reader for slot in self.slots)
        raise SlotError(slot=where, reason=_("no slot; there are {known}").format(known=known))

    def _free_slot(self, kind: Kind, where: str | None) -> Slot:
        if where is not None:
            slot = self._named(where)
            if slot in self._placed:
                raise SlotError(slot=slot.reader, reason=_("a card is in it"))
            return slot
        free = [slot for slot in self.slots if slot not in self._placed]
        friendly = SAM_READER if kind is Kind.SAM else USER_READER
        own = [slot for slot in free if slot.reader.startswith(friendly)]
        if not free:
            reason = _("all {count} slots are full").format(count=len(self.slots))
            raise SlotError(slot=str(kind), reason=reason)
        return (own or free)[0]

    def _occupied(self, where: str | None, kind: Kind | None = None) -> Placed:
        if where is not None:
            slot = self._named(where)
            if slot not in self._placed:
                raise SlotError(slot=slot.reader, reason=_("no card is in it"))
            return self._placed[slot]
        found = [placed for placed in self.placed() if kind in (None, placed.source.kind)]
        if len(found) != 1:
            reason = _("{count} cards are in; name the slot").format(count=len(found))
            raise SlotError(slot="?", reason=reason)
        return found[0]
