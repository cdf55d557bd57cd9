"""A batch begins: applications that are READY become its lines, all of them or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from card_os.spec.errors import Phrase
from issuer.access.permission import action
from issuer.applications import making
from issuer.batches import partners
from issuer.batches.errors import BatchRefusedError
from issuer.batches.exchange.kinds import PartnerKind
from issuer.batches.exchange.text import MOST_LINES
from issuer.batches.states import BATCH, LINE
from issuer.registry.day import day_of
from issuer.registry.errors import NotFoundError
from issuer.registry.schema.applications import application
from issuer.registry.schema.batches import batch, batch_line
from issuer.registry.work import Work, batched


@dataclass(frozen=True, slots=True)
class BatchOrder:
    """What a batch is for. `issuer` is our own name in files; partners by name, empty for none.

    Without a bank the cards have no bank part; without a maker chips come from the stock; without a centre we
    personalise ourselves; without an outlet cards are handed out here. The READY applications of the county
    are taken, oldest first and `limit` at most, or those that `application_ids` names: none of them makes a
    batch that only orders chips for the stock.
    """

    issuer: str
    county: str
    outlet: str = ""
    bank: str = ""
    maker: str = ""
    centre: str = ""
    limit: int | None = None
    application_ids: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class PlannedBatch:
    """A batch that was planned."""

    id: str
    number: str
    lines: int


@action("batch.plan")
def plan(work: Work, order: BatchOrder) -> PlannedBatch:
    """Make a batch; raises PartnerRefusedError, BatchRefusedError, TransitionRefusedError, NotFoundError."""
    for kind in PartnerKind:
        name = getattr(order, kind)
        if name:
            partners.named(work, name, kind)
    number = _next_number(work, order.county)
    applications = _applications(work, order)
    if len(applications) > MOST_LINES:
        reason = Phrase("{count} lines; a batch has {most} at most", count=len(applications), most=MOST_LINES)
        raise BatchRefusedError(batch=number, reason=reason)
    if not applications and order.application_ids is None:
        raise BatchRefusedError(batch=number, reason=Phrase("no application of this county is ready"))
    making.take_into_batch(work, applications)
    batch_id = work.insert(
        batch,
        number=number,
        issuer=order.issuer,
        county=order.county,
        bank=order.bank,
        maker=order.maker,
        centre=order.centre,
        outlet=order.outlet,
        state=BATCH.after("", "batch.plan"),
        made_at=work.now,
    )
    work.insert_all(batch_line, _lines(batch_id, applications))
    work.record("batch.plan", "batch", batch_id, number=number, lines=len(applications), county=order.county)
    return PlannedBatch(batch_id, number, len(applications))


def ids_of(work: Work, numbers: Sequence[str]) -> list[str]:
    """The ids of applications by their numbers, in their order; raises NotFoundError."""
    found: dict[str, str] = {}
    for block in batched(numbers):
        wanted = select(application.c.id, application.c.number).where(application.c.number.in_(block))
        found.update((row["number"], row["id"]) for row in work.rows(wanted))
    for number in numbers:
        if number not in found:
            raise NotFoundError(kind="application", name=number)
    return [found[number] for number in dict.fromkeys(numbers)]


def _applications(work: Work, order: BatchOrder) -> list[str]:
    if order.application_ids is not None:
        return list(order.application_ids)
    return [found.id for found in making.ready(work, order.county, order.limit)]


def _lines(batch_id: str, applications: Sequence[str]) -> Iterator[Mapping[str, object]]:
    state = LINE.after("", "line.plan")
    for line, application_id in enumerate(applications, start=1):
        yield {
            "batch_id": batch_id,
            "line": line,
            "application_id": application_id,
            "state": state,
            "attempt": 0,
        }


def _next_number(work: Work, county: str) -> str:
    """County, day, and a number of four digits within the day.  # spec: issuance_and_ecard A.3 [I]; ours"""
    day = f"{day_of(work.now):%Y%m%d}"
    return f"{county}{day}{work.next_number(f'batch {county} {day}'):04d}"
