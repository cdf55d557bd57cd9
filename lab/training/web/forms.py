"""Forms from the declaration: kinds, lengths and codes of the data items; what was typed becomes values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from card_os.spec import codecs
from card_os.spec.codecs import Value
from card_os.spec.errors import ValueRefusedError
from card_os.spec.loader import load
from card_os.spec.model import DataItem
from lab.training import showing
from lab.training.window import Field, Given, Section
from language import _, choose, describe

_GBK_BYTES_A_CHARACTER = 2


@dataclass(frozen=True, slots=True)
class Input:
    """One field as the page draws it. `kind` is text, date, datetime-local, select or checkbox."""

    name: str
    label: str
    hint: str
    kind: str
    value: str
    most: int
    required: bool
    options: tuple[tuple[str, str], ...] = ()
    error: str = ""

    @property
    def is_wide(self) -> bool:
        """Whether it needs the whole width."""
        return self.kind == "text" and self.most > 40


@dataclass(frozen=True, slots=True)
class Inputs:
    """The fields of a section; `open` where it is not folded or has an error."""

    title: str
    inputs: tuple[Input, ...]
    open: bool
    folded: bool


def drawn(
    sections: Iterable[Section],
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> tuple[Inputs, ...]:
    """The form with what was given before, and the errors at their fields."""
    found = []
    for section in sections:
        inputs = tuple(_input(field, given, errors or {}) for field in section.fields)
        wrong = any(one.error for one in inputs)
        found.append(Inputs(choose(section.title), inputs, wrong or not section.folded, section.folded))
    return tuple(found)


def parsed(sections: Iterable[Section], given: Mapping[str, str]) -> tuple[Given, dict[str, str]]:
    """The values of a form, None for an empty field, and a plain line for each field that is wrong."""
    values: dict[str, Value] = {}
    errors: dict[str, str] = {}
    for field in (field for section in sections for field in section.fields):
        text = given.get(field.name, "").strip()
        try:
            values[field.name] = _value(field, text)
        except ValueRefusedError as error:
            errors[field.name] = describe(error.fields["rule"])
        if field.required and not text:
            errors[field.name] = _("This field must be filled in.")
    return values, errors


def _value(field: Field, text: str) -> Value:
    if field.kind == "checkbox":
        return text == "true"
    if not text:
        return None
    if not field.item:
        return text[: field.most] if not field.choices or text in field.choices else None
    profile = load("health_card")
    item = profile.items[field.item]
    if item.format == "DT15" and len(text) == len("2026-01-02T09:30"):
        text += ":00"
    value = codecs.from_json(item, text)
    codecs.encode(profile, item, value)
    return value


def _input(field: Field, given: Mapping[str, str] | None, errors: Mapping[str, str]) -> Input:
    item = load("health_card").items[field.item] if field.item else None
    kind, options = _kind(field, item)
    value = field.first if given is None else given.get(field.name, "")
    if kind == "password":
        value = ""  # what was typed is never sent back
    return Input(
        field.name,
        _label(field, item),
        choose(field.hint) if field.hint else _hint(item, kind),
        kind,
        value,
        item.length if item else field.most,
        field.required,
        options,
        errors.get(field.name, ""),
    )


def _label(field: Field, item: DataItem | None) -> str:
    if field.label is not None:
        return choose(field.label)
    if item is None:
        return field.name
    return showing.flag_label(item) if item.format in codecs.FLAGS else showing.label(item)


def _hint(item: DataItem | None, kind: str) -> str:
    if item is None or kind != "text" or item.coding != "AN":
        return ""
    most = item.length // _GBK_BYTES_A_CHARACTER
    return _("up to {count} Chinese characters").format(count=most) if item.length >= 20 else ""


def _kind(field: Field, item: DataItem | None) -> tuple[str, tuple[tuple[str, str], ...]]:
    if item is None:
        options = tuple((code, choose(words)) for code, words in field.choices.items())
        return field.kind or "text", options
    table = load("health_card").table_of(item)
    if table:
        return "select", tuple((code, f"{choose(words)} ({code})") for code, words in table.items())
    if item.format in codecs.FLAGS:
        return "select", (("true", _("yes")), ("false", _("no")))
    return {"D8": "date", "DT15": "datetime-local"}.get(item.format, "text"), ()
