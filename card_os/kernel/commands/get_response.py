"""GET RESPONSE: fetch what 61xx announced.  # spec: commands_and_crypto 1.1 row 16"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from card_os.iso7816.apdu import MAX_LE, CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.commands import expect
from card_os.kernel.refusal import Refused

if TYPE_CHECKING:
    from card_os.kernel.card import Card


@dataclass(frozen=True, slots=True)
class GetResponse:
    """Fetch `le` bytes, 256 as many as wait."""

    le: int

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 P2 0000, Le present."""
        expect.parameters(apdu, (0x00, 0x00))
        return cls(expect.no_data(apdu))

    def execute(self, card: Card) -> bytes:
        """Returns the bytes and keeps the rest; 6985 where nothing waits, 6Cxx where Le is too long."""
        ram = card.volatile
        if not ram.pending:
            raise Refused(SW.CONDITIONS_OF_USE)
        if len(ram.pending) < self.le < MAX_LE:
            raise Refused(SW.WRONG_LE | len(ram.pending))
        data, ram.pending = ram.pending[: self.le], ram.pending[self.le :]
        return data
