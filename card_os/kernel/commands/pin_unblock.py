"""PIN UNBLOCK: the tries are full again; with P2 01 the PIN is a new one.

# spec: commands_and_crypto 1.1 row 22, 3.6 "PIN block"
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from card_os.crypto import secure_messaging as sm
from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.commands import expect
from card_os.kernel.commands.lock_data import APPLICATION
from card_os.kernel.keys import SECURE_MESSAGING
from card_os.kernel.pin import Pin
from card_os.kernel.refusal import Refused
from card_os.kernel.secure_messaging import open_message, verify_df_mac

if TYPE_CHECKING:
    from card_os.kernel.card import Card

UNBLOCK, UNBLOCK_AND_SET = (0x00, 0x00), (0x00, 0x01)


@dataclass(frozen=True, slots=True)
class PinUnblock:
    """A MAC of 4 bytes, or the PIN enciphered (16) and a MAC, under STK_DDF1."""

    header: bytes
    body: bytes = field(repr=False)
    new_pin: bool

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 P2 0000 with 4 bytes, 0001 with 20."""
        expect.parameters(apdu, UNBLOCK, UNBLOCK_AND_SET)
        new_pin = (apdu.p1, apdu.p2) == UNBLOCK_AND_SET
        expect.data_length(apdu, sm.MAC_LENGTH + (16 if new_pin else 0))
        return cls(apdu.header, apdu.data, new_pin)

    def execute(self, card: Card) -> bytes:
        """Returns nothing."""
        pin = Pin(card)
        application = card.files[APPLICATION]
        if not self.new_pin:
            verify_df_mac(card, application, self.header, self.body)
            pin.unblock()
            return b""
        key = card.keys.by_role(application, SECURE_MESSAGING)
        value = open_message(card, key, self.header, self.body)
        if not pin.takes(value):
            raise Refused(SW.WRONG_DATA)
        pin.replace(value)
        return b""
