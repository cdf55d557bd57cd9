"""What a terminal hears when it asks for its SAM: only 0000 lets a driver go on.

A lost SAM keeps its keys; that it is refused here is what protects cards until keys are rotated.
# spec: issuance_and_ecard A.7 [V]; the other answers are ours
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sqlalchemy import select

from card_os.spec.model import Meaning
from issuer.access.permission import action
from issuer.registry.day import day_of
from issuer.registry.schema.sams import sam
from issuer.registry.work import Row, Work, first_of
from issuer.sams.holding import SERIAL_LENGTH, STATES

GO_ON = "0000"
_FILE = "answers.csv"
_IN_USE = "IN_USE"


@dataclass(frozen=True, slots=True)
class Answer:
    """Four digits, and what they mean."""

    code: str
    meaning: Meaning

    @property
    def goes_on(self) -> bool:
        """Whether the driver may go on."""
        return self.code == GO_ON


@cache
def answers() -> Mapping[str, Answer]:
    """The answers by what was found."""
    rows = csv.DictReader(io.StringIO((files(__package__) / _FILE).read_text("utf-8")))
    return {row["found"]: Answer(row["answer"], Meaning(row["chinese"], row["english"])) for row in rows}


@action("sam.check")
def check(work: Work, serial: str, device: str = "") -> Answer:
    """Whether a SAM may be used now, by its serial number of ten characters and the number of its device.

    The first time that its device asks, an issued SAM is in use. Every answer is a row in the audit chain.
    """
    shown = _shown(serial)
    known = select(sam).where(sam.c.serial == shown).with_for_update()
    row = first_of(work.rows(known))
    answer = answers()[_found(work, row, device)]
    if row is not None and answer.goes_on and row["state"] != _IN_USE:
        work.move(sam, row, STATES, "sam.check", changed_at=work.now)
    work.record("sam.check", "sam", row["id"] if row else "", serial=shown, answer=answer.code)
    return answer


def _found(work: Work, row: Row | None, device: str) -> str:
    if row is None:
        return "unknown"
    state = str(row["state"])
    if ("sam.check" not in STATES.possible(state)) and state != _IN_USE:
        return state
    if row["valid_until"] is not None and row["valid_until"] < day_of(work.now):
        return "expired"
    if device and device != row["device"]:
        return "other_device"
    return _IN_USE


def _shown(serial: str) -> str:
    """A serial number as it may be written down: what a stranger sends instead of one may be anything."""
    return serial if serial.isascii() and serial.isdigit() and len(serial) == SERIAL_LENGTH else "–"
