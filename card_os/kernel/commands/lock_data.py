"""LOCK: personal data becomes read only and personalisation ends.

Terminals of the field send it with DDF1 freshly selected, so with no right held: being in state PERSO is all
that it can ask.  # spec: commands_and_crypto 1.1 row 26; terminal_interface 10
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.commands import expect
from card_os.kernel.refusal import Refused
from card_os.spec.key_record import TRANSPORT_KEY
from card_os.spec.model import LifeCycle

if TYPE_CHECKING:
    from card_os.kernel.card import Card

APPLICATION = "MF/DDF1"
LOCK_DATA = bytes.fromhex("8005000000")


def finish_personalisation(card: Card) -> None:
    """Enter ISSUED; the transport key dies."""
    card.keys.destroy(card.profile.keys[TRANSPORT_KEY])
    card.enter(LifeCycle.ISSUED)


@dataclass(frozen=True, slots=True)
class LockData:
    """End personalisation of a user card."""

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 P2 0000, five bytes that end in 00."""
        expect.parameters(apdu, (0x00, 0x00))
        expect.short_form(apdu)
        return cls()

    def execute(self, card: Card) -> bytes:
        """Needs DDF1 and state PERSO, else 6985; and a chip that knows the command, else 6D00."""
        lock(card, LOCK_DATA, SW.INS_UNKNOWN)
        return b""


def lock(card: Card, command: bytes, unknown: SW) -> None:
    """End personalisation by a lock command; raises 6985, and `unknown` where the chip does not know it."""
    if card.volatile.df.path != APPLICATION or card.life_cycle is not LifeCycle.PERSO:
        raise Refused(SW.CONDITIONS_OF_USE)
    if command not in card.profile.lock_commands:
        raise Refused(unknown)
    finish_personalisation(card)
