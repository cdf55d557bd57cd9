"""The audit chain: who did what to what, each row bound to all rows before it.

digest = SM3(digest of the row before ‖ the row as canonical JSON); the first row follows 32 zero bytes. A
chain does not show that its end was cut off, so that its head is signed from time to time: a checkpoint, kept
in the table and carried outside as a line of text,

    rhc-audit-checkpoint/1 SEQ AT DIGEST SIGNATURE PUBLIC_KEY

with hex in upper case. The signature is SM2 with Z over the first four words.
# spec: issuance_and_ecard A.9 [I]; our design
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from card_os.crypto import sm2
from card_os.crypto.sm3 import sm3
from card_os.spec.errors import Phrase, PlainError
from issuer.keys.certificates import AUDIT_KEY
from issuer.keys.custodian import Custodian
from issuer.registry.schema.audit import audit, audit_checkpoint, audit_head
from issuer.registry.schema.columns import DIGEST_LENGTH, instant_text

CHECKPOINT = "rhc-audit-checkpoint/1"
_START = bytes(DIGEST_LENGTH)
_BLOCK = 1000


class CheckpointFormatError(PlainError):
    """A line that is no checkpoint."""

    template = "line {line} is no checkpoint of an audit log"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What a row says. `detail` holds codes, numbers and states; never personal data, keys or PINs."""

    at: datetime
    operator: str
    second: str
    action: str
    subject: str
    subject_id: str
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed head of the chain: `digest` 32 bytes, `signature` 64, `public_key` 64."""

    seq: int
    at: datetime
    digest: bytes
    signature: bytes
    public_key: bytes

    def line(self) -> str:
        """The checkpoint as text that can leave the house."""
        return (
            f"{_signed_text(self.seq, self.at, self.digest)} {_hex(self.signature)} {_hex(self.public_key)}"
        )

    @classmethod
    def parse(cls, line: str, number: int = 1) -> Checkpoint:
        """Undo `line`; raises CheckpointFormatError."""
        try:
            name, seq, at, *parts = line.split()
            digest, signature, key = (bytes.fromhex(part) for part in parts)
            found = cls(int(seq), datetime.fromisoformat(at), digest, signature, key)
            if name == CHECKPOINT and found.line() == line.strip():
                return found
        except (ValueError, OverflowError):  # a moment without a zone, or near the end of all years
            pass
        raise CheckpointFormatError(line=number)

    def is_signed(self) -> bool:
        """Whether the key that it names signed it; whose key that is, the caller must know."""
        text = _signed_text(self.seq, self.at, self.digest).encode()
        if not sm2.is_public_key(self.public_key):
            return False
        return sm2.verify_digest(self.public_key, sm2.message_digest(self.public_key, text), self.signature)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with the chain, at a row."""

    seq: int
    reason: Phrase


def append(connection: Connection, entry: AuditEntry) -> None:
    """Add a row to the chain, inside the transaction of the change that it tells of."""
    append_all(connection, (entry,))


