"""Cards at the counter: found, handed out, lost, cancelled, replaced, destroyed; and their bank part."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from issuer.access.actor import Actor
from issuer.access.sign_in import actor_of
from issuer.api.caller import Caller, OfficeOf, SecondToken, Working
from issuer.api.card_models import (
    CancelIn,
    CardOut,
    CardViewOut,
    CountOut,
    LossOut,
    PersonIn,
    PickUpOut,
    PlatformIn,
    PlatformOut,
    ReplaceIn,
    ReplaceOut,
    RuleOut,
    SlipIn,
    StateOut,
    StatusIn,
    StatusOut,
    TextIn,
    ValueIn,
    ValueOut,
)
from issuer.api.refusals import responses
from issuer.api.shown_people import PLAIN_TEXT, ShownIn
from issuer.cards import ending, hand_over, listing, losses, platform, rules, slips
from issuer.cards.life import Begin
from issuer.cards.slips import LossSlip
from language import choose

router = APIRouter(tags=["cards"])
CardId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="id of a card")]
Outlet = Annotated[str | None, Query(max_length=64, pattern=PLAIN_TEXT)]


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
    return PickUpOut(**slips.told(hand_over.pick_up(work, card_id, body.shown())))


@router.post("/cards/{card_id}/oral-loss", operation_id="card.report_oral", responses=responses(404, 409))
def report_oral(card_id: CardId, body: ShownIn, begin: Beginning) -> LossOut:
    """Take an oral loss report."""
    return loss_out(losses.report_oral(begin, card_id, body.shown()))


@router.post("/cards/{card_id}/loss", operation_id="card.report_formal", responses=responses(404, 409))
def report_formal(card_id: CardId, body: ShownIn, work: Working) -> LossOut:
    """Take a written loss report: black list."""
    return loss_out(losses.report_formal(work, card_id, body.shown()))


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


def loss_out(slip: LossSlip) -> LossOut:
    """A loss slip as it is answered."""
    return LossOut(**slips.told(slip))
