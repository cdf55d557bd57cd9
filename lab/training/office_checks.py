"""What the registry of a seat's issuing office holds, for the checks of exercises; read only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select

from issuer.registry.day import years_between
from issuer.registry.schema.applications import application
from issuer.registry.schema.cards import card, card_event
from issuer.registry.work import Row
from lab.training.arguments import Given
from lab.training.office import office_of
from lab.training.seat import Seat
from lab.training.tray import TrayEntry, entry

_PIN_SET = "card.reset_pin"


def has_application(seat: Seat, given: Given, started: datetime) -> bool:
    """An application that was made or moved since the start and has all that is asked for."""
    with office_of(seat).looking() as work:
        rows = work.rows(select(application).where(application.c.state_since >= started))
    return any(_fits(row, given) for row in rows)


def card_of(seat: Seat, given: Given, started: datetime) -> Row | None:
    """A card that was made since the start; `replaces` is the state of the card before it."""
    with office_of(seat).looking() as work:
        wanted = select(card).where(card.c.state == given["state"], card.c.made_at >= started)
        if "chip" in given:
            wanted = wanted.where(card.c.chip_serial == serial(entry(str(given["chip"]))))
        rows = work.rows(wanted)
        if "document_number" in given:
            rows = [row for row in rows if row["card_number"] == given["document_number"]]
        if "replaces" in given:
            rows = [
                row
                for row in rows
                if row["replaces"] and work.get(card, row["replaces"])["state"] == given["replaces"]
            ]
        return rows[0] if rows else None


def has_event(seat: Seat, given: Given, started: datetime) -> bool:
    """An event of a card since the start."""
    return bool(_events(seat, str(given["action"]), str(given.get("chip", "")), started))


def pin_was_set(seat: Seat, of: TrayEntry, started: datetime) -> bool:
    """Whether the registry says that a holder PIN was set since the start."""
    return bool(_events(seat, _PIN_SET, of.id, started))


def serial(row: TrayEntry) -> str:
    """The serial number of a chip of the tray, ten digits."""
    return f"{row.serial:010d}"


def _events(seat: Seat, action: str, chip: str, started: datetime) -> Sequence[Row]:
    wanted = select(card_event.c.id).join_from(card_event, card)
    wanted = wanted.where(card_event.c.action == action, card_event.c.at >= started)
    if chip:
        wanted = wanted.where(card.c.chip_serial == serial(entry(chip)))
    with office_of(seat).looking() as work:
        return work.rows(wanted)


def _fits(row: Row, given: Given) -> bool:
    form = row["form"]
    same = {
        "state": row["state"],
        "business": row["business"],
        "document_number": form.get("document_number"),
        "guardian": bool(row["guardian"]),
    }
    if any(same[name] != value for name, value in given.items() if name in same):
        return False
    under = given.get("under")
    if under is None:
        return True
    age = years_between(date.fromisoformat(form["birth_date"]), row["applied_on"])
    return age < int(str(under))
