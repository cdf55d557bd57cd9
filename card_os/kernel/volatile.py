"""What a card forgets at reset: current file, rights, challenge, pending answer."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from card_os.spec.model import FileSpec, KeySpec


@dataclass(frozen=True, slots=True)
class DeliveredKey:
    """The session key that 80DE left in a SAM for the next 80FA."""

    key: KeySpec
    session: bytes = field(repr=False)


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
    pending: bytes = b""
    pin_verified: bool = False
    delivered: DeliveredKey | None = None
    _rights: dict[str, set[str]] = field(default_factory=dict)

    def select(self, file: FileSpec, parent: FileSpec | None) -> None:
        """Make a file current; `parent` is its DF where it is an EF."""
        self.delivered = None
        if parent is not None:
            self.df, self.ef = parent, file
            return
        depth = _depth(file.path)
        self._rights = {df: names for df, names in self._rights.items() if _depth(df) < depth}
        self.df, self.ef = file, None

    def grant(self, key: KeySpec) -> None:
        """Remember that a key was authenticated."""
        self._rights.setdefault(key.df, set()).add(key.name)

    def revoke(self, key: KeySpec) -> None:
        """A wrong authentication takes the right of its key away.  # spec: commands_and_crypto 5.2"""
        self._rights.get(key.df, set()).discard(key.name)

    @property
    def keys(self) -> AbstractSet[str]:
        """Names of the keys whose rights are held."""
        return frozenset().union(*self._rights.values())

    def take_challenge(self) -> bytes | None:
        """The last challenge, once."""
        challenge, self.challenge = self.challenge, None
        return challenge


def _depth(path: str) -> int:
    return path.count("/")
