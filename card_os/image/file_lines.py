"""The contents of an EF as lines of an image: one for each item or TLV record, with its name beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from card_os.image.byte_text import is_run, to_words
from card_os.spec.model import DataItem, FileKind, FileSpec, Profile

_UNNAMED_LINE = 32


@dataclass(frozen=True, slots=True)
class Part:
    """Some bytes of a file from `start` on; `header` bytes of tag and length stand before the value."""

    start: int
    end: int
    comment: str
    header: int = 0


def stored_length(file: FileSpec) -> int:
    """Bytes in the cell of a file: a cyclic one has the index of its newest record before the records."""
    return file.size + (file.kind is FileKind.CYCLIC)


def parts_of(profile: Profile, file: FileSpec) -> tuple[Part, ...]:
    """The lines of a file before any bytes are known."""
    return tuple(_parts(profile, file))


def lines(parts: tuple[Part, ...], contents: bytes) -> Iterator[str]:
    """The lines of an array of TOML. Neighbours that hold one byte over and over share a line."""
    waiting: tuple[bytes, Part, Part] | None = None
    for part in parts:
        raw = contents[part.start : part.end]
        if part.header or not is_run(raw):
            if waiting:
                yield _joined(*waiting)
                waiting = None
            yield _line(_words(part, raw), part.comment)
        elif waiting and waiting[0][:1] == raw[:1]:
            waiting = waiting[0] + raw, waiting[1], part
        else:
            if waiting:
                yield _joined(*waiting)
            waiting = raw, part, part
    if waiting:
        yield _joined(*waiting)


def _words(part: Part, raw: bytes) -> str:
    header = [f"{byte:02X}" for byte in raw[: part.header]]
    value = raw[part.header :]
    return " ".join([*header, to_words(value)] if value else header)


def _joined(raw: bytes, first: Part, last: Part) -> str:
    return _line(to_words(raw), first.comment if first is last else f"{first.comment} … {last.comment}")


def _line(words: str, comment: str) -> str:
    return f'  "{words}",  # {comment}\n'


def _parts(profile: Profile, file: FileSpec) -> Iterator[Part]:
    items = profile.items_of(file)
    if file.kind is FileKind.LINEAR_TLV:
        start = 0
        for item, length in zip(items, file.record_lengths, strict=True):
            yield Part(start, start + length, _name(item), header=2)
            start += length
    elif file.kind.has_records:
        start = int(file.kind is FileKind.CYCLIC)
        if start:
            yield Part(0, 1, "newest record, counted from 0", header=1)
        for number, length in enumerate(file.record_lengths):
            yield from _named(items, start, start + length, f"stored {number}: ")
            start += length
    else:
        yield from _named(items, 0, file.size, "")


def _named(items: tuple[DataItem, ...], start: int, end: int, prefix: str) -> Iterator[Part]:
    for item in items:
        yield Part(start, start + item.length, prefix + _name(item))
        start += item.length
    for at in range(start, end, _UNNAMED_LINE):
        yield Part(at, min(at + _UNNAMED_LINE, end), f"{prefix}from byte {at}")


def _name(item: DataItem) -> str:
    return f"{item.name} {item.chinese}"
