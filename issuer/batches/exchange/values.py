"""How values stand in a file, and how they are read: each value has one text only.

Numbers are decimal without leading zeros, bytes of plain fields hex in upper case, dates as 2026-03-02,
records of residents JSON without spaces, bytes of personal fields base64. An absent value is the empty text.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from datetime import date

from card_os.spec.errors import Phrase
from issuer.batches.exchange.kinds import FieldSpec, FieldType

Value = int | str | bytes | date | Mapping[str, object] | None
SEPARATOR = "|"


class FieldRefusedError(ValueError):
    """A text that is no value of its field. `rule` says what would be accepted; the text is not told."""

    def __init__(self, rule: Phrase) -> None:
        self.rule = rule
        super().__init__(str(rule))


def text_of(spec: FieldSpec, value: Value) -> str:
    """A value as text; raises FieldRefusedError for one that the field does not take."""
    if value is None:
        return ""
    match value:
        case bytes():
            text = base64.b64encode(value).decode() if spec.type is FieldType.BYTES else value.hex().upper()
        case Mapping():
            text = _json(value)
        case date():
            text = value.isoformat()
        case _:
            text = str(value)
    if value_of(spec, text) != value:
        raise FieldRefusedError(accepted(spec))
    return text


def value_of(spec: FieldSpec, text: str) -> Value:
    """The value of a text that is not empty; raises FieldRefusedError."""
    try:
        found = _READERS[spec.type](spec, text)
    except (ValueError, RecursionError):  # binascii.Error and JSONDecodeError are ValueErrors
        found = None
    if found is None:
        raise FieldRefusedError(accepted(spec))
    return found


def accepted(spec: FieldSpec) -> Phrase:
    """What a field takes, in words."""
    lengths = {"least": spec.least, "most": spec.most}
    rules = {
        FieldType.NUMBER: Phrase("accepted is a whole number from {least} to {most}", **lengths),
        FieldType.DIGITS: Phrase("accepted are {least} to {most} digits", **lengths),
        FieldType.TEXT: Phrase("accepted are {least} to {most} printable characters, but no |", **lengths),
        FieldType.CODE: Phrase("accepted is one of: {codes}", codes=", ".join(spec.accepts)),
        FieldType.HEX: Phrase("accepted are {least} to {most} bytes as hex in upper case", **lengths),
        FieldType.DATE: Phrase("accepted is a date such as 2026-03-02"),
        FieldType.RECORD: Phrase(
            "accepted is a JSON object of {least} to {most} bytes, no spaces", **lengths
        ),
        FieldType.BYTES: Phrase("accepted are {least} to {most} bytes as base64", **lengths),
    }
    return rules[spec.type]


def _number(spec: FieldSpec, text: str) -> int | None:
    number = int(text) if re.fullmatch(r"0|[1-9][0-9]{0,9}", text) else -1
    return number if spec.least <= number <= spec.most else None


def _digits(spec: FieldSpec, text: str) -> str | None:
    return text if text.isascii() and text.isdigit() and spec.least <= len(text) <= spec.most else None


def _text(spec: FieldSpec, text: str) -> str | None:
    fits = text.isprintable() and SEPARATOR not in text and spec.least <= len(text) <= spec.most
    return text if fits else None


def _code(spec: FieldSpec, text: str) -> str | None:
    return text if text in spec.accepts else None


def _hex(spec: FieldSpec, text: str) -> bytes | None:
    raw = bytes.fromhex(text)
    return raw if spec.least <= len(raw) <= spec.most and raw.hex().upper() == text else None


def _date(_spec: FieldSpec, text: str) -> date | None:
    found = date.fromisoformat(text)
    return found if found.isoformat() == text else None


def _record(spec: FieldSpec, text: str) -> Mapping[str, object] | None:
    if not spec.least <= len(text.encode()) <= spec.most:
        return None
    found = json.loads(text)
    return found if isinstance(found, dict) and _json(found) == text else None


def _bytes(spec: FieldSpec, text: str) -> bytes | None:
    raw = base64.b64decode(text, validate=True)
    return (
        raw
        if spec.least <= len(raw) <= spec.most and binascii.b2a_base64(raw).decode()[:-1] == text
        else None
    )


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


_READERS: Mapping[FieldType, Callable[[FieldSpec, str], Value]] = {
    FieldType.NUMBER: _number,
    FieldType.DIGITS: _digits,
    FieldType.TEXT: _text,
    FieldType.CODE: _code,
    FieldType.HEX: _hex,
    FieldType.DATE: _date,
    FieldType.RECORD: _record,
    FieldType.BYTES: _bytes,
}
