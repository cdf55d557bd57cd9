"""Makes files for partners, from the registry and in one transaction with the steps that they stand for.

A file that was sent is kept whole: sent again, it is the very same.
# spec: issuance_and_ecard A.3 [I]
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select

from card_os.crypto.sm3 import sm3
from card_os.spec.errors import Phrase
from issuer.access.permission import action
from issuer.batches import bank, centre, maker, outlet, partners
from issuer.batches.errors import BatchRefusedError
from issuer.batches.exchange.file import Head, file_name, write_file
from issuer.batches.exchange.file import Row as FileRow
from issuer.batches.exchange.kinds import ISSUER, Kind, PartnerKind, kinds
from issuer.batches.exchange.text import parse
from issuer.batches.rows import batch_of
from issuer.batches.states import BATCH
from issuer.personalisation.issuance import IssuerSettings
from issuer.registry.errors import NotFoundError, TransitionRefusedError
from issuer.registry.schema.batches import batch, exchange_file
from issuer.registry.work import Row, Work, first_of

LINES, SPARES = "line", "spare"


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as it goes out. `raw` holds personal data for its receiver's eyes only."""

    name: str
    kind: str
    receiver: str
    seq: int
    lines: int
    raw: bytes = field(repr=False)


@action("batch.send")
def send(
    work: Work, number: str, kind_name: str, *, spares: int = 0, settings: IssuerSettings | None = None
) -> SentFile:
    """Make the next file of a kind for a batch, and take the step that it stands for.

    `spares` are chips beyond the lines, in PRD-REQ to be delivered and in PER-REQ to be used up. PER-REQ
    takes the `settings` of the cards. Raises BatchRefusedError, PartnerRefusedError, TransitionRefusedError,
    Sm2UnavailableError.
    """
    kind = kinds().get(kind_name)
    if kind is None or kind.sender != ISSUER:
        codes = ", ".join(one.name for one in kinds().values() if one.sender == ISSUER)
        raise BatchRefusedError(batch=number, reason=Phrase("we send one of: {codes}", codes=codes))
    row = batch_of(work, number, lock=True)
    receiver = _receiver(work, row, kind)
    rows = _requests(work, row, spares, settings)[kind.name]()
    if not rows:
        raise BatchRefusedError(batch=number, reason=Phrase("no line is there for {kind}", kind=kind.name))
    seq = last_seq(work, row["id"], kind.name, row["issuer"]) + 1
    head = Head(kind.name, number, seq, row["issuer"], receiver["name"], work.now, work.custodian.environment)
    raw = write_file(head, rows, work.custodian, receiver["public_key"])
    keep_file(work, row["id"], head, raw, _carried(rows))
    return SentFile(file_name(head), kind.name, receiver["name"], seq, len(rows), raw)


@action("batch.send_again")
def send_again(work: Work, number: str, kind_name: str, seq: int) -> SentFile:
    """A file that was sent before, byte for byte; raises NotFoundError."""
    row = batch_of(work, number)
    wanted = select(exchange_file).where(
        exchange_file.c.batch_id == row["id"],
        exchange_file.c.kind == kind_name,
        exchange_file.c.sender == row["issuer"],
        exchange_file.c.seq == seq,
    )
    found = first_of(work.rows(wanted))
    if found is None:
        raise NotFoundError(kind="exchange file", name=f"{number}.{kind_name}.{seq}")
    head = Head(
        kind_name, number, seq, found["sender"], found["receiver"], found["at"], work.custodian.environment
    )
    work.record("batch.send_again", "batch", row["id"], kind=kind_name, seq=seq)
    return SentFile(
        file_name(head), kind_name, found["receiver"], seq, found["lines"], bytes(found["content"])
    )


def last_seq(work: Work, batch_id: str, kind: str, sender: str) -> int:
    """The number of the last file of a kind by a sender for a batch, 0 before the first."""
    found = select(func.max(exchange_file.c.seq)).where(
        exchange_file.c.batch_id == batch_id, exchange_file.c.kind == kind, exchange_file.c.sender == sender
    )
    return int(work.connection.execute(found).scalar_one() or 0)


def keep_file(work: Work, batch_id: str, head: Head, raw: bytes, answer: Mapping[str, int]) -> None:
    """Keep a file whole, with what it brought or carried, and audit it under its digest."""
    parts = parse(raw)
    work.insert(
        exchange_file,
        batch_id=batch_id,
        kind=head.kind,
        sender=head.sender,
        receiver=head.receiver,
        seq=head.seq,
        lines=len(parts.lines),
        digest=parts.digest,
        at=work.now,
        content=raw,
        answer=json.dumps(answer, sort_keys=True),
    )
    outwards = kinds()[head.kind].sender == ISSUER
    work.record(
        "batch.send" if outwards else "batch.receive",
        "batch",
        batch_id,
        kind=head.kind,
        seq=head.seq,
        partner=head.receiver if outwards else head.sender,
        lines=len(parts.lines),
        file=sm3(raw).hex().upper(),
    )


def _receiver(work: Work, row: Row, kind: Kind) -> Row:
    name = row[kind.receiver]
    if not name:
        reason = Phrase("it goes without a {kind}", kind=kind.receiver)
        raise BatchRefusedError(batch=row["number"], reason=reason)
    return partners.named(work, name, PartnerKind(kind.receiver))


def _requests(
    work: Work, row: Row, spares: int, settings: IssuerSettings | None
) -> Mapping[str, Callable[[], Sequence[FileRow]]]:
    """What makes the rows of each kind, with the step of the batch that goes before."""

    def ask_bank() -> Sequence[FileRow]:
        rows = bank.request(work, row)
        work.move(batch, row, BATCH, "batch.ask_bank")
        return rows

    def order_chips() -> Sequence[FileRow]:
        rows = maker.request(work, row, spares)
        if row["state"] not in maker.ORDERING:
            _refuse_before_bank(row)
            work.move(batch, row, BATCH, "batch.order_chips")
        return rows

    def personalise() -> Sequence[FileRow]:
        if settings is None:
            raise BatchRefusedError(
                batch=row["number"], reason=Phrase("PER-REQ takes the settings of the cards")
            )
        return centre.request(work, row, spares, settings)

    def deliver() -> Sequence[FileRow]:
        if row["state"] != "PERSO_BACK":
            raise _not_now(row, "DLV")
        return outlet.delivery(work, row)

    def announce() -> Sequence[FileRow]:
        if row["state"] == "CLOSED":
            raise _not_now(row, "APP")
        return outlet.announcement(work, row)

    return {
        "APP": announce,
        "ACC-REQ": ask_bank,
        "PRD-REQ": order_chips,
        "PER-REQ": personalise,
        "DLV": deliver,
    }


def _refuse_before_bank(row: Row) -> None:
    if row["bank"] and row["state"] == "CREATED":
        raise _not_now(row, "PRD-REQ")


def _not_now(row: Row, kind: str) -> TransitionRefusedError:
    possible = ", ".join(BATCH.possible(row["state"])) or "–"
    return TransitionRefusedError(
        kind=BATCH.kind, name=row["number"], action=kind, state=row["state"], possible=possible
    )


def _carried(rows: Sequence[FileRow]) -> Mapping[str, int]:
    return Counter(LINES if row["line"] else SPARES for row in rows)
