"""Chips by serial number: delivered once, given to one line, and then a card or waste.

Whoever takes a chip locks it first, so that no two lines get the same one.
# spec: issuance_and_ecard A.3 [I]: the same chip serial never twice
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from card_os.iso7816.atr import FACTOR_LENGTH
from card_os.spec.loader import load
from issuer.batches.states import CHIP
from issuer.personalisation.card_script import PROFILE
from issuer.registry.schema.batches import batch_line, chip, chip_waste
from issuer.registry.work import Row, Work, batched

MAKER, CENTRE = "maker", "centre"
MOST_FAULT = 40


@dataclass(frozen=True, slots=True)
class Delivered:
    """A chip that came from a maker: ten digits, the 8-byte card factor, and its fault where it is waste."""

    serial: str
    factor: bytes
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A chip that is waste now, why, and the line that it was spent on."""

    row: Row
    fault: str
    line_id: str | None = None


def factor_of_serial(serial: str) -> bytes:
    """The card factor of a chip by its ten digits: the makers of the profile, and the number in 4 bytes.

    Raises OverflowError for a number that has no place in 4 bytes.  # spec: commands_and_crypto 4.2 [DC]
    """
    profile = load(PROFILE)
    makers = profile.chip_maker + profile.card_maker
    return makers + int(serial).to_bytes(FACTOR_LENGTH - len(makers), "big")


def known(work: Work, serials: Collection[str]) -> set[str]:
    """Those of some serials that the registry has."""
    found: set[str] = set()
    for block in batched(list(serials)):
        found.update(work.connection.execute(select(chip.c.serial).where(chip.c.serial.in_(block))).scalars())
    return found


def deliver(work: Work, maker: str, batch_id: str, chips: Sequence[Delivered]) -> dict[str, Row]:
    """Put in chips that a maker delivered for a batch; returns their rows by serial.

    The database refuses a serial that it has.
    """
    rows: list[Row] = [
        {
            "serial": one.serial,
            "factor": one.factor,
            "maker": maker,
            "state": CHIP.after("", "chip.deliver_waste" if one.fault else "chip.deliver"),
            "ordered_for": batch_id,
            "batch_id": batch_id,
            "delivered_at": work.now,
        }
        for one in chips
    ]
    ids = work.insert_all(chip, rows)
    _note_waste(
        work, MAKER, [(row_id, one.fault, None) for row_id, one in zip(ids, chips, strict=True) if one.fault]
    )
    return {str(row["serial"]): {**row, "id": row_id} for row, row_id in zip(rows, ids, strict=True)}


def give(work: Work, lines: Sequence[Row], chips: Sequence[Row]) -> None:
    """Give each line its chip: the chips are PLANNED, and this is the next attempt of the lines."""
    work.move_all(chip, chips, CHIP, "chip.plan")
    changes = {
        line["id"]: {"chip_id": one["id"], "attempt": line["attempt"] + 1}
        for line, one in zip(lines, chips, strict=True)
    }
    work.update_all(batch_line, changes)


def spoil(work: Work, hop: str, spoilt: Sequence[Spoilt]) -> None:
    """Chips become waste at a hop, each with its fault."""
    work.move_all(chip, [one.row for one in spoilt], CHIP, "chip.waste")
    _note_waste(work, hop, [(one.row["id"], one.fault, one.line_id) for one in spoilt])


def free(work: Work, batch_row: Row, count: int) -> list[Row]:
    """Up to `count` blank chips that a batch may take, locked: its own first, then those of the stock.

    The stock serves a batch without a maker only: the others get what was ordered for them.
    """
    mine = chip.c.batch_id == batch_row["id"]
    statement = (
        select(chip)
        .where(chip.c.state == "BLANK", mine if batch_row["maker"] else or_(mine, chip.c.batch_id.is_(None)))
        .order_by(chip.c.batch_id.is_(None), chip.c.serial)
        .limit(count)
        .with_for_update(skip_locked=True)
    )
    found = work.rows(statement)
    taken = {row["id"]: {"batch_id": batch_row["id"]} for row in found if row["batch_id"] is None}
    work.update_all(chip, taken)
    return found


def unassigned(work: Work, batch_id: str) -> list[Row]:
    """The chips of a batch that are PLANNED and on no line: spare ones at the personalisation centre."""
    on_a_line = select(batch_line.c.chip_id).where(batch_line.c.chip_id.is_not(None))
    wanted = (chip.c.batch_id == batch_id, chip.c.state == "PLANNED", chip.c.id.not_in(on_a_line))
    return work.rows(select(chip).where(*wanted).order_by(chip.c.serial))


def rows_by_id(work: Work, ids: Collection[str]) -> Mapping[str, Row]:
    """The rows of chips, locked, by their ids."""
    found: dict[str, Row] = {}
    for block in batched(list(ids)):
        rows = work.rows(select(chip).where(chip.c.id.in_(block)).with_for_update())
        found.update((row["id"], row) for row in rows)
    return found


def _note_waste(work: Work, hop: str, told: Sequence[tuple[str, str, str | None]]) -> None:
    rows = [
        {
            "chip_id": chip_id,
            "batch_line_id": line_id,
            "hop": hop,
            "fault": fault[:MOST_FAULT],
            "at": work.now,
        }
        for chip_id, fault, line_id in told
    ]
    work.insert_all(chip_waste, rows)
