"""Who a document says that a person is: its type and number, and what they say of birth and sex.

The number of a newborn is ours, until the child has papers: the first 17 characters of the mother's identity
number and a letter for the order of the child among all children of its mother (A the first; I, O and X are
left out, X because it ends identity numbers). The eighteenth character of the mother's number is a check
character and says nothing, so that the number fits the 18 characters of a card number and can never be taken
for an identity number. A mother without one: her number, a dash, the letter.
# spec: issuance_and_ecard B, F.5; the form of the newborn's number is ours
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from card_os.spec import resident_id
from card_os.spec.errors import PlainError
from issuer.applications.documents import NEWBORN, Document, documents
from issuer.applications.form import Form
from issuer.applications.rules import Problem

BIRTH_LETTERS = "ABCDEFGHJKLMNPQRSTUVWYZ"
NUMBER_LENGTH = 18
_PLAIN_NUMBER = re.compile(r"\S+")


class UnknownDocumentError(PlainError):
    """A type of document that is not in the table."""

    template = "{given}: no type of document; there are {known}"


@dataclass(frozen=True, slots=True)
class PersonKey:
    """How the master index knows a person: the type of the document and its number."""

    document_type: str
    number: str = field(repr=False)

    @classmethod
    def of(cls, document_type: str, number: str) -> PersonKey | None:
        """The key for a type of `documents.csv` and a number as it was typed; None for an unknown type."""
        document = documents().get(document_type)
        return cls(document.index, number.strip().upper()) if document else None

    @classmethod
    def known(cls, document_type: str, number: str) -> PersonKey:
        """The key as `of` makes it; raises UnknownDocumentError."""
        key = cls.of(document_type, number)
        if key is None:
            raise UnknownDocumentError(given=document_type[:16], known=" ".join(documents()))
        return key


@dataclass(frozen=True, slots=True)
class Shown:
    """A document that was shown, and its number."""

    document: Document
    number: str = field(repr=False)

    @property
    def key(self) -> PersonKey:
        """Under which the master index knows the person."""
        return PersonKey(self.document.index, self.number)

    @property
    def birth_date(self) -> date | None:
        """What the number says; None where it says nothing."""
        return resident_id.birth_date(self.number) if self.document.resident_number else None

    @property
    def sex(self) -> str | None:
        """What the number says; None where it says nothing."""
        return resident_id.sex_code(self.number) if self.document.resident_number else None


def shown(form: Form, whose: str = "") -> tuple[Shown | None, list[Problem]]:
    """The document of the applicant, or of `guardian_` or `mother_`; None where it is not a right one.

    Fields that were left out are no matter here.
    """
    type_field, number_field = f"{whose}document_type", f"{whose}document_number"
    given, number = form.get(type_field), form.get(number_field).upper()
    known = [code for code in documents() if code != NEWBORN or not whose]
    document = documents().get(given) if given in known else None
    if given and document is None:
        return None, [Problem("document.type", type_field, {"known": " ".join(known)})]
    if document is None or (document.code != NEWBORN and not number):
        return None, []
    if document.code == NEWBORN:
        return _newborn(form, document, number)
    problem = _problem_of_number(document, number_field, number)
    return (None, [problem]) if problem else (Shown(document, number), [])


def newborn_number(mother: Shown, order: int) -> str:
    """The temporary number of the child of this order, from 1; at most 18 characters."""
    letter = BIRTH_LETTERS[order - 1]
    if mother.document.resident_number:
        return mother.number[:17] + letter
    return f"{mother.number}-{letter}"


def _problem_of_number(document: Document, name: str, number: str) -> Problem | None:
    if document.resident_number:
        why = resident_id.problem(number)
        return Problem("document.resident_number", name, {"why": why}) if why else None
    if not _PLAIN_NUMBER.fullmatch(number) or not number.isprintable() or _length(number) > NUMBER_LENGTH:
        return Problem("document.length", name)
    if document.form is not None and not document.form.fullmatch(number):
        return Problem("document.form", name)
    return Problem("document.kind", name) if resident_id.problem(number) is None else None


def _newborn(form: Form, document: Document, number: str) -> tuple[Shown | None, list[Problem]]:
    problems = list(_missing_of_mother(form))
    mother, wrong = shown(form, "mother_")
    problems += wrong
    order, most = form.get("birth_order"), len(BIRTH_LETTERS)
    if order and not (order.isascii() and order.isdigit() and 1 <= int(order) <= most):
        problems.append(Problem("newborn.order", "birth_order", {"most": most}))
    if mother and not mother.document.resident_number and len(mother.number) > NUMBER_LENGTH - 2:
        problems.append(Problem("newborn.mother", "mother_document_number"))
    if problems or mother is None:
        return None, problems
    due = newborn_number(mother, int(order))
    if number not in ("", due):
        return None, [Problem("newborn.number", "document_number")]
    return Shown(document, due), []


def _missing_of_mother(form: Form) -> Iterator[Problem]:
    for name in ("mother_name", "mother_document_type", "mother_document_number", "birth_order"):
        if not form.get(name):
            yield Problem("field.required", name)


def _length(number: str) -> int:
    try:
        return len(number.encode("gbk"))
    except UnicodeEncodeError:
        return NUMBER_LENGTH + 1
