"""The stock of blank chips: what batches left over, for batches without a maker of their own."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select

from card_os.spec.errors import Phrase
from issuer.access.permission import action
from issuer.batches import chips
from issuer.batches.errors import BatchRefusedError
from issuer.batches.rows import batch_of, lines_of
from issuer.batches.states import BATCH, CHIP, LINE, names
from issuer.registry.errors import NotFoundError
from issuer.registry.schema.batches import batch, batch_line, chip
from issuer.registry.work import Row, Work, first_of

WAITING_FOR_CHIPS = frozenset({"PLANNED", "HAS_ACCOUNT"})


@action("batch.take_from_stock")
def take_from_stock(work: Work, number: str) -> int:
    """Give every waiting line of a batch without a maker a chip of the stock; returns how many.

    Raises BatchRefusedError and TransitionRefusedError.
    """
    row = batch_of(work, number, lock=True)
    BATCH.after(row["state"], "batch.take_from_stock", number)
    if row["maker"] or (row["bank"] and row["state"] == "CREATED"):
        reason = Phrase("its chips come from a maker, or its bank comes first")
        raise BatchRefusedError(batch=number, reason=reason)
    lines = lines_of(work, row["id"], WAITING_FOR_CHIPS)
    found = chips.free(work, row, len(lines))
    if not lines or len(found) < len(lines):
        reason = Phrase("{lines} lines wait, the stock has {chips} chips", lines=len(lines), chips=len(found))
        raise BatchRefusedError(batch=number, reason=reason)
    work.move_all(batch_line, lines, LINE, "line.make")
    chips.give(work, lines, found)
    work.move(batch, row, BATCH, "batch.take_from_stock")
    return len(lines)


@action("chip.stock")
def stock(work: Work) -> Mapping[str, int]:
    """How many chips there are, by state; blank ones apart into those of the stock and of batches."""
    counted = select(chip.c.state, func.count()).group_by(chip.c.state)
    found = dict.fromkeys(names("chip"), 0)
    found.update((row[0], int(row[1])) for row in work.connection.execute(counted))
    in_stock = select(func.count()).where(chip.c.state == "BLANK", chip.c.batch_id.is_(None))
    return {**found, "in_stock": int(work.connection.execute(in_stock).scalar_one())}


@action("batch.waste_chip")
def waste_chip(work: Work, serial: str, fault: str) -> None:
    """Declare a chip waste that is lost or broken; the line that has it gets the next one.

    Without a blank chip the line waits for one. Raises NotFoundError, BatchRefusedError for an empty fault or
    a chip that a centre has, and TransitionRefusedError for a chip that is a card or waste already.
    """
    known = first_of(work.rows(select(chip.c.id).where(chip.c.serial == serial)))
    if known is None:
        raise NotFoundError(kind="chip", name=serial)
    if not fault.strip():
        raise BatchRefusedError(batch="–", reason=Phrase("a chip is waste for a reason"))
    # the line first, then its chip, as those do who record what came of them
    wanted = select(batch_line).where(batch_line.c.chip_id == known["id"])
    line = first_of(work.rows(wanted.with_for_update()))
    found = work.get(chip, known["id"], lock=True)
    CHIP.after(found["state"], "chip.waste", serial)
    _refuse_at_centre(work, found)
    chips.spoil(work, chips.CENTRE, [chips.Spoilt(found, fault, line["id"] if line else None)])
    if line is not None:
        replace_chip(work, line)


def replace_chip(work: Work, line: Mapping[str, object]) -> bool:
    """Take the spoilt chip off a line and give it the next blank one; False where it must wait for one."""
    row_id = str(line["id"])
    work.update(batch_line, row_id, chip_id=None)
    of_batch = work.get(batch, str(line["batch_id"]))
    found = chips.free(work, of_batch, 1)
    if found:
        chips.give(work, [dict(line)], found)
    return bool(found)


def _refuse_at_centre(work: Work, found: Row) -> None:
    of_batch = work.get(batch, found["batch_id"]) if found["batch_id"] else {"centre": "", "state": ""}
    if of_batch["centre"] and of_batch["state"] == "PERSO_OUT":
        reason = Phrase("{centre} has the chip and tells what becomes of it", centre=of_batch["centre"])
        raise BatchRefusedError(batch=of_batch["number"], reason=reason)
