"""READ RECORD by number and by tag.  # spec: commands_and_crypto 1.1 rows 7, 8; terminal_interface 4.1"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from card_os.iso7816.apdu import MAX_LE, CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.access import current_ef
from card_os.kernel.commands import expect
from card_os.kernel.refusal import Refused
from card_os.spec.model import FileKind

if TYPE_CHECKING:
    from card_os.kernel.card import Card

RECORD_FILES = (FileKind.LINEAR_TLV, FileKind.LINEAR_FIXED, FileKind.CYCLIC)
BY_TAG = 0x00
BY_NUMBER = 0x04


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """Read one whole record. `le` 256 takes it as long as it is."""

    number: int | None
    tag: int | None
    sfi: int | None
    le: int

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P2 00: P1 is a tag. P2 04 or SFI<<3|4: P1 is a number."""
        le = expect.no_data(apdu)
        if apdu.p2 == BY_TAG:
            return cls(None, apdu.p1, None, le)
        if apdu.p2 & 0x07 != BY_NUMBER:
            raise Refused(SW.WRONG_P1P2)
        return cls(apdu.p1, None, apdu.p2 >> 3 or None, le)

    def execute(self, card: Card) -> bytes:
        """Returns the record; 6Cxx where an explicit Le is not its length."""
        file = current_ef(card, *RECORD_FILES, sfi=self.sfi)
        card.demand(file.read)
        number = self.number if self.tag is None else card.files.record_number_of(file, self.tag)
        record = card.files.record(file, number or 0)
        if self.le not in (MAX_LE, len(record)):
            raise Refused(SW.WRONG_LE | len(record))
        return record
