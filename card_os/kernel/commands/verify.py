"""VERIFY: the PIN of a SAM.  # spec: commands_and_crypto 2.2; terminal_interface 8.3"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.commands import expect
from card_os.kernel.pin import Pin
from card_os.kernel.refusal import Refused

if TYPE_CHECKING:
    from card_os.kernel.card import Card


@dataclass(frozen=True, slots=True)
class Verify:
    """A PIN as packed digits."""

    pin: bytes = field(repr=False)

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 P2 0000; the length is checked against the profile."""
        expect.parameters(apdu, (0x00, 0x00))
        return cls(apdu.data)

    def execute(self, card: Card) -> bytes:
        """One global PIN: it works from the MF and from DF01, and holds until reset."""
        pin = Pin(card)
        if not pin.fits(self.pin):
            raise Refused(SW.WRONG_LENGTH)
        card.volatile.pin_verified = False
        pin.verify(self.pin)
        card.memory.commit()  # no right is held whose counter could not be kept
        card.volatile.pin_verified = True
        return b""
