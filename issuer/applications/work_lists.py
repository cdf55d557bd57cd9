"""What waits for whom, what is known of one application, and how many there are; and find before make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select

from issuer.access.actor import Role
from issuer.access.permission import action, actions
from issuer.applications import persons, places
from issuer.applications.fields import is_clinical
from issuer.applications.identity import PersonKey
from issuer.applications.intake import by_number
from issuer.applications.reviews import WAITING_FOR, Party, waiting
from issuer.applications.states import STATES
from issuer.cards.live import LiveCard, live_card_of_person
from issuer.registry.schema.applications import application, review
from issuer.registry.work import Row, Work

MOST = 1000
_REVIEWERS = {
    Party.COUNTY: Role.COUNTY_REVIEWER,
    Party.CENTRE: Role.CENTRE_REVIEWER,
    Party.BANK: Role.BANK_REVIEWER,
}
_SHOW = "application.show"
_EVERYWHERE = frozenset({Role.CENTRE_REVIEWER, Role.BANK_REVIEWER})
_COLUMNS = (
    application.c.number, application.c.state, application.c.state_since, application.c.mode,
    application.c.business, application.c.county, application.c.collection_point, application.c.round,
    application.c.return_reason,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """What find-before-make says: whether a person is known, has a live card, or an open application."""

    person_id: str
    card: LiveCard | None
    application: str | None

    @property
    def may_apply(self) -> bool:
        """Whether a first card may be applied for."""
        return self.card is None and self.application is None


@dataclass(frozen=True, slots=True)
class Shown:
    """An application with its personal data, for those who work on it."""

    row: Mapping[str, Any] = field(repr=False)
    reviews: tuple[Mapping[str, Any], ...]
    possible: tuple[str, ...]


@action("application.list")
def listed(work: Work, *, state: str = "", county: str = "", point: str = "", limit: int = MOST) -> list[Row]:
    """Applications in a state, county or collection point, the longest waiting first; nothing personal."""
    wanted = select(*_COLUMNS)
    for column, value in (
        (application.c.state, state),
        (application.c.county, county),
        (application.c.collection_point, point),
    ):
        if value:
            wanted = wanted.where(column == value)
    return work.rows(_in_order(wanted, limit))


@action("application.list")
def work_list(work: Work, limit: int = MOST) -> list[Row]:
    """What waits for the actor, by roles and institution, the longest waiting first; nothing personal."""
    numbers: dict[str, None] = {}
    for party, role in _REVIEWERS.items():
        if role in work.actor.roles:
            numbers |= dict.fromkeys(waiting(work, party, limit=limit))
    at_points: ColumnElement[bool] = false()
    if Role.COLLECTOR in work.actor.roles:
        at_points = application.c.state.in_(("NEW", "RETURNED")) & application.c.collection_point.in_(
            places.own_points(work)
        )
    to_release: ColumnElement[bool] = false()
    if Role.CENTRE_REVIEWER in work.actor.roles:
        to_release = application.c.state == "BANK_OK"
    own = work.rows(_in_order(select(*_COLUMNS).where(or_(at_points, to_release)), limit))
    states = {WAITING_FOR[party] for party, role in _REVIEWERS.items() if role in work.actor.roles}
    to_review = [
        row
        for row in work.rows(_in_order(select(*_COLUMNS).where(application.c.state.in_(states)), None))
        if row["number"] in numbers
    ]
    rows = sorted([*own, *to_review], key=lambda row: (row["state_since"], row["number"]))
    return rows[:limit]


@action(_SHOW)
def shown(work: Work, number: str) -> Shown:
    """One application with what was filled in; looking at it is a row in the audit chain.

    Collectors and county reviewers see those of their own points and counties. A bank does not learn of
    illnesses. Raises NotFoundError and ForeignPlaceError.
    """
    row = by_number(work, number)
    if not work.actor.roles & _EVERYWHERE:
        places.check_own(work, row["collection_point"], row["county"], _SHOW)
    if not work.actor.roles & (actions()[_SHOW].roles - {Role.BANK_REVIEWER}):
        row["form"] = {name: text for name, text in row["form"].items() if not is_clinical(name)}
    work.record(_SHOW, "application", row["id"])
    wanted = select(review).where(review.c.application_id == row["id"]).order_by(review.c.at, review.c.id)
    kept = tuple({k: v for k, v in found.items() if k != "id"} for found in work.rows(wanted))
    return Shown(row, kept, STATES.possible(row["state"]))


@action("application.find")
def find(work: Work, key: PersonKey) -> Found | None:
    """A person by any number, as is asked before a card is made; None where nobody has it.

    # spec: issuance_and_ecard A.4, A.5 find-before-make
    """
    person_id = persons.find_all(work, [key]).get(key)
    work.record("application.find", "person", person_id or "", kind=key.document_type)
    if person_id is None:
        return None
    under_way = select(application.c.number).where(application.c.open_person == person_id)
    number = work.connection.execute(under_way).scalar_one_or_none()
    return Found(person_id, live_card_of_person(work, person_id), number)


@action("application.stats")
def statistics(work: Work) -> list[Row]:
    """How many applications each county has in each state."""
    count = func.count().label("count")
    counted = select(application.c.county, application.c.state, count)
    counted = counted.group_by(application.c.county, application.c.state)
    return work.rows(counted.order_by(application.c.county, application.c.state))


def _in_order(wanted: Select[Any], limit: int | None) -> Select[Any]:
    return wanted.order_by(application.c.state_since, application.c.number).limit(limit)
