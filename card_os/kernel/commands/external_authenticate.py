"""EXTERNAL AUTHENTICATE: the terminal shows that it knows a key.

# spec: commands_and_crypto 1.1 row 18, 1.5, 3.3; terminal_interface 6
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from card_os.crypto import secure_messaging as sm
from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.commands import expect
from card_os.kernel.keys import LOCAL, LOCK
from card_os.kernel.refusal import Refused
from card_os.spec.key_record import TRANSPORT_KEY
from card_os.spec.model import LifeCycle

if TYPE_CHECKING:
    from card_os.kernel.card import Card


@dataclass(frozen=True, slots=True)
class ExternalAuthenticate:
    """Cryptogram 8, terminal's random 8 (any value), key version 1."""

    reference: int
    cryptogram: bytes
    random: bytes
    version: int

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 00, P2 the key reference, 17 bytes of data."""
        if apdu.p1 != 0:
            raise Refused(SW.WRONG_P1P2)
        expect.data_length(apdu, 17)
        return cls(apdu.p2, apdu.data[:8], apdu.data[8:16], apdu.data[16])

    def execute(self, card: Card) -> bytes:
        """Grants the key's right; a failure costs a try and the right."""
        ram = card.volatile
        key = card.keys.by_reference(ram.df, self.reference)
        if not key.tries or not card.keys.is_loaded(key, self.version):
            raise Refused(SW.KEY_NOT_FOUND)
        in_transport = card.life_cycle is LifeCycle.TRANSPORT
        if in_transport and key.name != TRANSPORT_KEY:
            raise Refused(SW.CONDITIONS_OF_USE)
        if card.state is LifeCycle.APP_BLOCKED and key.reference & ~LOCAL != LOCK:
            raise Refused(SW.CONDITIONS_OF_USE)
        challenge = ram.take_challenge()
        if challenge is None:
            raise Refused(SW.DATA_UNUSABLE)
        ram.revoke(key)
        session = card.keys.session(key, self.version, challenge)
        expected = sm.authentication_value(session, self.random, card.cipher)
        card.keys.counter(key, self.version).verify(lambda: sm.same(expected, self.cryptogram))
        if in_transport:
            card.enter(LifeCycle.PERSO)
        card.memory.commit()  # no right is held whose counter could not be kept
        if card.profile.options.get("xy_state", False):
            ram.drop_rights(key.df)
        ram.grant(key)
        return b""
