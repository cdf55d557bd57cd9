"""Cards going in and out of the slots of a stack, each step waited for until PC/SC has seen it."""

import time
from pathlib import Path

from card_os.vpcd import PoweredCard, VirtualSlot
from lab.pcsc.client import SOCKET_VARIABLE, client_socket, wait_card
from lab.pcsc.configuration import Slot
from lab.pcsc.daemon import Say
from lab.pcsc.errors import CardNotNoticed, ServiceUnreachable, SlotTaken, SlotUnknown

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
        raise SlotUnknown(f"there is no virtual slot {reader!r}")

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
            raise SlotTaken(f"the slot {slot.reader!r} has a card of this program already")
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
        self._say(f"A card is in {slot.reader}.")
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
        self._say(f"The card is out of {slot.reader}.")

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
            raise SlotTaken(f"the slot {slot.reader!r} has a card of another program") from None
        # A span of time and no state: programs that poll PC/SC themselves have to see the gap as well.
        time.sleep(max(0.0, self._emptied.get(slot, -EMPTY_SECONDS) + EMPTY_SECONDS - time.monotonic()))

    def _demand_socket(self) -> None:
        if client_socket() != self.socket:
            raise ServiceUnreachable(
                f"this program talks to another pcscd: set {SOCKET_VARIABLE}={self.socket} before it starts"
            )


def _await_noticed(slot: Slot, inserted: VirtualSlot) -> None:
    # Of two cards on one port the reader talks to the first only; the second waits unseen.
    if not inserted.wait_greeted(NOTICE_SECONDS):
        raise SlotTaken(f"the slot {slot.reader!r} is held by another program")
    wait_card(slot.reader, True, NOTICE_SECONDS)
