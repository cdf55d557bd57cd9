"""READ BINARY by offset or short identifier.  # spec: commands_and_crypto 1.1 rows 3, 4; 1.5"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from card_os.crypto.secure_messaging import MAC_LENGTH
from card_os.iso7816.apdu import MAX_LE, CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.access import current_ef
from card_os.kernel.commands import expect
from card_os.kernel.refusal import Refused
from card_os.kernel.secure_messaging import is_protected, verify_mac
from card_os.spec.model import FileKind

if TYPE_CHECKING:
    from card_os.kernel.card import Card


def binary_place(apdu: CommandApdu) -> tuple[int | None, int]:
    """Short identifier and offset in P1 P2: 15 bits of offset, or P1 = 80 + SFI and 8 bits of offset.

    Raises 6A86 where bits 7 and 6 of P1 are not clear beside an SFI.
    """
    if not apdu.p1 & 0x80:
        return None, apdu.p1 << 8 | apdu.p2
    if apdu.p1 & 0x60:
        raise Refused(SW.WRONG_P1P2)
    return apdu.p1 & 0x1F, apdu.p2


@dataclass(frozen=True, slots=True)
class ReadBinary:
    """Read `le` bytes of a transparent file; 256 means as many as there are, up to 256."""

    sfi: int | None
    offset: int
    le: int
    header: bytes
    mac: bytes

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """Plain: no data, Le present. With secure messaging: a MAC of 4 bytes; without Le 256 is meant."""
        sfi, offset = binary_place(apdu)
        if not is_protected(apdu):
            return cls(sfi, offset, expect.no_data(apdu), apdu.header, b"")
        expect.data_length(apdu, MAC_LENGTH)
        return cls(sfi, offset, apdu.le or MAX_LE, apdu.header, apdu.data)

    def execute(self, card: Card) -> bytes:
        """Returns exactly Le bytes; 6B00 at or behind the end, 6Cxx where fewer are left."""
        file = current_ef(card, FileKind.TRANSPARENT, sfi=self.sfi)
        card.demand(file.read)
        if self.mac:
            if not file.sm_key:
                raise Refused(SW.SM_NOT_SUPPORTED)
            verify_mac(card, card.profile.keys[file.sm_key], self.header, self.mac)
        if self.offset >= file.size:
            raise Refused(SW.WRONG_OFFSET)
        data = card.files.contents(file)[self.offset : self.offset + self.le]
        if len(data) < self.le < MAX_LE:
            raise Refused(SW.WRONG_LE | len(data))
        return data
