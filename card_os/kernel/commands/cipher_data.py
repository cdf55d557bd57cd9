"""CIPHER DATA (80FA): a SAM enciphers, or computes a MAC, with the key that 80DE left.

It never deciphers: a SAM cannot read what it did not write.  # spec: commands_and_crypto 2.4
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from card_os.crypto.block_cipher import BLOCK
from card_os.crypto.secure_messaging import MAC_LENGTH
from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.commands import expect
from card_os.kernel.refusal import Refused

if TYPE_CHECKING:
    from card_os.kernel.card import Card

ENCIPHER = (0x00, 0x00)
MAC_WITH_IV = (0x05, 0x00)
SECURE_MESSAGING = 8


@dataclass(frozen=True, slots=True)
class CipherData:
    """Whole blocks to encipher; or an initial vector and a padded message for a MAC."""

    mac: bool
    data: bytes = field(repr=False)

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 P2 0000 enciphers, 0500 computes a MAC; raises 6700 for a broken block."""
        expect.parameters(apdu, ENCIPHER, MAC_WITH_IV)
        mac = (apdu.p1, apdu.p2) == MAC_WITH_IV
        if len(apdu.data) < BLOCK * (2 if mac else 1) or len(apdu.data) % BLOCK:
            raise Refused(SW.WRONG_LENGTH)
        return cls(mac, apdu.data)

    def execute(self, card: Card) -> bytes:
        """Returns as many bytes as came in, or a MAC of 4. The key is used up."""
        delivered, card.volatile.delivered = card.volatile.delivered, None
        if delivered is None:
            raise Refused(SW.CONDITIONS_OF_USE)
        if not self.mac:
            return card.cipher.encrypt_ecb(delivered.session, self.data)
        if delivered.key.usage != SECURE_MESSAGING:
            raise Refused(SW.WRONG_P1P2)
        iv, message = self.data[:BLOCK], self.data[BLOCK:]
        return card.cipher.cbc_mac(delivered.session, iv, message)[:MAC_LENGTH]
