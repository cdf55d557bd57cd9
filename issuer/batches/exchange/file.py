"""Writes and reads whole files, signed by their senders, with personal data for their receivers only.

Reading checks everything that a file can say of itself. What it says of a batch, and whether that may be so
now, is for the receiver's records: `issuer/batches/receiving.py` on our side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from card_os.crypto import sm2
from card_os.crypto.sm3 import sm3
from card_os.spec.errors import Phrase
from issuer.batches.exchange import text
from issuer.batches.exchange.errors import UnwritableValueError
from issuer.batches.exchange.kinds import FieldSpec, Kind, kinds
from issuer.batches.exchange.sealing import CellBrokenError, PersonalCells, new_session_key
from issuer.batches.exchange.text import FileText, line_of, refusal
from issuer.batches.exchange.values import SEPARATOR, FieldRefusedError, Value, text_of, value_of
from issuer.keys.certificates import EXCHANGE_KEY
from issuer.keys.custodian import EnvelopeError, KeyRef
from issuer.registry.schema.columns import instant_text

PERSONAL = "personal"
KEY_ID_LENGTH = 8
Row = Mapping[str, Value]


class ExchangeKeys(Protocol):
    """What a custodian does for files."""

    def public_key(self, key: KeyRef) -> bytes:
        """See Custodian."""
        ...

    def sign(self, key: KeyRef, digest: bytes) -> bytes:
        """See Custodian."""
        ...

    def open_envelope(self, key: KeyRef, cryptogram: bytes) -> bytes:
        """See Custodian."""
        ...


@dataclass(frozen=True, slots=True)
class Correspondent:
    """An organisation as files know it: name, kind, and its 64-byte public key."""

    name: str
    kind: str
    public_key: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """What the head of a file says. `seq` counts the files of one kind and sender for a batch, from 1."""

    kind: str
    batch: str
    seq: int
    sender: str
    receiver: str
    made_at: datetime
    environment: str

    @property
    def context(self) -> str:
        """What binds a personal cell to its file."""
        return f"{self.kind} {self.batch} {self.seq} {self.sender} {self.receiver} {self.environment}"


@dataclass(frozen=True, slots=True)
class ExchangeFile:
    """A file that was read: every row with all fields of its kind, absent ones None; `digest` of the body."""

    head: Head
    rows: tuple[Row, ...] = field(repr=False)
    digest: bytes


def key_id(public_key: bytes) -> bytes:
    """What names a public key in a head: the first 8 bytes of its SM3."""
    return sm3(public_key)[:KEY_ID_LENGTH]


def file_name(head: Head) -> str:
    """What such a file is called."""
    return f"{head.batch}.{head.kind}.{head.seq}.{head.sender}.txt"


def write_file(head: Head, rows: Sequence[Row], keys: ExchangeKeys, receiver_key: bytes) -> bytes:
    """A whole file; raises UnwritableValueError and Sm2UnavailableError."""
    kind = kinds()[head.kind]
    session = new_session_key() if kind.personal else b""
    values = {
        "kind": head.kind,
        "batch": head.batch,
        "seq": str(head.seq),
        "sender": head.sender,
        "receiver": head.receiver,
        "made": instant_text(head.made_at),
        "environment": head.environment,
        "count": str(len(rows)),
        "key": text.hex_of(key_id(receiver_key)),
        "session": text.hex_of(sm2.encrypt(receiver_key, session) if session else b""),
        "fields": text.join(_columns(kind)),
    }
    cells = PersonalCells(session, head.context)
    lines = [_line(kind, cells, number, row) for number, row in enumerate(rows, start=1)]
    head_bytes = text.head_of(values)
    public = keys.public_key(EXCHANGE_KEY)
    signed = sm2.message_digest(public, head_bytes + sm3(text.body_of(lines)))
    return text.write(head_bytes, lines, keys.sign(EXCHANGE_KEY, signed))


def read_file(
    raw: bytes, *, environment: str, keys: ExchangeKeys, sender: Callable[[str], Correspondent | None]
) -> ExchangeFile:
    """Check and open a file that was sent to the holder of `keys`; raises ExchangeRefusedError.

    `sender` gives the partner of a name, None where there is none whose files are taken.
    """
    parts = text.parse(raw)
    kind, head = _head(parts, environment)
    partner = _known(kind, head, sender)
    if not _is_signed(parts, partner.public_key):
        reason = Phrase("it is not the signature of {sender} on this file", sender=partner.name)
        raise refusal(parts.end_line + 1, "signature", reason)
    if parts.digest != sm3(parts.body):
        raise refusal(parts.end_line, "digest", Phrase("the lines have another digest"))
    text.check_counts(parts)
    public = keys.public_key(EXCHANGE_KEY)
    if parts.values["key"] != text.hex_of(key_id(public)):
        reason = Phrase("the file is for another key; ours is {key}", key=text.hex_of(key_id(public)))
        raise refusal(line_of("key"), "key", reason)
    cells = PersonalCells(_session_key(kind, parts, keys), head.context)
    return ExchangeFile(head, tuple(_rows(kind, parts, cells)), parts.digest)


# --- the head ---------------------------------------------------------------------------------------------


def _head(parts: FileText, environment: str) -> tuple[Kind, Head]:
    values = parts.values
    kind = kinds().get(values["kind"])
    if kind is None:
        codes = ", ".join(kinds())
        raise refusal(line_of("kind"), "kind", Phrase("accepted is one of: {codes}", codes=codes))
    if values["environment"] != environment:
        reason = Phrase("accepted is {environment} only", environment=environment)
        raise refusal(line_of("environment"), "environment", reason)
    if values["fields"] != text.join(_columns(kind)):
        reason = Phrase("accepted is: {fields}", fields=text.join(_columns(kind)))
        raise refusal(line_of("fields"), "fields", reason)
    return kind, Head(
        kind.name,
        values["batch"],
        text.number(parts, "seq"),
        values["sender"],
        values["receiver"],
        _moment(values["made"]),
        environment,
    )


def _moment(given: str) -> datetime:
    try:
        found = datetime.fromisoformat(given)
        if instant_text(found) == given:
            return found
    except ValueError:
        pass
    reason = Phrase("accepted is a moment in UTC such as {moment}", moment="2026-03-02T08:00:00.000000Z")
    raise refusal(line_of("made"), "made", reason)


def _known(kind: Kind, head: Head, sender: Callable[[str], Correspondent | None]) -> Correspondent:
    partner = sender(head.sender)
    if partner is None or partner.kind != kind.sender:
        reason = Phrase(
            "{sender} is no partner of the kind {kind}, who sends {file}",
            sender=head.sender,
            kind=kind.sender,
            file=kind.name,
        )
        raise refusal(line_of("sender"), "sender", reason)
    return partner


def _is_signed(parts: FileText, public_key: bytes) -> bool:
    return sm2.is_public_key(public_key) and sm2.verify_digest(
        public_key, sm2.message_digest(public_key, parts.signed), parts.signature
    )


def _session_key(kind: Kind, parts: FileText, keys: ExchangeKeys) -> bytes:
    given = parts.values["session"]
    if not kind.personal:
        if given == text.NONE:
            return b""
        raise refusal(
            line_of("session"), "session", Phrase("accepted is -: nothing is enciphered in such a file")
        )
    try:
        return keys.open_envelope(EXCHANGE_KEY, bytes.fromhex(given))
    except (ValueError, EnvelopeError):
        reason = Phrase("accepted is a session key that is enveloped for our key")
        raise refusal(line_of("session"), "session", reason) from None


# --- the lines --------------------------------------------------------------------------------------------


def _columns(kind: Kind) -> list[str]:
    return [field.name for field in kind.plain] + ([PERSONAL] if kind.personal else [])


def _line(kind: Kind, cells: PersonalCells, number: int, row: Row) -> str:
    def written(spec: FieldSpec) -> str:
        try:
            shown = text_of(spec, row.get(spec.name))
            _check_presence(spec, row, present=bool(shown))
        except FieldRefusedError as error:
            raise UnwritableValueError(
                kind=kind.name, row=number, field=spec.name, reason=error.rule
            ) from None
        return shown

    plain = [written(spec) for spec in kind.plain]
    if kind.personal:
        texts = {spec.name: written(spec) for spec in kind.personal}
        plain.append(cells.closed(number, texts))
    return text.join(plain)


def _rows(kind: Kind, parts: FileText, cells: PersonalCells) -> Iterator[Row]:
    plain, personal = kind.plain, kind.personal
    due = len(plain) + bool(personal)
    for number, line in enumerate(parts.lines, start=1):
        place = text.FIRST_DETAIL + number - 1
        given = line.split(SEPARATOR)
        if len(given) != due:
            reason = Phrase("{found} fields; accepted are {due}", found=len(given), due=due)
            raise refusal(place, "fields", reason)
        row = {spec.name: _value(spec, place, shown) for spec, shown in zip(plain, given, strict=False)}
        if personal:
            row |= _personal(personal, cells, number, place, given[-1])
        for spec in kind.fields.values():
            try:
                _check_presence(spec, row, present=row[spec.name] is not None)
            except FieldRefusedError as error:
                raise refusal(place, spec.name, error.rule) from None
        yield row


def _personal(
    specs: Sequence[FieldSpec], cells: PersonalCells, number: int, place: int, cell: str
) -> dict[str, Value]:
    try:
        texts = cells.opened(number, cell)
    except CellBrokenError:
        raise refusal(place, PERSONAL, Phrase("it cannot be opened here")) from None
    if list(texts) != [spec.name for spec in specs]:
        names = ", ".join(spec.name for spec in specs)
        raise refusal(place, PERSONAL, Phrase("accepted are the fields {fields}", fields=names))
    return {spec.name: _value(spec, place, texts[spec.name]) for spec in specs}


def _value(spec: FieldSpec, place: int, shown: str) -> Value:
    if not shown:
        return None
    try:
        return value_of(spec, shown)
    except FieldRefusedError as error:
        raise refusal(place, spec.name, error.rule) from None


def _check_presence(spec: FieldSpec, row: Row, *, present: bool) -> None:
    """A field stands where it must, and only where it may; raises FieldRefusedError."""
    rule = spec.required
    if rule.field:
        fields = {"field": rule.field, "values": ", ".join(rule.values)}
        due = row.get(rule.field) in rule.values
        if due and not present:
            raise FieldRefusedError(Phrase("it must be there where {field} is {values}", **fields))
        if present and not due:
            raise FieldRefusedError(Phrase("it may be there only where {field} is {values}", **fields))
    elif rule.always and not present:
        raise FieldRefusedError(Phrase("it must be there"))
