"""What lies in the tray and in the SAM drawer of a seat: the rows of `tray.csv`, and how each card is made.

A card is issued once in a process and copied for each seat. Its serial number stands in the table, so that a
list of cards and a kept image agree with it after a restart.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from threading import Lock

from card_os.kernel.card import Card
from card_os.spec.card_list import Mark
from card_os.spec.errors import PlainError
from card_os.spec.model import Meaning
from lab import demo
from lab.sources import Kind, SourcedCard
from lab.testing.stock import Stock

FIRST_SAM = "sam-own"
"""The SAM that a new seat finds in its drawer."""
_SELECT_APPLICATION = bytes.fromhex("00A4000002DDF1")
_WRONG_PIN = bytes.fromhex("0020000003999999")
_PIN_TRIES_AT_MOST = 15


class NotInTrayError(PlainError):
    """A name that nothing in the tray has."""

    template = "{card}: no such card lies in the tray"


@dataclass(frozen=True, slots=True)
class TrayEntry:
    """One card of the tray. `resident` is whose it is, for a SAM its province of two digits."""

    id: str
    kind: Kind
    serial: int
    make: str
    resident: str
    title: Meaning
    about: Meaning

    @property
    def mark(self) -> Mark | None:
        """How the list of cards marks it; None for a card that is on no list."""
        return {"lost": Mark.BLACK, "grey": Mark.GREY}.get(self.make)

    @property
    def is_issued(self) -> bool:
        """Whether a face was printed on it."""
        return self.kind is Kind.USER and self.make not in ("blank", "unpersonalised_card")


@cache
def entries() -> Mapping[str, TrayEntry]:
    """All rows by their id, in the order of the table."""
    text = (files("lab.training") / "tray.csv").read_text("utf-8")
    rows = (
        TrayEntry(
            row["id"],
            Kind(row["kind"]),
            int(row["serial"]),
            row["make"],
            row["resident"],
            Meaning(row["chinese"], row["english"]),
            Meaning(row["chinese_about"], row["english_about"]),
        )
        for row in csv.DictReader(text.splitlines())
    )
    return {row.id: row for row in rows}


def entry(card: str) -> TrayEntry:
    """A row by its id; raises NotInTrayError."""
    try:
        return entries()[card]
    except KeyError:
        raise NotInTrayError(card=card[:40]) from None


class TrayStock:
    """Makes the cards of all seats of a process; safe from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._stocks: dict[str, Stock] = {}

    def bring(self, card: str) -> SourcedCard:
        """A copy of its own of a card, as its issuer left it; raises NotInTrayError."""
        row = entry(card)
        with self._lock:
            stock = self._stocks.setdefault(card, Stock(row.serial))
            made = _MAKERS[row.make](stock, row)
        return replace(made, about=row.id)


def _issued(stock: Stock, row: TrayEntry) -> SourcedCard:
    return stock.user_card(row.resident, "", 1)


def _expired(stock: Stock, row: TrayEntry) -> SourcedCard:
    today = date.today()
    issued_on = date(today.year - demo.VALID_FOR_YEARS - 1, today.month, min(today.day, 28))
    return stock.user_card(row.resident, "", 1, issued_on)


def _blank(stock: Stock, row: TrayEntry) -> SourcedCard:
    return stock.blank("")


def _scene(stock: Stock, row: TrayEntry) -> SourcedCard:
    made = stock.scene(row.make, row.resident, "")
    return SourcedCard(made.user, Kind.USER, row.id, resident=made.issued.resident if made.issued else None)


def _office_pin(stock: Stock, row: TrayEntry) -> SourcedCard:
    """A card that the office of the seat has in its registry, whose holder has forgotten the PIN."""
    from lab.training import office_stock  # noqa: PLC0415  the issuer is slow to load, and not always needed

    chip = office_stock.pin_card()
    _use_up_pin(chip)
    return SourcedCard(chip, Kind.USER, row.id, resident=stock.resident(row.resident))


def _use_up_pin(card: Card) -> None:
    """Give a wrong PIN until the card says that it is blocked, 6983 or 63C0."""
    card.power_on()
    card.transmit(_SELECT_APPLICATION)
    for _attempt in range(_PIN_TRIES_AT_MOST):
        if card.transmit(_WRONG_PIN) in (b"\x69\x83", b"\x63\xc0"):
            break
    else:
        raise RuntimeError("the holder's PIN did not block")
    card.power_off()


def _sam(stock: Stock, row: TrayEntry) -> SourcedCard:
    return stock.sam(row.resident, demo.SAM_PIN, None, 1)


def _sam_expired(stock: Stock, row: TrayEntry) -> SourcedCard:
    return stock.sam(row.resident, demo.SAM_PIN, date.today() - timedelta(days=1), 1)


def _sam_other_keys(stock: Stock, row: TrayEntry) -> SourcedCard:
    return SourcedCard(stock.scene("sam_with_other_keys", "01", "").sam, Kind.SAM, row.id)


_MAKERS: Mapping[str, Callable[[Stock, TrayEntry], SourcedCard]] = {
    "issued": _issued,
    "lost": _issued,
    "grey": _issued,
    "expired": _expired,
    "blocked_application": _scene,
    "unpersonalised_card": _scene,
    "office_pin": _office_pin,
    "blank": _blank,
    "sam": _sam,
    "sam_expired": _sam_expired,
    "sam_other_keys": _sam_other_keys,
}
