"""The record that WRITE KEY carries: a key or a PIN with what is declared of it.

type 1, right of use 1, right of change 1, version 1, tries 1, key 16 (a PIN 2 to 6). The rights stand in the
declaration, so that only 00 (always) and FF (never) are known here.  # spec: commands_and_crypto 1.2 [DC]
"""

from __future__ import annotations

from dataclasses import dataclass, field

from card_os.crypto.keys import KEY_LENGTH
from card_os.spec.model import KeySpec, PinSpec

TYPE_INTERNAL = 0x34
TYPE_SECURE_MESSAGING = 0x36
TYPE_EXTERNAL = 0x39
TYPE_PIN = 0x3A
_RIGHTS = b"\x00\xff"
_HEADER = 5

TRANSPORT_KEY = "KT_MF"
USAGE_AUTHENTICATION = 7
USAGE_SECURE_MESSAGING = 8


class KeyRecordError(ValueError):
    """Bytes that are no key record."""


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key or PIN on its way onto a chip."""

    type: int
    version: int
    tries: int
    value: bytes = field(repr=False)

    @classmethod
    def parse(cls, raw: bytes) -> KeyRecord:
        """Take a record apart; raises KeyRecordError where it is too short or names other rights."""
        if len(raw) <= _HEADER or raw[1:3] != _RIGHTS:
            raise KeyRecordError("a key record has a header of 5 bytes with the rights 00 and FF")
        return cls(raw[0], raw[3], raw[4], raw[_HEADER:])

    def to_bytes(self) -> bytes:
        """The plain record; it travels enciphered."""
        return bytes((self.type,)) + _RIGHTS + bytes((self.version, self.tries)) + self.value


def usage_byte(key: KeySpec) -> int:
    """P1 of 80DE: diversification steps in bits 8 to 6, key type below.  # spec: commands_and_crypto 2.3"""
    return key.steps << 5 | (key.usage or 0)


def for_card(key: KeySpec, version: int, value: bytes) -> KeyRecord:
    """The record of a key on a user card."""
    if key.usage == USAGE_SECURE_MESSAGING:
        kind = TYPE_SECURE_MESSAGING
    else:
        kind = TYPE_EXTERNAL if key.tries else TYPE_INTERNAL
    return KeyRecord(kind, version, key.tries, value)


def for_sam(key: KeySpec, version: int, value: bytes) -> KeyRecord:
    """The record of a key in a SAM: its type is the usage byte, and no counter guards it."""
    return KeyRecord(usage_byte(key), version, 0, value)


def for_pin(spec: PinSpec, pin: bytes) -> KeyRecord:
    """The record of a PIN of packed digits."""
    return KeyRecord(TYPE_PIN, 1, spec.tries, pin)


def fits(record: KeyRecord, expected: KeyRecord) -> bool:
    """Whether a record is what the declaration foresees, its value aside."""
    same = (record.type, record.tries) == (expected.type, expected.tries)
    return same and (record.type == TYPE_PIN or len(record.value) == KEY_LENGTH)
