"""DELIVERY KEY (80DE): a SAM derives the session key for one card.  # spec: commands_and_crypto 2.3"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.refusal import Refused
from card_os.kernel.volatile import DeliveredKey
from card_os.spec.key_record import usage_byte
from card_os.spec.model import KeySpec

if TYPE_CHECKING:
    from card_os.kernel.card import Card

APPLICATION = "MF/DF01"
FACTOR = 8


@dataclass(frozen=True, slots=True)
class DeliveryKey:
    """P1 usage byte: steps in bits 8 to 6, key type below. P2: version in bits 8 to 6, key id below.

    Data: card factor 8, province factor 8 where there are two steps, the card's challenge 8.
    """

    usage: int
    sam_id: int
    version: int
    factors: bytes

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """Any P1 P2; raises 6700 where the data is no whole number of factors."""
        if not apdu.data or len(apdu.data) % FACTOR:
            raise Refused(SW.WRONG_LENGTH)
        return cls(apdu.p1, apdu.p2 & 0x1F, apdu.p2 >> 5, apdu.data)

    def execute(self, card: Card) -> bytes:
        """Leaves the session key for one 80FA."""
        ram = card.volatile
        ram.delivered = None
        if not ram.pin_verified:
            raise Refused(SW.SECURITY_STATUS)
        if ram.df.path != APPLICATION:
            raise Refused(SW.CONDITIONS_OF_USE)
        key = self._key(card)
        if self.usage != usage_byte(key):
            raise Refused(SW.WRONG_P1P2)
        if len(self.factors) != FACTOR * (key.steps + 1):
            raise Refused(SW.WRONG_DATA)
        card_factor, province, challenge = self.factors[:8], self.factors[8:-8] or None, self.factors[-8:]
        session = card.keys.card_session(key, self._version(key), card_factor, province, challenge)
        ram.delivered = DeliveredKey(key, session)
        return b""

    def _key(self, card: Card) -> KeySpec:
        for key in card.profile.sam_keys.values():
            if key.sam_id == self.sam_id and card.keys.is_loaded(key, self._version(key)):
                return key
        raise Refused(SW.KEY_NOT_FOUND)

    def _version(self, key: KeySpec) -> int:
        # keys with a single version are sent with version field 0; spec: commands_and_crypto 2.3
        return 1 if self.version == 0 and key.versions == 1 else self.version
