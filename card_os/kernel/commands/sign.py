"""PERFORM SECURITY OPERATION: COMPUTE DIGITAL SIGNATURE, SM2 with the private key of a SAM.

# spec: commands_and_crypto 2.6 [DC]; ISO/IEC 7816-8
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from card_os.crypto import sm2
from card_os.crypto.sm3 import DIGEST_LENGTH
from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.commands import expect
from card_os.kernel.commands.delivery_key import APPLICATION
from card_os.kernel.refusal import Refused
from card_os.kernel.signing_keys import private_key

if TYPE_CHECKING:
    from card_os.kernel.card import Card

SIGNATURE_OF_HASH = (0x9E, 0x9A)


@dataclass(frozen=True, slots=True)
class Sign:
    """A digest to be signed, None for the one that the last hash left."""

    digest: bytes | None

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 P2 9E9A with 32 bytes or none."""
        expect.parameters(apdu, SIGNATURE_OF_HASH)
        expect.data_length(apdu, 0, DIGEST_LENGTH)
        return cls(apdu.data or None)

    def execute(self, card: Card) -> bytes:
        """Returns r ‖ s, 64 bytes; the hash is used up.

        Raises 6982 without the PIN, 6985 outside the application and without a digest, 6A88 without a key,
        6A81 where the simulator lacks its SM2 library.
        """
        ram = card.volatile
        if not ram.pin_verified:
            raise Refused(SW.SECURITY_STATUS)
        if ram.df.path != APPLICATION:
            raise Refused(SW.CONDITIONS_OF_USE)
        private = private_key(card.memory)
        digest, ram.signing.digest = self.digest or ram.signing.digest, None
        if digest is None:
            raise Refused(SW.CONDITIONS_OF_USE)
        try:
            return sm2.sign_digest(private, digest)
        except sm2.Sm2UnavailableError:
            raise Refused(SW.FUNCTION_NOT_SUPPORTED) from None
