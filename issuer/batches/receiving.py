"""Takes in files of partners: everything about a file is checked, then all of it happens, or nothing.

A file that was taken in before is answered as it was then, and changes nothing.
# spec: issuance_and_ecard A.3 [I]
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select

from card_os.spec.errors import Phrase
from issuer.access.permission import action
from issuer.batches import bank, centre, maker, outlet, partners
from issuer.batches.exchange.file import ExchangeFile, read_file
from issuer.batches.exchange.file import Row as FileRow
from issuer.batches.exchange.kinds import kinds
from issuer.batches.exchange.text import line_of, refusal
from issuer.batches.sending import keep_file, last_seq
from issuer.registry.schema.batches import batch, exchange_file
from issuer.registry.work import Row, Work, first_of

ANSWERS: Mapping[str, Callable[[Work, Row, Sequence[FileRow]], Mapping[str, int]]] = {
    "ACC-RSP": bank.take_in,
    "PRD-RSP": maker.take_in,
    "PER-RSP": centre.take_in,
    "DLV-ACK": outlet.take_in,
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a file brought, by result; `again` says that it was taken in before and changed nothing now."""

    kind: str
    batch: str
    seq: int
    sender: str
    lines: int
    results: Mapping[str, int]
    again: bool = False


@action("batch.receive")
def receive(work: Work, raw: bytes) -> Receipt:
    """Take in a file; raises ExchangeRefusedError with line and field, and then nothing was changed."""
    file = read_file(
        raw,
        environment=work.custodian.environment,
        keys=work.custodian,
        sender=partial(partners.correspondent, work),
    )
    head = file.head
    row = _batch_of(work, file)
    before = _taken_in(work, row, file)
    if before is not None:
        return before
    due = last_seq(work, row["id"], head.kind, head.sender) + 1
    if head.seq != due:
        raise refusal(line_of("seq"), "seq", Phrase("the next one due is {due}", due=due))
    results = ANSWERS[head.kind](work, row, file.rows)
    keep_file(work, row["id"], head, raw, results)
    return Receipt(head.kind, head.batch, head.seq, head.sender, len(file.rows), dict(results))


def _batch_of(work: Work, file: ExchangeFile) -> Row:
    """The batch of a file, locked; the file is between us and the partner of that batch."""
    head = file.head
    row = first_of(work.rows(select(batch).where(batch.c.number == head.batch).with_for_update()))
    if row is None:
        raise refusal(line_of("batch"), "batch", Phrase("there is no such batch"))
    if head.receiver != row["issuer"]:
        raise refusal(line_of("receiver"), "receiver", Phrase("accepted is {name}", name=row["issuer"]))
    due = row[kinds()[head.kind].sender]
    if head.sender != due:
        reason = Phrase("the {kind} of this batch is {name}", kind=kinds()[head.kind].sender, name=due or "–")
        raise refusal(line_of("sender"), "sender", reason)
    return row


def _taken_in(work: Work, row: Row, file: ExchangeFile) -> Receipt | None:
    """The receipt of a file with this number that was taken in before; raises for another one."""
    head = file.head
    wanted = select(exchange_file.c.digest, exchange_file.c.lines, exchange_file.c.answer).where(
        exchange_file.c.batch_id == row["id"],
        exchange_file.c.kind == head.kind,
        exchange_file.c.sender == head.sender,
        exchange_file.c.seq == head.seq,
    )
    found = first_of(work.rows(wanted))
    if found is None:
        return None
    if bytes(found["digest"]) != file.digest:
        raise refusal(line_of("seq"), "seq", Phrase("another file had this number"))
    results = json.loads(found["answer"])
    return Receipt(head.kind, head.batch, head.seq, head.sender, found["lines"], results, again=True)
