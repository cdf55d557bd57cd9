"""UPDATE BINARY, plain or enciphered with MAC.  # spec: commands_and_crypto 1.1 rows 5, 6; 1.3 rule 6"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from card_os.iso7816.apdu import CommandApdu
from card_os.kernel.access import current_ef, update_data
from card_os.kernel.commands import expect
from card_os.kernel.commands.read_binary import binary_place
from card_os.kernel.secure_messaging import is_protected
from card_os.spec.model import FileKind

if TYPE_CHECKING:
    from card_os.kernel.card import Card


@dataclass(frozen=True, slots=True)
class UpdateBinary:
    """Write into a transparent file. An empty update changes nothing and succeeds where the right is held."""

    sfi: int | None
    offset: int
    header: bytes
    body: bytes = field(repr=False)
    protected: bool

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """Data without Le; or five bytes ending in 00, which terminals send for an empty last block."""
        if not apdu.data or apdu.le is not None:
            expect.short_form(apdu)
        sfi, offset = binary_place(apdu)
        return cls(sfi, offset, apdu.header, apdu.data, is_protected(apdu))

    def execute(self, card: Card) -> bytes:
        """Returns nothing."""
        file = current_ef(card, FileKind.TRANSPARENT, sfi=self.sfi)
        data = update_data(card, file, self.header, self.body, self.protected)
        if data:
            card.files.write(file, self.offset, data)
        return b""
