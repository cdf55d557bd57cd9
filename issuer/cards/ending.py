"""How cards end: cancelled, black-listed for misuse, expired, destroyed; and the card that comes after.

# spec: issuance_and_ecard A.5; 0 item 4 "cancellation is final"
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

from sqlalchemy import select

from card_os.spec.card_list import Mark, Reason
from card_os.spec.errors import Phrase, PlainError
from card_os.spec.model import Meaning
from issuer.access.permission import action
from issuer.applications import replacement as applications
from issuer.cards import identity, life, losses, rules
from issuer.cards.life import HEALTH
from issuer.cards.live import REPLACEABLE
from issuer.lists import entries
from issuer.registry.day import day_of
from issuer.registry.schema.cards import card, replacement
from issuer.registry.work import Row, Work

LOST, CHANGED, WARRANTY = "05", "06", "07"
"""Business types of a replacement.  # spec: issuance_and_ecard A.5 S16"""
_CANCELLED_BY_REPLACING = frozenset({"FORMAL_LOSS", "BLOCKED"})
_PERSON, _PROOF = "person", "proof"
MOST_TEXT = 200


class EndingRefusedError(PlainError):
    """An end for which something is missing."""

    template = "card {name}: {reason}"


@dataclass(frozen=True, slots=True)
class CancelReason:
    """Why a card may be cancelled, and what that takes: a person who shows who they are, or a proof."""

    needs: str
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class Replacement:
    """What came of it: the number of the application, its business type, the fee in yuan."""

    application: str
    business: str
    fee: Decimal


@cache
def reasons() -> Mapping[str, CancelReason]:
    """The reasons for cancelling, by their name."""
    text = (files(__package__) / "reasons.csv").read_text("utf-8")
    rows = csv.DictReader(io.StringIO(text))
    return {
        row["reason"]: CancelReason(row["needs"], Meaning(row["chinese"], row["english"])) for row in rows
    }


@action("card.cancel")
def cancel(
    work: Work, card_id: str, reason: str, *, shown: identity.Shown | None = None, proof: str = ""
) -> None:
    """Cancel a card for good: black list, reason 3.

    `reason` is one of reasons.csv; `proof` names a document, such as the number of a death certificate, and
    is kept sealed. Raises NotFoundError, TransitionRefusedError, EndingRefusedError, IdentityRefusedError.
    """
    row = life.card_row(work, card_id)
    life.possible(row, "cancel")
    needed = reasons().get(reason)
    if needed is None:
        known = ", ".join(reasons())
        raise EndingRefusedError(
            name=card_id, reason=Phrase("the reason must be one of {known}", known=known)
        )
    if needed.needs == _PROOF and not proof.strip():
        raise EndingRefusedError(name=card_id, reason=Phrase("this reason takes a proof"))
    if needed.needs == _PERSON and shown is None:
        raise EndingRefusedError(name=card_id, reason=Phrase("for this reason somebody shows a document"))
    evidence = identity.check(work, row, shown, identity.OR_AGENT) if shown else {}
    _cancel(work, row, reason, {**evidence, "proof": proof.strip()})


@action("card.blacklist")
def blacklist(work: Work, card_id: str, text: str) -> None:
    """Put a card that was misused on the black list, reason 4; `text` says why and is not personal.

    Raises NotFoundError, TransitionRefusedError, EndingRefusedError.
    """
    if not 0 < len(text.strip()) <= MOST_TEXT:
        reason = Phrase("why is said in 1 to {most} characters", most=MOST_TEXT)
        raise EndingRefusedError(name=card_id, reason=reason)
    row = life.card_row(work, card_id)
    life.step(work, row, "blacklist", reason=text.strip())
    losses.end_reports(work, card_id, HEALTH, "card.blacklist")
    if row["state"] == "ORAL_LOSS":
        entries.take_off(work, row, Mark.GREY)
    entries.put_on(work, row, Mark.BLACK, Reason.ILLEGAL_USE)


@action("card.expire_due")
def expire_due(work: Work, most: int = 1000) -> int:
    """Let cards past their last day expire, at most so many; returns how many there were.

    The last day is a good one.
    """
    able = sorted(state for state, name in life.STATES.next if name == "card.expire")
    wanted = select(card).where(card.c.state.in_(able), card.c.expires_on < day_of(work.now)).limit(most)
    rows = work.rows(wanted.with_for_update())
    for row in rows:
        life.step(work, row, "expire")
        losses.end_reports(work, row["id"], HEALTH, "card.expire")
        if row["state"] == "ORAL_LOSS":
            entries.take_off(work, row, Mark.GREY)
        life.tell_bank(work, row["id"], "card.expire")
    return len(rows)


@action("card.destroy")
def destroy(work: Work, card_id: str, text: str = "") -> None:
    """Record that two people destroyed a card that is over; raises NotFoundError, TransitionRefusedError."""
    life.step(work, life.card_row(work, card_id), "destroy", reason=text.strip()[:MOST_TEXT])


@action("card.replace")
def replace(work: Work, card_id: str, collection_point: str, *, warranty: bool = False) -> Replacement:
    """Apply for a card in place of one that is over; a lost or blocked one is cancelled in the same act.

    It gets the same number and a new chip; the old card never comes back. The fee is due unless the maker
    answers for the fault. Raises NotFoundError, EndingRefusedError, and what the application raises.
    """
    row = life.card_row(work, card_id)
    business = WARRANTY if warranty else (CHANGED if row["state"] == "EXPIRED" else LOST)
    if row["state"] in _CANCELLED_BY_REPLACING:
        work.permit("card.cancel")
        _cancel(work, row, "lost" if row["state"] == "FORMAL_LOSS" else "blocked", {})
    elif row["state"] not in REPLACEABLE:
        reason = Phrase("it is {state}: cancel it or report it lost first", state=row["state"])
        raise EndingRefusedError(name=card_id, reason=reason)
    number = applications.apply_for_replacement(work, card_id, business, collection_point)
    fee = Decimal("0.00") if warranty else rules.figure(work, "replacement_fee")
    work.insert(
        replacement,
        card_id=card_id,
        application_number=number,
        business=business,
        fee=str(fee),
        operator=work.actor.name,
        at=work.now,
    )
    life.happened(work, card_id, "card.replace", reason=business)
    work.record("card.replace", "card", card_id, application=number, business=business, fee=str(fee))
    return Replacement(number, business, fee)


def _cancel(work: Work, row: Row, reason: str, evidence: Mapping[str, object]) -> None:
    life.step(work, row, "cancel", reason=reason, evidence=evidence)
    losses.end_reports(work, row["id"], HEALTH, "card.cancel")
    if row["state"] == "ORAL_LOSS":
        entries.take_off(work, row, Mark.GREY)
    entries.put_on(work, row, Mark.BLACK, Reason.CANCELLED)
    life.tell_bank(work, row["id"], "card.cancel")