def append_all(connection: Connection, entries: Iterable[AuditEntry]) -> None:
    """Add rows to the chain, in their order; the head is read and written once for all of them."""
    head = (
        connection.execute(select(audit_head).where(audit_head.c.id == 1).with_for_update()).mappings().one()
    )
    seq, digest = head["seq"], head["digest"]
    rows = []
    for entry in entries:
        seq += 1
        detail = json.dumps(entry.detail, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        row = {**asdict(entry), "detail": detail, "seq": seq}
        digest = _digest(digest, row)
        rows.append({**row, "digest": digest})
    if rows:
        connection.execute(insert(audit), rows)
        connection.execute(update(audit_head).where(audit_head.c.id == 1).values(seq=seq, digest=digest))


def wait_for_turn(connection: Connection) -> None:
    """Let transactions of PostgreSQL go one after the other, as SQLite does by itself.

    Each of them ends with rows in the chain. One that locked other rows first could wait for somebody who has
    the head of the chain and waits for those rows.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(audit_head.c.id).with_for_update())


def begin(connection: Connection) -> None:
    """Put the empty head into a new registry."""
    connection.execute(insert(audit_head).values(id=1, seq=0, digest=_START))


def sign_head(connection: Connection, custodian: Custodian, now: datetime) -> Checkpoint:
    """The checkpoint of the chain as it is; the kept one where nothing has happened since."""
    head = (
        connection.execute(select(audit_head).where(audit_head.c.id == 1).with_for_update()).mappings().one()
    )
    public = custodian.public_key(AUDIT_KEY)
    kept = next((mark for mark in _kept(connection, public) if mark.seq == head["seq"]), None)
    if kept is not None:
        return kept
    text = _signed_text(head["seq"], now, head["digest"]).encode()
    signature = custodian.sign(AUDIT_KEY, sm2.message_digest(public, text))
    values = {"seq": head["seq"], "at": now, "digest": head["digest"], "signature": signature}
    connection.execute(insert(audit_checkpoint).values(values))
    return Checkpoint(**values, public_key=public)


def verify(
    connection: Connection,
    public_key: bytes,
    outside: Iterable[Checkpoint] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Finding, ...]:
    """What is wrong with the chain: altered, removed and inserted rows, forged or missed checkpoints.

    `public_key` is the 64-byte key that checkpoints must bear; `outside` are checkpoints that left the house:
    they show whether the end was cut off, or the whole chain made anew. `progress` hears rows done, and all.
    """
    head = connection.execute(select(audit_head)).mappings().one_or_none()
    if head is None:
        return (Finding(0, Phrase("the head of the chain is missing")),)
    found: list[Finding] = []
    marks = [*_kept(connection, public_key), *outside]
    due = {mark.seq for mark in marks}
    digests = {0: _START}
    seq, before = 0, _START
    for row in _rows(connection):
        if row["seq"] != seq + 1:
            found.append(Finding(row["seq"], Phrase("rows are missing before it")))
        seq = row["seq"]
        if _digest(before, row) != row["digest"]:
            found.append(Finding(seq, Phrase("it was altered, or a row before it was altered or inserted")))
        before = row["digest"]
        if seq in due:
            digests[seq] = before
        if seq % _BLOCK == 0:
            progress(seq, head["seq"])
    if (head["seq"], head["digest"]) != (seq, before):
        found.append(Finding(seq, Phrase("the chain does not end where its head says")))
    progress(seq, head["seq"])
    return (*found, *_checkpoints(marks, digests, public_key))


def _checkpoints(
    marks: Iterable[Checkpoint], digests: Mapping[int, bytes], public_key: bytes
) -> Iterator[Finding]:
    for mark in marks:
        if mark.public_key != public_key or not mark.is_signed():
            yield Finding(mark.seq, Phrase("a checkpoint is not signed by the key of this log"))
        elif mark.seq not in digests:
            yield Finding(mark.seq, Phrase("a checkpoint speaks of a row that is gone: the end was cut off"))
        elif digests[mark.seq] != mark.digest:
            yield Finding(mark.seq, Phrase("a checkpoint has another digest: the chain was made anew"))


def _kept(connection: Connection, public_key: bytes) -> Iterator[Checkpoint]:
    for row in connection.execute(select(audit_checkpoint).order_by(audit_checkpoint.c.seq)).mappings():
        yield Checkpoint(**row, public_key=public_key)


def _rows(connection: Connection) -> Iterator[RowMapping]:
    after = -1
    while True:
        block = select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(_BLOCK)
        rows = connection.execute(block).mappings().all()
        if not rows:
            return
        yield from rows
        after = rows[-1]["seq"]


def _digest(before: bytes, row: Mapping[str, Any] | RowMapping) -> bytes:
    cells = {
        **{
            name: row[name]
            for name in ("seq", "operator", "second", "action", "subject", "subject_id", "detail")
        },
        "at": instant_text(row["at"]),
    }
    return sm3(before + json.dumps(cells, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode())


def _signed_text(seq: int, at: datetime, digest: bytes) -> str:
    return f"{CHECKPOINT} {seq} {instant_text(at)} {_hex(digest)}"


def _hex(raw: bytes) -> str:
    return raw.hex().upper()
