"""From an application that is ready to the card in the holder's hand, as other rooms drive it.

These are effects of the actions of batches and cards, which are permitted there. Each step is one row in the
audit chain for each application.  # spec: issuance_and_ecard A.5
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from issuer.applications import persons
from issuer.applications.intake import check_reason
from issuer.applications.release import record_text
from issuer.applications.states import STATES
from issuer.registry.errors import NotFoundError
from issuer.registry.schema.applications import application, person
from issuer.registry.work import Row, Work, batched

RECORDS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class ReadyApplication:
    """An application that a batch may take; nothing in it is personal.

    `replaces` is the id of the card that the new one follows, None for a first card.
    """

    id: str
    number: str
    person_id: str
    business: str
    mode: str
    collection_point: str
    replaces: str | None


@dataclass(frozen=True, slots=True)
class MakingRecord:
    """What goes onto a card: `raw` is the resident record `rhc-resident/1`, `photo` a JPEG or None."""

    application_id: str
    person_id: str
    card_number: str = field(repr=False)
    holder_name: str = field(repr=False)
    document_type: str = field(repr=False)
    document_number: str = field(repr=False)
    raw: bytes = field(repr=False)
    photo: bytes | None = field(repr=False)


def ready(work: Work, county: str, limit: int | None = None) -> list[ReadyApplication]:
    """The applications of a county that are ready, the longest waiting first, at most `limit`."""
    cells = (application.c.id, application.c.number, application.c.person_id, application.c.business)
    more = (application.c.mode, application.c.collection_point, application.c.replaces)
    wanted = select(*cells, *more).where(application.c.county == county, application.c.state == "READY")
    wanted = wanted.order_by(application.c.state_since, application.c.number).limit(limit)
    return [ReadyApplication(**row) for row in work.rows(wanted)]


def records(work: Work, application_ids: Iterable[str]) -> Iterator[MakingRecord]:
    """What goes onto the cards of applications, in the order of the ids, read in blocks.

    `read_record` takes every one of them: release looked at it. Raises NotFoundError.
    """
    for block in batched(application_ids, RECORDS_AT_ONCE):
        wanted = select(application.c.id, application.c.person_id).where(application.c.id.in_(block))
        who = {row["id"]: row["person_id"] for row in work.rows(wanted)}
        people = persons.rows_of(work, person, {found for found in who.values() if found})
        for application_id in block:
            holder = people.get(who.get(application_id, ""))
            if holder is None:
                raise NotFoundError(kind="application", name=application_id)
            yield _record(application_id, holder)


def take_into_batch(work: Work, application_ids: Sequence[str]) -> None:
    """READY to IN_BATCH, all or none; raises TransitionRefusedError, ChangedMeanwhileError, NotFoundError."""
    _move(work, application_ids, "application.take_into_batch")


def made(work: Work, application_ids: Sequence[str]) -> None:
    """IN_BATCH to MADE, all or none: the cards were personalised; raises as `take_into_batch`."""
    _move(work, application_ids, "application.make")


def give_back(work: Work, application_ids: Sequence[str]) -> None:
    """IN_BATCH or MADE to READY, all or none: to be made again; raises as `take_into_batch`."""
    _move(work, application_ids, "application.give_back")


def send_back(work: Work, application_ids: Sequence[str], reason: str) -> None:
    """IN_BATCH or MADE to RETURNED, all or none: the data were found wrong.

    The reason goes to the collection point and is not personal. Raises as `take_into_batch` does, and
    ReasonMissingError.
    """
    check_reason("application.send_back", reason)
    _move(work, application_ids, "application.send_back", return_reason=reason.strip())


def issued(work: Work, application_id: str) -> None:
    """MADE to ISSUED: the card was handed over, the person may apply again one day.

    Raises as `take_into_batch`.
    """
    # the photo stays with the person, the application keeps no second one
    _move(work, [application_id], "application.issue", open_person=None, photo=None)


def _move(work: Work, ids: Sequence[str], action: str, **values: object) -> None:
    cells = (application.c.id, application.c.number, application.c.state)
    rows: dict[str, Row] = {}
    for block in batched(dict.fromkeys(ids)):
        wanted = select(*cells).where(application.c.id.in_(block)).order_by(application.c.id)
        rows |= {row["id"]: row for row in work.rows(wanted.with_for_update())}
    for row_id in ids:
        if row_id not in rows:
            raise NotFoundError(kind="application", name=row_id)
    in_order = [rows[row_id] for row_id in dict.fromkeys(ids)]
    work.move_all(application, in_order, STATES, action, state_since=work.now, **values)


def _record(application_id: str, holder: Row) -> MakingRecord:
    items = holder["items"]
    return MakingRecord(
        application_id=application_id,
        person_id=holder["id"],
        card_number=items["card_number"],
        holder_name=holder["name"],
        document_type=holder["document_type"],
        document_number=holder["document_number"],
        raw=record_text(items, holder["entries"]),
        photo=holder["portrait"],
    )
