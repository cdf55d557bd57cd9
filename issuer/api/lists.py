"""The black and grey list: published, fetched by front servers, and held against their swipe logs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from issuer.api.caller import Working
from issuer.api.refusals import responses
from issuer.api.shown_people import PLAIN_TEXT
from issuer.lists import alarms, delivery, publishing

router = APIRouter(prefix="/lists", tags=["lists"])
_NAME = r"^[0-9A-Za-z._-]+$"
ServerName = Annotated[str, Path(max_length=64, pattern=_NAME, description="name of a front server")]
Number = Annotated[int, Field(ge=0, le=2**31 - 1)]


class VersionOut(BaseModel):
    """A published version; the digest in hex."""

    version: int
    at: datetime
    expires: datetime
    entries: int
    digest: str


class ServerIn(BaseModel):
    """A front server and the operator that it signs in as."""

    name: str = Field(max_length=64, pattern=_NAME)
    institution: str = Field(max_length=64, pattern=PLAIN_TEXT)
    operator: str = Field(max_length=64, pattern=PLAIN_TEXT)


class ServerOut(BaseModel):
    """A front server: what it holds, how far it is behind, and whether it has been silent too long."""

    name: str
    institution: str
    version: int
    behind: int
    asked_at: datetime | None
    late: bool


class ParcelOut(BaseModel):
    """A whole list or a delta as text; empty where the server has the newest version."""

    version: int
    text: str
    is_delta: bool


class HeldIn(BaseModel):
    """The version that a front server holds now."""

    version: Number


class SwipesIn(BaseModel):
    """Lines of a swipe log, `rhc-swipe/1`."""

    lines: list[Annotated[str, Field(max_length=4000)]] = Field(max_length=20_000)


class SwipesOut(BaseModel):
    """What a log came to."""

    rows: int
    damaged: int
    alarms: int
    known: int
    ahead: int


class AlarmOut(BaseModel):
    """A black-listed card that was accepted although its front server had the list."""

    server: str
    chip_serial: str
    swiped_at: datetime
    step: str
    version: int
    found_at: datetime


@router.post("", operation_id="list.publish", responses=responses())
def publish(work: Working) -> VersionOut:
    """Publish what is new; the newest version comes back."""
    made = publishing.publish(work)
    return VersionOut(
        version=made.number,
        at=made.at,
        expires=made.expires,
        entries=made.entries,
        digest=made.digest.hex().upper(),
    )


@router.get("", operation_id="list.show", responses=responses())
def listed(work: Working, count: Annotated[int, Query(ge=1, le=1000)] = 20) -> list[VersionOut]:
    """The newest versions, the newest first."""
    rows = publishing.listed(work, count)
    return [VersionOut(**{**row, "digest": bytes(row["digest"]).hex().upper()}) for row in rows]


@router.post("/servers", operation_id="list.add_server", status_code=201, responses=responses(404, 409))
def add_server(body: ServerIn, work: Working) -> ServerOut:
    """Register a front server."""
    delivery.add_server(work, body.name, body.institution, body.operator)
    return ServerOut(
        name=body.name, institution=body.institution, version=0, behind=0, asked_at=None, late=True
    )


@router.get("/servers", operation_id="list.servers", responses=responses())
def servers(work: Working) -> list[ServerOut]:
    """All front servers, and who is behind or late."""
    return [ServerOut(**row) for row in delivery.servers(work)]


@router.get("/servers/{name}/list", operation_id="list.fetch", responses=responses(404))
def fetch(name: ServerName, work: Working, since: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0) -> ParcelOut:
    """What a front server lacks that has version `since`."""
    found = delivery.fetch(work, name, since)
    return ParcelOut(version=found.version, text=found.text, is_delta=found.is_delta)


@router.put("/servers/{name}/version", operation_id="list.hold", status_code=204, responses=responses(404))
def hold(name: ServerName, body: HeldIn, work: Working) -> None:
    """Say which version a front server holds."""
    delivery.held(work, name, body.version)


@router.post("/servers/{name}/swipes", operation_id="list.report_swipes", responses=responses(404))
def report_swipes(name: ServerName, body: SwipesIn, work: Working) -> SwipesOut:
    """Hand in the swipe log of the terminals behind a front server."""
    return SwipesOut.model_validate(alarms.check(work, name, body.lines), from_attributes=True)


@router.get("/alarms", operation_id="list.alarms", responses=responses())
def listed_alarms(work: Working, count: Annotated[int, Query(ge=1, le=1000)] = 100) -> list[AlarmOut]:
    """The newest alarms."""
    return [AlarmOut(**row) for row in alarms.listed(work, count)]
