"""The seven steps of a visit. Each reads and writes what its role may, and leaves a row in the swipe log.

Every step raises CardRefusedError where the card may not be used, RoleError before anything is written that
the step does not write, and the errors of the session; the log has a row for each of them.
# spec: issuance_and_ecard D.1, D.2
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from card_os.spec.codecs import Value
from reader_client import writing
from reader_client.contents import CardValue, present
from reader_client.hospital.records import VisitRecord, read_visits, slot_with
from reader_client.hospital.roles import Role, Step, roles
from reader_client.hospital.terminal import Swipe, Terminal, swiped
from reader_client.hospital.validity import Check, Environment
from reader_client.visits import VisitKind, VisitWritten

FORMAT = "rhc-visit/1"


@dataclass(frozen=True, slots=True)
class Allergy:
    """A new allergy: substance, up to 20 bytes of GBK, and reaction, up to 100."""

    allergen_name: str
    reaction: str | None = None


@dataclass(frozen=True, slots=True)
class Immunization:
    """A new immunisation: vaccine, up to 20 bytes of GBK, and its day."""

    name: str
    given_on: date | None = None


@dataclass(frozen=True, slots=True)
class VisitInSlot:
    """The visit record of a step: written now, or found in its slot from before."""

    kind: VisitKind
    slot: int
    written: VisitWritten | None = None

    def to_json(self) -> dict[str, object]:
        """Kind, slot, and why it is there."""
        row: dict[str, object] = {"kind": self.kind, "slot": self.slot}
        if self.written is None:
            return {**row, "reason": "already there"}
        return {**row, "reason": self.written.reason, "signed_by": self.written.signed_by}


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a step read and wrote, and the checks that the card passed before."""

    role: Role
    environment: Environment
    checks: tuple[Check, ...]
    values: Mapping[str, CardValue]
    visits: tuple[VisitRecord, ...] = ()
    record: VisitInSlot | None = None
    written: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Everything as JSON has it; empty items are left out."""
        return {
            "format": FORMAT,
            "step": self.role.step,
            "environment": self.environment,
            "checks": [check.to_json() for check in self.checks],
            "items": present(self.values),
            "visits": [visit.to_json() for visit in self.visits],
            "record": self.record.to_json() if self.record else None,
            "written": list(self.written),
        }


def register(terminal: Terminal, *, id_checked: bool = False) -> StepResult:
    """Registration: who comes, and whom to call."""
    return _reading(terminal, Step.REGISTRATION, id_checked)


def laboratory(terminal: Terminal, *, id_checked: bool = False) -> StepResult:
    """Laboratory or examination: whose orders to look for."""
    return _reading(terminal, Step.LABORATORY, id_checked)


def pharmacy(terminal: Terminal, *, id_checked: bool = False) -> StepResult:
    """Pharmacy: whose prescription to look for."""
    return _reading(terminal, Step.PHARMACY, id_checked)


def admit(terminal: Terminal, *, id_checked: bool = False) -> StepResult:
    """Admission: who is admitted, and the number in the rural scheme."""
    return _reading(terminal, Step.ADMISSION, id_checked)


def doctor(
    terminal: Terminal,
    values: Mapping[str, Value] | None = None,
    *,
    allergies: Sequence[Allergy] = (),
    immunizations: Sequence[Immunization] = (),
    id_checked: bool = False,
) -> StepResult:
    """Doctor: warnings, allergies, immunisations, visits are read, then new ones of the first three written.

    All values are checked before the card is touched; raises ValueRefusedError, UnknownItemError.
    """
    role = roles()[Step.DOCTOR]
    given = dict(values or {})
    with swiped(terminal, role.step) as swipe:
        _check_medical(terminal, role, given, allergies, immunizations)
        read, visits = _checked_and_read(swipe, role, id_checked)
        session = terminal.session
        if given:
            session.update(given)
            swipe.notes.append(f"{len(given)} items written")
        for allergy in allergies:
            session.add_allergy(allergy.allergen_name, allergy.reaction)
            swipe.notes.append("an entry added")
        for immunization in immunizations:
            session.add_immunization(immunization.name, immunization.given_on)
            swipe.notes.append("an entry added")
    written = (*given, *["allergies"] * len(allergies), *["immunizations"] * len(immunizations))
    return _result(swipe, role, read, visits, written=written)


def cashier(terminal: Terminal, values: Mapping[str, Value], *, id_checked: bool = False) -> StepResult:
    """Outpatient cashier: the summary of the visit with its fees goes on the card, signed by the SAM."""
    return _visit_writing(terminal, Step.CASHIER, VisitKind.OUTPATIENT, values, id_checked)


def discharge(terminal: Terminal, values: Mapping[str, Value], *, id_checked: bool = False) -> StepResult:
    """Discharge: the front sheet of the stay with its fees goes on the card, signed by the SAM."""
    return _visit_writing(terminal, Step.DISCHARGE, VisitKind.INPATIENT, values, id_checked)


def _reading(terminal: Terminal, step: Step, id_checked: bool) -> StepResult:
    role = roles()[step]
    with swiped(terminal, step) as swipe:
        values, visits = _checked_and_read(swipe, role, id_checked)
    return _result(swipe, role, values, visits)


def _visit_writing(
    terminal: Terminal, step: Step, kind: VisitKind, values: Mapping[str, Value], id_checked: bool
) -> StepResult:
    role, session = roles()[step], terminal.session
    with swiped(terminal, step) as swipe:
        role.check_writes(session.profile, [kind.collection])
        read, visits = _checked_and_read(swipe, role, id_checked)
        before = slot_with(session, role, kind, values, terminal.trust)
        written = session.add_visit(kind, values) if before is None else None
        if written is not None:
            record = VisitInSlot(kind, written.slot, written)
            swipe.notes.append(f"{kind} record written to slot {written.slot}, {written.reason}")
        else:
            record = VisitInSlot(kind, before or 0)
            swipe.notes.append(f"{kind} record was in slot {before} already")
    return _result(swipe, role, read, visits, record=record)


def _checked_and_read(
    swipe: Swipe, role: Role, id_checked: bool
) -> tuple[dict[str, CardValue], tuple[VisitRecord, ...]]:
    swipe.open()
    swipe.check_validity(id_checked=id_checked)
    terminal = swipe.terminal
    values = terminal.session.read(role.items_read(terminal.session.profile))
    visits = [read_visits(terminal.session, kind, terminal.trust) for kind in role.visits_read()]
    return values, tuple(visit for found in visits for visit in found)


def _check_medical(
    terminal: Terminal,
    role: Role,
    values: Mapping[str, Value],
    allergies: Sequence[Allergy],
    immunizations: Sequence[Immunization],
) -> None:
    """Raise for what the doctor does not write or the card does not take, before the card is touched."""
    profile = terminal.session.profile
    lists = {"allergies": allergies, "immunizations": immunizations}
    role.check_writes(profile, [*values, *(name for name, new in lists.items() if new)])
    writing.plan(profile, values)
    for allergy in allergies:
        entry = {"allergen_name": allergy.allergen_name, "allergy_reaction": allergy.reaction}
        writing.entry(profile, profile.by_layout["DF02.EF07"], entry)
    for immunization in immunizations:
        dose = {"immunization_name": immunization.name, "immunization_date": immunization.given_on}
        writing.entry(profile, profile.by_layout["DF02.EF08"], dose)


def _result(
    swipe: Swipe,
    role: Role,
    values: Mapping[str, CardValue],
    visits: tuple[VisitRecord, ...],
    *,
    record: VisitInSlot | None = None,
    written: tuple[str, ...] = (),
) -> StepResult:
    environment = swipe.terminal.post.environment
    return StepResult(role, environment, tuple(swipe.checks), values, visits, record, written)
