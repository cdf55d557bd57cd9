"""What a card holds, as values by name."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from card_os.spec.codecs import Value, to_json
from card_os.spec.decoders import decode
from card_os.spec.errors import UndecodableError
from card_os.spec.model import DataItem, Profile

FORMAT = "rhc-card/1"
SHOWN_BYTES = 8


@dataclass(frozen=True, slots=True)
class RawValue:
    """Bytes that are no value of their item, shown as they stand and never guessed at."""

    hex: str

    @classmethod
    def of(cls, raw: bytes) -> RawValue:
        """The bytes as they came from the card."""
        return cls(raw.hex().upper())


CardValue = Value | RawValue
Values = Mapping[str, CardValue]


@dataclass(frozen=True, slots=True)
class Visit:
    """One slot for a visit record, counted from 1. `items` is empty where the slot is not valid."""

    slot: int
    valid: bool
    items: Values


@dataclass(frozen=True, slots=True)
class CardContents:
    """Everything that a reader may read of one card; newest entries of the cyclic files first."""

    items: Values
    allergies: tuple[Values, ...]
    immunizations: tuple[Values, ...]
    inpatient_visits: tuple[Visit, ...]
    outpatient_visits: tuple[Visit, ...]
    photo: bytes | None

    def to_json(self) -> dict[str, object]:
        """The shape of a resident record: what is empty is left out, the photo is base64.

        `slots` tells in which slots the visits stand.
        """
        visits = {"inpatient_visits": self.inpatient_visits, "outpatient_visits": self.outpatient_visits}
        valid = {kind: [visit for visit in slots if visit.valid] for kind, slots in visits.items()}
        return {
            "format": FORMAT,
            "items": present(self.items),
            "allergies": [present(entry) for entry in self.allergies],
            "immunizations": [present(entry) for entry in self.immunizations],
            **{kind: [present(visit.items) for visit in found] for kind, found in valid.items()},
            "slots": {kind: [visit.slot for visit in found] for kind, found in valid.items()},
            "photo": None if self.photo is None else base64.b64encode(self.photo).decode("ascii"),
        }


def present(values: Values) -> dict[str, object]:
    """The values that are not empty, as JSON has them."""
    return {name: json_value(value) for name, value in values.items() if value is not None}


def json_value(value: CardValue) -> object:
    """One value as JSON has it; unknown bytes become {"unknown": hex}."""
    return {"unknown": value.hex} if isinstance(value, RawValue) else to_json(value)


def decoded(profile: Profile, item: DataItem, raw: bytes) -> CardValue:
    """The value of the bytes of an item; a RawValue where they are none."""
    if len(raw) != item.length:
        return RawValue.of(raw)
    try:
        return decode(profile, item, raw)
    except UndecodableError:
        return RawValue.of(raw)


def shown(value: CardValue) -> str:
    """A value as one short text for a table, in the form in which it can be typed again."""
    if value is None:
        return ""
    if isinstance(value, RawValue):
        return value.hex
    if isinstance(value, bytes) and len(value) > SHOWN_BYTES:
        return f"{value[:SHOWN_BYTES].hex().upper()}… ({len(value)})"
    return str(value).lower() if isinstance(value, bool) else str(to_json(value))
