"""What each step of a visit may read and write on a card: the rows of `steps.csv`.

A name in `reads` and `writes` is a layout (`DF02.EF05`, all its items), an item, a list (`allergies`,
`outpatient_visits`) or an item of every slot of a list (`outpatient_visits[].visit_datetime`).
# spec: issuance_and_ecard D.1
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from card_os.spec.model import Meaning, Profile
from reader_client.errors import AccessDeniedError
from reader_client.places import COLLECTIONS, slots
from reader_client.visits import VisitKind

_EVERY_SLOT = "[]."


class Step(StrEnum):
    """The rows of `steps.csv`: the seven steps of a visit, what every step checks, emergency access."""

    VALIDITY = "validity"
    REGISTRATION = "registration"
    DOCTOR = "doctor"
    LABORATORY = "laboratory"
    CASHIER = "cashier"
    PHARMACY = "pharmacy"
    ADMISSION = "admission"
    DISCHARGE = "discharge"
    EMERGENCY = "emergency"


class RoleError(AccessDeniedError):
    """An item that the step of a visit does not write; the card was not touched."""

    template = "{item}: the step {step} does not write it"


@dataclass(frozen=True, slots=True)
class Role:
    """A step: its command, what it reads and writes, what the back end of the hospital does then."""

    step: Step
    command: str
    meaning: Meaning
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    back_end: Meaning

    def visits_read(self) -> tuple[VisitKind, ...]:
        """The kinds of visit records that the step reads whole."""
        return tuple(kind for kind in VisitKind if kind.collection in self.reads)

    def items_read(self, profile: Profile) -> tuple[str, ...]:
        """The names of all values that the step reads, visit records left out."""
        found: list[str] = []
        for name in self.reads:
            if name in profile.by_layout:
                found += [item.name for item in profile.by_layout[name]]
            elif name in profile.items:
                found.append(name)
            elif name not in {kind.collection for kind in VisitKind} and _EVERY_SLOT not in name:
                found += _entries(profile, name)
        return tuple(found)

    def slot_items(self, kind: VisitKind) -> tuple[str, ...]:
        """The items by which the step finds a visit record again."""
        prefix = kind.collection + _EVERY_SLOT
        return tuple(name.removeprefix(prefix) for name in self.reads if name.startswith(prefix))

    def check_writes(self, profile: Profile, names: Iterable[str]) -> None:
        """Raise RoleError for a name of an item or of a list that the step does not write."""
        for name in names:
            item = profile.items.get(name)
            if name not in self.writes and (item is None or item.layout not in self.writes):
                raise RoleError(item=name, step=self.step.value)


@cache
def roles() -> dict[Step, Role]:
    """All rows by their step."""
    text = (files("reader_client.hospital") / "steps.csv").read_text("utf-8")
    found = [_role(row) for row in csv.DictReader(text.splitlines())]
    return {role.step: role for role in found}


def _role(row: dict[str, str]) -> Role:
    return Role(
        Step(row["step"]),
        row["command"],
        Meaning(row["chinese"], row["english"]),
        tuple(row["reads"].split()),
        tuple(row["writes"].split()),
        Meaning(row["back_end_chinese"], row["back_end_english"]),
    )


def _entries(profile: Profile, collection: str) -> list[str]:
    layout = COLLECTIONS[collection][0]
    numbers = range(1, slots(profile, layout) + 1)
    return [f"{collection}[{n}].{item.name}" for n in numbers for item in profile.by_layout[layout]]
