"""What the suite works with: the card under test, keys that fit it, a SAM, and fresh cards where they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from card_os.spec.model import KeySpec, Profile
from reader_client.channel import Channel
from reader_client.conformance.model import CardState
from reader_client.errors import AccessDeniedError
from reader_client.sam import CardFactors


class KeyNotAtHandError(AccessDeniedError):
    """A key that this bench cannot use; the case that needs it is left out."""

    template = "the key {key} is not at hand"

    def __init__(self, key: str) -> None:
        super().__init__(key=key)


class CardKeys(Protocol):
    """Uses the keys of a card. `factors` are the card's, or others where a case asks for wrong keys.

    The province factor stands for the province of the SAM where the key is a province key. Every method
    raises KeyNotAtHandError.
    """

    def renew(self) -> None:
        """A case has used the SAM for itself: what this one knows of its state is worth nothing.

        Keys of a SAM leave it in its application, with the PIN verified.
        """
        ...

    def authentication_value(
        self, key: KeySpec, version: int, factors: CardFactors, challenge: bytes, random: bytes
    ) -> bytes:
        """Fold(E_SK(random ‖ 0^8)), 8 bytes; also what INTERNAL AUTHENTICATE has to answer."""
        ...

    def mac(self, key: KeySpec, factors: CardFactors, challenge: bytes, header: bytes, body: bytes) -> bytes:
        """MAC4 over CLA INS P1 P2, the final Lc and the body."""
        ...

    def protect(
        self, key: KeySpec, factors: CardFactors, challenge: bytes, header: bytes, data: bytes
    ) -> bytes:
        """Cryptogram ‖ MAC4 of `data`."""
        ...


class CardFactory(Protocol):
    """Makes fresh cards and SAMs, each one in a state, for cases that use them up."""

    def card(self, state: CardState, challenges: Sequence[bytes] = ()) -> Channel:
        """A card of the profile under test; its first challenges are those given, where any are.

        Raises FreshCardError where there is none in this state.
        """
        ...

    def sam(self, *, blank: bool = False) -> Channel:
        """A SAM in service, or one as its maker delivers it; raises FreshCardError."""
        ...


class FreshCardError(AccessDeniedError):
    """No fresh card in the state that a case wants."""

    template = "no fresh card: {reason}"


@runtime_checkable
class CuttableChannel(Channel, Protocol):
    """A channel that can take the power away in the middle of a command."""

    def cut_at(self, step: int) -> None:
        """Let the power fail before this write step (from 1) of the next command."""
        ...


@dataclass(slots=True)
class Bench:
    """A card under test by its channel, and the profile that it claims to be of.

    `state` is that of the card in `card`. `sam_pin` are packed digits, empty where the PIN of the
    SAM is not known. `province` is the factor of the card's city code, 8 bytes, empty until it was read.
    `shows_data` lets what stands on the card into the words of a failure: for cards of invented persons.
    """

    card: Channel
    profile: Profile
    keys: CardKeys | None = None
    sam: Channel | None = None
    sam_pin: bytes = field(default=b"", repr=False)
    factory: CardFactory | None = None
    state: CardState = CardState.ISSUED
    province: bytes = b""
    shows_data: bool = False
