"""SAMs: where they are, and the question of a terminal. Keys are loaded at the desk, not over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from issuer.api.caller import OfficeOf, Working
from issuer.api.refusals import responses
from issuer.sams import holding, online
from issuer.sams.roles import SamRole
from language import choose

router = APIRouter(prefix="/sams", tags=["sams"])
Serial = Annotated[str, Path(pattern="^[0-9]{10}$", description="serial number, ten digits")]


class OrderIn(BaseModel):
    """SAMs to be ordered."""

    role: SamRole
    city_code: str | None = Field(default=None, max_length=6, description="ours where it is left out")
    count: int = Field(default=1, ge=1, le=1000)


class SerialsOut(BaseModel):
    """Serial numbers of SAMs that were ordered."""

    serials: list[str]


class ChipIn(BaseModel):
    """The answer to reset of a blank chip."""

    atr: str = Field(pattern="^([0-9A-Fa-f]{2}){2,33}$", description="hex digits")


class IssueIn(BaseModel):
    """Who gets a SAM, and the device that it goes into."""

    institution: str = Field(max_length=64)
    device: str = Field(max_length=64)


class CheckIn(BaseModel):
    """What a terminal sends: the serial number of its SAM, and its own number."""

    serial: str = Field(max_length=64)
    device: str = Field(default="", max_length=64)


class AnswerOut(BaseModel):
    """Four digits; only 0000 lets the driver go on."""

    answer: str
    meaning: str


class SamOut(BaseModel):
    """A SAM."""

    serial: str
    state: str
    role: SamRole
    province: str
    city_code: str
    institution: str | None
    device: str | None
    terminal: str | None
    certificate_serial: str | None
    valid_until: date | None
    ordered_at: datetime
    changed_at: datetime


@router.get("", operation_id="sam.list", responses=responses())
def listed(
    work: Working,
    state: Annotated[str | None, Query(pattern="^[A-Z_]{1,16}$")] = None,
    after: Annotated[str, Query(pattern="^[0-9]{0,10}$")] = "",
    count: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> list[SamOut]:
    """SAMs by serial number, from the one after `after`."""
    return [SamOut(**row) for row in holding.listed(work, state, after, count)]


@router.post("", operation_id="sam.order", status_code=201, responses=responses())
def order(body: OrderIn, work: Working, office: OfficeOf) -> SerialsOut:
    """Order SAMs; the serial numbers come from the segment of the office."""
    settings = office.settings
    city = settings.city_code if body.city_code is None else body.city_code
    return SerialsOut(serials=holding.order(work, holding.Order(body.role, city, settings.code, body.count)))


@router.post("/checks", operation_id="sam.check", responses=responses())
def check(body: CheckIn, work: Working) -> AnswerOut:
    """Whether the SAM of a terminal may be used now."""
    answer = online.check(work, body.serial, body.device)
    return AnswerOut(answer=answer.code, meaning=choose(answer.meaning))


@router.post("/{serial}/chip", operation_id="sam.make", status_code=204, responses=responses(404, 409))
def make(serial: Serial, body: ChipIn, work: Working) -> None:
    """Take in the blank chip for a SAM that was ordered."""
    holding.make(work, serial, bytes.fromhex(body.atr))


@router.post("/{serial}/issue", operation_id="sam.issue", status_code=204, responses=responses(404, 409))
def issue(serial: Serial, body: IssueIn, work: Working) -> None:
    """Hand a SAM to an institution, for one device."""
    holding.issue(work, serial, body.institution, body.device)


@router.post("/{serial}/suspend", operation_id="sam.suspend", status_code=204, responses=responses(404, 409))
def suspend(serial: Serial, work: Working) -> None:
    """Refuse a SAM for a while."""
    holding.suspend(work, serial)


@router.post("/{serial}/resume", operation_id="sam.resume", status_code=204, responses=responses(404, 409))
def resume(serial: Serial, work: Working) -> None:
    """End a suspension."""
    holding.resume(work, serial)


@router.post("/{serial}/loss", operation_id="sam.report_lost", status_code=204, responses=responses(404, 409))
def report_lost(serial: Serial, work: Working) -> None:
    """Refuse a SAM that is lost."""
    holding.report_lost(work, serial)


@router.post("/{serial}/recall", operation_id="sam.recall", status_code=204, responses=responses(404, 409))
def recall(serial: Serial, work: Working) -> None:
    """Take a SAM back."""
    holding.recall(work, serial)


@router.post(
    "/{serial}/destruction", operation_id="sam.destroy", status_code=204, responses=responses(404, 409)
)
def destroy(serial: Serial, work: Working) -> None:
    """Write down that a SAM was destroyed; takes two key custodians."""
    holding.destroy(work, serial)
