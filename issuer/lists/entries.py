"""Entries of the black and grey list: they are added, and never changed or removed.

These are effects of acts on cards, so that they have no permission of their own.
# spec: issuance_and_ecard D.1 front-server list table
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from card_os.spec.card_list import Change, Entry, Mark, Operation, Reason
from issuer.registry.schema.lists import list_entry
from issuer.registry.work import Row, Work

SERIES = "list_entry"


def put_on(work: Work, card: Mapping[str, Any], mark: Mark, reason: Reason, text: str = "") -> None:
    """List a card, by its number and its chip: a replacement with the same number is another card."""
    _append(work, card, Change(Operation.ADD, _entry(card, mark, reason, text)))


def take_off(work: Work, card: Mapping[str, Any], mark: Mark) -> None:
    """Take a card off the list again; the reason is "loss undone", the only one that there is."""
    _append(work, card, Change(Operation.DELETE, _entry(card, mark, Reason.LOSS_UNDONE, "")))


def changes(rows: Iterable[Row]) -> Iterable[Change]:
    """Rows of the table as changes of the list."""
    for row in rows:
        mark, reason = Mark(row["mark"]), Reason(row["reason"])
        entry = Entry(row["card_number"], row["chip_serial"], mark, reason, row["text"])
        yield Change(Operation(row["operation"]), entry)


def between(work: Work, after: int, until: int) -> list[Row]:
    """The rows behind entry `after` up to entry `until`, in order."""
    wanted = select(list_entry).where(list_entry.c.seq > after, list_entry.c.seq <= until)
    return work.rows(wanted.order_by(list_entry.c.seq))


def of_card(work: Work, card_id: str) -> list[Row]:
    """The rows of one card, in order; without its number."""
    names = ("seq", "mark", "operation", "reason", "text", "at")
    columns = [list_entry.c[name] for name in names]
    return work.rows(select(*columns).where(list_entry.c.card_id == card_id).order_by(list_entry.c.seq))


def _entry(card: Mapping[str, Any], mark: Mark, reason: Reason, text: str) -> Entry:
    return Entry(card["card_number"], card["chip_serial"], mark, reason, text)


def _append(work: Work, card: Mapping[str, Any], change: Change) -> None:
    entry = change.entry
    work.insert(
        list_entry,
        seq=work.next_number(SERIES),
        card_id=card["id"],
        card_number=entry.card_number,
        card_number_digest=card["card_number_digest"],
        chip_serial=entry.chip_serial,
        mark=entry.mark.value,
        operation=change.operation.value,
        reason=entry.reason.value,
        text=entry.text,
        at=work.now,
    )
