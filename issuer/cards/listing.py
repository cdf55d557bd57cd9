"""What is asked of cards: which there are, in which state, what happened, whether one may be used.

Numbers of cards, which are mostly those of people, are masked wherever they are shown.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import ColumnElement, select

from card_os.spec.model import Meaning
from issuer.access.permission import action
from issuer.applications import persons
from issuer.cards import life, registration
from issuer.lists import entries
from issuer.printing.masking import masked
from issuer.registry.schema.cards import bank_notice, bank_part, card, card_event, chip_act
from issuer.registry.work import Row, Work, first_of

_CELLS = ("id", "chip_serial", "state", "locked", "has_pin", "issued_on", "expires_on", "outlet", "replaces")
_OVER = ("CANCELLED", "DESTROYED")


@dataclass(frozen=True, slots=True)
class TerminalAnswer:
    """What a terminal hears of a card: whether it may be used, else the driver answer and why."""

    usable: bool
    answer: str
    meaning: Meaning


@action("card.find")
def find(work: Work, document_type: str, document_number: str) -> list[Row]:
    """All cards of a person by any number, the newest first; empty where nobody has it."""
    return _of_person(work, document_type, document_number)


@action("card.cancelled")
def cancelled(work: Work, document_type: str, document_number: str) -> list[Row]:
    """The cards of a person that are cancelled: what a replacement takes.

    # spec: issuance_and_ecard A.5 S9
    """
    return _of_person(work, document_type, document_number, card.c.state.in_(_OVER))


@action("card.show")
def show(work: Work, card_id: str) -> Row:
    """A card with both parts, its events, its list entries, and an order to its chip that is open.

    Raises NotFoundError.
    """
    row = work.get(card, card_id)
    parts = select(bank_part.c.state).where(bank_part.c.card_id == card_id)
    bank = first_of(work.rows(parts))
    open_acts = select(chip_act.c.action, chip_act.c.target, chip_act.c.at).where(
        chip_act.c.card_id == card_id, chip_act.c.state == "OPEN"
    )
    return {
        **_shown(row),
        "bank_state": bank["state"] if bank else None,
        "possible": life.STATES.possible(row["state"]),
        "events": _events(work, card_id),
        "list": entries.of_card(work, card_id),
        "open_act": first_of(work.rows(open_acts)),
    }


@action("card.counts")
def counts(work: Work, outlet: str | None = None) -> dict[str, int]:
    """How many cards are in which state, of all outlets or of one."""
    return registration.counts(work, outlet)


@action("card.status")
def status(work: Work, card_number: str, chip_serial: str) -> TerminalAnswer:
    """Whether a card may be used, asked online by a terminal that has it.  # spec: issuance_and_ecard A.5"""
    wanted = select(card.c.state).where(
        card.c.chip_serial == chip_serial,
        card.c.card_number_digest == work.digest(life.CARD_NUMBER, card_number),
    )
    row = first_of(work.rows(wanted))
    return answers()[row["state"] if row else ""]


@action("bank.notices")
def notices(work: Work, after: int = 0, most: int = 500) -> list[Row]:
    """What the bank is told of its cards behind notice `after`: seq, chip serial, action, at; in order."""
    columns = (bank_notice.c.seq, card.c.chip_serial, bank_notice.c.action, bank_notice.c.at)
    joined = select(*columns).join_from(bank_notice, card).where(bank_notice.c.seq > after)
    return work.rows(joined.order_by(bank_notice.c.seq).limit(most))


@action("bank.mismatches")
def mismatches(work: Work) -> list[Row]:
    """Cards of which one part is over and the other in use: chip serial, state, bank state.

    # spec: issuance_and_ecard A.9
    """
    over = card.c.state.in_((*_OVER, "EXPIRED", "BLACKLISTED", "BLOCKED"))
    closed = bank_part.c.state == "CLOSED"
    columns = (card.c.chip_serial, card.c.state, bank_part.c.state.label("bank_state"))
    joined = select(*columns).join_from(card, bank_part).where((over & ~closed) | (~over & closed))
    return work.rows(joined.order_by(card.c.chip_serial))


@cache
def answers() -> Mapping[str, TerminalAnswer]:
    """What terminals hear, by the state of the card; empty for a card that is not there."""
    text = (files(__package__) / "answers.csv").read_text("utf-8")
    rows = csv.DictReader(io.StringIO(text))
    return {
        row["state"]: TerminalAnswer(
            not row["answer"], row["answer"], Meaning(row["chinese"], row["english"])
        )
        for row in rows
    }


def _of_person(
    work: Work, document_type: str, document_number: str, *conditions: ColumnElement[bool]
) -> list[Row]:
    found = persons.find(work, document_type, document_number)
    if found is None:
        return []
    wanted = select(card).where(card.c.person_id == found["id"], *conditions)
    return [_shown(row) for row in work.rows(wanted.order_by(card.c.made_at.desc()))]


def _shown(row: Mapping[str, Any]) -> Row:
    return {name: row[name] for name in _CELLS} | {"card_number": masked(row["card_number"])}


def _events(work: Work, card_id: str) -> list[Row]:
    names = ("at", "code", "action", "reason", "operator")
    columns: Iterable[ColumnElement[Any]] = [card_event.c[name] for name in names]
    return work.rows(select(*columns).where(card_event.c.card_id == card_id).order_by(card_event.c.seq))
