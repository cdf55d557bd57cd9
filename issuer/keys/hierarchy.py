"""The descent of keys: national root, province key, city key where a city has one, card key.

Each row of the key table has a root of its own per version, and takes its own way down:

    held nationally    root → province → card          a SAM holds the root
    held by provinces  root → province [→ city] → card a SAM holds the key of its province, or of its city
    held by a maker    root → card                     no SAM holds it

A city key takes the place of its province key, so that one step on the wire stays one step; rows that are
held nationally know no city, since every SAM of China must reach them by province and card. What a key set
holds is the key of its own level, of each row: enough to make its own cards. Roots of national rows stay at
the national centre and in SAMs, which are keyed there. All keys have 16 bytes.
# spec: commands_and_crypto 3.1, 3.3; issuance_and_ecard A.6 [HC-C]; what a level holds, and cities: ours
"""

from __future__ import annotations

from dataclasses import dataclass

from card_os.crypto.block_cipher import BlockCipher128
from card_os.crypto.keys import diversify, province_factor
from card_os.spec.errors import Phrase, PlainError
from card_os.spec.model import KeySpec
from issuer.keys.custodian import CardFactors, KeyUseError

Path = tuple[bytes, ...]
_PROVINCE, _CITY = 2, 4


class LevelError(PlainError):
    """A text that names no level of the hierarchy."""

    template = "{code!r} is no level of keys: nothing for the nation, 2 digits for a province, 4 for a city"


class RootElsewhereError(KeyUseError):
    """A SAM wants the root of a national key, which a province or a city does not have."""

    template = "{key}: its root never leaves the national centre; SAMs that need it are keyed there"


@dataclass(frozen=True, slots=True)
class Level:
    """Where a key set stands: `code` is empty for the nation, 41 for a province, 4101 for a city.

    The digits are those of GB/T 2260. Raises LevelError.
    """

    code: str = ""

    def __post_init__(self) -> None:
        digits = self.code.isascii() and self.code.isdigit()
        if self.code and not (digits and len(self.code) in (_PROVINCE, _CITY)):
            raise LevelError(code=self.code)

    @property
    def province(self) -> bytes | None:
        """The 8-byte factor of the province, None for the nation."""
        return province_factor(bytes.fromhex(self.code[:_PROVINCE])) if self.code else None

    @property
    def city(self) -> bytes | None:
        """The 8-byte factor of the city, None for nation and province."""
        return city_factor(self.code) if len(self.code) == _CITY else None

    def is_below(self, other: Level) -> bool:
        """Whether this level gets its keys from `other`, directly or not."""
        return len(self.code) > len(other.code) and self.code.startswith(other.code)


NATION = Level()


def city_factor(city_code: str) -> bytes:
    """The factor of a city: first four digits of the city code as ASCII text, then 0000; 8 bytes. Ours."""
    return city_code[:_CITY].encode("ascii") + b"0000"


def held_at(key: KeySpec, level: Level) -> Path:
    """The factors between the root of a row and what the key set of a level holds."""
    if key.held == "maker" or level.province is None:
        return ()
    return _area(key, level.province, level.city)


def in_sam(key: KeySpec, sam: CardFactors) -> Path:
    """The factors between the root of a row and what a SAM holds; KeyUseError for a row that no SAM holds."""
    if key.sam_id is None:
        raise KeyUseError(key=key.name, purpose=Phrase("a SAM"))
    return () if key.held == "national" else _area(key, sam.province, sam.city)


def on_card(key: KeySpec, card: CardFactors) -> Path:
    """The factors between the root of a row and what the chip itself holds."""
    area = () if key.held == "maker" else _area(key, card.province, card.city)
    return (*area, card.card)


def descend(held: bytes, have: Path, want: Path, key: KeySpec, cipher: BlockCipher128) -> bytes:
    """The key at the end of the way `want` from the key at the end of `have`.

    Raises RootElsewhereError where `want` lies above `have`, KeyUseError where it lies in another area.
    """
    if want[: len(have)] != have:
        if have[: len(want)] == want:
            raise RootElsewhereError(key=key.name)
        raise KeyUseError(key=key.name, purpose=Phrase("chips of another province or city"))
    for factor in want[len(have) :]:
        held = diversify(held, factor, cipher)
    return held


def _area(key: KeySpec, province: bytes, city: bytes | None) -> Path:
    return (province,) if key.held == "national" or city is None else (province, city)
