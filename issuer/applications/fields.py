"""The fields of an application: data items of the card by their names, and our own of `fields.csv`.

A form is flat: a name and a text, what repeats has a number behind its name (`allergen_name_2`). A list may
head its columns with the Chinese names instead.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from card_os.spec import loader
from card_os.spec.model import DataItem, FileKind, Profile
from issuer.personalisation.issuance import ISSUER_ITEMS

# they follow from the document that the person shows
DERIVED_ITEMS = ("card_number", "resident_id_number", "id_document_type", "id_document_number")
_CLINICAL = "DF02"
ALLERGIES, IMMUNIZATIONS = 3, 10
"""How many of them the card has room for."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form; `item` is the data item whose values it takes, None for our own."""

    name: str
    chinese: str
    english: str
    item: DataItem | None


def profile() -> Profile:
    """The declaration of the card for which people apply."""
    return loader.load("health_card")


@cache
def fields() -> Mapping[str, Field]:
    """Every field by its name."""
    found = {item.name: Field(item.name, item.chinese, _words(item.name), item) for item in _items()}
    text = (files(__package__) / "fields.csv").read_text("utf-8")
    for row in csv.DictReader(io.StringIO(text)):
        item = profile().items.get(row["name"])
        for number in range(1, int(row["repeat"]) + 1) if row["repeat"] else ("",):
            name = f"{row['name']}_{number}" if number else row["name"]
            found[name] = Field(name, f"{row['chinese']}{number}", row["english"], item)
    return found


@cache
def headings() -> Mapping[str, str]:
    """The names of fields by what may head a column: the name itself, or the Chinese one."""
    chinese = {field.chinese: name for name, field in fields().items()}
    return chinese | {name: name for name in fields()}


def is_clinical(name: str) -> bool:
    """Whether a field goes into the clinical application of the card: illnesses, allergies, immunizations."""
    item = fields()[name].item
    return item is not None and item.layout.startswith(f"{_CLINICAL}.")


def nearest(name: str) -> str:
    """The known field that a name most resembles; a dash where none does."""
    close = get_close_matches(name, list(fields()), n=1)
    return close[0] if close else "–"


def _items() -> list[DataItem]:
    card = profile()
    layouts = {file.layout for file in card.files.values() if file.kind is FileKind.LINEAR_TLV}
    left_out = {*ISSUER_ITEMS, *DERIVED_ITEMS}
    return [item for item in card.items.values() if item.layout in layouts and item.name not in left_out]


def _words(name: str) -> str:
    return name.replace("_", " ")
