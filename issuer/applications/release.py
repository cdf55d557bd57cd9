"""The last look before a card is made: find before make, and what was reviewed goes on file of the person.

# spec: issuance_and_ecard B final check, A.4 a check before making
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from card_os.spec.errors import Phrase
from issuer.access.actor import Actor, Role
from issuer.access.permission import SecondPersonError, action
from issuer.applications import persons, places, reviews
from issuer.applications.checking import Applicant, Checked, check
from issuer.applications.existing import look_up
from issuer.applications.fields import profile
from issuer.applications.intake import form_of
from issuer.applications.rules import ApplicationRefusedError, Problem
from issuer.applications.states import STATES
from issuer.personalisation import record
from issuer.registry.errors import TransitionRefusedError
from issuer.registry.schema.applications import application
from issuer.registry.work import Row, Work, batched

DESK = "desk"
_INSTANT = "application.instant_pass"


@dataclass(frozen=True, slots=True)
class Released:
    """Numbers that are ready to be made, and what holds the others back; those stay where they are."""

    ready: tuple[str, ...]
    held: Mapping[str, tuple[Problem, ...]]


@action("application.release")
def release(
    work: Work, numbers: Sequence[str], progress: Callable[[int, int], None] = lambda done, total: None
) -> Released:
    """Let applications that all parties passed be made, but for those against which something stands by now.

    `progress` hears applications done, and all. Raises NotFoundError and TransitionRefusedError.
    """
    rows = reviews.lock(work, numbers)
    for row in rows:
        STATES.after(row["state"], "application.release", row["number"])
    held: dict[str, tuple[Problem, ...]] = {}
    ready: list[Row] = []
    for block in batched(rows):
        good, stopped = _approve(work, block)
        held |= stopped
        ready += good
        progress(len(ready) + len(held), len(rows))
    work.move_all(application, ready, STATES, "application.release", state_since=work.now)
    return Released(tuple(row["number"] for row in ready), held)


def waiting(work: Work, county: str = "") -> list[str]:
    """Numbers that all parties passed, the longest waiting first; of one county where it is given."""
    wanted = select(application.c.number).where(application.c.state == "BANK_OK")
    if county:
        wanted = wanted.where(application.c.county == county)
    wanted = wanted.order_by(application.c.state_since, application.c.number)
    return list(work.connection.execute(wanted).scalars())


@action(_INSTANT)
def instant_pass(work: Work, number: str) -> None:
    """Review an application of the mode instant at the desk, with the applicant present, and release it.

    Two people act together: who collected it, and a reviewer who did not. A card that is made at once has no
    bank part, so that the bank has nothing to say. Raises TransitionRefusedError, OwnWorkError,
    SecondPersonError, ForeignPlaceError, ApplicationRefusedError and NotFoundError.
    """
    (row,) = reviews.lock(work, [number])
    STATES.after(row["state"], _INSTANT, number)
    if row["mode"] != "instant":
        possible = ", ".join(name for name in STATES.possible(row["state"]) if name != _INSTANT)
        raise TransitionRefusedError(
            kind="application", name=number, action=_INSTANT, state=row["mode"], possible=possible
        )
    reviewer = _reviewer(work, row)
    if Role.CENTRE_REVIEWER not in reviewer.roles:
        places.check_counties(work, reviewer, [row["county"]], _INSTANT)
    _good, held = _approve(work, [row])
    if held:
        raise ApplicationRefusedError(held[number])
    work.move_all(application, [row], STATES, _INSTANT, state_since=work.now)
    reviews.record(work, [row], DESK, reviews.Verdict.PASS, "")


def _reviewer(work: Work, row: Row) -> Actor:
    """The one of the two who reviews: not among the collectors, while the other one is."""
    people = [work.actor, *([work.second] if work.second else [])]
    collectors = row["collected_by"].split()
    reviewing = {Role.COUNTY_REVIEWER, Role.CENTRE_REVIEWER}
    found = [who for who in people if who.name not in collectors and who.roles & reviewing]
    if len(found) == len(people):
        raise SecondPersonError(operator=work.actor.name, action=_INSTANT, roles=Role.COLLECTOR)
    if not found:
        reason = Phrase("nobody reviews what they collected")
        raise reviews.OwnWorkError(
            operator=work.actor.name, action=_INSTANT, number=row["number"], reason=reason
        )
    return found[0]


def _approve(work: Work, block: Sequence[Row]) -> tuple[list[Row], dict[str, tuple[Problem, ...]]]:
    """Rows that may be made, now on file of their persons; and the problems of the others by number."""
    full = persons.rows_of(work, application, (row["id"] for row in block))
    checked = {row["id"]: _check(full[row["id"]]) for row in block}
    held: dict[str, tuple[Problem, ...]] = {}
    approved: dict[str, Applicant] = {}
    for business in sorted({row["business"] for row in full.values()}):
        ids = [row_id for row_id, row in full.items() if row["business"] == business]
        known = look_up(work, [checked[row_id] for row_id in ids], own=ids, business=business)
        for row_id in ids:
            row, found = full[row_id], checked[row_id]
            problems = (*found.problems, *(known.problems[found.key] if found.key else ()))
            if problems or found.applicant is None:
                held[row["number"]] = problems
            else:
                approved[row["person_id"]] = found.applicant
    persons.approve_all(work, approved)
    return [row for row in block if row["number"] not in held], held


def _check(row: Row) -> Checked:
    """The form once more, on the day of the application, and whether the card takes the record."""
    checked = check(form_of(row), row["applied_on"], row["county"])
    if checked.applicant is not None:
        record.read_record(profile(), record_of(checked.applicant), checked.applicant.photo)
    return checked


def record_of(who: Applicant) -> bytes:
    """The resident record of an applicant, `rhc-resident/1`."""
    return record_text(who.items, who.entries)


def record_text(items: Mapping[str, object], entries: Mapping[str, object]) -> bytes:
    """A resident record of items and lists, `rhc-resident/1` without a portrait."""
    return json.dumps({"format": record.FORMAT, record.ITEMS: items, **entries}, ensure_ascii=False).encode()
