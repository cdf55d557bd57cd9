"""WRITE KEY: keys and PIN come onto the card, plain on the maker's bench, else under the transport key.

The record is type 1, right of use 1, right of change 1, version 1, tries 1, key 16 (a PIN 2 to 6); rights
stand in the declaration, so that only 00 and FF are taken for them.  # spec: commands_and_crypto 1.2 [DC]
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from card_os.crypto.keys import KEY_LENGTH
from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.commands.delivery_key import APPLICATION, usage_byte
from card_os.kernel.commands.external_authenticate import TRANSPORT_KEY
from card_os.kernel.pin import Pin
from card_os.kernel.refusal import Refused
from card_os.kernel.secure_messaging import is_protected, open_message
from card_os.spec.model import KeySpec

if TYPE_CHECKING:
    from card_os.kernel.card import Card

ADD = 0x01
AUTHENTICATION, INTERNAL, LINE_PROTECTION, PIN = 0x39, 0x34, 0x36, 0x3A
RIGHTS = b"\x00\xff"
HEADER = 5


@dataclass(frozen=True, slots=True)
class WriteKey:
    """Put a key into slot `kid`: its reference on a user card, its id on a SAM, 00 for a PIN at the MF."""

    kid: int
    header: bytes
    body: bytes = field(repr=False)
    protected: bool

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 01."""
        if apdu.p1 != ADD:
            raise Refused(SW.WRONG_P1P2)
        if not apdu.data or apdu.le is not None:
            raise Refused(SW.WRONG_LENGTH)
        return cls(apdu.p2, apdu.header, apdu.data, is_protected(apdu))

    def execute(self, card: Card) -> bytes:
        """Returns nothing. What the declaration does not foresee is refused."""
        record = self._open(card)
        if len(record) <= HEADER or record[1:3] != RIGHTS:
            raise Refused(SW.WRONG_DATA)
        kind, version, tries, value = record[0], record[3], record[4], record[HEADER:]
        if kind == PIN:
            self._write_pin(card, version, tries, value)
            return b""
        key = self._slot(card)
        if (kind, tries) != _type_and_tries(card, key) or len(value) != KEY_LENGTH:
            raise Refused(SW.WRONG_DATA)
        if not 1 <= version <= key.versions:
            raise Refused(SW.KEY_NOT_FOUND)
        card.keys.load(key, version, value)
        return b""

    def _open(self, card: Card) -> bytes:
        if not self.protected:
            card.demand(card.profile.write_key_plain)
            return self.body
        card.demand(card.profile.write_key)
        return open_message(card, card.profile.keys[TRANSPORT_KEY], self.header, self.body)

    def _slot(self, card: Card) -> KeySpec:
        df = card.volatile.df
        if df.path == APPLICATION:
            for key in card.profile.sam_keys.values():
                if key.sam_id == self.kid:
                    return key
        for key in card.profile.keys.values():
            if (key.df, key.reference) == (df.path, self.kid):
                return key
        raise Refused(SW.KEY_NOT_FOUND)

    def _write_pin(self, card: Card, version: int, tries: int, value: bytes) -> None:
        spec = card.profile.pin
        if spec is None or (card.volatile.df, self.kid) != (card.files.mf, 0):
            raise Refused(SW.KEY_NOT_FOUND)
        fits = spec.min_bytes <= len(value) <= spec.max_bytes and b"\xff" not in value
        if version != 1 or tries != spec.tries or not fits:
            raise Refused(SW.WRONG_DATA)
        Pin.load(card.memory, value)


def _type_and_tries(card: Card, key: KeySpec) -> tuple[int, int]:
    """What the declaration foresees: a SAM keeps usage bytes and counts no tries."""
    if key.name not in card.profile.keys:
        return usage_byte(key), 0
    if key.usage == 8:
        return LINE_PROTECTION, key.tries
    return (AUTHENTICATION if key.tries else INTERNAL), key.tries
