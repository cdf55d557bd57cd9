"""A card at once: a batch of one, without partners, on the chip that is brought."""

from __future__ import annotations

from sqlalchemy import select

from card_os.spec.errors import PlainError
from issuer.batches import chips, planning, stock
from issuer.batches.chip_source import ChipSource
from issuer.batches.personalising import personalise_batch
from issuer.batches.planning import BatchOrder
from issuer.registry.registry import Registry
from issuer.registry.schema.batches import batch, batch_line, chip
from issuer.registry.work import Row, Work
from lab import demo
from lab.training.office_places import COUNTY, PEOPLE

_MAKER = "样板卡厂"


class NotMadeError(PlainError):
    """No card came of it."""

    template = "no card was made on chip {serial}: it is spoilt or another one; take another blank card"


class NoBlankError(PlainError):
    """The card in the reader is no blank chip that may be used."""

    template = "chip {serial} is a card already or spoilt; take another blank card"


def make(registry: Registry, number: str, serial: str, source: ChipSource) -> None:
    """Make the card of an application that is READY, or go on with it, on the chip of this serial.

    Raises NotMadeError, NoBlankError, and what batches raise.
    """
    with registry.transaction(PEOPLE["centre"].actor) as work:
        of_batch = _batch_of(work, number) or _planned(work, number)
        _deliver(work, of_batch["id"], serial)
    if of_batch["state"] == "CREATED":
        with registry.transaction(PEOPLE["personaliser"].actor) as work:
            stock.take_from_stock(work, of_batch["number"])
    report = personalise_batch(
        registry,
        PEOPLE["personaliser"].actor,
        of_batch["number"],
        settings=demo.settings(),
        chips=source,
    )
    if not report.finished:
        raise NotMadeError(serial=serial)


def _deliver(work: Work, batch_id: str, serial: str) -> None:
    """A blank chip out of the box is known to the registry before it is used; raises NoBlankError."""
    found = work.rows(select(chip.c.id, chip.c.state, chip.c.batch_id).where(chip.c.serial == serial))
    if not found:
        chips.deliver(work, _MAKER, batch_id, [chips.Delivered(serial, chips.factor_of_serial(serial))])
    elif found[0]["state"] in ("MADE", "WASTE") or found[0]["batch_id"] != batch_id:
        raise NoBlankError(serial=serial)


def _planned(work: Work, number: str) -> Row:
    order = BatchOrder(demo.ISSUER.code, COUNTY, application_ids=planning.ids_of(work, [number]))
    planned = planning.plan(work, order)
    return {"id": planned.id, "number": planned.number, "state": "CREATED"}


def _batch_of(work: Work, number: str) -> Row | None:
    """The batch in which an application is being made; None for none."""
    (application_id,) = planning.ids_of(work, [number])
    wanted = select(batch.c.id, batch.c.number, batch.c.state).join_from(batch_line, batch)
    under_way = batch_line.c.state.in_(("PLANNED", "MADE"))
    rows = work.rows(wanted.where(batch_line.c.application_id == application_id, under_way))
    return rows[0] if rows else None
