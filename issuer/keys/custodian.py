"""Custody of keys: they are used where they are kept, and never leave.

There is no way to ask for a key. What goes out are results: check values, authentication values, protected
commands, and keys enciphered for one chip.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from card_os.crypto.keys import FACTOR_LENGTH
from card_os.spec.errors import PlainError


class UnknownKeyError(PlainError):
    """A key name or version that the declaration does not have."""

    template = "{key} version {version}: no such key"


class KeyUseError(PlainError):
    """A key asked to do what it is not for: one key, one purpose."""

    template = "{key}: not a key for {purpose}"


@dataclass(frozen=True, slots=True)
class KeyRef:
    """A key by name and version; versions count from 1."""

    name: str
    version: int = 1


@dataclass(frozen=True, slots=True)
class CardFactors:
    """What tells the keys of one chip from those of another: factors of 8 bytes.

    `card` stands in the answer to reset, `province` is made from the application city code, and `city` too
    where that city has keys of its own.  # spec: commands_and_crypto 3.1, 4.1
    """

    card: bytes
    province: bytes
    city: bytes | None = None

    def __post_init__(self) -> None:
        given = (self.card, self.province) if self.city is None else (self.card, self.province, self.city)
        if any(len(factor) != FACTOR_LENGTH for factor in given):
            raise ValueError(f"each factor has {FACTOR_LENGTH} bytes")


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """What may be said of a key that was loaded: which one, and a check value of 3 bytes.

    It is that of the key from which the loaded one descends, as the custodian keeps it: a root, or the key
    of a province or city.
    """

    key: KeyRef
    check_value: bytes


def write_key_header(reference: int) -> bytes:
    """CLA INS P1 P2 of the WRITE KEY whose body a custodian makes: `reference` on a card, the id in a SAM.

    # spec: commands_and_crypto 1.2 "encrypted WRITE KEY" [DC]
    """
    return bytes((0x84, 0xD4, 0x01, reference))


class SealBrokenError(PlainError):
    """A sealed value that was changed, moved to another place, or sealed under another key."""

    template = "a sealed value cannot be opened: it was changed, or it belongs elsewhere"


class EnvelopeError(PlainError):
    """An envelope that was changed, or is for another receiver."""

    template = "the envelope cannot be opened: it was changed, or it is for another receiver"


class DataKeys(Protocol):
    """Protects what the registry stores; `context` says where a value belongs, and binds it there."""

    def seal(self, context: bytes, plain: bytes) -> bytes:
        """Encipher and authenticate a value of any length."""
        ...

    def unseal(self, context: bytes, sealed: bytes) -> bytes:
        """Undo `seal`; raises SealBrokenError."""
        ...

    def keyed_digest(self, context: bytes, value: bytes) -> bytes:
        """32 bytes by which equal values are found without being readable."""
        ...


class Custodian(DataKeys, Protocol):
    """Uses keys on behalf of the issuer. `challenge` is the last one of the chip, 8 bytes.

    Every method raises UnknownKeyError and KeyUseError.
    """

    @property
    def environment(self) -> str:
        """`TEST`, or the name of the environment whose keys are kept here."""
        ...

    def check_value(self, key_name: str, version: int) -> bytes:
        """The 3 bytes that may be shown of a key as it is kept here."""
        ...

    def authentication_value(self, key: KeyRef, card: CardFactors, challenge: bytes, random: bytes) -> bytes:
        """The 8 bytes that prove knowledge of a card key; `random` has 8 bytes."""
        ...

    def protect(self, key: KeyRef, card: CardFactors, challenge: bytes, header: bytes, data: bytes) -> bytes:
        """Cipher ‖ MAC4 of `data` for a command with the 4-byte `header` CLA INS P1 P2."""
        ...

    def mac(
        self, key: KeyRef, card: CardFactors, challenge: bytes, header: bytes, body: bytes = b""
    ) -> bytes:
        """The 4-byte MAC of a command with the 4-byte `header` and a plain body."""
        ...

    def wrap_for_card(self, key: KeyRef, card: CardFactors, challenge: bytes) -> bytes:
        """Body of the encrypted WRITE KEY that puts a card key onto a user card in personalisation."""
        ...

    def wrap_for_sam(self, key: KeyRef, sam: CardFactors, challenge: bytes) -> bytes:
        """Body of the encrypted WRITE KEY that puts a national, province or city key into a SAM.

        Raises RootElsewhereError where the root of a national key is needed and not kept here.
        """
        ...

    def public_key(self, key: KeyRef) -> bytes:
        """The 64-byte public key of a signing key."""
        ...

    def sign(self, key: KeyRef, digest: bytes) -> bytes:
        """r ‖ s, 64 bytes, of a 32-byte digest under a signing key; raises Sm2UnavailableError."""
        ...

    def open_envelope(self, key: KeyRef, cryptogram: bytes) -> bytes:
        """The short secret, such as a session key, that was enveloped for `public_key(key)`.

        `cryptogram` is what `card_os.crypto.sm2.encrypt` makes. Raises EnvelopeError, Sm2UnavailableError.
        """
        ...

    def security_code(self, card_number: str, expiry: date, card_class: str) -> str:
        """The three digits 安全码 of a card.  # spec: commands_and_crypto 4.2 [DC]"""
        ...
