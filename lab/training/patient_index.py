"""The hospital's own records of its patients: a small file, compared with the card at registration.

One person's record disagrees with the card (`_DISAGREEING`): what a registration desk must notice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from card_os.image import save
from lab import demo

FILE = "patients.json"
FORMAT = "rhc-training-patients/1"
COMPARED = ("holder_name", "sex_code", "birth_date", "contact_name_1", "contact_phone_1")
# what a registration reads of them anyway; spec: issuance_and_ecard D.1
_DISAGREEING: Mapping[str, Mapping[str, str]] = {
    "08": {"birth_date": "1900-12-13", "contact_phone_1": "19900009999"},
}


@dataclass(frozen=True, slots=True)
class Difference:
    """An item that the hospital has otherwise than the card, both as JSON texts; None for an empty one."""

    item: str
    card: str | None
    system: str | None


class PatientIndex:
    """The records by card number."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._patients: dict[str, dict[str, str]] = (
            json.loads(self._file.read_text("utf-8"))["patients"] if self._file.exists() else _first()
        )

    def record(self, card_number: str) -> Mapping[str, str] | None:
        """The record of a person, None for one who was never here."""
        return self._patients.get(card_number)

    def differences(self, card_number: str, values: Mapping[str, str | None]) -> tuple[Difference, ...]:
        """Where the record disagrees with the values of the card; nothing for a person without a record."""
        record = self.record(card_number)
        if record is None:
            return ()
        pairs = ((item, values.get(item), record.get(item)) for item in COMPARED)
        return tuple(Difference(item, card, system) for item, card, system in pairs if card != system)

    def update(self, card_number: str, values: Mapping[str, str | None]) -> None:
        """Take the values of the card over into the record, and keep the file."""
        self._patients[card_number] = {item: text for item in COMPARED if (text := values.get(item))}
        save(self._file, json.dumps({"format": FORMAT, "patients": self._patients}, ensure_ascii=False))


def _first() -> dict[str, dict[str, str]]:
    found = {}
    for name in demo.resident_names():
        items = json.loads(demo.resident(name).raw)["items"]
        record = {item: items[item] for item in COMPARED if items.get(item)}
        found[items["card_number"]] = {**record, **_DISAGREEING.get(name[:2], {})}
    return found
