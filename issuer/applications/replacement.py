"""Applying for another card in place of one that is over: lost, changed or under warranty.

The form is what is on file of the person, with what changed; the reviews are those of any application.
# spec: issuance_and_ecard 0.4, A.5 business types 05, 06, 07
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from card_os.spec.errors import Phrase, PlainError
from issuer.access.permission import action
from issuer.applications import persons, places
from issuer.applications.checking import check
from issuer.applications.existing import look_up
from issuer.applications.fields import fields
from issuer.applications.form import Form, filled
from issuer.applications.intake import PERSON, draft_cells, one_at_a_time, submitted_cells
from issuer.applications.numbers import new_numbers
from issuer.applications.rules import ApplicationRefusedError
from issuer.applications.states import STATES
from issuer.registry.day import day_of
from issuer.registry.schema.applications import application, person
from issuer.registry.schema.cards import card
from issuer.registry.work import Row, Work

BUSINESSES = ("05", "06", "07")
"""Replacement of a lost card, change, warranty."""
_ACTION = "application.replace"
# what a form has beyond the items that are on file
_BESIDE_ITEMS = ("guardian_", "mother_", "birth_order", "multiple_birth", "document_")


class ReplacementRefusedError(PlainError):
    """A replacement that is not one, or of a card that nobody applied for here."""

    template = "card {card}: {reason}"


@action(_ACTION)
def apply_for_replacement(
    work: Work,
    card_id: str,
    business: str,
    point_code: str,
    changes: Mapping[str, str] | None = None,
    *,
    mode: str = "single",
) -> str:
    """Apply for a card in place of one that is cancelled or expired; returns the number of the application.

    The point may be that of another institution: the clerk of an outlet sends people to the nearest one with
    what is to be corrected. Raises ReplacementRefusedError, ApplicationRefusedError with every problem, and
    NotFoundError.
    """
    if business not in BUSINESSES:
        reason = Phrase("the code is not one of {known}", known=" ".join(BUSINESSES))
        raise ReplacementRefusedError(card=card_id, reason=reason)
    at = places.point(work, point_code)
    old = work.one(select(card.c.id, card.c.person_id).where(card.c.id == card_id), "card", card_id)
    holder = work.get(person, old["person_id"])
    form = _on_file(work, holder).changed(changes or {})
    checked = check(form, day_of(work.now), at.county)
    known = look_up(work, [checked], business=business)
    problems = (*checked.problems, *(known.problems[checked.key] if checked.key else ()))
    if problems or checked.applicant is None:
        raise ApplicationRefusedError(problems)
    if checked.key is None or known.persons.get(checked.key) != holder["id"]:
        raise ReplacementRefusedError(card=card_id, reason=Phrase("the document is that of another person"))
    (number,) = new_numbers(work, at.county, 1)
    state = STATES.after("", _ACTION)
    with one_at_a_time(number):
        row_id = work.insert(
            application,
            **draft_cells(work, checked),
            **submitted_cells(work, {"round": 0, "collected_by": ""}, holder["id"]),
            number=number,
            business=business,
            source=PERSON,
            mode=mode,
            state=state,
            collection_point=at.code,
            county=at.county,
            guardian=checked.applicant.guardian,
            made_at=work.now,
            applied_on=day_of(work.now),
            replaces=card_id,
        )
    work.record(_ACTION, "application", row_id, after=state, business=business)
    return number


def _on_file(work: Work, holder: Row) -> Form:
    """The form of the last application of a person, with the items and lists that are on file by now."""
    wanted = select(application.c.id, application.c.form).where(application.c.person_id == holder["id"])
    last = work.rows(wanted.order_by(application.c.made_at.desc()).limit(1))
    if not last:
        raise ReplacementRefusedError(card="–", reason=Phrase("nothing is on file of its holder"))
    values = {name: text for name, text in last[0]["form"].items() if name.startswith(_BESIDE_ITEMS)}
    key = persons.key_of(holder)
    if values.get("document_number", "").upper() != key.number:
        # the person has another number by now
        values |= {"document_type": key.document_type, "document_number": key.number}
    values |= {name: _text(value) for name, value in holder["items"].items() if name in fields()}
    for entries in holder["entries"].values():
        for number, entry in enumerate(entries, start=1):
            values |= {f"{name}_{number}": _text(value) for name, value in entry.items()}
    return Form(filled(values), holder["portrait"], photo_fits=True)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
