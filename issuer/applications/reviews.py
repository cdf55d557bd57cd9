"""What county, centre and bank say of applications: passed, returned with a reason, or refused for good.

Nobody reviews what they collected, and nobody speaks for two parties about the same application.
# spec: issuance_and_ecard A.4, A.5; the refusal for good and the four eyes are ours
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import partial

from sqlalchemy import select

from card_os.spec.errors import Phrase
from issuer.access.permission import NotPermittedError, action
from issuer.applications import places
from issuer.applications.intake import check_reason
from issuer.applications.states import STATES
from issuer.registry.errors import NotFoundError
from issuer.registry.schema.applications import application, review
from issuer.registry.work import Row, Work, batched


class Party(StrEnum):
    """Who reviews."""

    COUNTY = "county"
    CENTRE = "centre"
    BANK = "bank"


class Verdict(StrEnum):
    """What a review says; the values are the verbs of the actions."""

    PASS = "pass"  # noqa: S105  no password
    RETURN = "return"
    REFUSE = "refuse"


CODES = {Verdict.PASS: "01", Verdict.RETURN: "02", Verdict.REFUSE: "03"}
"""Review codes 01 passed, 02 refused (returned), 03 business failure (refused for good).  # spec: A.5"""
WAITING_FOR = {Party.COUNTY: "SUBMITTED", Party.CENTRE: "COUNTY_OK", Party.BANK: "CENTRE_OK"}


class OwnWorkError(NotPermittedError):
    """A review of an application by somebody who had a hand in it."""

    template = "{operator} may not do {action} with {number}: {reason}"


def give(work: Work, party: Party, verdict: Verdict, numbers: Sequence[str], reason: str = "") -> None:
    """Give the same verdict on applications, all or none; a reason is needed unless they pass.

    Raises NotPermittedError, OwnWorkError, ForeignPlaceError, NotFoundError, TransitionRefusedError and
    ReasonMissingError.
    """
    _SERVICES[party, verdict](work, numbers, reason)


def waiting(work: Work, party: Party, county: str = "", limit: int | None = None) -> list[str]:
    """Numbers that wait for a party and that the actor may review, the longest waiting first."""
    wanted = select(application.c.id, application.c.number, application.c.collected_by)
    wanted = wanted.where(application.c.state == WAITING_FOR[party])
    wanted = wanted.order_by(application.c.state_since, application.c.number)
    if party is Party.COUNTY:
        wanted = wanted.where(application.c.county.in_(places.own_counties(work, work.actor)))
    if county:
        wanted = wanted.where(application.c.county == county)
    rows = [row for row in work.rows(wanted) if work.actor.name not in row["collected_by"].split()]
    foreign = _reviewed_for_others(work, party, [row["id"] for row in rows])
    return [row["number"] for row in rows if row["id"] not in foreign][:limit]


def lock(work: Work, numbers: Sequence[str]) -> list[Row]:
    """Id, number, state, county, mode, round and collectors of applications, locked; raises NotFoundError."""
    cells = (application.c.id, application.c.number, application.c.state, application.c.county)
    more = (application.c.mode, application.c.round, application.c.collected_by)
    found: dict[str, Row] = {}
    for block in batched(dict.fromkeys(numbers)):
        wanted = select(*cells, *more).where(application.c.number.in_(block)).order_by(application.c.number)
        found |= {row["number"]: row for row in work.rows(wanted.with_for_update())}
    for number in numbers:
        if number not in found:
            raise NotFoundError(kind="application", name=number[:20])
    return [found[number] for number in dict.fromkeys(numbers)]


def record(work: Work, rows: Sequence[Row], party: str, verdict: Verdict, reason: str) -> None:
    """Keep a review for each application."""
    same = {
        "party": party,
        "verdict": CODES[verdict],
        "reason": reason,
        "operator": work.actor.name,
        "at": work.now,
    }
    work.insert_all(review, [{**same, "application_id": row["id"], "round": row["round"]} for row in rows])


def check_own_work(name: str, action_name: str, row: Row) -> None:
    """Pass where this operator did not collect the application; raises OwnWorkError."""
    if name in row["collected_by"].split():
        reason = Phrase("nobody reviews what they collected")
        raise OwnWorkError(operator=name, action=action_name, number=row["number"], reason=reason)


def _give(work: Work, numbers: Sequence[str], reason: str, *, party: Party, verdict: Verdict) -> None:
    name = f"application.{party}_{verdict}"
    if verdict is not Verdict.PASS:
        check_reason(name, reason)
    rows = lock(work, numbers)
    if party is Party.COUNTY:
        places.check_counties(work, work.actor, {row["county"] for row in rows}, name)
    foreign = _reviewed_for_others(work, party, [row["id"] for row in rows])
    for row in rows:
        check_own_work(work.actor.name, name, row)
        if row["id"] in foreign:
            why = Phrase("nobody reviews for two parties")
            raise OwnWorkError(operator=work.actor.name, action=name, number=row["number"], reason=why)
    changes: dict[str, object] = {"state_since": work.now}
    if verdict is not Verdict.PASS:
        changes["return_reason"] = reason.strip()
    if verdict is Verdict.REFUSE:
        changes["open_person"] = None
    work.move_all(application, rows, STATES, name, **changes)
    record(work, rows, party, verdict, reason.strip())


def _reviewed_for_others(work: Work, party: Party, ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for block in batched(ids):
        wanted = select(review.c.application_id).where(
            review.c.application_id.in_(block),
            review.c.operator == work.actor.name,
            review.c.party != party,
        )
        found |= set(work.connection.execute(wanted).scalars())
    return found


_Service = Callable[[Work, Sequence[str], str], None]


def _service(party: Party, verdict: Verdict) -> _Service:
    function = partial(_give, party=party, verdict=verdict)
    function.__doc__ = f"Review for the {party}: {verdict}."
    return action(f"application.{party}_{verdict}")(function)


_SERVICES: Mapping[tuple[Party, Verdict], _Service] = {
    (party, verdict): _service(party, verdict) for party in Party for verdict in Verdict
}
