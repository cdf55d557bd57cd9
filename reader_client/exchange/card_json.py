"""The JSON of a card, `rhc-card/1`, back into what was read: nothing gets lost on the way."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence

from card_os.spec.codecs import from_json
from card_os.spec.errors import UnknownItemError
from card_os.spec.model import DataItem, Profile
from language import _
from reader_client.contents import FORMAT, CardContents, CardValue, RawValue, Values, Visit
from reader_client.errors import ReaderClientError
from reader_client.places import COLLECTIONS, slots
from reader_client.visits import VisitKind


class CardJsonError(ReaderClientError):
    """A JSON value that is no card."""

    template = "no card in JSON: {where}: {reason}"


def read_card(profile: Profile, given: object) -> CardContents:
    """The inverse of `CardContents.to_json`.

    Raises CardJsonError, UnknownItemError and ValueRefusedError. Codes that no table knows and bytes that are
    no value pass, for a card may hold them.
    """
    card = _object(given, "format")
    if card.get("format") != FORMAT:
        raise CardJsonError(where="format", reason=FORMAT)
    return CardContents(
        items=_values(profile, _object(card.get("items"), "items"), single_items(profile)),
        allergies=_entries(profile, card, "allergies"),
        immunizations=_entries(profile, card, "immunizations"),
        inpatient_visits=_visits(profile, card, VisitKind.INPATIENT),
        outpatient_visits=_visits(profile, card, VisitKind.OUTPATIENT),
        photo=_photo(card.get("photo")),
    )


def single_items(profile: Profile) -> tuple[DataItem, ...]:
    """The items that stand on a card once, in the order of its files."""
    listed = {layout for layouts in COLLECTIONS.values() for layout in layouts}
    return tuple(
        item
        for file in profile.files.values()
        if file.layout not in listed
        for item in profile.items_of(file)
    )


def _values(profile: Profile, given: Mapping[str, object], items: Sequence[DataItem]) -> Values:
    known = {item.name: item for item in items}
    for name in given:
        if name not in known:
            raise UnknownItemError(item=name, hint="")
    return {name: _value(item, given.get(name)) for name, item in known.items()}


def _value(item: DataItem, given: object) -> CardValue:
    if not isinstance(given, dict):
        return from_json(item, given)
    raw = given.get("unknown")
    try:
        if isinstance(raw, str) and len(given) == 1:
            return RawValue(bytes.fromhex(raw).hex().upper())
    except ValueError:
        pass
    raise CardJsonError(where=item.name, reason=_("one hex text under the name unknown is expected"))


def _entries(profile: Profile, card: Mapping[str, object], collection: str) -> tuple[Values, ...]:
    items = profile.by_layout[COLLECTIONS[collection][0]]
    return tuple(_values(profile, entry, items) for entry in _objects(profile, card, collection))


def _visits(profile: Profile, card: Mapping[str, object], kind: VisitKind) -> tuple[Visit, ...]:
    room = slots(profile, kind.data_layout)
    found = _objects(profile, card, kind.collection)
    numbers = _object(card.get("slots"), "slots").get(kind.collection)
    if not isinstance(numbers, list) or len(numbers) != len(found):
        raise CardJsonError(where="slots", reason=_("one number for each visit is expected"))
    if len(set(map(str, numbers))) != len(numbers) or not all(n in range(1, room + 1) for n in numbers):
        raise CardJsonError(where="slots", reason=f"1…{room}")
    items = profile.by_layout[kind.data_layout]
    valid = {number: _values(profile, entry, items) for number, entry in zip(numbers, found, strict=True)}
    return tuple(Visit(slot, slot in valid, valid.get(slot, {})) for slot in range(1, room + 1))


def _photo(given: object) -> bytes | None:
    if given is None:
        return None
    try:
        if isinstance(given, str):
            return base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        pass
    raise CardJsonError(where="photo", reason=_("base64 is expected"))


def _object(given: object, where: str) -> Mapping[str, object]:
    if not isinstance(given, dict):
        raise CardJsonError(where=where, reason=_("one JSON object is expected"))
    return given


def _objects(profile: Profile, card: Mapping[str, object], where: str) -> list[Mapping[str, object]]:
    given = card.get(where)
    if not isinstance(given, list):
        raise CardJsonError(where=where, reason=_("a list is expected"))
    if len(given) > slots(profile, COLLECTIONS[where][0]):
        raise CardJsonError(where=where, reason=_("more entries than the card has room for"))
    return [_object(entry, where) for entry in given]
