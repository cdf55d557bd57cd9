"""Coded values by their meaning, and the tables by which they cross a border.

A border is a place where the same meaning has another code: the card, the front sheet of a hospital, a web
form, FHIR. The codes of the card are those of its declaration; all others stand in `borders.csv`. The values
of the enumerations are the English words of the declaration: these words join the tables.
# spec: issuance_and_ecard F.2, F.3
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cache
from importlib.resources import files
from typing import Generic, TypeVar

from card_os.spec.errors import DeclarationError
from card_os.spec.loader import load
from reader_client.errors import ReaderClientError

_TABLE = "borders.csv"


class Sex(Enum):
    """GB/T 2261.1."""

    UNKNOWN = "unknown"
    MALE = "male"
    FEMALE = "female"
    NOT_STATED = "not stated"


class Abo(Enum):
    """Blood group."""

    A = "A"
    B = "B"
    O = "O"  # noqa: E741  the name of the group
    AB = "AB"
    UNKNOWN = "unknown"


class Rh(Enum):
    """Rhesus factor; its codes are reversed between card and front sheet."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    UNKNOWN = "unknown"
    NOT_TESTED = "not tested"


class MaritalStatus(Enum):
    """GB/T 2261.2."""

    NEVER_MARRIED = "never married"
    MARRIED = "married"
    FIRST_MARRIAGE = "first marriage"
    MARRIED_AGAIN = "married again"
    REJOINED = "re-joined"
    WIDOWED = "widowed"
    DIVORCED = "divorced"
    NOT_STATED = "not stated"


class Payment(Enum):
    """Who pays, CV07.10.003."""

    URBAN_EMPLOYEE = "urban employee insurance"
    URBAN_RESIDENT = "urban resident insurance"
    NEW_RURAL = "new rural cooperative scheme"
    POVERTY_AID = "poverty aid"
    COMMERCIAL = "commercial insurance"
    FULL_PUBLIC = "full public funding"
    SELF_PAID = "self-paid"
    OTHER = "other"


class Relation(Enum):
    """What a contact is to the holder."""

    SELF = "self"
    SPOUSE = "spouse"
    SON = "son"
    DAUGHTER = "daughter"
    GRANDCHILD = "grandchild"
    PARENT = "parent"
    GRANDPARENT = "grandparent"
    SIBLING = "sibling"
    OTHER = "other"
    OTHER_KIN = "other kin"
    NANNY = "nanny"
    NOT_KIN = "not kin"


class Education(Enum):
    """GB/T 4658, the list of 1984."""

    POSTGRADUATE = "postgraduate"
    BACHELOR = "bachelor"
    JUNIOR_COLLEGE = "junior college"
    SECONDARY_TECHNICAL = "secondary technical school"
    SKILLED_WORKER = "skilled-worker school"
    SENIOR_HIGH = "senior high school"
    JUNIOR_HIGH = "junior high school"
    PRIMARY = "primary school"
    ILLITERATE = "illiterate"


class IdDocument(Enum):
    """Kind of an identity document, CV02.01.101."""

    RESIDENT_IDENTITY_CARD = "resident identity card"
    HOUSEHOLD_REGISTER = "household register"
    PASSPORT = "passport"
    OFFICER_OR_SOLDIER = "officer or soldier card"
    DRIVING_LICENCE = "driving licence"
    HONG_KONG_MACAU_PERMIT = "Hong Kong and Macau pass"
    TAIWAN_PERMIT = "Taiwan pass"
    OTHER = "other"


TABLES: Mapping[str, type[Enum]] = {
    "sex": Sex,
    "abo": Abo,
    "rh": Rh,
    "marital_status": MaritalStatus,
    "payment": Payment,
    "relation": Relation,
    "education": Education,
    "id_document": IdDocument,
}
_NAMES = {kind: name for name, kind in TABLES.items()}

M = TypeVar("M", bound=Enum)


class Border(StrEnum):
    """Where codes change."""

    CARD = "card"
    FRONT_SHEET = "front_sheet"
    WEB_FORM = "web_form"
    AB_BEFORE_O = "ab_before_o"
    GB_2006 = "gb_2006"
    FHIR = "fhir"


class NoCodeError(ReaderClientError):
    """A meaning that the other side of a border has no code for; another code would be a lie."""

    template = "{border} has no code for {table}: {meaning}"


class NoTableError(ReaderClientError):
    """A border across which values of a kind were never declared to pass."""

    template = "{border} has no codes for {table}"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A code that no table knows, as it came; it is shown and never guessed at."""

    raw: str


@dataclass(frozen=True, slots=True)
class CodeBorder(Generic[M]):
    """One enumeration at one border. `codes` leads inwards, `meanings` outwards."""

    table: str
    border: Border
    codes: Mapping[str, M]
    meanings: Mapping[M, str]

    def read(self, raw: str) -> M | Unknown:
        """The meaning of a code, Unknown where the table has none."""
        return self.codes.get(raw, Unknown(raw))

    def write(self, value: M | Unknown) -> str:
        """The code of a meaning; raises NoCodeError, always for what is unknown."""
        if isinstance(value, Unknown) or value not in self.meanings:
            shown = value.raw if isinstance(value, Unknown) else value.value
            raise NoCodeError(border=self.border, table=self.table, meaning=shown)
        return self.meanings[value]


@cache
def border(kind: type[M], where: Border) -> CodeBorder[M]:
    """The codes of an enumeration at a border; raises NoTableError."""
    table = _NAMES[kind]
    inwards: dict[str, M] = {}
    outwards: dict[M, str] = {}
    if where is Border.CARD:
        inwards = {code: kind(meaning.english) for code, meaning in load("health_card").codes[table].items()}
        outwards = {meaning: code for code, meaning in inwards.items()}
    for number, row in enumerate(_rows(), start=2):
        if (row["table"], row["border"]) != (table, where):
            continue
        if row["direction"] not in ("both", "out") or kind(row["meaning"]) in outwards:
            raise DeclarationError(file=_TABLE, row=number, reason=f"{row['direction']} {row['meaning']}")
        outwards[kind(row["meaning"])] = row["code"]
        if row["direction"] == "both":
            if row["code"] in inwards:
                raise DeclarationError(file=_TABLE, row=number, reason=f"{row['code']} stands twice")
            inwards[row["code"]] = kind(row["meaning"])
    if not inwards:
        raise NoTableError(border=where, table=table)
    return CodeBorder(table, where, inwards, outwards)


def convert(kind: type[M], raw: str, source: Border, target: Border) -> str:
    """A code of one border as the code of another with the same meaning; raises NoCodeError."""
    return border(kind, target).write(border(kind, source).read(raw))


@cache
def _rows() -> tuple[dict[str, str], ...]:
    text = (files("reader_client.exchange") / _TABLE).read_text("utf-8")
    return tuple(csv.DictReader(io.StringIO(text)))
