"""Cards at the counter: found, handed out, lost, cancelled, replaced, destroyed; and their bank part."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, Field

from issuer.access.actor import Actor
from issuer.access.sign_in import actor_of
from issuer.api.caller import Caller, OfficeOf, SecondToken, Working
from issuer.api.refusals import responses
from issuer.api.shown_people import PLAIN_TEXT, ShortText, ShownIn
from issuer.cards import bank, ending, hand_over, listing, losses, platform, rules
from issuer.cards.life import BANK, Begin
from issuer.cards.slips import LossSlip
from language import choose

router = APIRouter(tags=["cards"])
CardId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="id of a card")]
Outlet = Annotated[str | None, Query(max_length=64, pattern=PLAIN_TEXT)]
Serial = Annotated[str, Field(max_length=10, pattern=PLAIN_TEXT)]


def beginning(
    request: Request, office: OfficeOf, actor: Caller, second_token: SecondToken = None
) -> Iterator[Begin]:
    """The transactions of an act that takes several: who may not do it hears that first."""
    second: Actor | None = actor_of(office.registry, second_token) if second_token else None
    begin = partial(office.registry.transaction, actor, second)
    with begin() as work:
        work.permit(request.scope["route"].operation_id)
    yield begin


Beginning = Annotated[Begin, Depends(beginning)]


class PersonIn(BaseModel):
    """A person by a document."""

    document_type: str = Field(max_length=2, pattern=PLAIN_TEXT)
    document_number: str = Field(max_length=32, pattern=PLAIN_TEXT)


class CardOut(BaseModel):
    """A card; its number is masked."""

    id: str
    card_number: str
    chip_serial: str
    state: str
    locked: str
    has_pin: bool
    issued_on: date
    expires_on: date
    outlet: str
    replaces: str | None


class EventOut(BaseModel):
    """What happened to a card, with its operation code."""

    at: datetime
    code: str
    action: str
    reason: str
    operator: str


class EntryOut(BaseModel):
    """What was written of a card on the black or grey list."""

    seq: int
    mark: str
    operation: str
    reason: str
    text: str
    at: datetime


class OpenActOut(BaseModel):
    """An order to the chip of which nobody knows whether it was obeyed."""

    action: str
    target: str
    at: datetime


class CardViewOut(CardOut):
    """A card with both its parts and what happened to it."""

    bank_state: str | None
    possible: list[str]
    events: list[EventOut]
    list: list[EntryOut]
    open_act: OpenActOut | None


class StatusIn(BaseModel):
    """A card in a terminal."""

    card_number: str = Field(max_length=18, pattern=PLAIN_TEXT)
    chip_serial: Serial


class StatusOut(BaseModel):
    """Whether a card may be used; else the answer that drivers give, and why."""

    usable: bool
    answer: str
    meaning: str


class PickUpOut(BaseModel):
    """What the pick-up slip says."""

    number: str
    at: datetime
    holder_name: str
    card_number: str
    chip_serial: str
    outlet: str
    operator: str
    institution: str
    taken_by: str
    presence: str
    expires_on: date


class LossOut(BaseModel):
    """What the loss slip says: its number is kept nowhere, and undoes the loss."""

    number: str
    part: str
    kind: str
    at: datetime
    until: datetime | None
    holder_name: str
    card_number: str
    chip_serial: str
    operator: str
    institution: str


class SlipIn(BaseModel):
    """The number of a loss slip."""

    slip: str = Field(max_length=40, pattern=PLAIN_TEXT)


class StateOut(BaseModel):
    """The state that a part of a card has now."""

    state: str


class CancelIn(BaseModel):
    """Why a card is cancelled, and who asks for it or what proves it."""

    reason: str = Field(max_length=16, description="one of damaged, lost, moved, death, misused, blocked …")
    shown: ShownIn | None = None
    proof: ShortText = ""


class TextIn(BaseModel):
    """Why; nothing personal."""

    text: ShortText


class ReplaceIn(BaseModel):
    """Where the new card is applied for, and whether its maker answers for the old one."""

    collection_point: str = Field(max_length=16, pattern=PLAIN_TEXT)
    warranty: bool = False


class ReplaceOut(BaseModel):
    """The application for the new card, and the fee in yuan."""

    application: str
    business: str
    fee: Decimal


class CountOut(BaseModel):
    """How many."""

    count: int


class RuleOut(BaseModel):
    """A clock, fee or limit: what is in force, what it is by default, and where that comes from."""

    name: str
    value: Decimal
    default: Decimal
    unit: str
    meaning: str
    source: str


class ValueIn(BaseModel):
    """A figure as text."""

    value: str = Field(max_length=16)


class ValueOut(BaseModel):
    """A figure."""

    value: Decimal


class NoticeOut(BaseModel):
    """What the bank is told of a card."""

    seq: int
    chip_serial: str
    action: str
    at: datetime


class MismatchOut(BaseModel):
    """A card of which one part is over and the other not."""

    chip_serial: str
    state: str
    bank_state: str


class PlatformIn(BaseModel):
    """A call of the card platform; which fields a method takes stands with it in the documentation."""

    method: str = Field(max_length=16, description="find, save, report_loss, undo_loss, cancel …")
    agency: str = Field(max_length=32, pattern=PLAIN_TEXT)
    operator: str = Field(max_length=32, pattern=PLAIN_TEXT)
    day: date
    reason: ShortText = ""
    chip_serial: Serial = ""
    document_type: str = Field(default="", max_length=2, pattern=PLAIN_TEXT)
    document_number: str = Field(default="", max_length=32, pattern=PLAIN_TEXT)
    name: str = Field(default="", max_length=64, pattern=PLAIN_TEXT)
    slip: str = Field(default="", max_length=40, pattern=PLAIN_TEXT)
    collection_point: str = Field(default="", max_length=16, pattern=PLAIN_TEXT)
    warranty: bool = False


class PlatformOut(BaseModel):
    """Fault code 0 and what was asked for, or 1 and why not."""

    faultcode: int
    faultstring: str
    result: dict[str, Any]


# --- what is asked of cards -------------------------------------------------------------------------------


@router.post("/cards/search", operation_id="card.find", responses=responses())
def find(body: PersonIn, work: Working) -> list[CardOut]:
    """All cards of a person, the newest first."""
    return [CardOut(**row) for row in listing.find(work, body.document_type, body.document_number)]


@router.post("/cards/cancelled", operation_id="card.cancelled", responses=responses())
def cancelled(body: PersonIn, work: Working) -> list[CardOut]:
    """The cancelled cards of a person."""
    return [CardOut(**row) for row in listing.cancelled(work, body.document_type, body.document_number)]


@router.post("/cards/status", operation_id="card.status", responses=responses())
def status(body: StatusIn, work: Working) -> StatusOut:
    """Whether a card may be used, asked by a terminal."""
    found = listing.status(work, body.card_number, body.chip_serial)
    return StatusOut(usable=found.usable, answer=found.answer, meaning=choose(found.meaning))


@router.get("/cards/counts", operation_id="card.counts", responses=responses())
def counts(
    work: Working, outlet: Annotated[str | None, Query(max_length=64, pattern=PLAIN_TEXT)] = None
) -> dict[str, int]:
    """How many cards are in which state."""
    return listing.counts(work, outlet)


@router.get("/cards/rules", operation_id="card.rules", responses=responses())
def listed_rules(work: Working) -> list[RuleOut]:
    """All clocks, fees and limits."""
    return [RuleOut(**{**row, "meaning": choose(row["meaning"])}) for row in rules.listed(work)]


@router.put("/cards/rules/{name}", operation_id="card.set_rule", responses=responses(404))
def set_rule(
    name: Annotated[str, Path(max_length=32, pattern=PLAIN_TEXT)], body: ValueIn, work: Working
) -> ValueOut:
    """Set a clock, fee or limit; takes two administrators."""
    return ValueOut(value=rules.set_rule(work, name, body.value))


@router.post("/cards/lapse", operation_id="card.lapse_due", responses=responses())
def lapse_due(work: Working) -> CountOut:
    """End oral losses whose time is over."""
    return CountOut(count=losses.lapse_due(work))


@router.post("/cards/expire", operation_id="card.expire_due", responses=responses())
def expire_due(work: Working) -> CountOut:
    """Let cards past their last day expire, at most 1,000 at once."""
    return CountOut(count=ending.expire_due(work))


@router.get("/cards/{card_id}", operation_id="card.show", responses=responses(404))
def show(card_id: CardId, work: Working) -> CardViewOut:
    """A card and what happened to it."""
    return CardViewOut(**listing.show(work, card_id))


# --- at the counter ---------------------------------------------------------------------------------------


@router.post("/cards/{card_id}/pick-up", operation_id="card.pick_up", responses=responses(404, 409))
def pick_up(card_id: CardId, body: ShownIn, work: Working) -> PickUpOut:
    """Hand a card out."""
    return PickUpOut.model_validate(hand_over.pick_up(work, card_id, body.shown()), from_attributes=True)


@router.post("/cards/{card_id}/oral-loss", operation_id="card.report_oral", responses=responses(404, 409))
def report_oral(card_id: CardId, body: ShownIn, begin: Beginning) -> LossOut:
    """Take an oral loss report."""
    return _loss(losses.report_oral(begin, card_id, body.shown()))


@router.post("/cards/{card_id}/loss", operation_id="card.report_formal", responses=responses(404, 409))
def report_formal(card_id: CardId, body: ShownIn, work: Working) -> LossOut:
    """Take a written loss report: black list."""
    return _loss(losses.report_formal(work, card_id, body.shown()))


@router.post("/cards/{card_id}/undo-loss", operation_id="card.undo_loss", responses=responses(404, 409))
def undo_loss(card_id: CardId, body: SlipIn, begin: Beginning) -> StateOut:
    """Undo a loss by its slip."""
    return StateOut(state=losses.undo_loss(begin, card_id, body.slip))


@router.post("/cards/{card_id}/cancel", operation_id="card.cancel", responses=responses(404, 409))
def cancel(card_id: CardId, body: CancelIn, work: Working) -> StateOut:
    """Cancel a card for good."""
    shown = body.shown.shown() if body.shown else None
    ending.cancel(work, card_id, body.reason, shown=shown, proof=body.proof)
    return StateOut(state="CANCELLED")


@router.post("/cards/{card_id}/blacklist", operation_id="card.blacklist", responses=responses(404, 409))
def blacklist(card_id: CardId, body: TextIn, work: Working) -> StateOut:
    """Put a misused card on the black list."""
    ending.blacklist(work, card_id, body.text)
    return StateOut(state="BLACKLISTED")


@router.post("/cards/{card_id}/replace", operation_id="card.replace", responses=responses(404, 409))
def replace(card_id: CardId, body: ReplaceIn, work: Working) -> ReplaceOut:
    """Apply for a card in place of one that is over."""
    made = ending.replace(work, card_id, body.collection_point, warranty=body.warranty)
    return ReplaceOut(application=made.application, business=made.business, fee=made.fee)


@router.post("/cards/{card_id}/destroy", operation_id="card.destroy", responses=responses(404, 409))
def destroy(card_id: CardId, body: TextIn, work: Working) -> StateOut:
    """Record the destruction of a card; takes two people."""
    ending.destroy(work, card_id, body.text)
    return StateOut(state="DESTROYED")


@router.post("/platform", operation_id="card.platform", responses=responses())
def platform_call(body: PlatformIn, begin: Beginning) -> PlatformOut:
    """The card platform as programs of hospitals call it: one address, eight methods."""
    found = platform.answer(begin, platform.PlatformCall(**body.model_dump()))
    return PlatformOut(faultcode=found.code, faultstring=found.text, result=dict(found.result))


# --- the bank part ----------------------------------------------------------------------------------------


@router.get("/bank/notices", operation_id="bank.notices", responses=responses())
def notices(work: Working, after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0) -> list[NoticeOut]:
    """What the bank is told of its cards, behind a notice, at most 500."""
    return [NoticeOut(**row) for row in listing.notices(work, after)]


@router.get("/bank/mismatches", operation_id="bank.mismatches", responses=responses())
def mismatches(work: Working) -> list[MismatchOut]:
    """Cards of which one part is over and the other not."""
    return [MismatchOut(**row) for row in listing.mismatches(work)]


@router.post(
    "/cards/{card_id}/bank/oral-loss", operation_id="bank.report_oral", responses=responses(404, 409)
)
def bank_report_oral(card_id: CardId, body: ShownIn, begin: Beginning) -> LossOut:
    """Take an oral loss report of the bank part."""
    return _loss(losses.report_oral(begin, card_id, body.shown(), BANK))


@router.post("/cards/{card_id}/bank/loss", operation_id="bank.report_formal", responses=responses(404, 409))
def bank_report_formal(card_id: CardId, body: ShownIn, work: Working) -> LossOut:
    """Take a written loss report of the bank part."""
    return _loss(losses.report_formal_bank(work, card_id, body.shown()))


@router.post("/cards/{card_id}/bank/undo-loss", operation_id="bank.undo_loss", responses=responses(404, 409))
def bank_undo_loss(card_id: CardId, body: SlipIn, begin: Beginning) -> StateOut:
    """Undo a loss of the bank part by its slip."""
    return StateOut(state=losses.undo_loss(begin, card_id, body.slip, BANK))


@router.post("/cards/{card_id}/bank/lock", operation_id="bank.lock", responses=responses(404, 409))
def bank_lock(card_id: CardId, body: TextIn, work: Working) -> StateOut:
    """Lock the bank part."""
    return StateOut(state=bank.lock(work, card_id, body.text))


@router.post("/cards/{card_id}/bank/unlock", operation_id="bank.unlock", responses=responses(404, 409))
def bank_unlock(card_id: CardId, body: TextIn, work: Working) -> StateOut:
    """Reopen the bank part."""
    return StateOut(state=bank.unlock(work, card_id, body.text))


@router.post("/cards/{card_id}/bank/close", operation_id="bank.close", responses=responses(404, 409))
def bank_close(card_id: CardId, body: TextIn, work: Working) -> StateOut:
    """Close the bank part for good."""
    return StateOut(state=bank.close(work, card_id, body.text))


def _loss(slip: LossSlip) -> LossOut:
    return LossOut.model_validate(slip, from_attributes=True)
