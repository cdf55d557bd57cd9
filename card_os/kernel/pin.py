"""The PIN of a card: its value, its tries, its comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from card_os.crypto.secure_messaging import same
from card_os.iso7816.status import SW
from card_os.kernel.keys import TryCounter
from card_os.kernel.memory import Memory
from card_os.kernel.refusal import Refused

if TYPE_CHECKING:
    from card_os.kernel.card import Card

CELL = "pin"
SEPARATOR = b"\xff"


class Pin:
    """The one PIN of a card; raises 6A88 where the card has none."""

    def __init__(self, card: Card) -> None:
        spec = card.profile.pin
        if spec is None or CELL not in card.memory:
            raise Refused(SW.KEY_NOT_FOUND)
        self._memory, self._spec = card.memory, spec
        self._counter = TryCounter(card.memory, f"tries:{CELL}", spec.tries)

    @staticmethod
    def load(memory: Memory, pin: bytes) -> None:
        """Give the card its PIN; the tries are full."""
        memory.put(CELL, pin)
        memory.erase(f"tries:{CELL}")

    @staticmethod
    def destroy(memory: Memory) -> None:
        """Leave the card without a PIN."""
        memory.erase(CELL)
        memory.erase(f"tries:{CELL}")

    def fits(self, pin: bytes) -> bool:
        """Whether a PIN has a length that the card takes."""
        return self._spec.min_bytes <= len(pin) <= self._spec.max_bytes

    def takes(self, pin: bytes) -> bool:
        """Whether a new PIN has such a length and can be told from FF, which parts two PINs in 805E."""
        return self.fits(pin) and SEPARATOR not in pin

    def verify(self, pin: bytes) -> None:
        """Compare in constant time, one try taken before; raises 63Cx and 6983."""
        self._counter.verify(lambda: same(self._memory.read(CELL), pin))

    def change(self, pin: bytes) -> None:
        """Put a new PIN in its place."""
        self._memory.put(CELL, pin)

    def replace(self, pin: bytes) -> None:
        """A new PIN with full tries."""
        self.load(self._memory, pin)

    def unblock(self) -> None:
        """Full tries."""
        self._memory.erase(f"tries:{CELL}")
