"""What there is to see of batches: nothing personal."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from issuer.access.permission import action
from issuer.batches.rows import batch_of, files_of, lines_of
from issuer.registry.schema.batches import batch, batch_line
from issuer.registry.work import Row, Work

_SHOWN = ("line", "application", "state", "chip_serial", "attempt", "fault", "failed_as")


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch with the number of its lines by state, and its files."""

    batch: Row
    states: dict[str, int]
    files: tuple[Row, ...]


@action("batch.list")
def listed(work: Work, state: str | None = None) -> list[Row]:
    """All batches or those in a state, newest first, with the number of their lines."""
    counted = (
        select(batch_line.c.batch_id, func.count().label("lines")).group_by(batch_line.c.batch_id).subquery()
    )
    statement = (
        select(batch, func.coalesce(counted.c.lines, 0).label("lines"))
        .outerjoin(counted, counted.c.batch_id == batch.c.id)
        .order_by(batch.c.made_at.desc(), batch.c.number.desc())
    )
    return work.rows(statement if state is None else statement.where(batch.c.state == state))


@action("batch.show")
def shown(work: Work, number: str) -> BatchView:
    """One batch; raises NotFoundError."""
    row = batch_of(work, number)
    counted = (
        select(batch_line.c.state, func.count())
        .where(batch_line.c.batch_id == row["id"])
        .group_by(batch_line.c.state)
        .order_by(batch_line.c.state)
    )
    states = {row[0]: int(row[1]) for row in work.connection.execute(counted)}
    return BatchView(row, states, tuple(files_of(work, row["id"])))


@action("batch.lines")
def lines(work: Work, number: str, state: str | None = None) -> list[Row]:
    """The lines of a batch, or those in a state; raises NotFoundError."""
    row = batch_of(work, number)
    found = lines_of(work, row["id"], None if state is None else {state})
    return [{name: line[name] for name in _SHOWN} for line in found]
