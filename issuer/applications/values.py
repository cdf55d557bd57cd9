"""The texts of a form as values of the card's data items; each field on its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from card_os.spec import codecs
from card_os.spec.errors import ValueRefusedError
from card_os.spec.model import DataItem
from issuer.applications.fields import ALLERGIES, IMMUNIZATIONS, fields, profile
from issuer.applications.form import Form
from issuer.applications.rules import Problem

Values = Mapping[str, codecs.Value]
_NAMES = {"holder_name", "guardian_name", "mother_name", "contact_name_1", "contact_name_2", "contact_name_3"}
_PHONES = {"holder_phone_1", "holder_phone_2", "guardian_phone"} | {f"contact_phone_{n}" for n in (1, 2, 3)}
# our own fields whose values are those of a data item
_LIKE = {
    "guardian_birth_date": "birth_date",
    "multiple_birth": "asthma_flag",
    "guardian_phone": "holder_phone_1",
}


def read_values(form: Form) -> tuple[dict[str, codecs.Value], list[Problem]]:
    """Every value that the card takes, by field, and a problem for each text that it does not take."""
    values: dict[str, codecs.Value] = {}
    problems: list[Problem] = []
    for name, text in form.values.items():
        problem = _problem_of_text(name, text)
        item = _item_of(name)
        if problem is None and item is not None:
            try:
                values[name] = _value(item, text)
            except ValueRefusedError as error:
                problem = Problem("field.value", name, {"why": error.fields["rule"]})
        if problem is not None:
            problems.append(problem)
    return values, [*problems, *_groups(form)]


def item_texts(values: Values) -> dict[str, str | bool | None]:
    """The values of the card's single items, as a resident record has them."""
    known = profile().items
    return {name: codecs.to_json(value) for name, value in values.items() if name in known}


def entries(values: Values) -> dict[str, list[dict[str, str | bool | None]]]:
    """The lists of allergies and immunizations, as a resident record has them."""
    return {
        "allergies": list(_entries(values, ("allergen_name", "allergy_reaction"), ALLERGIES)),
        "immunizations": list(_entries(values, ("immunization_name", "immunization_date"), IMMUNIZATIONS)),
    }


def is_name(name: str) -> bool:
    """Whether a field holds the name of a person."""
    return name in _NAMES


def _item_of(name: str) -> DataItem | None:
    like = _LIKE.get(name)
    return profile().items[like] if like else fields()[name].item


def _value(item: DataItem, text: str) -> codecs.Value:
    value = codecs.from_json(item, text)
    codecs.encode(profile(), item, value)
    return value


def _problem_of_text(name: str, text: str) -> Problem | None:
    if name in _NAMES:
        return _problem_of_name(name, text)
    if name in _PHONES and not (text.isascii() and text.isdigit() and 7 <= len(text) <= 20):
        return Problem("phone.form", name)
    return None


def _problem_of_name(name: str, text: str) -> Problem | None:
    try:
        raw = text.encode("gbk")
    except UnicodeEncodeError as error:
        return Problem("name.characters", name, {"character": repr(text[error.start])})
    control = [character for character in text if ord(character) < 0x20 or ord(character) == 0x7F]
    if control:
        return Problem("name.characters", name, {"character": repr(control[0])})
    length = profile().items["holder_name"].length
    told = {"length": length, "count": len(raw)}
    return Problem("name.length", name, told) if len(raw) > length else None


def _groups(form: Form) -> Iterator[Problem]:
    """What comes together or not at all."""
    # the first address is required as a whole
    yield from _together(form, "address.pair", ("address_type_2", "address_2"))
    for number in (1, 2, 3):
        names = tuple(f"contact_{part}_{number}" for part in ("name", "relation", "phone"))
        yield from _together(form, "contact.group", names)
    for number in range(1, ALLERGIES + 1):
        name = f"allergen_name_{number}"
        alone = bool(form.get(f"allergy_reaction_{number}")) and not form.get(name)
        if alone or _gap(form, "allergen_name", number):
            yield Problem("allergy.order", name)
    for number in range(1, IMMUNIZATIONS + 1):
        name = f"immunization_name_{number}"
        alone = bool(form.get(name)) != bool(form.get(f"immunization_date_{number}"))
        if alone or _gap(form, "immunization_name", number):
            yield Problem("immunization.order", name)


def _gap(form: Form, name: str, number: int) -> bool:
    return number > 1 and bool(form.get(f"{name}_{number}")) and not form.get(f"{name}_{number - 1}")


def _together(form: Form, rule: str, names: tuple[str, ...]) -> Iterator[Problem]:
    missing = [name for name in names if not form.get(name)]
    if missing and len(missing) < len(names):
        yield from (Problem(rule, name) for name in missing)


def _entries(values: Values, names: tuple[str, str], room: int) -> Iterator[dict[str, str | bool | None]]:
    for number in range(1, room + 1):
        found = {name: values.get(f"{name}_{number}") for name in names}
        if any(found.values()):
            yield {name: codecs.to_json(value) for name, value in found.items() if value is not None}
