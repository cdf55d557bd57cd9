"""UPDATE RECORD: absolute in linear files, "previous" to append to a cyclic one.

# spec: commands_and_crypto 1.1 rows 9 to 11; terminal_interface 4.5, 7
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from card_os.iso7816 import tlv
from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.access import current_ef, update_data
from card_os.kernel.commands.read_record import RECORD_FILES
from card_os.kernel.refusal import Refused
from card_os.kernel.secure_messaging import is_protected
from card_os.spec.model import FileKind

if TYPE_CHECKING:
    from card_os.kernel.card import Card

ABSOLUTE = 0x04
PREVIOUS = 0x03


@dataclass(frozen=True, slots=True)
class UpdateRecord:
    """Write one whole record. `number` None appends to a cyclic file."""

    number: int | None
    header: bytes
    body: bytes = field(repr=False)
    protected: bool

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P2 04 with a record number, or P1 P2 0003."""
        if not apdu.data or apdu.le is not None:
            raise Refused(SW.WRONG_LENGTH)
        if (apdu.p1, apdu.p2) == (0x00, PREVIOUS):
            number = None
        elif apdu.p2 == ABSOLUTE:
            number = apdu.p1
        else:
            raise Refused(SW.WRONG_P1P2)
        return cls(number, apdu.header, apdu.data, is_protected(apdu))

    def execute(self, card: Card) -> bytes:
        """Returns nothing. The record is stored as it comes: tag and length are checked, never the value."""
        file = current_ef(card, *RECORD_FILES)
        if (file.kind is FileKind.CYCLIC) != (self.number is None):
            raise Refused(SW.WRONG_FILE_TYPE)
        data = update_data(card, file, self.header, self.body, self.protected)
        if self.number is None:
            card.files.append_cyclic(file, data)
            return b""
        old = card.files.record(file, self.number)
        if file.kind is FileKind.LINEAR_TLV:
            self._check_tlv(old, data)
        card.files.update_record(file, self.number, data)
        return b""

    @staticmethod
    def _check_tlv(old: bytes, new: bytes) -> None:
        if len(new) != len(old):
            raise Refused(SW.WRONG_LENGTH)
        try:
            tag, _ = tlv.unpack(new)
        except tlv.TlvError:
            raise Refused(SW.WRONG_DATA) from None
        if tag != old[0]:
            raise Refused(SW.WRONG_DATA)
