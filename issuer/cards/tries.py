"""Tries for what can be guessed: taken, and kept as taken, before anything is compared.

So they need a transaction of their own: that of the act itself is undone where the guess was wrong.
# figures: rules.csv
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from card_os.spec.errors import PlainError
from issuer.cards import rules
from issuer.registry.schema.cards import card_tries
from issuer.registry.work import Work, first_of

SLIP, BANK_SLIP, QUESTIONS = "slip", "bank_slip", "questions"


class TriesOverError(PlainError):
    """No try is left for now."""

    template = "card {name}: no try is left, the next one is possible from {until}"


def take(work: Work, card_id: str, kind: str) -> None:
    """Take one try; raises TriesOverError. The last one locks the kind for some hours."""
    row = first_of(work.rows(_of(card_id, kind).with_for_update()))
    most = rules.count(work, "tries")
    if row and row["locked_until"] is not None and row["locked_until"] > work.now:
        raise TriesOverError(name=card_id, until=row["locked_until"].isoformat(timespec="minutes"))
    left = (row["left"] if row and row["left"] > 0 else most) - 1
    until = work.now + rules.duration(work, "tries_locked_hours") if left == 0 else None
    if row:
        work.update(card_tries, row["id"], left=left, locked_until=until)
    else:
        work.insert(card_tries, card_id=card_id, kind=kind, left=left, locked_until=until)


def give_back(work: Work, card_id: str, kind: str) -> None:
    """All tries again, after a right one."""
    row = first_of(work.rows(_of(card_id, kind)))
    if row:
        work.update(card_tries, row["id"], left=rules.count(work, "tries"), locked_until=None)


def _of(card_id: str, kind: str) -> Select[Any]:
    return select(card_tries).where(card_tries.c.card_id == card_id, card_tries.c.kind == kind)
