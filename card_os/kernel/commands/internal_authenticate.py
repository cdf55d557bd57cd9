"""INTERNAL AUTHENTICATE: the card shows that it is genuine.  # spec: commands_and_crypto 1.1 row 17, 3.3"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from card_os.crypto import secure_messaging as sm
from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.commands import expect
from card_os.kernel.commands.lock_data import APPLICATION
from card_os.kernel.refusal import Refused

if TYPE_CHECKING:
    from card_os.kernel.card import Card

KEY = "IRK_DDF1"


@dataclass(frozen=True, slots=True)
class InternalAuthenticate:
    """Challenge of the SAM 8 (it makes the session key), data 8 (the value is over it), key version 1."""

    challenge: bytes
    data: bytes
    version: int

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 P2 0000, 17 bytes of data."""
        expect.parameters(apdu, (0x00, 0x00))
        expect.data_length(apdu, 17)
        return cls(apdu.data[:8], apdu.data[8:16], apdu.data[16])

    def execute(self, card: Card) -> bytes:
        """Returns 8 bytes; 6985 outside DDF1."""
        if all(level.path != APPLICATION for level in card.files.ancestors(card.volatile.df)):
            raise Refused(SW.CONDITIONS_OF_USE)
        session = card.keys.session(card.profile.keys[KEY], self.version, self.challenge)
        return sm.authentication_value(session, self.data, card.cipher)
