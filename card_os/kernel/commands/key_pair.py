"""GENERATE ASYMMETRIC KEY PAIR: make the SM2 key pair of a SAM in personalisation, and read its public half.

# spec: commands_and_crypto 2.6 [DC]; ISO/IEC 7816-8
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from card_os.crypto import sm2
from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel import signing_keys
from card_os.kernel.commands import expect
from card_os.kernel.commands.delivery_key import APPLICATION
from card_os.kernel.refusal import Refused

if TYPE_CHECKING:
    from card_os.kernel.card import Card


@dataclass(frozen=True, slots=True)
class GenerateKeyPair:
    """A new key pair in the place of the one before."""

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 P2 8000, no data."""
        expect.parameters(apdu, (0x80, 0x00))
        expect.data_length(apdu, 0)
        return cls()

    def execute(self, card: Card) -> bytes:
        """Returns the public key, 64 bytes.

        Raises 6985 outside the application, 6982 without the right of personalisation, 6A81 where the
        simulator lacks its SM2 library.
        """
        _demand_application(card)
        card.demand(card.profile.write_key)
        try:
            pair = sm2.generate_key_pair()
        except sm2.Sm2UnavailableError:
            raise Refused(SW.FUNCTION_NOT_SUPPORTED) from None
        signing_keys.store(card.memory, pair)
        return pair.public


@dataclass(frozen=True, slots=True)
class ReadPublicKey:
    """Ask for the public key; everybody may know it."""

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 P2 8100, no data."""
        expect.parameters(apdu, (0x81, 0x00))
        expect.data_length(apdu, 0)
        return cls()

    def execute(self, card: Card) -> bytes:
        """Returns 64 bytes; raises 6985 outside the application, 6A88 without a key pair."""
        _demand_application(card)
        return signing_keys.public_key(card.memory)


@dataclass(frozen=True, slots=True)
class ZValue:
    """Ask for Z, which begins the hash of a message; without a public key the SAM's own is meant."""

    public: bytes | None
    user_id: bytes

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 P2 0000; data: nothing, or a public key of 64 bytes, and behind it the id of its owner."""
        expect.parameters(apdu, (0x00, 0x00))
        if not apdu.data:
            return cls(None, sm2.DEFAULT_ID)
        if len(apdu.data) < sm2.PUBLIC_KEY_LENGTH:
            raise Refused(SW.WRONG_LENGTH)
        public, user_id = apdu.data[: sm2.PUBLIC_KEY_LENGTH], apdu.data[sm2.PUBLIC_KEY_LENGTH :]
        return cls(public, user_id or sm2.DEFAULT_ID)

    def execute(self, card: Card) -> bytes:
        """Returns 32 bytes; raises 6985 outside the application, 6A80 for what is no public key."""
        _demand_application(card)
        public = signing_keys.public_key(card.memory) if self.public is None else self.public
        try:
            return sm2.z_value(public, self.user_id)
        except sm2.Sm2KeyError:
            raise Refused(SW.WRONG_DATA) from None


def _demand_application(card: Card) -> None:
    if card.volatile.df.path != APPLICATION:
        raise Refused(SW.CONDITIONS_OF_USE)
