"""CHANGE PIN: old PIN, FF, new PIN.  # spec: commands_and_crypto 1.1 row 20, 2.2"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.commands import expect
from card_os.kernel.pin import SEPARATOR, Pin
from card_os.kernel.refusal import Refused

if TYPE_CHECKING:
    from card_os.kernel.card import Card


@dataclass(frozen=True, slots=True)
class ChangePin:
    """Both PINs as packed digits."""

    old: bytes = field(repr=False)
    new: bytes = field(repr=False)

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 P2 0100; raises 6A80 without the separator."""
        expect.parameters(apdu, (0x01, 0x00))
        old, separator, new = apdu.data.partition(SEPARATOR)
        if not separator:
            raise Refused(SW.WRONG_DATA)
        return cls(old, new)

    def execute(self, card: Card) -> bytes:
        """A wrong old PIN costs a try and the right; a right one leaves it as it was."""
        pin = Pin(card)
        if not pin.fits(self.old) or not pin.fits(self.new):
            raise Refused(SW.WRONG_LENGTH)
        if not pin.takes(self.new):
            raise Refused(SW.WRONG_DATA)
        ram = card.volatile
        held, ram.pin_verified = ram.pin_verified, False
        pin.verify(self.old)
        pin.change(self.new)
        ram.pin_verified = held
        return b""
