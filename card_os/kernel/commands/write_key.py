"""WRITE KEY: keys and PIN come onto the card, plain on the maker's bench, else under the transport key.

# spec: commands_and_crypto 1.2 [DC]
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.commands.delivery_key import APPLICATION
from card_os.kernel.pin import Pin
from card_os.kernel.refusal import Refused
from card_os.kernel.secure_messaging import is_protected, open_message
from card_os.spec import key_record
from card_os.spec.key_record import TRANSPORT_KEY, KeyRecord, KeyRecordError
from card_os.spec.model import KeySpec

if TYPE_CHECKING:
    from card_os.kernel.card import Card

ADD = 0x01
REPLACE = (
    key_record.TYPE_INTERNAL,
    key_record.TYPE_SECURE_MESSAGING,
    key_record.TYPE_EXTERNAL,
    key_record.TYPE_PIN,
)


@dataclass(frozen=True, slots=True)
class WriteKey:
    """Put a key into slot `kid`: its reference on a user card, its id on a SAM, 00 for a PIN at the MF."""

    kid: int
    replaces: int | None
    header: bytes
    body: bytes = field(repr=False)
    protected: bool

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 01 adds; the type of a key there replaces one that is loaded."""
        if apdu.p1 != ADD and apdu.p1 not in REPLACE:
            raise Refused(SW.WRONG_P1P2)
        if not apdu.data or apdu.le is not None:
            raise Refused(SW.WRONG_LENGTH)
        replaces = None if apdu.p1 == ADD else apdu.p1
        return cls(apdu.p2, replaces, apdu.header, apdu.data, is_protected(apdu))

    def execute(self, card: Card) -> bytes:
        """Returns nothing. What the declaration does not foresee is refused."""
        record = self._open(card)
        if self.replaces not in (None, record.type):
            raise Refused(SW.WRONG_DATA)
        if record.type == key_record.TYPE_PIN:
            self._write_pin(card, record)
            return b""
        key, expected = self._slot(card, record)
        if not key_record.fits(record, expected):
            raise Refused(SW.WRONG_DATA)
        if not 1 <= record.version <= key.versions:
            raise Refused(SW.KEY_NOT_FOUND)
        if self.replaces is not None and not card.keys.is_loaded(key, record.version):
            raise Refused(SW.KEY_NOT_FOUND)
        card.keys.load(key, record.version, record.value)
        return b""

    def _open(self, card: Card) -> KeyRecord:
        if self.protected:
            card.demand(card.profile.write_key)
            plain = open_message(card, card.profile.keys[TRANSPORT_KEY], self.header, self.body)
        else:
            card.demand(card.profile.write_key_plain)
            plain = self.body
        try:
            return KeyRecord.parse(plain)
        except KeyRecordError:
            raise Refused(SW.WRONG_DATA) from None

    def _slot(self, card: Card, record: KeyRecord) -> tuple[KeySpec, KeyRecord]:
        """The key that belongs here and the record that the declaration foresees for it."""
        df = card.volatile.df
        if df.path == APPLICATION:
            for key in card.profile.sam_keys.values():
                if key.sam_id == self.kid:
                    return key, key_record.for_sam(key, record.version, record.value)
        for key in card.profile.keys.values():
            if (key.df, key.reference) == (df.path, self.kid):
                return key, key_record.for_card(key, record.version, record.value)
        raise Refused(SW.KEY_NOT_FOUND)

    def _write_pin(self, card: Card, record: KeyRecord) -> None:
        spec = card.profile.pin
        if spec is None or (card.volatile.df, self.kid) != (card.files.mf, 0):
            raise Refused(SW.KEY_NOT_FOUND)
        in_length = spec.min_bytes <= len(record.value) <= spec.max_bytes
        if record.version != 1 or not key_record.fits(record, key_record.for_pin(spec, record.value)):
            raise Refused(SW.WRONG_DATA)
        if not in_length or b"\xff" in record.value:
            raise Refused(SW.WRONG_DATA)
        if self.replaces is not None:
            Pin(card)  # raises 6A88 where there is none to replace
        Pin.load(card.memory, record.value)
