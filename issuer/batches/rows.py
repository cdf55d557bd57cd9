"""The rows of a batch: itself, its lines, what its files brought."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection

from sqlalchemy import ColumnElement, func, select

from issuer.batches.states import OPEN_LINES
from issuer.registry.schema.applications import application
from issuer.registry.schema.batches import batch, batch_line, chip, exchange_file
from issuer.registry.work import Row, Work


def batch_of(work: Work, number: str, *, lock: bool = False) -> Row:
    """The row of a batch; locked, nobody else works on the batch meanwhile. Raises NotFoundError."""
    return work.one(select(batch).where(batch.c.number == number), "batch", number, lock=lock)


def lines_of(
    work: Work, batch_id: str, states: Collection[str] | None = None, ids: Collection[str] | None = None
) -> list[Row]:
    """The lines of a batch in order, with the number, person and replaced card of their applications."""
    wanted: list[ColumnElement[bool]] = [batch_line.c.batch_id == batch_id]
    if ids is not None:
        wanted.append(batch_line.c.id.in_(ids))
    if states is not None:
        wanted.append(batch_line.c.state.in_(states))
    statement = (
        select(
            batch_line,
            application.c.number.label("application"),
            application.c.person_id,
            application.c.replaces,
            chip.c.serial.label("chip_serial"),
        )
        .join_from(batch_line, application, application.c.id == batch_line.c.application_id)
        .outerjoin(chip, chip.c.id == batch_line.c.chip_id)
        .where(*wanted)
        .order_by(batch_line.c.line)
    )
    return work.rows(statement)


def count_lines(work: Work, batch_id: str, states: Collection[str]) -> int:
    """How many lines of a batch are in one of these states."""
    found = select(func.count()).where(batch_line.c.batch_id == batch_id, batch_line.c.state.in_(states))
    return int(work.connection.execute(found).scalar_one())


def first_open_line(work: Work, batch_id: str) -> Row | None:
    """The first line that keeps a batch from being closed."""
    statement = (
        select(batch_line.c.line, batch_line.c.state)
        .where(batch_line.c.batch_id == batch_id, batch_line.c.state.in_(OPEN_LINES))
        .order_by(batch_line.c.line)
        .limit(1)
    )
    return next(iter(work.rows(statement)), None)


def files_of(work: Work, batch_id: str, kind: str | None = None) -> list[Row]:
    """The files of a batch without their contents, oldest first; `answer` is what each brought or carried."""
    columns = [column for column in exchange_file.c if column.name != "content"]
    statement = select(*columns).where(exchange_file.c.batch_id == batch_id)
    if kind is not None:
        statement = statement.where(exchange_file.c.kind == kind)
    rows = work.rows(statement.order_by(exchange_file.c.at, exchange_file.c.kind, exchange_file.c.seq))
    return [{**row, "answer": json.loads(row["answer"])} for row in rows]


def results_of(work: Work, batch_id: str, kind: str) -> Counter[str]:
    """What all files of a kind brought together, by result."""
    found: Counter[str] = Counter()
    for row in files_of(work, batch_id, kind):
        found.update(row["answer"])
    return found
