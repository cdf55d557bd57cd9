"""RELOAD PIN: a new holder PIN under a MAC, its tries full again.  # spec: commands_and_crypto 1.1 row 21"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from card_os.crypto.secure_messaging import MAC_LENGTH
from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.commands import expect
from card_os.kernel.commands.lock_data import APPLICATION
from card_os.kernel.pin import Pin
from card_os.kernel.refusal import Refused
from card_os.kernel.secure_messaging import verify_df_mac

if TYPE_CHECKING:
    from card_os.kernel.card import Card


@dataclass(frozen=True, slots=True)
class ReloadPin:
    """New PIN as packed digits, MAC of 4 bytes under STK_DDF1."""

    header: bytes
    body: bytes = field(repr=False)

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 P2 0000; raises 6700 where there is no room for a PIN before the MAC."""
        expect.parameters(apdu, (0x00, 0x00))
        if len(apdu.data) <= MAC_LENGTH:
            raise Refused(SW.WRONG_LENGTH)
        return cls(apdu.header, apdu.data)

    def execute(self, card: Card) -> bytes:
        """Returns nothing."""
        pin = Pin(card)
        value = self.body[:-MAC_LENGTH]
        if not pin.fits(value):
            raise Refused(SW.WRONG_LENGTH)
        verify_df_mac(card, card.files[APPLICATION], self.header, self.body)
        if not pin.takes(value):
            raise Refused(SW.WRONG_DATA)
        pin.replace(value)
        return b""
