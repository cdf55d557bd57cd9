"""Variants as terminals of the field meet them: which rows each one leaves out, and the walks over it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from field_terminal import LibraryLZ, MiddlewareD79, MiddlewareMHC, MiddlewarePlain
from field_walk import ALL_ROWS, walk_families, walk_issuing, walk_secure_binary

from card_os.iso7816.atr import Atr
from lab import demo

Transmit = Callable[[bytes], bytes]
Reset = Callable[[], bytes]
Family = type[MiddlewareMHC] | type[LibraryLZ]

# Rows of apdus.csv that a variant does not claim; the programs that send them have no such cards.
NOT_CLAIMED: dict[str, frozenset[str]] = {
    "contactless": frozenset(),
    "contact_t0": frozenset(),
    "strict_index": frozenset({"17", "19"}),
    "secure_cyclic": frozenset({"13"}),
    "no_plain_issuing": frozenset({"12"}),
    "fci_plain": frozenset(),
    "fci_none": frozenset(),
    "chip_0081": frozenset({"22", "23"}),
    "chip_0085": frozenset({"12", "22"}),
    "chip_008c": frozenset({"23"}),
    "chip_0090": frozenset({"22", "23"}),
    "chip_0096": frozenset({"22", "23"}),
    "open_card": frozenset(),
    "visits_by_uk2": frozenset(),
    "no_select_by_name": frozenset(),
    "no_blocking": frozenset(),
    "no_internal_authentication": frozenset({"10", "37"}),
    "xy_state": frozenset(),
    "bad_mac_limit_3": frozenset(),
    "with_holder_pin": frozenset(),
}
# What the issuing walks prove beyond the rows of an issued card.
ISSUING_ROWS = frozenset({"11", "12", "22", "23"})


class MiddlewareD79Of8C(MiddlewareD79):
    """D79 in front of a card of another maker whose lock command it sends nonetheless."""

    @property
    def chip_maker(self) -> str:
        return "008C"


class MiddlewareD79Of85(MiddlewareD79):
    @property
    def chip_maker(self) -> str:
        return "0085"


class CyclicSecureMHC(MiddlewareMHC):
    """MHC as it is built where cards take no plain cyclic records."""

    CYCLIC_IS_SECURE = True


class IndexMacMHC(MiddlewareMHC):
    """MHC as it is built where the index commands need a MAC."""

    INDEX_HAS_MAC = True


class VisitsByUk2:
    """Before a family: visit records are written under the other update key."""

    _key_of_visits = ""

    def write_visit_item(self, ef: str, offset: int, data: bytes) -> None:
        self._key_of_visits = "UK2"
        super().write_visit_item(ef, offset, data)  # type: ignore[misc]
        self._key_of_visits = ""

    def update_authentication(self, df: str, key: str = "UK1") -> None:
        super().update_authentication(df, self._key_of_visits or key)  # type: ignore[misc]


class Desk:
    """Two cards and the shim that a contact card needs."""

    def __init__(self, card: Transmit, card_reset: Reset, sam: Transmit, sam_reset: Reset) -> None:
        self._card, self._sam, self._sam_reset = card, sam, sam_reset
        self._card_reset = card_reset
        self.is_contact = Atr.parse(card_reset()).protocols == (0,)

    def terminal(self, family: Family) -> MiddlewareMHC | LibraryLZ:
        return family(
            card=self._card,
            sam=self._sam,
            card_reset=self._card_reset,
            sam_reset=self._sam_reset,
            resolve_61xx=self.is_contact,
        )


def fitting(family: Family, variant: str) -> Family:
    """The build of a program that is used where there are cards of a variant."""
    if family is MiddlewareMHC and variant == "strict_index":
        return IndexMacMHC
    if family is MiddlewareMHC and variant == "secure_cyclic":
        return CyclicSecureMHC
    if variant == "visits_by_uk2":
        return type(f"{family.__name__}ByUk2", (VisitsByUk2, family), {})
    return family


def walk_issued(desk: Desk, variant: str) -> Counter[str]:
    """All families over an issued card, the internal authentication and the optional secure write too."""
    proved = walk_families(
        lambda family: desk.terminal(fitting(family, variant)),
        pin=demo.SAM_PIN,
        internal_authentication="10" in claimed(variant),
    )
    secure = desk.terminal(MiddlewareMHC)
    assert isinstance(secure, MiddlewareMHC)
    return proved + walk_secure_binary(secure, pin=demo.SAM_PIN)


def issuing_families(variant: str) -> list[type[MiddlewareD79 | MiddlewarePlain]]:
    """The programs that issue cards of a variant, each one on a card of its own."""
    if variant in ("chip_0081", "chip_0085", "chip_008c", "chip_0090", "chip_0096"):
        return [MiddlewareD79] if variant == "chip_0085" else [MiddlewareD79, MiddlewarePlain]
    if variant == "no_plain_issuing":
        return [MiddlewareD79, MiddlewareD79Of85, SecureD79Of8C]
    return [MiddlewareD79Of8C, MiddlewareD79Of85, MiddlewarePlain]


class SecureD79Of8C(MiddlewareD79Of8C):
    """The lock command of 008C after secure writes."""

    def write_personal(self, ef: str, number: int, record: bytes) -> None:
        self.write_record("DDF1", ef, number, record)
        if ef == "EF06" and number == 5:
            self.lock_personal_data()


def walk_unissued(desk: Desk, family: type[MiddlewareD79 | MiddlewarePlain]) -> Counter[str]:
    """A program of the field writes the personal data of a keyed card."""
    terminal = desk.terminal(family)
    assert isinstance(terminal, MiddlewareD79 | MiddlewarePlain)
    return walk_issuing(terminal, pin=demo.SAM_PIN, ysdm=demo.ISSUER.city_code)


def claimed(variant: str) -> frozenset[str]:
    """The rows of apdus.csv that a card of the variant answers."""
    return ALL_ROWS - NOT_CLAIMED[variant]
