"""Applications one by one: entered, submitted, corrected and withdrawn at a collection point.

A new application may lack something: problems are told, and it waits. Submitting it holds it to every rule.
# spec: issuance_and_ecard A.4, A.5, B
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from card_os.spec.errors import Phrase, PlainError
from issuer.access.permission import action
from issuer.applications import persons, places
from issuer.applications.checking import Checked, check
from issuer.applications.existing import NEW_CARD, look_up
from issuer.applications.form import Form, filled, unknown_fields
from issuer.applications.identity import PersonKey
from issuer.applications.numbers import new_numbers
from issuer.applications.rules import ApplicationRefusedError, Problem
from issuer.applications.states import STATES
from issuer.registry.day import day_of
from issuer.registry.errors import ChangedMeanwhileError
from issuer.registry.schema.applications import application, person, person_alias
from issuer.registry.schema.cards import card
from issuer.registry.work import Row, Work

MODES = ("single", "batch", "instant")
PERSON, UNIT = "01", "02"
REASON_LENGTH = 200


class ReasonMissingError(PlainError):
    """A step that needs a reason, taken without one or with too long a one."""

    template = "{action}: a reason of 1 to {most} characters is needed"


class ModeUnknownError(PlainError):
    """A mode or source that does not exist."""

    template = "{name}: {reason}"


@dataclass(frozen=True, slots=True)
class Entered:
    """The number of an application, its state, and what still stands against it."""

    number: str
    state: str
    problems: tuple[Problem, ...]


@action("application.enter")
def enter(work: Work, point_code: str, form: Form, *, mode: str = "single", source: str = PERSON) -> Entered:
    """Enter an application at a collection point; what it lacks is told and may come later.

    Raises ApplicationRefusedError for unknown fields only, NotFoundError and ForeignPlaceError.
    """
    at = places.own_point(work, point_code, "application.enter")
    if mode not in MODES or source not in (PERSON, UNIT):
        reason = Phrase("the modes are {modes}, the sources 01 and 02", modes=", ".join(MODES))
        raise ModeUnknownError(name=f"{mode[:16]} {source[:16]}", reason=reason)
    if unknown := unknown_fields(form.values):
        raise ApplicationRefusedError(unknown)
    checked = check(form, day_of(work.now), at.county)
    problems = (*checked.problems, *_known_problems(work, checked))
    (number,) = new_numbers(work, at.county, 1)
    state = STATES.after("", "application.enter")
    row_id = work.insert(
        application,
        **draft_cells(work, checked),
        number=number,
        business=NEW_CARD,
        source=source,
        mode=mode,
        state=state,
        state_since=work.now,
        round=0,
        collection_point=at.code,
        county=at.county,
        collected_by=work.actor.name,
        made_at=work.now,
        applied_on=day_of(work.now),
    )
    work.record("application.enter", "application", row_id, after=state, mode=mode, problems=len(problems))
    return Entered(number, state, problems)


@action("application.submit")
def submit(work: Work, number: str) -> None:
    """Send an application that is new or was returned to the reviewers.

    Raises ApplicationRefusedError with every problem, TransitionRefusedError, NotFoundError.
    """
    row = by_number(work, number)
    at = places.own_point(work, row["collection_point"], "application.submit")
    STATES.after(row["state"], "application.submit", number)
    checked = check(form_of(row), day_of(work.now), at.county)
    known = look_up(work, [checked], own=[row["id"]], business=row["business"])
    problems = (*checked.problems, *(known.problems[checked.key] if checked.key else ()))
    if problems or checked.applicant is None or checked.key is None:
        raise ApplicationRefusedError(problems)
    with one_at_a_time(number):
        person_id = known.persons.get(checked.key) or persons.add_all(work, [checked.applicant])[0]
        work.move(
            application,
            row,
            STATES,
            "application.submit",
            **draft_cells(work, checked),
            **submitted_cells(work, row, person_id),
            guardian=checked.applicant.guardian,
            applied_on=day_of(work.now),
        )
    drop_person(work, row["person_id"], person_id)


@action("application.correct")
def correct(work: Work, number: str, changes: Mapping[str, str], photo: bytes | None = None) -> Entered:
    """Change fields of an application that is new or was returned; an empty text takes a field away.

    Raises ApplicationRefusedError for unknown fields only, TransitionRefusedError, NotFoundError.
    """
    if unknown := unknown_fields(changes):
        raise ApplicationRefusedError(unknown)
    row = by_number(work, number)
    at = places.own_point(work, row["collection_point"], "application.correct")
    checked = check(form_of(row).changed(changes, photo), day_of(work.now), at.county)
    collected_by = with_name(row["collected_by"], work.actor.name)
    cells = draft_cells(work, checked)
    state = work.move(application, row, STATES, "application.correct", **cells, collected_by=collected_by)
    known = _known_problems(work, checked, [row["id"]], row["business"])
    return Entered(number, state, (*checked.problems, *known))


@action("application.withdraw")
def withdraw(work: Work, number: str, reason: str) -> None:
    """End an application because the applicant wishes so.

    Raises TransitionRefusedError, NotFoundError, ForeignPlaceError and ReasonMissingError.
    """
    check_reason("application.withdraw", reason)
    row = by_number(work, number)
    places.check_own(work, row["collection_point"], row["county"], "application.withdraw")
    cells = {"state_since": work.now, "open_person": None, "return_reason": reason.strip()}
    work.move(application, row, STATES, "application.withdraw", **cells)


def by_number(work: Work, number: str) -> Row:
    """The row of an application, locked until the transaction ends; raises NotFoundError."""
    wanted = select(application).where(application.c.number == number)
    return work.one(wanted, "application", number[:20], lock=True)


def form_of(row: Row) -> Form:
    """The form that an application has now."""
    return Form(row["form"], row["photo"], photo_fits=True)


def check_reason(name: str, reason: str) -> None:
    """Pass for a reason that can be kept; raises ReasonMissingError."""
    if not 0 < len(reason.strip()) <= REASON_LENGTH or not reason.strip().isprintable():
        raise ReasonMissingError(action=name, most=REASON_LENGTH)


def draft_cells(work: Work, checked: Checked) -> dict[str, object]:
    """The cells that follow from a form, whether it is in order or not."""
    key = checked.key
    return {
        "document_type": key.document_type if key else None,
        "document_digest": persons.digest_of(work, key) if key else None,
        "form": filled(checked.form.values),
        "photo": checked.photo,
    }


def submitted_cells(work: Work, row: Row, person_id: str) -> dict[str, object]:
    """The cells that a submission changes."""
    return {
        "person_id": person_id,
        "open_person": person_id,
        "round": row["round"] + 1,
        "state_since": work.now,
        "collected_by": with_name(row["collected_by"], work.actor.name),
        "return_reason": None,
    }


def with_name(names: str, name: str) -> str:
    """The names of operators with one more."""
    return " ".join(dict.fromkeys([*names.split(), name]))


def drop_person(work: Work, before: str | None, now: str) -> None:
    """Take a person out of the index whom a correction left with nothing but a mistyped number."""
    if before is None or before == now:
        return
    for table in (application, card, person_alias):
        if work.rows(select(table.c.id).where(table.c.person_id == before).limit(1)):
            return
    work.connection.execute(person.delete().where(person.c.id == before))
    work.record("application.submit", "person", before, after="dropped")


@contextmanager
def one_at_a_time(number: str) -> Iterator[None]:
    """Say in plain words that another application of the person was let in meanwhile.

    The database itself refuses the second one; raises ChangedMeanwhileError.
    """
    try:
        yield
    except IntegrityError:
        raise ChangedMeanwhileError(kind="application", name=number) from None


def _known_problems(
    work: Work, checked: Checked, own: Collection[str] = (), business: str = NEW_CARD
) -> tuple[Problem, ...]:
    key: PersonKey | None = checked.key
    return look_up(work, [checked], own, business, drafts=True).problems[key] if key else ()
