"""Two numbers of one person become one: above all the temporary number of a child that got its papers.

The old number stays as an alias, by which the person is found for ever; a card that bears it stays what it
is. Joining two people by mistake would mix their medical data, and no action takes it apart again: two
operators decide.
# spec: issuance_and_ecard B "merge in the master index"; guards and the second operator are ours
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from card_os.spec import resident_id
from card_os.spec.errors import Phrase, PlainError
from issuer.access.permission import action
from issuer.applications import persons
from issuer.applications.documents import NEWBORN, documents
from issuer.applications.identity import PersonKey
from issuer.applications.states import CLOSED
from issuer.cards.live import persons_with_live_card
from issuer.registry.errors import NotFoundError
from issuer.registry.schema.applications import application, person, person_alias
from issuer.registry.schema.cards import card
from issuer.registry.work import Row, Work

_ACTION = "application.merge"
_FOLLOW = (application, card, person_alias)
"""What belongs to a person and goes along."""


class MergeRefusedError(PlainError):
    """Two numbers that are not joined; nothing was changed."""

    template = "the numbers are not merged: {reason}"


@action(_ACTION)
def merge(work: Work, old: PersonKey, new: PersonKey, card_type: str = "") -> str:
    """Let the person with the number `old` be the person with the number `new`; returns the person's id.

    Where nobody has the new number yet, the person gets it; `card_type` is the type that was shown, where
    several have the same index (02 for a household register). Raises NotFoundError and MergeRefusedError.
    """
    if new.document_type == NEWBORN:
        raise MergeRefusedError(reason=Phrase("a temporary number is never the new one"))
    _check_number(new)
    found = persons.find_all(work, [old, new])
    if old not in found:
        raise NotFoundError(kind="person", name=old.document_type)
    if found.get(new) == found[old]:
        raise MergeRefusedError(reason=Phrase("both are numbers of the same person already"))
    before = work.get(person, found[old], lock=True)
    _check_under_way(work, [found[old], *([found[new]] if new in found else [])])
    if new in found:
        kept = work.get(person, found[new], lock=True)
        _check_same(before, kept)
        _join(work, before, kept)
    else:
        kept = before
        _check_says(before, new)
        _rename(work, before, new, card_type or new.document_type)
    known = found.get(new) is not None
    work.record(_ACTION, "person", kept["id"], merged=before["id"] if known else "", kind=old.document_type)
    return str(kept["id"])


def _check_number(new: PersonKey) -> None:
    document = documents()[new.document_type]
    if document.resident_number and (why := resident_id.problem(new.number)):
        raise MergeRefusedError(reason=why)
    if not 0 < len(new.number) <= 18 or " " in new.number:
        raise MergeRefusedError(reason=Phrase("the new number has 1 to 18 characters and no blanks"))


def _check_under_way(work: Work, ids: Sequence[str]) -> None:
    wanted = select(application.c.number).where(
        application.c.person_id.in_(ids), application.c.state.not_in(CLOSED)
    )
    numbers = list(work.connection.execute(wanted).scalars())
    if numbers:
        reason = Phrase("application {number} is under way: end or withdraw it first", number=numbers[0])
        raise MergeRefusedError(reason=reason)
    if len(persons_with_live_card(work, ids)) > 1:
        reason = Phrase("both have a live card: cancel one first")
        raise MergeRefusedError(reason=reason)


def _check_same(before: Row, kept: Row) -> None:
    """A newborn may have had no name yet; everybody else is called the same."""
    for name in ("birth_date", "sex_code"):
        if before["items"].get(name) != kept["items"].get(name):
            raise MergeRefusedError(reason=Phrase("they differ in {field}", field=name))
    if before["document_type"] != NEWBORN and before["name"] != kept["name"]:
        raise MergeRefusedError(reason=Phrase("they differ in {field}", field="holder_name"))


def _check_says(before: Row, new: PersonKey) -> None:
    if not documents()[new.document_type].resident_number:
        return
    said = {
        "birth_date": resident_id.birth_date(new.number).isoformat(),
        "sex_code": resident_id.sex_code(new.number),
    }
    for name, value in said.items():
        if before["items"].get(name) != value:
            raise MergeRefusedError(reason=Phrase("they differ in {field}", field=name))


def _join(work: Work, before: Row, kept: Row) -> None:
    for follower in _FOLLOW:
        moved = update(follower).where(follower.c.person_id == before["id"])
        work.connection.execute(moved.values(person_id=kept["id"]))
    work.update(person, before["id"], merged_into=kept["id"])
    _alias(work, before, kept["id"])


def _rename(work: Work, before: Row, new: PersonKey, card_type: str) -> None:
    _alias(work, before, before["id"])
    items = dict(before["items"])
    items |= {"card_number": new.number, "id_document_type": documents()[card_type].card}
    items["id_document_number"] = new.number
    if documents()[new.document_type].resident_number:
        items["resident_id_number"] = new.number
    work.update(
        person,
        before["id"],
        document_type=new.document_type,
        document_number=new.number,
        document_digest=persons.digest_of(work, new),
        items=items,
    )


def _alias(work: Work, before: Row, person_id: str) -> None:
    work.insert(
        person_alias,
        person_id=person_id,
        document_type=before["document_type"],
        document_number=before["document_number"],
        document_digest=before["document_digest"],
        at=work.now,
    )
