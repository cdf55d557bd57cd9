"""Keys by their check values, their versions, and segments of numbers. No secret passes here."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from issuer.api.caller import Working
from issuer.api.refusals import responses
from issuer.keys import segments, versions
from issuer.keys.file_custodian import check_values

router = APIRouter(tags=["keys"])
Number = Annotated[int, Field(ge=0, le=10**16)]


class KeyOut(BaseModel):
    """A key, by what may be shown of it."""

    key: str
    version: int
    check_value: str = Field(description="6 hex digits")


class VersionOut(BaseModel):
    """A version of the keys of cards."""

    version: int
    state: str
    since: datetime


class KeysOut(BaseModel):
    """The keys of the office, and the versions in use; none of these where there was no ceremony."""

    keys: list[KeyOut]
    versions: list[VersionOut]


class RotationIn(BaseModel):
    """The version that becomes current, the next one where it is left out."""

    version: int | None = Field(default=None, ge=1, le=255)


class RotationOut(BaseModel):
    """The versions that count now."""

    current: int
    valid: list[int]


class SegmentIn(BaseModel):
    """A range of numbers, both ends included."""

    kind: str = Field(max_length=16)
    owner: str = Field(max_length=64)
    first: Number
    last: Number
    giver: str = Field(default="", max_length=64, description="owner of the range that it is cut out of")


class SegmentOut(BaseModel):
    """A range of numbers, and how many of them are left to its owner."""

    kind: str
    owner: str
    first: int
    last: int
    left: int
    given_at: datetime


@router.get("/keys", operation_id="keys.list", responses=responses())
def listed(work: Working) -> KeysOut:
    """The keys of the office by their check values."""
    return KeysOut(
        keys=[KeyOut.model_validate(row) for row in check_values(work.custodian)],
        versions=[VersionOut(**row) for row in versions.listed(work)],
    )


@router.post("/keys/rotation", operation_id="keys.rotate", responses=responses(404, 409))
def rotate(body: RotationIn, work: Working) -> RotationOut:
    """Make another version current; takes two key custodians."""
    now = versions.rotate(work, body.version)
    return RotationOut(current=now.current, valid=list(now.valid))


@router.get("/segments", operation_id="segment.list", responses=responses())
def segments_listed(
    work: Working, kind: Annotated[str | None, Query(pattern="^[a-z_]{1,16}$")] = None
) -> list[SegmentOut]:
    """All ranges, or those of one kind."""
    return [SegmentOut(**row) for row in segments.listed(work, kind)]


@router.post("/segments", operation_id="segment.give", status_code=204, responses=responses())
def give(body: SegmentIn, work: Working) -> None:
    """Give a range; takes two key custodians."""
    segments.give(work, segments.Grant(body.kind, body.owner, body.first, body.last, body.giver))
