"""Who stands at the counter, or calls: the holder, a guardian, an agent; what they showed or answered.

What was shown is compared with the master index and kept, sealed, with the act that it was shown for.
# spec: issuance_and_ecard A.5 guards, B under 16
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from card_os.spec import resident_id
from card_os.spec.errors import Phrase, PlainError
from issuer.applications import guardian, persons
from issuer.applications.documents import documents
from issuer.applications.identity import PersonKey
from issuer.cards import rules
from issuer.registry.day import day_of, years_between
from issuer.registry.schema.applications import person
from issuer.registry.work import Row, Work


class IdentityRefusedError(PlainError):
    """Somebody who may not do this, or did not show what it takes. Never says which answer was wrong."""

    template = "the identity check fails: {reason}"


class Presence(StrEnum):
    """Who it is."""

    HOLDER = "holder"
    GUARDIAN = "guardian"
    AGENT = "agent"
    QUESTIONS = "questions"


IN_PERSON = frozenset({Presence.HOLDER, Presence.GUARDIAN})
OR_AGENT = IN_PERSON | {Presence.AGENT}
QUESTIONS = (
    "birth_date", "holder_phone_1", "holder_phone_2", "address_1", "contact_name_1", "contact_phone_1",
)  # fmt: skip
"""Items that a caller may be asked for."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was shown: a type of `documents.csv`, and its number."""

    type: str
    number: str = field(repr=False)

    @property
    def key(self) -> PersonKey | None:
        """How the master index knows its bearer, None for an unknown type."""
        return PersonKey.of(self.type, self.number)


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody showed or answered.

    A guardian shows the holder's document and one of their own, says the relation (a code) and proves it (a
    code of the proof); an agent shows both documents; a caller answers questions, by item.
    """

    presence: Presence
    holder: Document | None = None
    other: Document | None = None
    other_name: str = field(default="", repr=False)
    relation: str = ""
    proof: str = ""
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def kept(self) -> dict[str, object]:
        """What is kept of it, sealed: of answers only which ones were given."""
        found: dict[str, object] = {"presence": self.presence.value}
        for name, document in (("holder", self.holder), ("other", self.other)):
            if document is not None:
                found[name] = {"type": document.type, "number": document.number}
        texts = {"other_name": self.other_name, "relation": self.relation, "proof": self.proof}
        found |= {name: text for name, text in texts.items() if text}
        return found | ({"answered": sorted(self.answers)} if self.answers else {})


def check(work: Work, card: Row, shown: Shown, allowed: Collection[Presence]) -> dict[str, object]:
    """Pass where these people may act for the holder of a card; returns what is kept of it.

    Raises IdentityRefusedError.
    """
    if shown.presence not in allowed:
        known = ", ".join(sorted(allowed))
        raise IdentityRefusedError(reason=Phrase("this takes one of {known} in person", known=known))
    if shown.presence is Presence.QUESTIONS:
        _check_answers(work, card, shown)
        return shown.kept()
    holder = shown.holder.key if shown.holder else None
    if holder is None or persons.find_all(work, [holder]).get(holder) != card["person_id"]:
        raise IdentityRefusedError(
            reason=Phrase("the holder's document is missing, or is not that of the holder")
        )
    if shown.presence is Presence.HOLDER:
        _check_age(work, card)
    else:
        _check_other(work, card, shown)
    return shown.kept()


def _check_age(work: Work, card: Row) -> None:
    born = work.get(person, card["person_id"])["items"].get("birth_date")
    if born is None:
        return
    if years_between(date.fromisoformat(born), day_of(work.now)) < guardian.NEEDED_UNDER:
        reason = Phrase("a holder under {age} comes with a guardian", age=guardian.NEEDED_UNDER)
        raise IdentityRefusedError(reason=reason)


def _check_other(work: Work, card: Row, shown: Shown) -> None:
    other = shown.other.key if shown.other else None
    if shown.other is None or other is None or not shown.other_name.strip():
        raise IdentityRefusedError(reason=Phrase("name and document of the one who comes are missing"))
    # by any number of the holder: a child with a passport is not its own guardian
    if persons.find_all(work, [other]).get(other) == card["person_id"]:
        raise IdentityRefusedError(reason=Phrase("the one who comes must be another person than the holder"))
    if documents()[shown.other.type].resident_number:
        _check_adult(work, other.number)
    if shown.presence is Presence.GUARDIAN:
        for table, given in (("relation", shown.relation), ("proof", shown.proof)):
            if given not in guardian.codes(table):
                known = " ".join(guardian.codes(table))
                reason = Phrase("{table}: one of the codes {known} is expected", table=table, known=known)
                raise IdentityRefusedError(reason=reason)


def _check_adult(work: Work, number: str) -> None:
    why = resident_id.problem(number)
    if why is not None:
        raise IdentityRefusedError(reason=why)
    if years_between(resident_id.birth_date(number), day_of(work.now)) < guardian.LEAST_AGE:
        raise IdentityRefusedError(
            reason=Phrase("the one who comes must be {age} or older", age=guardian.LEAST_AGE)
        )


def _check_answers(work: Work, card: Row, shown: Shown) -> None:
    items = work.get(person, card["person_id"])["items"]
    needed = rules.count(work, "questions")
    right = sum(
        hmac.compare_digest(str(items.get(name) or "").encode(), given.strip().encode())
        for name, given in shown.answers.items()
        if name in QUESTIONS and given.strip()
    )
    if right < needed or right < len(shown.answers):
        reason = Phrase("{needed} right answers and no wrong one are needed", needed=needed)
        raise IdentityRefusedError(reason=reason)
