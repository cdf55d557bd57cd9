"""All rules that a form can be held to without asking the registry; all problems are told, not only one.

# spec: issuance_and_ecard B; rules.csv
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from card_os.spec.codecs import Value
from issuer.applications import guardian, photo_intake
from issuer.applications.documents import NEWBORN
from issuer.applications.form import Form, unknown_fields
from issuer.applications.identity import PersonKey, Shown, shown
from issuer.applications.rules import Problem
from issuer.applications.values import entries, item_texts, read_values
from issuer.personalisation.photo import PhotoRefusedError
from issuer.registry.day import years_between

REQUIRED = ("document_type", "holder_name", "sex_code", "birth_date", "address_type_1", "address_1")
OLDEST = 150
NEWBORN_DAYS = 365
_NEWBORN_FIELDS = (
    "mother_name",
    "mother_document_type",
    "mother_document_number",
    "birth_order",
    "multiple_birth",
)


@dataclass(frozen=True, slots=True)
class Applicant:
    """What a form says when no rule is broken; `items` and `entries` as in a resident record.

    `photo` is a JPEG that fits the card, None for a newborn without one.
    """

    key: PersonKey
    name: str = field(repr=False)
    birth_date: date = field(repr=False)
    items: Mapping[str, Any] = field(repr=False)
    entries: Mapping[str, Any] = field(repr=False)
    guardian: Mapping[str, str] | None = field(repr=False)
    photo: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Checked:
    """A form that was looked at: who it is for where that is clear, and all problems.

    `applicant` is None where there are problems. `photo` is a JPEG that fits the card, None where none does.
    """

    form: Form
    key: PersonKey | None
    birth_date: date | None = field(repr=False)
    photo: bytes | None = field(repr=False)
    applicant: Applicant | None
    problems: tuple[Problem, ...]


def check(form: Form, on: date, county: str) -> Checked:
    """Hold a form to the rules on the day `on`, at a collection point of a county of six digits."""
    if unknown := unknown_fields(form.values):
        return Checked(form, None, None, None, None, unknown)
    values, problems = read_values(form)
    person, wrong = shown(form)
    born = values.get("birth_date")
    birth_date = born if isinstance(born, date) else person.birth_date if person else None
    age = years_between(birth_date, on) if birth_date else None
    photo, photo_problems = _photo(form)
    problems += [
        *wrong,
        *_required(form, person, age),
        *_agreement(values, person, on),
        *_newborn(form, birth_date, on),
        *guardian.problems(form, values, person, age, on),
        *photo_problems,
    ]
    if form.get("county") not in ("", county):
        problems.append(Problem("place.county", "county", {"county": county}))
    applicant = None
    if not problems and person is not None and isinstance(born, date):
        applicant = _applicant(form, values, person, born, photo)
    key = person.key if person else None
    return Checked(form, key, birth_date, photo, applicant, tuple(problems))


def _applicant(
    form: Form, values: Mapping[str, Value], person: Shown, born: date, photo: bytes | None
) -> Applicant:
    derived = {"card_number": person.number}
    if person.document.resident_number:
        derived["resident_id_number"] = person.number
    derived |= {"id_document_type": person.document.card, "id_document_number": person.number}
    return Applicant(
        key=person.key,
        name=form.get("holder_name"),
        birth_date=born,
        items=item_texts(values) | derived,
        entries=entries(values),
        guardian=guardian.as_json(form),
        photo=photo,
    )


def _required(form: Form, person: Shown | None, age: int | None) -> Iterator[Problem]:
    names = list(REQUIRED)
    if form.get("document_type") not in ("", NEWBORN):
        names.append("document_number")
    if person is not None and person.document.resident_number:
        names.append("ethnic_group_code")
    if age is not None and age >= guardian.NEEDED_UNDER:
        names.append("holder_phone_1")
    yield from (Problem("field.required", name) for name in names if not form.get(name))


def _agreement(values: Mapping[str, Value], person: Shown | None, on: date) -> Iterator[Problem]:
    born = values.get("birth_date")
    if isinstance(born, date):
        if person is not None and person.birth_date not in (None, born):
            yield Problem("document.birth_date", "birth_date")
        elif not 0 <= years_between(born, on) <= OLDEST:
            yield Problem("birth.range", "birth_date", {"years": OLDEST})
    if person is not None and person.sex is not None and values.get("sex_code") not in (None, person.sex):
        yield Problem("document.sex", "sex_code")


def _newborn(form: Form, birth_date: date | None, on: date) -> Iterator[Problem]:
    if form.get("document_type") == NEWBORN:
        if birth_date is not None and (on - birth_date).days >= NEWBORN_DAYS:
            yield Problem("newborn.age", "birth_date", {"days": NEWBORN_DAYS})
    else:
        yield from (Problem("newborn.only", name) for name in _NEWBORN_FIELDS if form.get(name))


def _photo(form: Form) -> tuple[bytes | None, list[Problem]]:
    if form.photo_problem is not None:
        return None, [Problem("photo.image", "photo", {"why": form.photo_problem})]
    if form.photo is not None and form.photo_fits:
        return form.photo, []
    if form.photo is None:
        return None, [] if form.get("document_type") == NEWBORN else [Problem("photo.required", "photo")]
    try:
        return photo_intake.take_in(form.photo), []
    except PhotoRefusedError as error:
        return None, [Problem("photo.image", "photo", {"why": error.fields["reason"]})]
