"""The hop to the outlet, and what becomes of cards there: handed out, or back.

# spec: issuance_and_ecard A.3 [I], A.5 detail code 60, A.9
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from card_os.spec.errors import Phrase
from issuer.access.permission import action
from issuer.applications import making
from issuer.batches.answers import Steps, expect_state, refused
from issuer.batches.errors import BatchRefusedError
from issuer.batches.exchange.file import Row as FileRow
from issuer.batches.rows import count_lines, lines_of
from issuer.batches.states import BATCH, GIVEN_UP, LINE
from issuer.cards import registration
from issuer.registry.schema.batches import LIVING_LINE, batch, batch_line, chip
from issuer.registry.work import Row, Work

ACTIONS = {"received": "line.arrive", "missing": "line.miss", "damaged": "line.damage"}
UNDERWAY = frozenset({"FINISHED", "SHIPPED"})


def announcement(work: Work, row: Row) -> list[FileRow]:
    """The rows of APP: whom the outlet may expect."""
    lines = [line for line in lines_of(work, row["id"]) if line["state"] not in GIVEN_UP]
    names = {found.application_id: found.holder_name for found in making.records(work, _applications(lines))}
    return [
        {"line": line["line"], "application": line["application"], "name": names[line["application_id"]]}
        for line in lines
    ]


def delivery(work: Work, row: Row) -> list[FileRow]:
    """The rows of DLV: the cards that go out now, and whose they are; their lines are SHIPPED."""
    lines = lines_of(work, row["id"], {"FINISHED"})
    work.move_all(batch_line, lines, LINE, "line.ship")
    records = {found.application_id: found for found in making.records(work, _applications(lines))}
    return [
        {
            "line": line["line"],
            "application": line["application"],
            "chip_serial": line["chip_serial"],
            "document_type": records[line["application_id"]].document_type,
            "document_number": records[line["application_id"]].document_number,
            "name": records[line["application_id"]].holder_name,
        }
        for line in lines
    ]


def take_in(work: Work, row: Row, told: Sequence[FileRow]) -> Mapping[str, int]:
    """What DLV-ACK says; a card that did not arrive whole is none any more. Raises ExchangeRefusedError."""
    expect_state(row, "DLV-ACK", {"PERSO_BACK"})
    steps = Steps(lines_of(work, row["id"]))
    for index, one in enumerate(told):
        line = steps.take(index, one, ACTIONS[str(one["result"])]).line
        if one["chip_serial"] != line["chip_serial"]:
            reason = Phrase("the chip of this line is {serial}", serial=line["chip_serial"])
            raise refused(index, "chip_serial", reason)
    for name, taken in steps.by_action().items():
        work.move_all(batch_line, [step.line for step in taken], LINE, name)
    for step in steps.taken:
        if step.action == ACTIONS["missing"]:
            registration.lost_on_the_way(work, step.line["chip_serial"], str(step.told["fault"]))
        elif step.action == ACTIONS["damaged"]:
            registration.destroy_unissued(work, step.line["chip_serial"], str(step.told["fault"]))
    faults = {step.line["id"]: {"fault": step.told["fault"]} for step in steps.taken if step.told["fault"]}
    work.update_all(batch_line, faults)
    if not count_lines(work, row["id"], UNDERWAY):
        work.move(batch, row, BATCH, "batch.arrived")
    return Counter(str(one["result"]) for one in told)


def handed_out(work: Work, application_id: str) -> None:
    """The card of an application was picked up; an effect of the pick-up, without a permission of its own.

    Raises NotFoundError, TransitionRefusedError, and BatchRefusedError for a card that has not arrived.
    """
    line = _living_line(work, application_id)
    if line["state"] == "FINISHED" and line["outlet"]:
        reason = Phrase("line {line} has not arrived at the outlet", line=line["line"])
        raise BatchRefusedError(batch=line["number"], reason=reason)
    work.move(batch_line, line, LINE, "line.hand_out")


def came_back(work: Work, application_id: str, reason: str) -> None:
    """Nobody picked the card up, or it was spoilt at the counter: it is destroyed, the line is open again.

    An effect without a permission of its own. Raises NotFoundError and TransitionRefusedError.
    """
    line = _living_line(work, application_id)
    work.move(batch_line, line, LINE, "line.come_back", fault=reason[:40])
    registration.destroy_unissued(work, line["serial"], reason)


@action("batch.card_back")
def card_back(work: Work, chip_serial: str, reason: str) -> None:
    """An outlet gives a card back that nobody picked up; raises NotFoundError and TransitionRefusedError."""
    statement = (
        select(batch_line.c.application_id)
        .join_from(batch_line, chip, chip.c.id == batch_line.c.chip_id)
        .where(chip.c.serial == chip_serial)
    )
    came_back(work, work.one(statement, "card", chip_serial)["application_id"], reason)


def _living_line(work: Work, application_id: str) -> Row:
    statement = (
        select(
            batch_line.c.id,
            batch_line.c.line,
            batch_line.c.state,
            batch.c.number,
            batch.c.outlet,
            chip.c.serial,
        )
        .join_from(batch_line, batch, batch.c.id == batch_line.c.batch_id)
        .outerjoin(chip, chip.c.id == batch_line.c.chip_id)
        .where(batch_line.c.application_id == application_id, LIVING_LINE)
    )
    return work.one(statement, "batch line of application", application_id)


def _applications(lines: Sequence[Row]) -> list[str]:
    return [line["application_id"] for line in lines]
