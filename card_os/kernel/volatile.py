"""What a card forgets at reset: current file, rights, challenge, pending answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from card_os.crypto.sm3 import Sm3
from card_os.spec.model import FileSpec, KeySpec


class Chain(Enum):
    """What a chain of 80FA computes; none is begun at first."""

    NONE = "none"
    CIPHER = "cipher"
    MAC = "mac"


@dataclass(frozen=True, slots=True)
class DeliveredKey:
    """The session key that 80DE left in a SAM for the next 80FA, or for one chain of them.

    `iv` is the last block of a MAC that goes on, 16 bytes.
    """

    key: KeySpec
    session: bytes = field(repr=False)
    chain: Chain = Chain.NONE
    iv: bytes = field(default=b"", repr=False)


@dataclass(slots=True)
class SigningState:
    """What a SAM keeps between the commands of one signature.

    A hash that goes on, a finished one of 32 bytes, and the public key of 64 bytes that the last verified
    certificate vouches for.
    """

    hash: Sm3 | None = None
    digest: bytes | None = None
    certified_key: bytes | None = None

    def forget(self) -> None:
        """As at power-on."""
        self.hash = self.digest = self.certified_key = None


@dataclass(slots=True)
class Volatile:
    """The working memory of a powered card.

    Rights are kept by the DF of their key. Selecting a DF drops those of that depth and below: the MF drops
    all, DDF1 its own and those of DF01 to DF03, a DF0x those of the DF before it. Selecting EFs keeps them.
    # spec: commands_and_crypto 1.3 rule 2, 5.2
    """

    df: FileSpec
    ef: FileSpec | None = None
    challenge: bytes | None = None
    pending: bytes = field(default=b"", repr=False)
    pin_verified: bool = False
    delivered: DeliveredKey | None = None
    signing: SigningState = field(default_factory=SigningState)
    keys: frozenset[str] = field(default=frozenset(), init=False)
    """Names of the keys whose rights are held."""
    _rights: dict[str, frozenset[str]] = field(default_factory=dict, init=False)

    def select(self, file: FileSpec, parent: FileSpec | None) -> None:
        """Make a file current; `parent` is its DF where it is an EF."""
        self.forget_work()
        if parent is not None:
            self.df, self.ef = parent, file
            return
        depth = _depth(file.path)
        self._hold({df: names for df, names in self._rights.items() if _depth(df) < depth})
        self.df, self.ef = file, None

    def forget_work(self) -> None:
        """Drop session key, hash and certified key: at SELECT and after an error.

        # spec: commands_and_crypto 2.3 [DC]
        """
        self.delivered = None
        self.signing.forget()

    def begin(self, command: str) -> None:
        """A command starts: in the middle of a chain of another one it ends that chain for good."""
        if command == "get_response":
            return
        self.pending = b""
        if self.delivered is not None and self.delivered.chain is not Chain.NONE and command != "cipher_data":
            self.delivered = None
        if command != "hash":
            self.signing.hash = None

    def grant(self, key: KeySpec) -> None:
        """Remember that a key was authenticated."""
        self._hold(self._rights | {key.df: self._held_in(key.df) | {key.name}})

    def drop_rights(self, df: str) -> None:
        """Forget the rights of one DF."""
        self._hold({other: names for other, names in self._rights.items() if other != df})

    def revoke(self, key: KeySpec) -> None:
        """A wrong authentication takes the right of its key away.  # spec: commands_and_crypto 5.2"""
        if key.name in self.keys:
            self._hold(self._rights | {key.df: self._held_in(key.df) - {key.name}})

    def _held_in(self, df: str) -> frozenset[str]:
        return self._rights.get(df, frozenset())

    def _hold(self, rights: dict[str, frozenset[str]]) -> None:
        # rights change seldom and are asked for by every command
        self._rights, self.keys = rights, frozenset().union(*rights.values())

    def take_challenge(self) -> bytes | None:
        """The last challenge, once."""
        challenge, self.challenge = self.challenge, None
        return challenge


def _depth(path: str) -> int:
    return path.count("/")
