"""Faults for lists of synthetic applicants: each breaks one rule at one field, at a line that is known."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from PIL import Image

from card_os.spec import resident_id
from lab.applicants import ADULT, CHILD, COUNTIES, Applicant, identity_number

_GUARDIAN = (
    "guardian_name", "guardian_document_type", "guardian_document_number", "guardian_relation",
    "guardian_proof", "guardian_phone",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault: whom it may befall, which rule it breaks, and the field that is told."""

    name: str
    kind: str
    rule: str
    field: str
    spoil: Callable[[Applicant, random.Random, date], None]


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault in a list; `place` counts the applicants from 0."""

    place: int
    fault: str
    rule: str
    field: str


def plant(
    people: list[Applicant],
    count: int,
    seed: int,
    on: date,
    having_card: Sequence[Mapping[str, str]] = (),
) -> list[Planted]:
    """Spoil `count` of the applicants in place, every kind of fault in turn; returns what was done, in order.

    `having_card` are forms of persons who have a live card: some apply once more. Raises ValueError where the
    list is too short for so many faults.
    """
    chance = random.Random(f"faults {seed}")  # noqa: S311  nothing is kept secret by it
    free = {
        kind: chance.sample(places, len(places))
        for kind in (ADULT, CHILD)
        if (places := [place for place, who in enumerate(people) if who.kind == kind and place > 0])
    }
    card_holders = list(having_card)
    planted: list[Planted] = []
    for number in range(count):
        fault = _turn(number, bool(card_holders))
        if not free.get(fault.kind):
            raise ValueError(f"{len(people)} applicants are too few for {count} faults")
        place = free[fault.kind].pop()
        if fault is LIVE_CARD:
            people[place].values = dict(card_holders.pop())
        elif fault is TWICE:
            people[place].values = dict(_earlier(people, place, free[ADULT]).values)
        else:
            fault.spoil(people[place], chance, on)
        planted.append(Planted(place, fault.name, fault.rule, fault.field))
    return sorted(planted, key=lambda one: one.place)


def _turn(number: int, with_card: bool) -> Fault:
    kinds = FAULTS if with_card else [fault for fault in FAULTS if fault is not LIVE_CARD]
    return kinds[number % len(kinds)]


def _earlier(people: Sequence[Applicant], place: int, unspoiled: list[int]) -> Applicant:
    """An adult before this one, who stays as they are."""
    source = min(unspoiled)
    if source > place:
        raise ValueError("too few applicants are left to let one apply twice")
    unspoiled.remove(source)
    return people[source]


# --- the faults -------------------------------------------------------------------------------------------


def _sets(field: str, value: str) -> Callable[[Applicant, random.Random, date], None]:
    def spoil(who: Applicant, _chance: random.Random, _on: date) -> None:
        who.values[field] = value

    return spoil


def _wrong_check_character(who: Applicant, chance: random.Random, _on: date) -> None:
    number = who.values["document_number"]
    others = [c for c in resident_id.CHECK_CHARACTERS if c != number[17]]
    who.values["document_number"] = number[:17] + chance.choice(others)


def _no_date(who: Applicant, _chance: random.Random, _on: date) -> None:
    first = who.values["document_number"][:6] + "19000229" + who.values["document_number"][14:17]
    who.values["document_number"] = first + resident_id.check_character(first)


def _other_birth_date(who: Applicant, _chance: random.Random, _on: date) -> None:
    born = date.fromisoformat(who.values["birth_date"])
    who.values["birth_date"] = (born + timedelta(days=1)).isoformat()


def _other_sex(who: Applicant, _chance: random.Random, _on: date) -> None:
    who.values["sex_code"] = {"1": "2", "2": "1"}[who.values["sex_code"]]


def _no_guardian(who: Applicant, _chance: random.Random, _on: date) -> None:
    for name in _GUARDIAN:
        del who.values[name]


def _child_as_guardian(who: Applicant, chance: random.Random, on: date) -> None:
    born = on - timedelta(days=17 * 365)
    number = identity_number(COUNTIES[2], born, chance.randrange(1, 1000))
    who.values |= {"guardian_document_type": "01", "guardian_document_number": number}


def _no_address(who: Applicant, _chance: random.Random, _on: date) -> None:
    del who.values["address_1"]


def _no_photo(who: Applicant, _chance: random.Random, _on: date) -> None:
    who.portrait = None


def _no_picture(who: Applicant, _chance: random.Random, _on: date) -> None:
    who.photo = b"GIF89a, but not a picture"


def _too_much_detail(who: Applicant, chance: random.Random, _on: date) -> None:
    stream = io.BytesIO()
    Image.frombytes("RGB", (120, 160), chance.randbytes(120 * 160 * 3)).save(stream, "PNG")
    who.photo = stream.getvalue()


def _passport_with_identity_number(who: Applicant, _chance: random.Random, _on: date) -> None:
    who.values["document_type"] = "03"


def _by_copy(_who: Applicant, _chance: random.Random, _on: date) -> None:
    """Nothing: `plant` puts another form in its place."""


TWICE = Fault("twice in the list", ADULT, "file.twice", "document_number", _by_copy)
LIVE_CARD = Fault("has a live card", ADULT, "card.live", "document_number", _by_copy)
FAULTS = (
    Fault(
        "wrong check character", ADULT, "document.resident_number", "document_number", _wrong_check_character
    ),
    Fault("a date that is none", ADULT, "document.resident_number", "document_number", _no_date),
    Fault("another birth date", ADULT, "document.birth_date", "birth_date", _other_birth_date),
    Fault("another sex", ADULT, "document.sex", "sex_code", _other_sex),
    Fault(
        "name too long",
        ADULT,
        "name.length",
        "holder_name",
        _sets("holder_name", "阿依古丽努尔·阿卜杜热西提艾力江"),
    ),
    Fault(
        "name outside GBK", ADULT, "name.characters", "holder_name", _sets("holder_name", "\U00020bb7田一")
    ),
    Fault("no guardian", CHILD, "guardian.required", "guardian_name", _no_guardian),
    Fault("guardian is a child", CHILD, "guardian.age", "guardian_document_number", _child_as_guardian),
    TWICE,
    LIVE_CARD,
    Fault("photo is no picture", ADULT, "photo.image", "photo", _no_picture),
    Fault("photo too big for the card", ADULT, "photo.image", "photo", _too_much_detail),
    Fault("no photo", ADULT, "photo.required", "photo", _no_photo),
    Fault("no address", ADULT, "field.required", "address_1", _no_address),
    Fault("another county", ADULT, "place.county", "county", _sets("county", "110101")),
    Fault("unknown code", ADULT, "field.value", "ethnic_group_code", _sets("ethnic_group_code", "77")),
    Fault("unknown document", ADULT, "document.type", "document_type", _sets("document_type", "42")),
    Fault("telephone too short", ADULT, "phone.form", "holder_phone_1", _sets("holder_phone_1", "12345")),
    Fault(
        "passport with an identity number",
        ADULT,
        "document.kind",
        "document_number",
        _passport_with_identity_number,
    ),
)
