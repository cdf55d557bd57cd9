"""ACTIVATE: the maker's chip becomes a blank card; a personalised SAM goes into service.

With P1 05 it is the lock command of chip maker 0085.  # spec: commands_and_crypto 1.1 row 27, 1.2, 5.3 [DC]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.commands import expect
from card_os.kernel.commands.lock_data import finish_personalisation, lock
from card_os.kernel.refusal import Refused
from card_os.spec.key_record import TRANSPORT_KEY
from card_os.spec.model import LifeCycle

if TYPE_CHECKING:
    from card_os.kernel.card import Card

LOCK = (0x05, 0x00)
LOCK_BY_ACTIVATE = bytes.fromhex("0044050000")


@dataclass(frozen=True, slots=True)
class Activate:
    """`lock` where P1 P2 is 0500."""

    lock: bool

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 P2 0000 or 0500, five bytes that end in 00."""
        expect.parameters(apdu, (0x00, 0x00), LOCK)
        expect.short_form(apdu)
        return cls((apdu.p1, apdu.p2) == LOCK)

    def execute(self, card: Card) -> bytes:
        """Needs the MF; the lock form DDF1 and a chip that knows it."""
        if self.lock:
            lock(card, LOCK_BY_ACTIVATE, SW.WRONG_P1P2)
            return b""
        if card.volatile.df != card.files.mf:
            raise Refused(SW.CONDITIONS_OF_USE)
        card.demand(card.profile.activate)
        if card.life_cycle is LifeCycle.PERSO:
            finish_personalisation(card)
            return b""
        if not card.keys.is_loaded(card.profile.keys[TRANSPORT_KEY], 1):
            raise Refused(SW.CONDITIONS_OF_USE)
        card.enter(LifeCycle.TRANSPORT)
        return b""
