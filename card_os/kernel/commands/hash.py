"""PERFORM SECURITY OPERATION: HASH, SM3 in a SAM; class 10 says that more of the message follows.

# spec: commands_and_crypto 2.6 [DC]; ISO/IEC 7816-8
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from card_os.crypto.sm3 import DIGEST_LENGTH, Sm3
from card_os.iso7816 import tlv
from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.commands import expect
from card_os.kernel.refusal import Refused

if TYPE_CHECKING:
    from card_os.kernel.card import Card

MESSAGE, EXTERNAL = 0x80, 0xA0
CHAINING = 0x10
HASH_TAG = 0x90


@dataclass(frozen=True, slots=True)
class Hash:
    """A part of a message; or, `digest`, a hash that the terminal computed itself."""

    part: bytes = field(repr=False)
    more: bool
    digest: bytes | None

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 P2 9080 with any data, 90A0 with 90 20 and 32 bytes, which does not chain (6A80, 6E00)."""
        expect.parameters(apdu, (0x90, MESSAGE), (0x90, EXTERNAL))
        more = bool(apdu.cla & CHAINING)
        if apdu.p2 == MESSAGE:
            return cls(apdu.data, more, None)
        if more:
            raise Refused(SW.CLA_UNKNOWN)
        expect.data_length(apdu, DIGEST_LENGTH + 2)
        try:
            tag, digest = tlv.unpack(apdu.data)
        except tlv.TlvError:
            raise Refused(SW.WRONG_DATA) from None
        if tag != HASH_TAG:
            raise Refused(SW.WRONG_DATA)
        return cls(b"", False, digest)

    def execute(self, card: Card) -> bytes:
        """Returns the 32 bytes of a whole message; a hash is kept for the next signature."""
        signing = card.volatile.signing
        running, signing.hash, signing.digest = signing.hash or Sm3(), None, self.digest
        if self.digest is not None:
            return b""
        running.update(self.part)
        if self.more:
            signing.hash = running
            return b""
        signing.digest = running.digest()
        return signing.digest
