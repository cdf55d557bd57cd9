"""What auditors do with the chain: read it, verify it, and sign its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import func, select

from issuer.access.permission import action
from issuer.keys.certificates import AUDIT_KEY
from issuer.registry import audit as chain
from issuer.registry.schema.audit import audit, audit_checkpoint
from issuer.registry.work import Row, Work


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many rows and checkpoints were looked at, and what is wrong with them."""

    rows: int
    checkpoints: int
    findings: tuple[chain.Finding, ...]


@action("audit.verify")
def verify(
    work: Work,
    outside: Iterable[str] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Verdict:
    """Verify the whole chain, also against checkpoints from outside, a line each.

    Raises CheckpointFormatError.
    """
    lines = enumerate((line for line in outside if line.strip()), start=1)
    marks = [chain.Checkpoint.parse(line, number) for number, line in lines]
    found = chain.verify(work.connection, work.custodian.public_key(AUDIT_KEY), marks, progress)
    return Verdict(_count(work, audit.c.seq), len(marks) + _count(work, audit_checkpoint.c.seq), found)


@action("audit.checkpoint")
def checkpoint(work: Work) -> chain.Checkpoint:
    """Sign the end of the chain as it is; raises Sm2UnavailableError."""
    return chain.sign_head(work.connection, work.custodian, work.now)


@action("audit.read")
def newest(work: Work, count: int, subject: str | None = None) -> list[Row]:
    """The newest rows, the newest first; of one subject where it is given."""
    wanted = select(audit).order_by(audit.c.seq.desc()).limit(count)
    if subject is not None:
        wanted = wanted.where(audit.c.subject_id == subject)
    rows = work.rows(wanted)
    for row in rows:
        del row["digest"]
    return rows


def _count(work: Work, column: object) -> int:
    return int(work.connection.execute(select(func.count(column))).scalar_one())  # type: ignore[arg-type]
