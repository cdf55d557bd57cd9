"""The audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from issuer.api.caller import Working
from issuer.api.refusals import responses
from issuer.registry import auditing
from language import describe

router = APIRouter(prefix="/audit", tags=["audit"])


class AuditRow(BaseModel):
    """A row of the log; `detail` is JSON."""

    seq: int
    at: datetime
    operator: str
    second: str
    action: str
    subject: str
    subject_id: str
    detail: str


class FindingOut(BaseModel):
    """Something that is wrong with the chain, at a row."""

    seq: int
    reason: str


class VerdictOut(BaseModel):
    """What a verification came to."""

    rows: int
    checkpoints: int
    findings: list[FindingOut]


class CheckpointsIn(BaseModel):
    """Checkpoints that left the house, a line each."""

    lines: list[Annotated[str, Field(max_length=600)]] = Field(default=[], max_length=10_000)


class CheckpointOut(BaseModel):
    """The line that belongs outside the house."""

    line: str


@router.get("", operation_id="audit.read", responses=responses())
def newest(
    work: Working,
    count: Annotated[int, Query(ge=1, le=10_000)] = 100,
    subject: Annotated[str | None, Query(max_length=64)] = None,
) -> list[AuditRow]:
    """The newest rows, the newest first."""
    return [AuditRow(**row) for row in auditing.newest(work, count, subject)]


@router.post("/verification", operation_id="audit.verify", responses=responses())
def verify(body: CheckpointsIn, work: Working) -> VerdictOut:
    """Verify the whole chain, also against checkpoints from outside."""
    verdict = auditing.verify(work, body.lines)
    findings = [FindingOut(seq=found.seq, reason=describe(found.reason)) for found in verdict.findings]
    return VerdictOut(rows=verdict.rows, checkpoints=verdict.checkpoints, findings=findings)


@router.post("/checkpoints", operation_id="audit.checkpoint", status_code=201, responses=responses())
def checkpoint(work: Working) -> CheckpointOut:
    """Sign the end of the log."""
    return CheckpointOut(line=auditing.checkpoint(work).line())
