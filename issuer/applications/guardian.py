"""Guardians: who applies for children under 16.  # spec: issuance_and_ecard B"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import files

from card_os.spec.codecs import Value
from issuer.applications.form import Form
from issuer.applications.identity import Shown, shown
from issuer.applications.rules import Problem
from issuer.registry.day import years_between

NEEDED_UNDER, LEAST_AGE = 16, 18
BLOCK = tuple(
    f"guardian_{part}" for part in ("name", "document_type", "document_number", "relation", "proof", "phone")
)
_BIRTH = "guardian_birth_date"


@cache
def codes(table: str) -> tuple[str, ...]:
    """The codes of `relation` or `proof`."""
    text = (files(__package__) / "guardian_codes.csv").read_text("utf-8")
    return tuple(row["code"] for row in csv.DictReader(io.StringIO(text)) if row["table"] == table)


def is_given(form: Form) -> bool:
    """Whether any field of the guardian is filled in; then all count, whatever the age of the applicant."""
    return any(form.get(name) for name in (*BLOCK, _BIRTH))


def problems(
    form: Form, values: Mapping[str, Value], applicant: Shown | None, age: int | None, on: date
) -> Iterator[Problem]:
    """What is wrong with the guardian of an applicant of `age` years on the day `on`."""
    if not is_given(form):
        if age is not None and age < NEEDED_UNDER:
            yield Problem("guardian.required", "guardian_name", {"age": NEEDED_UNDER})
        return
    yield from (Problem("field.required", name) for name in BLOCK if not form.get(name))
    guardian, wrong = shown(form, "guardian_")
    yield from wrong
    for table in ("relation", "proof"):
        given = form.get(f"guardian_{table}")
        if given and given not in codes(table):
            yield Problem(f"guardian.{table}", f"guardian_{table}", {"known": " ".join(codes(table))})
    if guardian is not None:
        if applicant is not None and guardian.key == applicant.key:
            yield Problem("guardian.other", "guardian_document_number")
        yield from _age(form, values, guardian, on)


def as_json(form: Form) -> dict[str, str] | None:
    """The fields of the guardian without their prefix, None where there is no guardian."""
    found = {name.removeprefix("guardian_"): form.get(name) for name in (*BLOCK, _BIRTH) if form.get(name)}
    return found or None


def _age(form: Form, values: Mapping[str, Value], guardian: Shown, on: date) -> Iterator[Problem]:
    born, given = guardian.birth_date, values.get(_BIRTH)
    if born is not None and isinstance(given, date) and given != born:
        yield Problem("document.birth_date", _BIRTH)
    if born is None:
        if not form.get(_BIRTH):
            yield Problem("field.required", _BIRTH)
        if not isinstance(given, date):
            return
        born = given
    if years_between(born, on) < LEAST_AGE:
        field = "guardian_document_number" if guardian.birth_date else _BIRTH
        yield Problem("guardian.age", field, {"age": LEAST_AGE})
