"""The bytes of a file of a card beside what they mean, read through the reader client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from card_os.spec.model import DataItem, FileKind, FileSpec, Profile
from lab.training import showing
from language import _
from reader_client.contents import decoded, shown
from reader_client.files import CardFiles
from reader_client.hospital.terminal import Terminal
from reader_client.places import PHOTO_FILE
from reader_client.tables import meaning

_HEADER = 2  # tag and length of a record; spec: commands_and_crypto 5.1
_SHOWN = 48


@dataclass(frozen=True, slots=True)
class ByteRow:
    """Some bytes in a row: where they stand, as hex, and what they mean."""

    where: str
    hex: str = field(repr=False)
    label: str
    value: str = field(repr=False)


def read_bytes(terminal: Terminal, file: FileSpec) -> tuple[ByteRow, ...]:
    """Every item of an EF; raises what reading a card raises."""
    profile = terminal.session.profile
    card = CardFiles(terminal.card, terminal.sam, profile)
    card.open()
    with card.transaction():
        card.open_for_reading(file)
        if file.kind is FileKind.TRANSPARENT:
            return tuple(_binary(profile, file, card.read_binary(file, 0, file.size)))
        records = [card.read_record(file, number) for number in range(1, len(file.record_lengths) + 1)]
    return tuple(_records(profile, file, records))


def _records(profile: Profile, file: FileSpec, records: list[bytes | None]) -> Iterator[ByteRow]:
    items = profile.items_of(file)
    for number, record in enumerate(records, start=1):
        where = _("record {number}").format(number=number)
        if record is None:
            yield ByteRow(where, "", "", _("(empty)"))
        elif file.kind is FileKind.LINEAR_TLV:
            found = next((item for item in items if item.record == number), None)
            head, raw = record[:_HEADER], record[_HEADER:]
            yield _row(profile, found, f"{where} · {_hex(head)}", raw)
        else:
            for item in items:
                start = item.offset or 0
                yield _row(profile, item, f"{where} + {start}", record[start : start + item.length])


def _binary(profile: Profile, file: FileSpec, raw: bytes) -> Iterator[ByteRow]:
    if file.path == PHOTO_FILE:
        yield ByteRow("0", _hex(raw), _("photo"), _("{count} bytes").format(count=len(raw)))
        return
    for item in profile.items_of(file):
        start = item.offset or 0
        yield _row(profile, item, str(start), raw[start : start + item.length])


def _row(profile: Profile, item: DataItem | None, where: str, raw: bytes) -> ByteRow:
    if item is None:
        return ByteRow(where, _hex(raw), "", _("unknown"))
    value = decoded(profile, item, raw)
    words = meaning(profile, item, value) if value is not None else _("(empty)")
    text = " · ".join(part for part in (shown(value), words) if part)
    return ByteRow(where, _hex(raw), showing.label(item), text)


def _hex(raw: bytes) -> str:
    text = raw[:_SHOWN].hex(" ").upper()
    return f"{text} …" if len(raw) > _SHOWN else text
