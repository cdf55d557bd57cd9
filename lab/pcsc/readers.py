"""Cards going in and out of the slots of a stack, each step waited for until PC/SC has seen it."""

import time
from pathlib import Path

from card_os.spec.errors import Phrase
from card_os.vpcd import PoweredCard, VirtualSlot
from lab.pcsc.client import SOCKET_VARIABLE, client_socket, wait_card
from lab.pcsc.configuration import Slot
from lab.pcsc.daemon import Say
from lab.pcsc.errors import CardNotNoticed, ServiceUnreachable, SlotTaken, SlotUnknown
from language import _

# pcscd looks at a slot every 400 ms; a card swapped faster is used without reset and without power-on.
EMPTY_SECONDS = 1.0
NOTICE_SECONDS = 5.0


class Readers:
    """The slots of one pcscd and the cards that this process has put into them."""

    def __init__(self, slots: tuple[Slot, ...], socket: Path, say: Say) -> None:
        self.slots = slots
        self.socket = socket
        self._say = say
        self._cards: dict[Slot, VirtualSlot] = {}
        self._emptied: dict[Slot, float] = {}

    def slot(self, reader: str) -> Slot:
        """The slot with this reader name; `SlotUnknown` when there is none."""
        for slot in self.slots:
            if slot.reader == reader:
                return slot
        raise SlotUnknown(reader=reader)

    def free_slots(self, friendly_name: str) -> tuple[Slot, ...]:
        """Slots of one reader into which this process has put no card."""
        return tuple(
            slot
            for slot in self.slots
            if slot.reader.startswith(f"{friendly_name} ") and not self._holds(slot)
        )

    def insert(self, slot: Slot, card: PoweredCard) -> VirtualSlot:
        """Put a card into a slot and wait until PC/SC sees it.

        Raises `SlotTaken` when another card is there, `CardNotNoticed` when PC/SC does not see it in time.
        """
        self._demand_socket()
        if self._holds(slot):
            reason = Phrase("the slot {reader!r} has a card of this program already", reader=slot.reader)
            raise SlotTaken(reason=reason)
        self._await_empty(slot)
        inserted = VirtualSlot(card, slot.port)
        inserted.insert()
        try:
            _await_noticed(slot, inserted)
        except BaseException:
            inserted.eject()
            self._emptied[slot] = time.monotonic()
            raise
        self._cards[slot] = inserted
        self._say(_("A card is in {reader}.").format(reader=slot.reader))
        return inserted

    def eject(self, slot: Slot) -> None:
        """Take our card out of a slot and wait until PC/SC sees it gone; nothing happens without a card."""
        inserted = self._cards.pop(slot, None)
        if inserted is None:
            return
        inserted.eject()
        self._emptied[slot] = time.monotonic()
        self._demand_socket()
        wait_card(slot.reader, False, NOTICE_SECONDS)
        self._say(_("The card is out of {reader}.").format(reader=slot.reader))

    def pull_all(self) -> None:
        """Take all our cards out, without waiting for PC/SC: for the end, when pcscd may be gone."""
        while self._cards:
            slot, inserted = self._cards.popitem()
            inserted.eject()
            self._emptied[slot] = time.monotonic()

    def _holds(self, slot: Slot) -> bool:
        return slot in self._cards and self._cards[slot].inserted

    def _await_empty(self, slot: Slot) -> None:
        """Keep the slot empty long enough for every program to notice; `SlotTaken` when it does not get
        empty."""
        if self._cards.pop(slot, None) is not None:  # it fell silent by itself; when, nobody has noted
            self._emptied[slot] = time.monotonic()
        try:
            wait_card(slot.reader, False, EMPTY_SECONDS)
        except CardNotNoticed:
            reason = Phrase("the slot {reader!r} has a card of another program", reader=slot.reader)
            raise SlotTaken(reason=reason) from None
        # A span of time and no state: programs that poll PC/SC themselves have to see the gap as well.
        time.sleep(max(0.0, self._emptied.get(slot, -EMPTY_SECONDS) + EMPTY_SECONDS - time.monotonic()))

    def _demand_socket(self) -> None:
        if client_socket() != self.socket:
            reason = Phrase(
                "this program talks to another pcscd: set {variable}={socket} before it starts",
                variable=SOCKET_VARIABLE,
                socket=self.socket,
            )
            raise ServiceUnreachable(reason=reason)


def _await_noticed(slot: Slot, inserted: VirtualSlot) -> None:
    # Of two cards on one port the reader talks to the first only; the second waits unseen.
    if not inserted.wait_greeted(NOTICE_SECONDS):
        reason = Phrase("the slot {reader!r} is held by another program", reader=slot.reader)
        raise SlotTaken(reason=reason)
    wait_card(slot.reader, True, NOTICE_SECONDS)
