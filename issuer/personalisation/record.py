"""A resident's record: everything about it is checked before any card is touched.

The file is JSON: {"format": "rhc-resident/1", "items": {name: value}, "portrait": …, "allergies": [{…}],
"immunizations": […], "inpatient_visits": […], "outpatient_visits": […]}; lists begin with the newest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from card_os.spec import codecs, resident_id
from card_os.spec.errors import Phrase, PlainError, UnknownItemError, ValueRefusedError
from card_os.spec.model import DataItem, FileKind, Profile
from issuer.personalisation.issuance import ISSUER_ITEMS
from issuer.personalisation.layout import data_items, lay_out
from issuer.personalisation.photo import photo_file
from language import _

FORMAT = "rhc-resident/1"
ITEMS = "items"
LAYOUTS = MappingProxyType(
    {
        "allergies": "DF02.EF07",
        "immunizations": "DF02.EF08",
        "inpatient_visits": "DF03.EE",
        "outpatient_visits": "DF03.ED",
    }
)
_KNOWN = {"format", ITEMS, "portrait", *LAYOUTS}


class RecordFormatError(PlainError):
    """A file that is no resident record at all."""

    template = "no resident record: {reason}"


class MisplacedItemError(PlainError):
    """A data item that does not belong where the record has it."""

    template = "{item}: does not belong in {section}"


class MissingItemError(PlainError):
    """A data item that every record must have."""

    template = "{item}: a record must have it"


class TooManyEntriesError(PlainError):
    """A list with more entries than the card has room for."""

    template = "{section}: {count} entries, the card has room for {room}"


@dataclass(frozen=True, slots=True)
class ResidentRecord:
    """A checked record, encoded for the card.

    `values` holds the items of the TLV files by name. `entries` holds, for each list and with the newest
    first, the bytes of cyclic records (120 or 24) and of the data part of visits (1639 or 3013). `photo` is
    the content of the photo file, empty where there is none.
    """

    card_number: str = field(repr=False)
    values: Mapping[str, bytes] = field(repr=False)
    entries: Mapping[str, tuple[bytes, ...]] = field(repr=False)
    photo: bytes = field(repr=False)


def read_record(profile: Profile, raw: bytes, photo: bytes | None = None) -> ResidentRecord:
    """Check a record file and a JPEG of at most 3070 bytes; `profile` is that of the user card.

    Raises RecordFormatError, UnknownItemError, MisplacedItemError, MissingItemError, TooManyEntriesError,
    ValueRefusedError and PhotoRefusedError; the first problem found is the one that is told.
    """
    given = _parse(raw)
    items = _read_items(profile, given)
    return ResidentRecord(
        card_number=str(items["card_number"]),
        values=MappingProxyType(_encode(profile, items)),
        entries=MappingProxyType(
            {section: _read_entries(profile, section, given.get(section, [])) for section in LAYOUTS}
        ),
        photo=photo_file(photo) if photo is not None else b"",
    )


def _parse(raw: bytes) -> dict[str, Any]:
    try:
        given = json.loads(raw.decode("utf-8"), object_pairs_hook=_without_duplicates)
    except UnicodeDecodeError:
        raise RecordFormatError(reason=_("the text is not UTF-8")) from None
    except json.JSONDecodeError as error:
        reason = _("line {line}, column {column} is not JSON").format(line=error.lineno, column=error.colno)
        raise RecordFormatError(reason=reason) from None
    except (ValueError, RecursionError):
        raise RecordFormatError(reason=_("it is nested too deeply, or holds a number without end")) from None
    if not isinstance(given, dict) or given.get("format") != FORMAT:
        raise RecordFormatError(reason=_('"format" is not {format}').format(format=FORMAT))
    if unknown := [name for name in given if name not in _KNOWN]:
        raise RecordFormatError(reason=_("{name} is no section").format(name=unknown[0]))
    return given


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise RecordFormatError(reason=_("{name} stands twice").format(name=name))
        found[name] = value
    return found


# --- the items of the person -----------------------------------------------------------------------------


def _read_items(profile: Profile, given: Mapping[str, Any]) -> dict[str, codecs.Value]:
    layouts = {file.layout for file in profile.files.values() if file.kind is FileKind.LINEAR_TLV}
    allowed = tuple(
        item for item in profile.items.values() if item.layout in layouts and item.name not in ISSUER_ITEMS
    )
    items = _read_object(profile, ITEMS, given.get(ITEMS), allowed)
    for name in ("card_number", "holder_name"):
        if items.get(name) is None:
            raise MissingItemError(item=name)
    _encode(profile, items)
    _check_identity(profile, items)
    return items


def _check_identity(profile: Profile, items: Mapping[str, codecs.Value]) -> None:
    """The number of the person, the card number and the data must agree.

    # spec: issuance_and_ecard B, F.5; commands_and_crypto 4.2 card number
    """

    def refuse(name: str, rule: Phrase) -> ValueRefusedError:
        return codecs.refusal(profile.items[name], codecs.to_json(items[name]), rule)

    number = items.get("resident_id_number")
    if isinstance(number, str):
        born, sex = items.get("birth_date"), items.get("sex_code")
        if isinstance(born, date) and born != resident_id.birth_date(number):
            raise refuse("birth_date", Phrase("the resident identity number says another date"))
        if sex is not None and sex != resident_id.sex_code(number):
            raise refuse("sex_code", Phrase("the resident identity number says another sex"))
    elif items.get("id_document_number") is None:
        raise MissingItemError(item="id_document_number")
    if items["card_number"] != (number or items["id_document_number"]):
        raise refuse(
            "card_number",
            Phrase("it is the resident identity number, or the document number of a person who has none"),
        )


# --- the lists -------------------------------------------------------------------------------------------


def _read_entries(profile: Profile, section: str, given: object) -> tuple[bytes, ...]:
    if not isinstance(given, list):
        raise RecordFormatError(reason=_("{name} is no list").format(name=section))
    layout = LAYOUTS[section]
    files = profile.files_of(layout)
    room = len(files[0].record_lengths) if files[0].kind is FileKind.CYCLIC else len(files)
    if len(given) > room:
        raise TooManyEntriesError(section=section, count=len(given), room=room)
    return tuple(
        _read_entry(profile, f"{section} {number}", entry, layout) for number, entry in enumerate(given, 1)
    )


def _read_entry(profile: Profile, place: str, given: object, layout: str) -> bytes:
    try:
        values = _encode(profile, _read_object(profile, place, given, data_items(profile, layout)))
    except ValueRefusedError as error:
        raise ValueRefusedError(**error.fields | {"item": f"{place}, {error.fields['item']}"}) from None
    if not values:
        raise RecordFormatError(reason=_("{name} is empty").format(name=place))
    return lay_out(profile, layout, values)


# --- values ----------------------------------------------------------------------------------------------


def _read_object(
    profile: Profile, place: str, given: object, allowed: tuple[DataItem, ...]
) -> dict[str, codecs.Value]:
    if not isinstance(given, dict):
        raise RecordFormatError(reason=_("{name} is no object").format(name=place))
    names = [item.name for item in allowed]
    for name in given:
        if name not in profile.items:
            raise UnknownItemError(item=name, hint=_hint(name, names))
        if name not in names:
            raise MisplacedItemError(item=name, section=place)
    return {name: codecs.from_json(profile.items[name], value) for name, value in given.items()}


def _hint(name: str, names: list[str]) -> str:
    close = get_close_matches(name, names, n=1)
    return _("; {name} is the nearest name").format(name=close[0]) if close else ""


def _encode(profile: Profile, given: Mapping[str, codecs.Value]) -> dict[str, bytes]:
    return {
        name: codecs.encode(profile, profile.items[name], value)
        for name, value in given.items()
        if value is not None
    }
