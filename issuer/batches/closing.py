"""How lines that failed are given up, and how a batch ends.

# spec: issuance_and_ecard A.3 [I]: a batch cannot close with open lines; A.4 returned with a reason
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import update

from card_os.spec.errors import Phrase
from issuer.access.permission import action
from issuer.applications import making
from issuer.batches import chips
from issuer.batches.errors import BatchRefusedError, OpenLinesError
from issuer.batches.rows import batch_of, count_lines, first_open_line, lines_of
from issuer.batches.states import BATCH, CHIP, LINE, OPEN_LINES, OUT
from issuer.registry import audit
from issuer.registry.audit import Checkpoint
from issuer.registry.schema.batches import batch, batch_line, chip
from issuer.registry.work import Row, Work

_MOST_REASON = 200


@action("batch.give_up")
def give_up(work: Work, number: str, numbers: Collection[int], reason: str, *, again: bool) -> None:
    """Take lines out of a batch: their applications are READY for the next one, or go back with a reason.

    `reason` is for the collection point and not personal. Lines that a partner has now cannot be given up.
    Raises BatchRefusedError and TransitionRefusedError.
    """
    row = batch_of(work, number, lock=True)
    if not 1 <= len(reason.strip()) <= _MOST_REASON:
        reason_due = Phrase("a reason of 1 to {most} characters is needed", most=_MOST_REASON)
        raise BatchRefusedError(batch=number, reason=reason_due)
    wanted = set(numbers)
    lines = [line for line in lines_of(work, row["id"]) if line["line"] in wanted]
    if len(lines) != len(wanted) or not lines:
        raise BatchRefusedError(batch=number, reason=Phrase("it has no such lines"))
    for line in lines:
        _refuse_underway(row, line)
    name = "line.make_again" if again else "line.return"
    for line in lines:
        LINE.after(line["state"], name, str(line["line"]))
    applications = [line["application_id"] for line in lines]
    if again:
        making.give_back(work, applications)
    else:
        making.send_back(work, applications, reason)
    for state in sorted({line["state"] for line in lines}):
        there = [line for line in lines if line["state"] == state]
        work.move_all(batch_line, there, LINE, name, failed_as=state)
    _release_chips(work, lines)
    if row["state"] == "PERSO_OUT" and not count_lines(work, row["id"], {"MADE"}):
        work.move(batch, row, BATCH, "batch.personalised")


@action("batch.close")
def close(work: Work, number: str) -> Checkpoint:
    """End a batch that has no open line; what is left of its chips goes to the stock.

    Returns a checkpoint of the audit chain to be kept outside. Raises OpenLinesError, TransitionRefusedError.
    """
    row = batch_of(work, number, lock=True)
    BATCH.after(row["state"], "batch.close", number)
    line = first_open_line(work, row["id"])
    if line is not None:
        count = count_lines(work, row["id"], OPEN_LINES)
        raise OpenLinesError(batch=number, count=count, line=line["line"], state=line["state"])
    left = update(chip).where(chip.c.batch_id == row["id"], chip.c.state == "BLANK").values(batch_id=None)
    work.connection.execute(left)
    work.move(batch, row, BATCH, "batch.close", closed_at=work.now)
    return audit.sign_head(work.connection, work.custodian, work.now)


def _refuse_underway(row: Row, line: Row) -> None:
    """What a partner has now comes back first: a line that is out cannot be in the next batch as well."""
    # a card that is shipped has no such step anyway
    out = dict(OUT.values())
    if line["state"] in out.get(row["state"], ()) and (row["state"] != "PERSO_OUT" or line["chip_id"]):
        reason = Phrase(
            "line {line} is with the partner of state {state}", line=line["line"], state=row["state"]
        )
        raise BatchRefusedError(batch=row["number"], reason=reason)


def _release_chips(work: Work, lines: list[Row]) -> None:
    """Chips that were given out and never touched are blank again."""
    held = {line["chip_id"]: line["id"] for line in lines if line["state"] == "MADE" and line["chip_id"]}
    found = chips.rows_by_id(work, held)
    work.update_all(batch_line, {line_id: {"chip_id": None} for line_id in held.values()})
    work.move_all(chip, list(found.values()), CHIP, "chip.release")
