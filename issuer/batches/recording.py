"""What came of a line, into the registry: one transaction a card, harmless where it was recorded before.

# spec: stack "Exactly once"; issuance_and_ecard A.3 [I]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from card_os.spec.errors import Phrase
from issuer.access.permission import action
from issuer.applications import making
from issuer.applications.making import MakingRecord
from issuer.batches import chips
from issuer.batches.card_making import Outcome, Result
from issuer.batches.errors import BatchRefusedError
from issuer.batches.finishing import Finished, finish
from issuer.batches.rows import batch_of, lines_of
from issuer.batches.states import BATCH, CHIP, LINE
from issuer.batches.stock import replace_chip
from issuer.batches.terms import Terms, begin, check_keys, settings_named, terms_of
from issuer.personalisation.issuance import IssuerSettings
from issuer.registry.schema.batches import batch, batch_line, chip
from issuer.registry.work import Row, Work

MOST_ATTEMPTS = 3
"""How many chips a line may spend; ours."""


class Came(StrEnum):
    """What became of a line by what was recorded."""

    FINISHED = "finished"
    FAILED = "failed"
    NEXT_CHIP = "next_chip"
    NO_CHIP = "no_chip"
    BEFORE = "before"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Job:
    """A line with its chip and its person, as they were read."""

    line: Row = field(repr=False)
    record: MakingRecord = field(repr=False)


@action("batch.personalise")
def open_batch(work: Work, number: str, settings: IssuerSettings) -> Terms:
    """Begin the personalisation of a batch, or go on with it; its terms.

    Raises BatchRefusedError for a batch that a centre personalises and for other settings than it was begun
    with, KeysChangedError, TransitionRefusedError.
    """
    row = batch_of(work, number, lock=True)
    if row["centre"]:
        raise BatchRefusedError(batch=number, reason=Phrase("{centre} personalises it", centre=row["centre"]))
    if row["state"] != "PERSO_OUT":
        if not lines_of(work, row["id"], {"MADE"}):
            BATCH.after(row["state"], "batch.begin_personalisation", number)
            raise BatchRefusedError(batch=number, reason=Phrase("no line has a chip"))
        return begin(work, row, settings)
    terms = terms_of(row)
    check_keys(work, number, terms)
    if settings_named(settings) != terms.settings:
        told = {"city": terms.city_code, "day": terms.expires_on}
        reason = Phrase("it was begun with other settings of the cards: city {city}, until {day}", **told)
        raise BatchRefusedError(batch=number, reason=reason)
    return terms


@action("batch.personalise")
def due(work: Work, number: str) -> list[str]:
    """The ids of the lines that have a chip and are no card yet, in order."""
    row = batch_of(work, number)
    return [line["id"] for line in lines_of(work, row["id"], {"MADE"}) if line["chip_id"]]


@action("batch.personalise")
def jobs(work: Work, number: str, line_ids: Sequence[str]) -> list[Job]:
    """Some of these lines with their persons, those only that are still due."""
    row = batch_of(work, number)
    lines = [line for line in lines_of(work, row["id"], {"MADE"}, line_ids) if line["chip_id"]]
    by_application = {line["application_id"]: line for line in lines}
    found = making.records(work, list(by_application))
    return [Job(by_application[record.application_id], record) for record in found]


@action("batch.personalise")
def record(work: Work, number: str, job: Job, outcome: Outcome) -> Came:
    """Record what came of a line; nothing where the line is done, or has another chip by now."""
    line = {**job.line, **work.get(batch_line, job.line["id"], lock=True)}
    if line["state"] != "MADE" or line["chip_id"] != job.line["chip_id"]:
        return Came.BEFORE
    of_chip = work.get(chip, line["chip_id"], lock=True)
    if outcome.result is Result.UNAVAILABLE:
        return Came.SKIPPED
    if outcome.issued is not None:
        finish(work, batch_of(work, number), [Finished(line, of_chip, outcome.issued)])
        return Came.FINISHED
    if outcome.result is Result.DATA_ERROR:
        work.move(chip, of_chip, CHIP, "chip.release")
        work.move(batch_line, line, LINE, "line.data_error", chip_id=None, fault=outcome.fault[:40])
        return Came.FAILED
    chips.spoil(work, chips.CENTRE, [chips.Spoilt(of_chip, outcome.fault, line["id"])])
    if line["attempt"] >= MOST_ATTEMPTS:
        work.move(batch_line, line, LINE, "line.key_error", chip_id=None, fault=outcome.fault[:40])
        return Came.FAILED
    return Came.NEXT_CHIP if replace_chip(work, line) else Came.NO_CHIP


@action("batch.personalise")
def supply(work: Work, number: str) -> int:
    """Give chips to lines that wait for one; returns how many lines still wait."""
    row = batch_of(work, number, lock=True)
    waiting = [line for line in lines_of(work, row["id"], {"MADE"}) if not line["chip_id"]]
    found = chips.free(work, row, len(waiting)) if waiting else []
    if found:
        chips.give(work, waiting[: len(found)], found)
    return len(waiting) - len(found)


@action("batch.personalise")
def end(work: Work, number: str) -> bool:
    """Bring the batch back from personalisation where no line is due any more; whether that is so."""
    row = batch_of(work, number, lock=True)
    done = not lines_of(work, row["id"], {"MADE"})
    # another run may have brought it back meanwhile
    if done and row["state"] == "PERSO_OUT":
        work.move(batch, row, BATCH, "batch.personalised")
    return done
