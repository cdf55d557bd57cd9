"""Components: three secrets of three people whose XOR is the master secret; two for a protection key.

Whoever knows two of them knows nothing of the master: for every master there is a third component that fits.
On paper a component is 16 groups of four hex digits, with its check value beside it.
# spec: issuance_and_ecard A.6 (three XOR components, check values of 3 bytes); 32 bytes and the groups: ours
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from card_os.crypto.keys import KEY_LENGTH
from card_os.crypto.sm3 import sm3
from card_os.spec.errors import Phrase
from issuer.keys.ceremony.errors import ComponentError
from issuer.keys.key_set import CHECK_VALUE_LENGTH, check_value_of_long

LENGTH, PEOPLE = 32, 3
PROTECTORS = 2
_GROUP = 4


@dataclass(frozen=True, slots=True)
class Component:
    """The secret of one person, 32 bytes."""

    secret: bytes = field(repr=False)

    @classmethod
    def new(cls) -> Component:
        """A component drawn at random."""
        return cls(secrets.token_bytes(LENGTH))

    @classmethod
    def parse(cls, text: str, check_value: str) -> Component:
        """A component as it was typed, blanks and dashes aside, with its check value.

        Raises ComponentError.
        """
        digits = "".join(text.replace("-", " ").split())
        try:
            secret = bytes.fromhex(digits) if digits.isascii() else b""
            expected = bytes.fromhex(check_value)
        except ValueError:
            secret = expected = b""
        if len(secret) != LENGTH or len(expected) != CHECK_VALUE_LENGTH:
            reason = Phrase(
                "{count} hex digits and a check value of {check} are expected",
                count=2 * LENGTH,
                check=2 * CHECK_VALUE_LENGTH,
            )
            raise ComponentError(reason=reason)
        found = cls(secret)
        if not hmac.compare_digest(found.check_value, expected):
            raise ComponentError(reason=Phrase("it does not have this check value: type it again"))
        if len(set(secret)) == 1:
            raise ComponentError(reason=Phrase("it is one byte over and over; draw it at random"))
        return found

    @property
    def check_value(self) -> bytes:
        """The 3 bytes by which its owner recognises it."""
        return check_value_of_long(self.secret)

    def groups(self) -> str:
        """The component for its owner's paper and nobody else's eyes: 16 groups of four hex digits."""
        digits = self.secret.hex().upper()
        return " ".join(digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP))


def combined(components: Sequence[Component], people: int = PEOPLE) -> bytes:
    """The XOR of the components of so many people, 32 bytes; raises ComponentError unless all differ."""
    if len(components) != people:
        raise ComponentError(reason=Phrase("{count} people give one each", count=people))
    # two equal ones would cancel each other, and leave the rest in the hands of fewer people
    if len({component.secret for component in components}) != people:
        raise ComponentError(reason=Phrase("two of them are the same"))
    number = 0
    for component in components:
        number ^= int.from_bytes(component.secret, "big")
    return number.to_bytes(LENGTH, "big")


def protection_key(components: Sequence[Component]) -> bytes:
    """The 16-byte key that protects a delivery of keys, from the components of two people.

    It has the check value of the XOR of both. Raises ComponentError.
    """
    return sm3(combined(components, PROTECTORS))[:KEY_LENGTH]
