"""The life of a card: its states by table, and one way to take a step, with an event and an audit row.

# states.csv, bank_states.csv, operations.csv; spec: issuance_and_ecard A.5
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sqlalchemy import Table, or_, select

from card_os.spec.model import Meaning
from issuer.registry.schema.cards import bank_notice, bank_part, card, card_event
from issuer.registry.states import StateTable
from issuer.registry.work import Row, Work, first_of

STATES = StateTable.read(__package__, "card")
BANK_STATES = StateTable.read(__package__, "bank part", "bank_states.csv")
EVENTS = "card_event"
CARD_NUMBER = "card_number"
"""The context of the digest by which card numbers are searched."""
Begin = Callable[[], AbstractContextManager[Work]]
"""Opens a transaction of the people who work: what takes a try, or touches a chip, needs several."""


@dataclass(frozen=True, slots=True)
class Part:
    """The health part or the bank part of a card, which are lost and reopened apart.

    # spec: issuance_and_ecard 0 item 5
    """

    name: str
    prefix: str
    table: Table
    states: StateTable
    days: str

    def action(self, verb: str) -> str:
        """The name of an action on this part."""
        return f"{self.prefix}.{verb}"


HEALTH = Part("health", "card", card, STATES, "oral_loss_days")
BANK = Part("bank", "bank", bank_part, BANK_STATES, "bank_oral_loss_days")
PARTS = {part.name: part for part in (HEALTH, BANK)}


@dataclass(frozen=True, slots=True)
class OperationCode:
    """The two-character code of what happened to a card, and its name."""

    code: str
    meaning: Meaning


@cache
def operations() -> Mapping[str, OperationCode]:
    """Codes by action."""
    text = (files(__package__) / "operations.csv").read_text("utf-8")
    rows = csv.DictReader(io.StringIO(text))
    return {
        row["action"]: OperationCode(row["code"], Meaning(row["chinese"], row["english"])) for row in rows
    }


def card_row(work: Work, card_id: str) -> Row:
    """A card that is about to change; raises NotFoundError."""
    return work.get(card, card_id, lock=True)


def id_of(work: Work, named: str) -> str:
    """The id of a card by its id or by the serial number of its chip; raises NotFoundError."""
    wanted = select(card.c.id).where(or_(card.c.id == named, card.c.chip_serial == named))
    return str(work.one(wanted, "card", named)["id"])


def by_serial(work: Work, chip_serial: str) -> Row:
    """A card by the serial number of its chip, about to change; raises NotFoundError."""
    wanted = select(card).where(card.c.chip_serial == chip_serial)
    return work.one(wanted, "card", chip_serial, lock=True)


def bank_row(work: Work, card_id: str) -> Row:
    """The bank part of a card, about to change; raises NotFoundError for a card without one."""
    wanted = select(bank_part).where(bank_part.c.card_id == card_id)
    return work.one(wanted, "bank part of card", card_id, lock=True)


def part_row(work: Work, part: Part, of_card: Row) -> Row:
    """The row that has the state of a part."""
    return of_card if part is HEALTH else bank_row(work, of_card["id"])


def step(
    work: Work,
    row: Row,
    verb: str,
    *,
    part: Part = HEALTH,
    reason: str = "",
    evidence: Mapping[str, object] | None = None,
    **values: object,
) -> str:
    """Take a step of a part's life, with an event, an audit row and, for the bank part, a notice to the bank.

    `row` is that of the part. `reason` is not personal, `evidence` may be. Returns the new state; raises
    TransitionRefusedError and ChangedMeanwhileError.
    """
    name = part.action(verb)
    state = work.move(part.table, row, part.states, name, **values)
    card_id = row["id"] if part is HEALTH else row["card_id"]
    happened(work, card_id, name, reason, evidence)
    if part is BANK:
        tell_bank(work, card_id, name)
    return state


def possible(row: Row, verb: str, part: Part = HEALTH) -> None:
    """Pass where a step could be taken; raises TransitionRefusedError."""
    part.states.after(row["state"], part.action(verb), row["id"])


def happened(
    work: Work, card_id: str, name: str, reason: str = "", evidence: Mapping[str, object] | None = None
) -> None:
    """Write what happened to a card."""
    event = {"reason": reason, "evidence": evidence}
    work.insert(card_event, **event_cells(work, work.next_number(EVENTS), card_id, name), **event)


def event_cells(work: Work, seq: int, card_id: str, name: str) -> dict[str, object]:
    """The cells of an event, but for its reason and evidence."""
    cells = {"seq": seq, "card_id": card_id, "code": operations()[name].code, "action": name}
    return {**cells, "operator": work.actor.name, "at": work.now}


def tell_bank(work: Work, card_id: str, name: str) -> None:
    """Leave a notice for the bank, where the card has a bank part."""
    if has_bank_part(work, card_id):
        seq = work.next_number("bank_notice")
        work.insert(bank_notice, seq=seq, card_id=card_id, action=name, at=work.now)


def has_bank_part(work: Work, card_id: str) -> bool:
    """Whether a card is co-branded."""
    wanted = select(bank_part.c.id).where(bank_part.c.card_id == card_id)
    return first_of(work.rows(wanted)) is not None


def back_in_use(row: Row, verb: str) -> str:
    """The step back: a card with an application locked on its chip goes back to being locked."""
    return f"{verb}_locked" if row.get("locked") else verb
