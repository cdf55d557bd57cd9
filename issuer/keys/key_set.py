"""What an issuer's key set consists of: the rows of the card's key table, and keys of the office itself.

A key of kind SM4 has 16 bytes; of kind SM2 it is a private key of 32; the master secret has 32 bytes, too.
The check values of a key pair and of a master are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from card_os.crypto import sm2
from card_os.crypto.block_cipher import cipher_named
from card_os.crypto.keys import KEY_LENGTH, check_value
from card_os.crypto.sm3 import sm3
from card_os.spec import key_record, loader
from card_os.spec.model import KeySpec
from issuer.keys.certificates import AUDIT_KEY, EXCHANGE_KEY, ISSUER_KEY, LIST_KEY, ROOT_KEY
from issuer.keys.custodian import KeyRef, UnknownKeyError

TRANSPORT_KEY = KeyRef(key_record.TRANSPORT_KEY)
SECURITY_CODE_KEY = KeyRef("CVN")
DATA_KEY, SEARCH_KEY = KeyRef("DATA"), KeyRef("SEARCH")
# of an office: what it computes, stores and signs on its own; the root key of certificates is the nation's
OFFICE_KEYS = (
    SECURITY_CODE_KEY, DATA_KEY, SEARCH_KEY, ISSUER_KEY, AUDIT_KEY, LIST_KEY, EXCHANGE_KEY,
)  # fmt: skip
# the secret of a ceremony, from which the others are derived; it stays until its shares are made
MASTER_KEY = KeyRef("MASTER")
PRIVATE_KEYS = frozenset({ROOT_KEY, ISSUER_KEY, AUDIT_KEY, LIST_KEY, EXCHANGE_KEY})
CHECK_VALUE_LENGTH = 3
VERSIONS = 4  # on a card; spec: commands_and_crypto 2.5


class KeyKind(StrEnum):
    """What kind of secret a key is."""

    SM4 = "SM4"
    SM2 = "SM2"
    MASTER = "MASTER"

    @property
    def length(self) -> int:
        """Bytes of the secret."""
        return KEY_LENGTH if self is KeyKind.SM4 else 2 * KEY_LENGTH


@dataclass(frozen=True, slots=True)
class KeyVersions:
    """Which versions of the keys of cards are valid, and with which one the issuer works.

    Rows with one version only, such as the keys of secure messaging, are not touched by a rotation.
    """

    current: int = 1
    valid: tuple[int, ...] = tuple(range(1, VERSIONS + 1))

    def used(self, row: KeySpec) -> int:
        """The version of a row that authenticates now."""
        return self.current if row.versions > 1 else 1

    def loaded(self, row: KeySpec) -> tuple[int, ...]:
        """The versions of a row that go onto new chips."""
        return self.valid if row.versions > 1 else (1,)


ALL_VERSIONS = KeyVersions()


def kind_of(key: KeyRef) -> KeyKind:
    """The kind of a key that `is_known`."""
    if key == MASTER_KEY:
        return KeyKind.MASTER
    return KeyKind.SM2 if key in PRIVATE_KEYS else KeyKind.SM4


@cache
def rows() -> dict[str, KeySpec]:
    """The rows of the card's key table by name, the transport key among them."""
    return dict(loader.load("health_card").keys)


@cache
def card_keys() -> tuple[KeyRef, ...]:
    """Every version of every row that is issued: 58 keys; not the transport key of the maker."""
    return tuple(
        KeyRef(row.name, version)
        for row in rows().values()
        if row.held != "maker"
        for version in range(1, row.versions + 1)
    )


def declared(key: KeyRef) -> KeySpec:
    """The row of a card's key; raises UnknownKeyError."""
    row = rows().get(key.name)
    if row is None or not 1 <= key.version <= row.versions:
        raise UnknownKeyError(key=key.name, version=key.version)
    return row


def is_known(key: KeyRef) -> bool:
    """Whether a key set may hold such a key."""
    return key in {*card_keys(), TRANSPORT_KEY, ROOT_KEY, MASTER_KEY, *OFFICE_KEYS}


def check_value_of(key: KeyRef, secret: bytes) -> bytes:
    """The 3 bytes that may be shown: of zeros enciphered; of a key pair those of SM3 of the public key.

    # spec: issuance_and_ecard A.6; of key pairs and masters: ours
    """
    kind = kind_of(key)
    if kind is KeyKind.SM2:
        return sm3(sm2.public_key(secret))[:CHECK_VALUE_LENGTH]
    if kind is KeyKind.MASTER:
        return check_value_of_long(secret)
    return check_value(secret, cipher_named(loader.load("health_card").cipher))


def check_value_of_long(secret: bytes) -> bytes:
    """The check value of a secret of 32 bytes: that of the 16-byte key that SM3 makes of it."""
    return check_value(sm3(secret)[:KEY_LENGTH])
