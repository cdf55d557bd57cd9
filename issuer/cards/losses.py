"""Losses of the health part and of the bank part: by telephone, in writing, lapsed, undone.

An oral loss of the health part is grey, a written one black with reason 1; the bank part is on no list, its
bank is told. Whoever undoes a loss brings the number of the slip to the office that gave it.
# spec: issuance_and_ecard A.5, 0 item 5; a slip for oral losses too is ours
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping

from sqlalchemy import select

from card_os.spec.card_list import Mark, Reason
from card_os.spec.errors import Phrase, PlainError
from issuer.access.permission import action
from issuer.cards import identity, life, rules, slips, tries
from issuer.cards.life import BANK, HEALTH, PARTS, Begin, Part
from issuer.lists import entries
from issuer.registry.schema.cards import loss_report
from issuer.registry.work import Row, Work, first_of

ORAL, FORMAL = "oral", "formal"
_SLIPS = {HEALTH.name: tries.SLIP, BANK.name: tries.BANK_SLIP}


class LossNotUndoneError(PlainError):
    """A loss that stays: the slip is another one, or this is not the office that took the report."""

    template = "card {name}: the loss cannot be undone: {reason}"


def report_oral(begin: Begin, card_id: str, shown: identity.Shown, part: Part = HEALTH) -> slips.LossSlip:
    """Take a loss report from a caller who answers questions, or from who shows documents.

    Answers cost a try. It lapses by itself after some days. Raises NotFoundError, TransitionRefusedError,
    TriesOverError and IdentityRefusedError.
    """
    report = {HEALTH.name: _report_oral_health, BANK.name: _report_oral_bank}[part.name]
    with begin() as work:
        work.permit(part.action("report_oral"))
        life.possible(life.part_row(work, part, life.card_row(work, card_id)), "report_oral", part)
        if shown.presence is identity.Presence.QUESTIONS:
            tries.take(work, card_id, tries.QUESTIONS)
    with begin() as work:
        return report(work, card_id, shown)


@action("card.report_oral")
def _report_oral_health(work: Work, card_id: str, shown: identity.Shown) -> slips.LossSlip:
    slip = _report(work, card_id, shown, HEALTH, ORAL)
    entries.put_on(work, life.card_row(work, card_id), Mark.GREY, Reason.LOSS)
    return slip


@action("bank.report_oral")
def _report_oral_bank(work: Work, card_id: str, shown: identity.Shown) -> slips.LossSlip:
    return _report(work, card_id, shown, BANK, ORAL)


@action("card.report_formal")
def report_formal(work: Work, card_id: str, shown: identity.Shown) -> slips.LossSlip:
    """Take a written loss report of the health part: black list, reason 1; returns the slip.

    Raises NotFoundError, TransitionRefusedError and IdentityRefusedError.
    """
    was_grey = life.card_row(work, card_id)["state"] == "ORAL_LOSS"
    slip = _report(work, card_id, shown, HEALTH, FORMAL)
    row = life.card_row(work, card_id)
    if was_grey:
        entries.take_off(work, row, Mark.GREY)
    entries.put_on(work, row, Mark.BLACK, Reason.LOSS)
    return slip


@action("bank.report_formal")
def report_formal_bank(work: Work, card_id: str, shown: identity.Shown) -> slips.LossSlip:
    """Take a written loss report of the bank part; returns the slip. Raises as `report_formal`."""
    return _report(work, card_id, shown, BANK, FORMAL)


def undo_loss(begin: Begin, card_id: str, slip: str, part: Part = HEALTH) -> str:
    """Undo a loss by the number of its slip; returns the new state.

    A try is taken before the number is looked at. Raises SlipFormError, NotFoundError, TriesOverError,
    TransitionRefusedError and LossNotUndoneError.
    """
    number = slips.in_form(slip)
    undo: Callable[[Work, str, str], str] = {
        HEALTH.name: _undo_health,
        BANK.name: _undo_bank,
    }[part.name]
    with begin() as work:
        work.permit(part.action("undo_loss"))
        life.possible(life.part_row(work, part, life.card_row(work, card_id)), "undo_loss", part)
        tries.take(work, card_id, _SLIPS[part.name])
    with begin() as work:
        return undo(work, card_id, number)


@action("card.undo_loss")
def _undo_health(work: Work, card_id: str, number: str) -> str:
    return _undo(work, card_id, number, HEALTH)


@action("bank.undo_loss")
def _undo_bank(work: Work, card_id: str, number: str) -> str:
    return _undo(work, card_id, number, BANK)


@action("card.lapse_due")
def lapse_due(work: Work) -> int:
    """End all oral losses, of both parts, whose time is over; returns how many there were."""
    due = (
        select(loss_report.c.id, loss_report.c.card_id, loss_report.c.part)
        .where(loss_report.c.kind == ORAL, loss_report.c.ended_at.is_(None))
        .where(loss_report.c.until <= work.now)
        .order_by(loss_report.c.until)
    )
    rows = work.rows(due)
    for report in rows:
        part = PARTS[report["part"]]
        card = life.card_row(work, report["card_id"])
        _return_to_use(work, card, part, "lapse")
    return len(rows)


def end_reports(work: Work, card_id: str, part: Part, name: str) -> None:
    """Close the open loss report of a part, where there is one; `name` is the action that ends it."""
    report = _open_report(work, card_id, part)
    if report:
        work.update(loss_report, report["id"], ended_at=work.now, ended_by=name)


def _report(work: Work, card_id: str, shown: identity.Shown, part: Part, kind: str) -> slips.LossSlip:
    card = life.card_row(work, card_id)
    row = life.part_row(work, part, card)
    verb = f"report_{kind}"
    life.possible(row, verb, part)
    allowed = {*identity.OR_AGENT, *([identity.Presence.QUESTIONS] if kind == ORAL else [])}
    kept = identity.check(work, card, shown, allowed)
    if shown.presence is identity.Presence.QUESTIONS:
        tries.give_back(work, card_id, tries.QUESTIONS)
    end_reports(work, card_id, part, part.action(verb))
    number = slips.loss_number(work)
    until = work.now + rules.duration(work, part.days) if kind == ORAL else None
    work.insert(
        loss_report,
        card_id=card_id,
        part=part.name,
        kind=kind,
        slip_digest=work.digest(slips.DIGEST, number),
        reporter=kept,
        institution=work.actor.institution,
        operator=work.actor.name,
        at=work.now,
        until=until,
    )
    life.step(work, row, verb, part=part)
    return _slip(work, card, number, part.name, {"kind": kind, "until": until})


def _slip(work: Work, card: Row, number: str, part: str, told: Mapping[str, object]) -> slips.LossSlip:
    return slips.LossSlip(
        number=number,
        part=part,
        at=work.now,
        holder_name=slips.holder_name(work, card),
        card_number=card["card_number"],
        chip_serial=card["chip_serial"],
        operator=work.actor.name,
        institution=work.actor.institution,
        **told,  # type: ignore[arg-type]
    )


def _undo(work: Work, card_id: str, number: str, part: Part) -> str:
    card = life.card_row(work, card_id)
    report = _open_report(work, card_id, part)
    given = work.digest(slips.DIGEST, number)
    if report is None or not hmac.compare_digest(bytes(report["slip_digest"]), given):
        raise LossNotUndoneError(name=card_id, reason=Phrase("this is not the slip of this loss"))
    if report["institution"] != work.actor.institution:
        office = report["institution"]
        reason = Phrase("the report was taken by {office}, which undoes it", office=office)
        raise LossNotUndoneError(name=card_id, reason=reason)
    tries.give_back(work, card_id, _SLIPS[part.name])
    return _return_to_use(work, card, part, "undo_loss")


def _return_to_use(work: Work, card: Row, part: Part, verb: str) -> str:
    """Take a part back into use, and off the list that its loss was on."""
    row = life.part_row(work, part, card)
    end_reports(work, card["id"], part, part.action(verb))
    if part is BANK:
        return life.step(work, row, verb, part=part)
    state = life.step(work, row, life.back_in_use(row, verb))
    entries.take_off(work, card, Mark.GREY if row["state"] == "ORAL_LOSS" else Mark.BLACK)
    return state


def _open_report(work: Work, card_id: str, part: Part) -> Row | None:
    wanted = select(loss_report).where(
        loss_report.c.card_id == card_id,
        loss_report.c.part == part.name,
        loss_report.c.ended_at.is_(None),
    )
    return first_of(work.rows(wanted))
