"""Which cards live: a person has one at a time, and a new one only once the old one is over.

# spec: issuance_and_ecard A.4 find before make, A.5 replacement, B "one live card per (type, number)"
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from issuer.applications import persons
from issuer.registry.schema.cards import card
from issuer.registry.work import Work, batched, first_of

REPLACEABLE = frozenset({"CANCELLED", "EXPIRED", "DESTROYED"})
"""States of a card that is over: a destroyed one was one of the others before, or was never handed out."""
LIVE = frozenset(
    {"PERSO", "ISSUED", "ACTIVE", "ORAL_LOSS", "FORMAL_LOSS", "APP_LOCKED", "BLACKLISTED", "BLOCKED"}
)
"""All others. A blocked card is dead, but counts until it is cancelled and so on the black list."""


@dataclass(frozen=True, slots=True)
class LiveCard:
    """The card that a person has."""

    card_id: str
    state: str
    chip_serial: str


def live_card_of(work: Work, document_type: str, document_number: str) -> LiveCard | None:
    """The live card of a person by any number, None without one; types as in `documents.csv`."""
    found = persons.find(work, document_type, document_number)
    return live_card_of_person(work, found["id"]) if found else None


def live_card_of_person(work: Work, person_id: str) -> LiveCard | None:
    """The live card of a person, None without one."""
    wanted = select(card.c.id, card.c.state, card.c.chip_serial).where(
        card.c.person_id == person_id, card.c.state.in_(LIVE)
    )
    row = first_of(work.rows(wanted))
    return LiveCard(row["id"], row["state"], row["chip_serial"]) if row else None


def persons_with_live_card(work: Work, person_ids: Iterable[str]) -> set[str]:
    """Those of many persons who have a live card; one query for 500."""
    found: set[str] = set()
    for block in batched(person_ids):
        wanted = select(card.c.person_id).where(card.c.person_id.in_(block), card.c.state.in_(LIVE))
        found |= set(work.connection.execute(wanted).scalars())
    return found
