"""The bank part of a co-branded card, locked, reopened and closed apart from the health part.

# spec: issuance_and_ecard 0 item 5, E.1
"""

from __future__ import annotations

from issuer.access.permission import action
from issuer.cards import life, losses
from issuer.cards.life import BANK
from issuer.registry.work import Work


@action("bank.lock")
def lock(work: Work, card_id: str, reason: str) -> str:
    """Lock the bank part; returns its new state. Raises NotFoundError, TransitionRefusedError."""
    return life.step(work, life.bank_row(work, card_id), "lock", part=BANK, reason=reason)


@action("bank.unlock")
def unlock(work: Work, card_id: str, reason: str) -> str:
    """Reopen the bank part; returns its new state. Raises NotFoundError, TransitionRefusedError."""
    return life.step(work, life.bank_row(work, card_id), "unlock", part=BANK, reason=reason)


@action("bank.close")
def close(work: Work, card_id: str, reason: str) -> str:
    """Close the bank part for good; returns its new state. Raises NotFoundError, TransitionRefusedError."""
    state = life.step(work, life.bank_row(work, card_id), "close", part=BANK, reason=reason)
    losses.end_reports(work, card_id, BANK, "bank.close")
    return state
