"""GET CARD DATA: what the chip says of itself, an aid for tests.  # spec: commands_and_crypto 1.2 [DC]"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from card_os.iso7816.apdu import CommandApdu
from card_os.kernel.commands import expect
from card_os.spec.model import LifeCycle

if TYPE_CHECKING:
    from card_os.kernel.card import Card

COS_VERSION, CHIP_SERIAL, LIFE_CYCLE, FREE_MEMORY = 0x01, 0x02, 0x03, 0x04
VERSION = b"\x01\x00"
CAPACITY = 32 * 1024
STATES = {
    LifeCycle.CHIP: 0x00,
    LifeCycle.TRANSPORT: 0x01,
    LifeCycle.PERSO: 0x02,
    LifeCycle.ISSUED: 0x03,
    LifeCycle.CARD_BLOCKED: 0xFF,
}


@dataclass(frozen=True, slots=True)
class GetCardData:
    """P2 says what is asked for."""

    about: int

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 00, P2 01 to 04, Le present."""
        expect.parameters(apdu, *((0x00, about) for about in range(COS_VERSION, FREE_MEMORY + 1)))
        expect.no_data(apdu)
        return cls(apdu.p2)

    def execute(self, card: Card) -> bytes:
        """Version 2 bytes, serial 4, life-cycle state 1, free bytes of 32 KiB in 4, big-endian."""
        if self.about == COS_VERSION:
            return VERSION
        if self.about == CHIP_SERIAL:
            return card.historical[4:]
        if self.about == LIFE_CYCLE:
            return bytes((STATES[card.life_cycle],))
        used = sum(map(len, card.memory.snapshot().values()))
        return max(CAPACITY - used, 0).to_bytes(4, "big")
