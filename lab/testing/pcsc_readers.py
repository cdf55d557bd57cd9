"""Readers for the cards of one test in a private PC/SC stack: any PC/SC program sees them."""

from __future__ import annotations

from card_os.vpcd import PoweredCard, VirtualSlot
from lab.pcsc.configuration import SAM_READER, USER_READER, Slot
from lab.pcsc.readers import Readers
from lab.sources import Kind
from lab.testing.errors import ReadersFullError
from reader_client.channel import Channel, ReaderState
from reader_client.pcsc import PcscChannels

FRIENDLY = {Kind.USER: USER_READER, Kind.SAM: SAM_READER}


class PcscReaders:
    """Satisfies `CardReaders`, for all tests of a process one after the other.

    PC/SC needs more than a second for a card to go and the next one to come. So the card of a test stays in
    its reader at the end; where the next test wants the same chip (the same ATR), that one takes its place as
    the chip is after a reset, and PC/SC has nothing to notice.
    """

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._cards: dict[Slot, VirtualSlot] = {}
        self._left_over: set[Slot] = set()
        self._channels = PcscChannels()

    def insert(self, card: PoweredCard, kind: Kind) -> str:
        """See CardReaders; returns once PC/SC sees the card."""
        slots = self._slots(kind)
        for slot in slots:
            inserted = self._cards.get(slot)
            if inserted is None or not inserted.inserted:
                self._cards[slot] = self._readers.insert(slot, card)
                return slot.reader
            if slot in self._left_over:
                self._replace(slot, inserted, card)
                return slot.reader
        raise ReadersFullError(readers=", ".join(slot.reader for slot in slots))

    def eject(self, reader: str) -> None:
        """See CardReaders; returns once PC/SC sees that it is gone."""
        slot = self._readers.slot(reader)
        self._left_over.discard(slot)
        self._cards.pop(slot, None)
        self._readers.eject(slot)

    def holds(self, reader: str, card: PoweredCard) -> bool:
        """See CardReaders."""
        inserted = self._cards.get(self._readers.slot(reader))
        return inserted is not None and inserted.card is card and inserted.inserted

    def begin(self, kinds: frozenset[Kind]) -> None:
        """See CardReaders; of the cards that were left only those stay whose place the test will take."""
        first = {
            kind: next(s for s in self._readers.slots if s.reader.startswith(FRIENDLY[kind]))
            for kind in kinds
        }
        for slot in self._left_over - set(first.values()):
            self.eject(slot.reader)

    def end(self) -> None:
        """See CardReaders."""
        self._left_over = set(self._cards)

    def clear(self) -> None:
        """Take everything out that was left."""
        self.end()
        self.begin(frozenset())

    # --- ChannelFactory ---------------------------------------------------------------------------------

    def readers(self) -> tuple[ReaderState, ...]:
        """All readers, with the ATR of the card in each."""
        return self._channels.readers()

    def user_card(self, reader: str | None, sam_reader: str | None) -> Channel:
        """The user card, by the rules of `reader_choice`."""
        return self._channels.user_card(reader, sam_reader)

    def sam(self, reader: str | None, sam_reader: str | None) -> Channel:
        """The SAM, by the rules of `reader_choice`."""
        return self._channels.sam(reader, sam_reader)

    def _slots(self, kind: Kind) -> list[Slot]:
        return [slot for slot in self._readers.slots if slot.reader.startswith(f"{FRIENDLY[kind]} ")]

    def _replace(self, slot: Slot, inserted: VirtualSlot, card: PoweredCard) -> None:
        if inserted.card.atr != card.atr:
            self.eject(slot.reader)
            self._cards[slot] = self._readers.insert(slot, card)
            return
        card.power_on()
        inserted.card = card
        self._left_over.discard(slot)
