"""Cards come into the registry when they were made, and may leave it before anybody took them.

These are effects of making, receiving and delivering cards, so that they have no permission of their own.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select

from card_os.spec.card_list import Mark, Reason
from issuer.cards import life
from issuer.lists import entries
from issuer.personalisation.card_script import IssuedCard
from issuer.registry.errors import TakenError
from issuer.registry.schema.cards import bank_part, card, card_event
from issuer.registry.work import Work, batched


@dataclass(frozen=True, slots=True)
class MadeCard:
    """A card that was personalised: for whom, on which chip, where it will be handed out.

    `replaces` is the id of the card that it comes in place of; `bank_account` None says that it has no bank
    part; `has_pin` that its chip holds a holder PIN, which activation replaces.
    """

    application_id: str
    person_id: str
    chip_id: str
    issued: IssuedCard
    city_code: str
    outlet: str
    replaces: str | None = None
    bank_account: str | None = field(default=None, repr=False)
    has_pin: bool = False


def register(work: Work, made: MadeCard) -> str:
    """Put one made card into the registry; returns its id. Raises TakenError for a chip that has a card."""
    return register_all(work, [made])[0]


def register_all(work: Work, made: Sequence[MadeCard]) -> list[str]:
    """Put made cards into the registry; returns their ids in order. Raises TakenError; then none is there."""
    if not made:
        return []
    _refuse_taken(work, made)
    ids = work.insert_all(card, [_cells(work, each) for each in made])
    accounts = [
        {"card_id": card_id, "account": each.bank_account, "state": life.BANK_STATES.after("", "bank.open")}
        for card_id, each in zip(ids, made, strict=True)
        if each.bank_account is not None
    ]
    work.insert_all(bank_part, accounts)
    # the end of the audit chain is locked before any series of numbers, as everywhere: nobody waits crosswise
    told = [(card_id, {"chip": each.issued.chip_serial}) for card_id, each in zip(ids, made, strict=True)]
    work.record_all("card.register", "card", told)
    happened = [(card_id, "card.register") for card_id in ids]
    happened += [(str(row["card_id"]), "bank.open") for row in accounts]
    numbers = work.next_numbers(life.EVENTS, len(happened))
    work.insert_all(
        card_event,
        [
            {**life.event_cells(work, seq, card_id, name), "reason": "", "evidence": None}
            for seq, (card_id, name) in zip(numbers, happened, strict=True)
        ],
    )
    return ids


def destroy_unissued(work: Work, chip_serial: str, reason: str) -> None:
    """A card that was never handed out is waste; raises NotFoundError, TransitionRefusedError."""
    life.step(work, life.by_serial(work, chip_serial), "destroy_unissued", reason=reason)


def lost_on_the_way(work: Work, chip_serial: str, reason: str) -> None:
    """A card is missing at its outlet: cancelled, and on the black list; raises as above."""
    row = life.by_serial(work, chip_serial)
    life.step(work, row, "lost_on_the_way", reason=reason)
    entries.put_on(work, row, Mark.BLACK, Reason.CANCELLED)


def counts(work: Work, outlet: str | None = None) -> dict[str, int]:
    """How many cards are in which state, of all outlets or of one."""
    wanted = select(card.c.state, func.count()).group_by(card.c.state)
    if outlet is not None:
        wanted = wanted.where(card.c.outlet == outlet)
    return dict(work.connection.execute(wanted).all())


def _refuse_taken(work: Work, made: Sequence[MadeCard]) -> None:
    serials = Counter(each.issued.chip_serial for each in made)
    twice = next((serial for serial, count in serials.items() if count > 1), None)
    for block in batched(serials):
        wanted = select(card.c.chip_serial).where(card.c.chip_serial.in_(block)).limit(1)
        twice = work.connection.execute(wanted).scalar() or twice
    if twice is not None:
        raise TakenError(kind="card", name=twice)


def _cells(work: Work, made: MadeCard) -> dict[str, object]:
    issued = made.issued
    keys = {
        f"{check.key.name} v{check.key.version}": check.check_value.hex().upper() for check in issued.keys
    }
    return {
        "person_id": made.person_id,
        "application_id": made.application_id,
        "chip_id": made.chip_id,
        "card_number": issued.card_number,
        "card_number_digest": work.digest(life.CARD_NUMBER, issued.card_number),
        "chip_serial": issued.chip_serial,
        "card_factor": issued.factors.card,
        "city_code": made.city_code,
        "has_city_keys": issued.factors.city is not None,
        "state": life.STATES.after("", "card.register"),
        "locked": "",
        "has_pin": made.has_pin,
        "made_at": work.now,
        "issued_on": issued.issue_date,
        "expires_on": issued.expiry_date,
        "outlet": made.outlet,
        "keys": json.dumps(keys, sort_keys=True),
        "replaces": made.replaces,
    }
