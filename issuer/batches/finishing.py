"""A chip has become a card: line, chip, card and application move together, or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from issuer.applications import making
from issuer.batches.states import CHIP, LINE
from issuer.cards import registration
from issuer.personalisation.card_script import IssuedCard
from issuer.registry.schema.batches import batch_line, chip
from issuer.registry.work import Row, Work


@dataclass(frozen=True, slots=True)
class Finished:
    """A line whose chip is a card now."""

    line: Row
    chip: Row
    issued: IssuedCard


def finish(work: Work, of_batch: Row, finished: Sequence[Finished]) -> None:
    """Lines FINISHED, chips MADE, cards registered, applications made.

    Raises TransitionRefusedError and ChangedMeanwhileError where a line or chip is not where it must be, and
    TakenError for a chip that is a card already.
    """
    if not finished:
        return
    # rows of other rooms are locked before the audit chain, on which everybody waits
    making.made(work, [one.line["application_id"] for one in finished])
    work.move_all(batch_line, [one.line for one in finished], LINE, "line.finish")
    work.move_all(chip, [one.chip for one in finished], CHIP, "chip.make")
    registration.register_all(work, [_made(of_batch, one) for one in finished])


def _made(of_batch: Mapping[str, object], one: Finished) -> registration.MadeCard:
    return registration.MadeCard(
        application_id=one.line["application_id"],
        person_id=one.line["person_id"],
        chip_id=one.chip["id"],
        issued=one.issued,
        city_code=str(of_batch["city_code"]),
        outlet=str(of_batch["outlet"] or of_batch["issuer"]),
        replaces=one.line["replaces"],
        bank_account=one.line["bank_account"],
    )
