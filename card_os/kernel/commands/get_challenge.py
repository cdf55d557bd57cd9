"""GET CHALLENGE: each one replaces the last.  # spec: commands_and_crypto 1.1 row 15, 1.3 rule 3"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.commands import expect
from card_os.kernel.refusal import Refused

if TYPE_CHECKING:
    from card_os.kernel.card import Card

USABLE_LENGTH = 8


@dataclass(frozen=True, slots=True)
class GetChallenge:
    """Ask for random bytes."""

    length: int

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 P2 0000, Le present."""
        expect.parameters(apdu, (0x00, 0x00))
        return cls(expect.no_data(apdu))

    def execute(self, card: Card) -> bytes:
        """Returns 8 bytes, kept for one authentication or one message; shorter ones serve for nothing."""
        if self.length not in card.profile.challenge_lengths:
            raise Refused(SW.WRONG_LENGTH)
        challenge = card.random(self.length)
        card.volatile.challenge = challenge if self.length == USABLE_LENGTH else None
        return challenge
