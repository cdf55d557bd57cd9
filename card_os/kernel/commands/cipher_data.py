"""CIPHER DATA (80FA): a SAM enciphers, or computes a MAC, with the key that 80DE left.

It never deciphers: a SAM cannot read what it did not write.  # spec: commands_and_crypto 2.4
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from card_os.crypto.block_cipher import BLOCK
from card_os.crypto.secure_messaging import MAC_LENGTH
from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.commands import expect
from card_os.kernel.refusal import Refused
from card_os.kernel.volatile import Chain, DeliveredKey
from card_os.spec.key_record import USAGE_SECURE_MESSAGING

if TYPE_CHECKING:
    from card_os.kernel.card import Card

# bits of P1; spec: commands_and_crypto 2.4
MAC, MORE, WITH_IV = 0x01, 0x02, 0x04
FORMS = tuple((p1, 0x00) for p1 in (0x00, MORE, MAC, MAC | MORE, MAC | WITH_IV, MAC | WITH_IV | MORE))


@dataclass(frozen=True, slots=True)
class CipherData:
    """Whole blocks to encipher, or of a padded message for a MAC; `iv` begins a MAC, `more` goes on."""

    mac: bool
    more: bool
    iv: bytes | None
    blocks: bytes = field(repr=False)

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 00 and 05 alone, 02…00 and 07 03…01 in a chain; raises 6700 for a broken block."""
        expect.parameters(apdu, *FORMS)
        with_iv = bool(apdu.p1 & WITH_IV)
        if len(apdu.data) < BLOCK * (2 if with_iv else 1) or len(apdu.data) % BLOCK:
            raise Refused(SW.WRONG_LENGTH)
        iv, blocks = (apdu.data[:BLOCK], apdu.data[BLOCK:]) if with_iv else (None, apdu.data)
        return cls(bool(apdu.p1 & MAC), bool(apdu.p1 & MORE), iv, blocks)

    def execute(self, card: Card) -> bytes:
        """Returns as many bytes as came in; of a MAC its 4 bytes, at the end. Then the key is used up.

        Raises 6985 without a key, 6A86 for a key of another type and for what does not continue the chain.
        """
        ram = card.volatile
        delivered, ram.delivered = ram.delivered, None
        if delivered is None:
            raise Refused(SW.CONDITIONS_OF_USE)
        if not self._continues(delivered.chain):
            raise Refused(SW.WRONG_P1P2)
        if not self.mac:
            ram.delivered = replace(delivered, chain=Chain.CIPHER) if self.more else None
            return card.cipher.encrypt_ecb(delivered.session, self.blocks)
        return self._compute_mac(card, delivered)

    def _continues(self, chain: Chain) -> bool:
        if chain is Chain.NONE:
            return self.mac == (self.iv is not None)
        return self.iv is None and self.mac == (chain is Chain.MAC)

    def _compute_mac(self, card: Card, delivered: DeliveredKey) -> bytes:
        if delivered.key.usage != USAGE_SECURE_MESSAGING:
            raise Refused(SW.WRONG_P1P2)
        iv = delivered.iv if self.iv is None else self.iv
        block = card.cipher.cbc_mac(delivered.session, iv, self.blocks)
        if self.more:
            card.volatile.delivered = replace(delivered, chain=Chain.MAC, iv=block)
            return b""
        return block[:MAC_LENGTH]
