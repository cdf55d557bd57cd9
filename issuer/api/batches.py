"""Batches, their files and chips. Chips are personalised at the desk, where they are, not over HTTP."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from pydantic import BaseModel, Field

from issuer.api.caller import OfficeOf, Working
from issuer.api.refusals import responses
from issuer.batches import closing, house, listing, outlet, planning, receiving, recording, sending, stock
from issuer.batches.card_settings import card_settings
from issuer.batches.reconciliation import reconcile
from issuer.batches.report import as_json

router = APIRouter(tags=["batches"])
Number = Annotated[str, Path(pattern="^[0-9A-Za-z-]{1,20}$", description="number of the batch")]
Serial = Annotated[str, Path(pattern="^[0-9]{10}$", description="serial number of the chip, ten digits")]
State = Annotated[str | None, Query(pattern="^[A-Z_]{1,16}$")]
FileKind = Annotated[str, Path(pattern="^[A-Z-]{2,8}$", description="kind of the file, such as ACC-REQ")]


class BatchIn(BaseModel):
    """A batch to be planned; an empty partner says that the batch goes without."""

    county: str = Field(pattern="^[0-9]{6}$")
    outlet: str = Field(default="", max_length=64)
    bank: str = Field(default="", max_length=64)
    maker: str = Field(default="", max_length=64)
    centre: str = Field(default="", max_length=64)
    limit: int | None = Field(default=None, ge=1, le=100_000)
    applications: list[Annotated[str, Field(max_length=20)]] | None = Field(
        default=None, max_length=100_000, description="these by number, instead of all that are ready"
    )


class PlannedOut(BaseModel):
    """A batch that was planned."""

    number: str
    lines: int


class BatchOut(BaseModel):
    """A batch in a list."""

    number: str
    state: str
    county: str
    bank: str
    maker: str
    centre: str
    outlet: str
    lines: int
    made_at: datetime
    closed_at: datetime | None


class FileOut(BaseModel):
    """A file that was sent or taken in."""

    kind: str
    sender: str
    receiver: str
    seq: int
    lines: int
    at: datetime


class ViewOut(BaseModel):
    """A batch with its lines by state, and its files."""

    number: str
    state: str
    lines: dict[str, int]
    files: list[FileOut]


class LineOut(BaseModel):
    """A line of a batch; nothing of the person."""

    line: int
    application: str
    state: str
    chip_serial: str | None
    attempt: int
    fault: str | None
    failed_as: str | None


class SendIn(BaseModel):
    """The file that is to be made."""

    kind: str = Field(pattern="^[A-Z-]{2,8}$")
    spares: int = Field(default=0, ge=0, le=100_000)


class SentOut(BaseModel):
    """A file as it goes out; `content` is base64 of its bytes."""

    name: str
    kind: str
    receiver: str
    seq: int
    lines: int
    content: str


class ReceiptOut(BaseModel):
    """What a file brought, by result; `again`: it was taken in before and changed nothing now."""

    kind: str
    batch: str
    seq: int
    sender: str
    lines: int
    results: dict[str, int]
    again: bool


class CountOut(BaseModel):
    """How many."""

    count: int


class TermsOut(BaseModel):
    """What all cards of the batch have in common; `key_set` names their keys."""

    city_code: str
    issued_on: date
    expires_on: date
    key_set: str
    due: int


class GiveUpIn(BaseModel):
    """Lines that leave the batch: to be made again, or back to the collection point."""

    lines: list[Annotated[int, Field(ge=1)]] = Field(min_length=1, max_length=100_000)
    reason: str = Field(max_length=200, description="for people, nothing personal")
    again: bool


class ReasonIn(BaseModel):
    """Why."""

    reason: str = Field(min_length=1, max_length=200, description="for people, nothing personal")


class CheckpointOut(BaseModel):
    """The line that belongs outside the house."""

    line: str


# --- batches ----------------------------------------------------------------------------------------------


@router.post("/batches", operation_id="batch.plan", status_code=201, responses=responses(404, 409))
def plan(body: BatchIn, work: Working, office: OfficeOf) -> PlannedOut:
    """Plan a batch of applications that are ready."""
    given = body.model_dump(exclude={"applications"})
    order = planning.BatchOrder(issuer=office.settings.code, **given)
    if body.applications is not None:
        order = replace(order, application_ids=planning.ids_of(work, body.applications))
    made = planning.plan(work, order)
    return PlannedOut(number=made.number, lines=made.lines)


@router.get("/batches", operation_id="batch.list", responses=responses())
def listed(work: Working, state: State = None) -> list[BatchOut]:
    """Batches, the newest first."""
    return [BatchOut(**row) for row in listing.listed(work, state)]


@router.get("/batches/{number}", operation_id="batch.show", responses=responses(404))
def shown(number: Number, work: Working) -> ViewOut:
    """One batch."""
    view = listing.shown(work, number)
    files = [FileOut(**row) for row in view.files]
    return ViewOut(number=number, state=view.batch["state"], lines=view.states, files=files)


@router.get("/batches/{number}/lines", operation_id="batch.lines", responses=responses(404))
def lines(number: Number, work: Working, state: State = None) -> list[LineOut]:
    """The lines of a batch."""
    return [LineOut(**row) for row in listing.lines(work, number, state)]


@router.post("/batches/{number}/stock", operation_id="batch.take_from_stock", responses=responses(404, 409))
def take_from_stock(number: Number, work: Working) -> CountOut:
    """Give chips of the stock to the lines of a batch."""
    return CountOut(count=stock.take_from_stock(work, number))


@router.post(
    "/batches/{number}/personalisation", operation_id="batch.personalise", responses=responses(404, 409)
)
def personalise(number: Number, work: Working, office: OfficeOf) -> TermsOut:
    """Begin the personalisation of a batch; its chips are made at the desk, where they are."""
    terms = recording.open_batch(work, number, card_settings(office))
    due = len(recording.due(work, number))
    return TermsOut(
        city_code=terms.city_code,
        issued_on=terms.issued_on,
        expires_on=terms.expires_on,
        key_set=terms.key_set.hex().upper(),
        due=due,
    )


@router.post(
    "/batches/{number}/given-up", operation_id="batch.give_up", status_code=204, responses=responses(404, 409)
)
def give_up(number: Number, body: GiveUpIn, work: Working) -> None:
    """Take lines that failed out of a batch."""
    closing.give_up(work, number, body.lines, body.reason, again=body.again)


@router.post("/batches/{number}/close", operation_id="batch.close", responses=responses(404, 409))
def close(number: Number, work: Working) -> CheckpointOut:
    """End a batch."""
    return CheckpointOut(line=closing.close(work, number).line())


@router.get("/batches/{number}/reconciliation", operation_id="batch.reconcile", responses=responses(404))
def reconciled(number: Number, work: Working) -> dict[str, object]:
    """Whether a batch adds up, and what does not."""
    return as_json(reconcile(work, number))


@router.get("/reconciliation", operation_id="batch.reconcile_house", responses=responses())
def reconciled_house(work: Working) -> dict[str, object]:
    """Whether all chips and all outlets add up, and what does not."""
    return as_json(house.reconcile_house(work))


# --- files ------------------------------------------------------------------------------------------------


@router.post(
    "/batches/{number}/files", operation_id="batch.send", status_code=201, responses=responses(404, 409)
)
def send(number: Number, body: SendIn, work: Working, office: OfficeOf) -> SentOut:
    """Make the next file of a kind, and take the step that it stands for."""
    made = sending.send(work, number, body.kind, spares=body.spares, settings=card_settings(office))
    return _sent(made)


@router.get("/batches/{number}/files/{kind}/{seq}", operation_id="batch.send_again", responses=responses(404))
def send_again(
    number: Number, kind: FileKind, seq: Annotated[int, Path(ge=1, le=999_999)], work: Working
) -> SentOut:
    """A file that was sent before, byte for byte."""
    return _sent(sending.send_again(work, number, kind, seq))


@router.post("/exchange-files", operation_id="batch.receive", responses=responses(409))
def receive(
    body: Annotated[bytes, Body(media_type="application/octet-stream", description="rhc-exchange/1")],
    work: Working,
) -> ReceiptOut:
    """Take in a file of a partner, whole or not at all."""
    found = receiving.receive(work, body)
    return ReceiptOut(
        kind=found.kind,
        batch=found.batch,
        seq=found.seq,
        sender=found.sender,
        lines=found.lines,
        results=dict(found.results),
        again=found.again,
    )


# --- chips and cards --------------------------------------------------------------------------------------


@router.get("/chips", operation_id="chip.stock", responses=responses())
def chips(work: Working) -> dict[str, int]:
    """How many chips there are, by state."""
    return dict(stock.stock(work))


@router.post(
    "/chips/{serial}/waste", operation_id="batch.waste_chip", status_code=204, responses=responses(404, 409)
)
def waste_chip(serial: Serial, body: ReasonIn, work: Working) -> None:
    """Declare a chip waste that is lost or broken."""
    stock.waste_chip(work, serial, body.reason)


@router.post(
    "/chips/{serial}/back", operation_id="batch.card_back", status_code=204, responses=responses(404, 409)
)
def card_back(serial: Serial, body: ReasonIn, work: Working) -> None:
    """Give back a card that nobody picked up."""
    outlet.card_back(work, serial, body.reason)


def _sent(made: sending.SentFile) -> SentOut:
    content = base64.b64encode(made.raw).decode()
    return SentOut(
        name=made.name,
        kind=made.kind,
        receiver=made.receiver,
        seq=made.seq,
        lines=made.lines,
        content=content,
    )
