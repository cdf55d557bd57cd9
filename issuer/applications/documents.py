"""Kinds of documents that applicants show, and what other lists call them.

We take the codes of the list of the electronic health card, two digits: each begins like tag 37 of the card.
The list of the social security card gives other meanings to the same digits (08 is a passport there, a birth
certificate here), so that a file has to say which list it follows.  # spec: issuance_and_ecard B
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from card_os.spec.model import Meaning

NEWBORN = "NB"
RESIDENT = "01"
BIRTH_CERTIFICATE = "08"
OURS, SOCIAL_SECURITY = "ecard", "ssc"


@dataclass(frozen=True, slots=True)
class Document:
    """A kind of document. `card` is its code in tag 37; `form` what its numbers look like, None for any text.

    `resident_number` says that its number is the resident identity number.
    """

    code: str
    card: str
    resident_number: bool
    form: re.Pattern[str] | None
    meaning: Meaning

    @property
    def index(self) -> str:
        """The type under which the master index keeps its number: one person has one identity number."""
        return RESIDENT if self.resident_number else self.code


@cache
def documents() -> Mapping[str, Document]:
    """The kinds by their code."""
    return {row["code"]: _document(row) for row in _rows()}


def from_social_security(code: str) -> str | None:
    """Our code for a type in the list of the social security card, None for a code that it lacks."""
    return next((row["code"] for row in _rows() if code in row["ssc"].split()), None)


@cache
def _rows() -> tuple[Mapping[str, str], ...]:
    text = (files(__package__) / "documents.csv").read_text("utf-8")
    return tuple(csv.DictReader(io.StringIO(text)))


def _document(row: Mapping[str, str]) -> Document:
    form = re.compile(row["form"]) if row["form"] else None
    meaning = Meaning(row["chinese"], row["english"])
    return Document(row["code"], row["card"], row["resident_number"] == "yes", form, meaning)
