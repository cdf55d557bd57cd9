"""What the registry knows of applicants: open applications, live cards, children of the same order.

A block of thousands is asked for in a few queries.
# spec: issuance_and_ecard B "exists", A.4 find before make
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from issuer.applications import persons
from issuer.applications.checking import Checked
from issuer.applications.documents import NEWBORN
from issuer.applications.identity import PersonKey
from issuer.applications.rules import Problem
from issuer.cards.live import persons_with_live_card
from issuer.registry.schema.applications import application, person
from issuer.registry.schema.cards import card
from issuer.registry.work import Row, Work, batched

NEW_CARD = "01"
"""Business type of a first card; 05, 06 and 07 follow an earlier one.  # spec: issuance_and_ecard A.5"""
_FIELD = "document_number"
_CELLS = (application.c.id, application.c.number, application.c.state, application.c.collection_point)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of those in a block: persons by key, and the problems that follow, by key.

    `open` are the applications under way by key: id, number, state and collection point.
    """

    persons: Mapping[PersonKey, str]
    open: Mapping[PersonKey, Row]
    problems: Mapping[PersonKey, tuple[Problem, ...]]


def look_up(
    work: Work,
    block: Sequence[Checked],
    own: Collection[str] = (),
    business: str = NEW_CARD,
    *,
    drafts: bool = False,
) -> Known:
    """What stands against applications of a block; `own` are their ids where they are in the registry.

    With `drafts`, applications that were entered but not submitted count as open, too.
    """
    keys = {checked.key: checked for checked in block if checked.key is not None}
    known = persons.find_all(work, keys)
    under_way = _under_way(work, known, own)
    if drafts:
        under_way = _drafts(work, keys, own) | under_way
    ids = set(known.values())
    live = persons_with_live_card(work, ids)
    had_card = _with_card(work, ids)
    other_child = _other_children(work, keys, known)
    problems = {}
    for key in keys:
        person_id = known.get(key, "")
        found = []
        if key in under_way:
            found.append(Problem("person.open", _FIELD, {"number": under_way[key]["number"]}))
        if person_id in other_child:
            found.append(Problem("newborn.taken", "birth_order"))
        found += _cards(business, person_id in live, person_id in had_card)
        problems[key] = tuple(found)
    return Known(known, under_way, problems)


def _cards(business: str, live: bool, had: bool) -> list[Problem]:
    if business == NEW_CARD:
        if live:
            return [Problem("card.live", _FIELD)]
        return [Problem("card.replacement", _FIELD)] if had else []
    return [Problem("card.none", _FIELD)] if live or not had else []


def _under_way(work: Work, known: Mapping[PersonKey, str], own: Collection[str]) -> dict[PersonKey, Row]:
    by_person: dict[str, list[PersonKey]] = {}
    for key, person_id in known.items():
        by_person.setdefault(person_id, []).append(key)
    found: dict[PersonKey, Row] = {}
    for block in batched(by_person):
        wanted = select(*_CELLS, application.c.open_person).where(application.c.open_person.in_(block))
        for row in work.rows(wanted):
            if row["id"] not in own:
                found |= dict.fromkeys(by_person[row["open_person"]], row)
    return found


def _drafts(work: Work, keys: Iterable[PersonKey], own: Collection[str]) -> dict[PersonKey, Row]:
    by_digest = {persons.digest_of(work, key): key for key in keys}
    found: dict[PersonKey, Row] = {}
    for block in batched(by_digest):
        wanted = select(*_CELLS, application.c.document_digest).where(
            application.c.document_digest.in_(block), application.c.state == "NEW"
        )
        for row in work.rows(wanted.order_by(application.c.number)):
            if row["id"] not in own:
                found.setdefault(by_digest[bytes(row["document_digest"])], row)
    return found


def _with_card(work: Work, ids: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for block in batched(ids):
        wanted = select(card.c.person_id).where(card.c.person_id.in_(block))
        found |= set(work.connection.execute(wanted).scalars())
    return found


def _other_children(
    work: Work, keys: Mapping[PersonKey, Checked], known: Mapping[PersonKey, str]
) -> set[str]:
    """Persons under a newborn's number who were born on another day than the child that is applied for."""
    newborns = [key for key in keys if key in known and key.document_type == NEWBORN]
    children = {known[key]: keys[key] for key in newborns}
    rows = persons.rows_of(work, person, children)
    return {
        person_id
        for person_id, found in children.items()
        if found.birth_date and rows[person_id]["items"]["birth_date"] != found.birth_date.isoformat()
    }
