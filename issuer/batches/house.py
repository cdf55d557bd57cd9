"""Reconciles the whole house: every chip that ever came, and the cards at every outlet.

# spec: issuance_and_ecard A.9: cards at outlet = delivered − handed out − returned
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from sqlalchemy import func, select

from card_os.spec.errors import Phrase
from issuer.access.permission import action
from issuer.batches.report import ChipCount, HouseReconciliation, OutletCount
from issuer.batches.states import ARRIVED
from issuer.cards import registration
from issuer.registry.schema.batches import batch, batch_line, chip, exchange_file
from issuer.registry.work import Work

_UNISSUED = "PERSO"


@action("batch.reconcile_house")
def reconcile_house(work: Work) -> HouseReconciliation:
    """Count all chips and all outlets."""
    chips, outlets = _chips(work), tuple(_outlets(work))
    found: list[Phrase] = []
    if chips.difference:
        counts = {"delivered": chips.delivered, "count": chips.difference}
        found.append(Phrase("chips: {delivered} were delivered, {count} are not accounted for", **counts))
    for one in outlets:
        if one.difference:
            told = {"outlet": one.outlet, "count": one.difference}
            found.append(Phrase("outlet {outlet}: {count} cards are not accounted for", **told))
    return HouseReconciliation(chips, outlets, tuple(found))


def _chips(work: Work) -> ChipCount:
    """What the makers said that they delivered, and where it is."""
    delivered: Counter[str] = Counter()
    answers = select(exchange_file.c.answer).where(exchange_file.c.kind == "PRD-RSP")
    for answer in work.connection.execute(answers).scalars():
        delivered.update(json.loads(answer))
    counted = select(chip.c.state, func.count()).group_by(chip.c.state)
    found = {row[0]: int(row[1]) for row in work.connection.execute(counted)}
    total = delivered["made"] + delivered["spare"] + delivered["waste"]
    return ChipCount(total, *(found.get(state, 0) for state in ("BLANK", "PLANNED", "MADE", "WASTE")))


def _outlets(work: Work) -> Iterator[OutletCount]:
    """What came to each outlet and has left it, against the cards that wait there by their own state."""
    reached = func.coalesce(batch_line.c.failed_as, batch_line.c.state)
    counted = (
        select(batch.c.outlet, batch.c.issuer, reached, batch_line.c.state, func.count())
        .join_from(batch_line, batch, batch.c.id == batch_line.c.batch_id)
        .group_by(batch.c.outlet, batch.c.issuer, reached, batch_line.c.state)
    )
    places: dict[str, Counter[str]] = {}
    underway: Counter[str] = Counter()
    for outlet, issuer, state, now, number in work.connection.execute(counted):
        count = int(number)
        place = outlet or issuer
        arrived = ARRIVED if outlet else ARRIVED | {"FINISHED"}
        told = places.setdefault(place, Counter())
        told["delivered"] += count * (state in arrived)
        told["handed_out"] += count * (now == "HANDED_OUT")
        told["returned"] += count * (state == "CAME_BACK")
        underway[place] += count * (now in ("FINISHED", "SHIPPED") and bool(outlet))
    for place, told in sorted(places.items()):
        there = registration.counts(work, place).get(_UNISSUED, 0) - underway[place]
        yield OutletCount(place, told["delivered"], told["handed_out"], told["returned"], there)
