"""The kinds of files as data: who sends them to whom, and the fields of their lines.

`kinds.csv` and `fields.csv` are the declaration; what they say is checked when they are read.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from card_os.spec.errors import DeclarationError
from card_os.spec.model import Meaning

ISSUER = "issuer"
_KIND_COLUMNS = ["kind", "sender", "receiver", "action", "chinese", "english", "source"]
_FIELD_COLUMNS = [
    "kind", "field", "type", "length", "accepts", "required", "personal", "chinese", "english", "source",
]  # fmt: skip


class FieldType(StrEnum):
    """The types of fields; `issuer/batches/exchange/values.py` says how each is written."""

    NUMBER = "number"
    DIGITS = "digits"
    TEXT = "text"
    CODE = "code"
    HEX = "hex"
    DATE = "date"
    RECORD = "record"
    BYTES = "bytes"


class PartnerKind(StrEnum):
    """Whom the issuer exchanges files with.  # spec: issuance_and_ecard A.2, A.3"""

    BANK = "bank"
    MAKER = "maker"
    CENTRE = "centre"
    OUTLET = "outlet"


@dataclass(frozen=True, slots=True)
class Required:
    """When a field must be there: always, never, or where another field has one of some values.

    In the last case it must be absent otherwise.
    """

    always: bool
    field: str = ""
    values: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Required:
        """`yes`, `no`, or `FIELD=VALUE,VALUE`; raises ValueError."""
        if text in ("yes", "no"):
            return cls(text == "yes")
        field, equals, values = text.partition("=")
        if not (field and equals and values):
            raise ValueError(text)
        return cls(False, field, tuple(values.split(",")))


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field. The length counts digits of a number's value, characters, or bytes, as the type has it."""

    name: str
    type: FieldType
    least: int
    most: int
    accepts: tuple[str, ...]
    required: Required
    personal: bool
    meaning: Meaning
    source: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file. `action` is the step that it makes a batch take, empty for none."""

    name: str
    sender: str
    receiver: str
    action: str
    meaning: Meaning
    source: str
    fields: Mapping[str, FieldSpec]

    @property
    def plain(self) -> tuple[FieldSpec, ...]:
        """The fields that stand in the line as they are."""
        return tuple(field for field in self.fields.values() if not field.personal)

    @property
    def personal(self) -> tuple[FieldSpec, ...]:
        """The fields that only the receiver can open."""
        return tuple(field for field in self.fields.values() if field.personal)


@cache
def kinds() -> Mapping[str, Kind]:
    """All kinds by name, in the order of the chain; raises DeclarationError."""
    fields: dict[str, dict[str, FieldSpec]] = {}
    for line, row in _rows("fields.csv", _FIELD_COLUMNS):
        of_kind = fields.setdefault(row["kind"], {})
        spec = _field("fields.csv", line, row)
        if spec.name in of_kind or (spec.required.field and spec.required.field not in of_kind):
            reason = "a field twice, or one that depends on a field that does not stand before it"
            raise DeclarationError(file="fields.csv", row=line, reason=reason)
        of_kind[spec.name] = spec
    found = {
        row["kind"]: Kind(
            row["kind"],
            row["sender"],
            row["receiver"],
            row["action"],
            Meaning(row["chinese"], row["english"]),
            row["source"],
            MappingProxyType(fields.get(row["kind"], {})),
        )
        for _line, row in _rows("kinds.csv", _KIND_COLUMNS)
    }
    if found.keys() != fields.keys():
        raise DeclarationError(file="fields.csv", row=0, reason="kinds and their fields do not match")
    return MappingProxyType(found)


def _field(file: str, line: int, row: Mapping[str, str]) -> FieldSpec:
    try:
        least, _, most = row["length"].partition("-")
        spec = FieldSpec(
            row["field"],
            FieldType(row["type"]),
            int(least),
            int(most),
            tuple(row["accepts"].split()),
            Required.parse(row["required"]),
            {"yes": True, "no": False}[row["personal"]],
            Meaning(row["chinese"], row["english"]),
            row["source"],
        )
    except (ValueError, KeyError):
        raise DeclarationError(file=file, row=line, reason="a cell that cannot be read") from None
    only_personal = spec.type in (FieldType.RECORD, FieldType.BYTES)
    if (spec.type is FieldType.CODE) != bool(spec.accepts) or (only_personal and not spec.personal):
        reason = "codes alone have a list of what is accepted; records and bytes are personal"
        raise DeclarationError(file=file, row=line, reason=reason)
    return spec


def _rows(name: str, columns: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    rows = csv.DictReader(io.StringIO((files(__package__) / name).read_text("utf-8")))
    if rows.fieldnames != columns:
        raise DeclarationError(file=name, row=1, reason=f"the columns must be {', '.join(columns)}")
    yield from enumerate(rows, start=2)
