"""APPEND RECORD: one more entry of a cyclic file while the card is issued.

Linear files are created with all their records, so that they have no room for another.
# spec: commands_and_crypto 1.1 row 12 [REL FMCOS] [DC]
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.access import current_ef, update_data
from card_os.kernel.commands.read_record import RECORD_FILES
from card_os.kernel.refusal import Refused
from card_os.kernel.secure_messaging import is_protected
from card_os.spec.model import FileKind

if TYPE_CHECKING:
    from card_os.kernel.card import Card


@dataclass(frozen=True, slots=True)
class AppendRecord:
    """A whole record, plain or enciphered with MAC."""

    sfi: int | None
    header: bytes
    body: bytes = field(repr=False)
    protected: bool

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 00, P2 00 or SFI<<3."""
        if apdu.p1 or apdu.p2 & 0x07:
            raise Refused(SW.WRONG_P1P2)
        if not apdu.data or apdu.le is not None:
            raise Refused(SW.WRONG_LENGTH)
        return cls(apdu.p2 >> 3 or None, apdu.header, apdu.data, is_protected(apdu))

    def execute(self, card: Card) -> bytes:
        """Returns nothing; 6A84 for a linear file."""
        file = current_ef(card, *RECORD_FILES, sfi=self.sfi)
        data = update_data(card, file, self.header, self.body, self.protected)
        if file.kind is not FileKind.CYCLIC:
            raise Refused(SW.NO_SPACE)
        card.files.append_cyclic(file, data)
        return b""
