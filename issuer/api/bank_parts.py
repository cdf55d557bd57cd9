"""The bank part of co-branded cards, over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from issuer.api.caller import Working
from issuer.api.card_models import LossOut, MismatchOut, NoticeOut, SlipIn, StateOut, TextIn
from issuer.api.cards import Beginning, CardId, loss_out
from issuer.api.refusals import responses
from issuer.api.shown_people import ShownIn
from issuer.cards import bank, listing, losses
from issuer.cards.life import BANK

router = APIRouter(tags=["bank parts"])


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
    return loss_out(losses.report_oral(begin, card_id, body.shown(), BANK))


@router.post("/cards/{card_id}/bank/loss", operation_id="bank.report_formal", responses=responses(404, 409))
def bank_report_formal(card_id: CardId, body: ShownIn, work: Working) -> LossOut:
    """Take a written loss report of the bank part."""
    return loss_out(losses.report_formal_bank(work, card_id, body.shown()))


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
