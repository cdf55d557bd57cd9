"""Places read from the card with as few commands as the card allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from card_os.iso7816.tlv import TlvError, unpack
from card_os.spec.model import FileKind, FileSpec
from card_os.spec.photo import LENGTH_BYTES, announced
from reader_client.contents import CardValue, RawValue, decoded
from reader_client.files import CardFiles
from reader_client.places import Place

_FIRST_BLOCK = 256


def read_places(card: CardFiles, places: Iterable[Place]) -> dict[str, CardValue]:
    """The values by name, read file by file, so that each DF is entered and opened once."""
    values: dict[str, CardValue] = {}
    for file, wanted in by_file(card, places):
        card.open_for_reading(file)
        if file.kind is not FileKind.TRANSPARENT:
            values |= _from_records(card, file, wanted)
        elif wanted[0].item is None:
            values[wanted[0].name] = read_photo(card, file)
        else:
            values |= _from_binary(card, file, wanted)
    return values


def read_records(card: CardFiles, file: FileSpec) -> list[bytes | None]:
    """All records of a file that is open for reading; None for one that the card does not have."""
    return [card.read_record(file, number) for number in range(1, len(file.record_lengths) + 1)]


def by_file(card: CardFiles, places: Iterable[Place]) -> Iterator[tuple[FileSpec, list[Place]]]:
    """Places grouped by file, files and places in the order of the declaration."""
    order = {path: number for number, path in enumerate(card.profile.files)}
    ranked = sorted(places, key=lambda place: (order[place.file.path], place.record or 0, place.offset))
    for _path, group in groupby(ranked, key=lambda place: place.file.path):
        wanted = list(group)
        yield wanted[0].file, wanted


def spans(places: Iterable[Place]) -> list[tuple[int, int]]:
    """Offsets and lengths of the stretches that the places cover without a gap."""
    joined: list[tuple[int, int]] = []
    for place in places:
        if joined and sum(joined[-1]) == place.offset:
            joined[-1] = (joined[-1][0], joined[-1][1] + place.length)
        else:
            joined.append((place.offset, place.length))
    return joined


def _from_binary(card: CardFiles, file: FileSpec, places: list[Place]) -> dict[str, CardValue]:
    stretches = {start: card.read_binary(file, start, length) for start, length in spans(places)}
    values: dict[str, CardValue] = {}
    for place in places:
        start = max(start for start in stretches if start <= place.offset)
        at = place.offset - start
        values[place.name] = _value(card, place, stretches[start][at : at + place.length])
    return values


def _from_records(card: CardFiles, file: FileSpec, places: list[Place]) -> dict[str, CardValue]:
    values: dict[str, CardValue] = {}
    for number, group in groupby(places, key=lambda place: place.record or 0):
        record = card.read_record(file, number)
        for place in group:
            values[place.name] = None if record is None else _from_record(card, file, place, record)
    return values


def _from_record(card: CardFiles, file: FileSpec, place: Place, record: bytes) -> CardValue:
    if file.kind is not FileKind.LINEAR_TLV:
        return _value(card, place, record[place.offset : place.offset + place.length])
    try:
        tag, value = unpack(record)
    except TlvError:
        return RawValue.of(record)
    if place.item is None or tag != place.item.tag:
        return RawValue.of(record)
    return _value(card, place, value)


def _value(card: CardFiles, place: Place, raw: bytes) -> CardValue:
    assert place.item is not None  # noqa: S101 - the photo has its own way
    return decoded(card.profile, place.item, raw)


def read_photo(card: CardFiles, file: FileSpec) -> CardValue:
    """Two bytes of length, big-endian, and the picture; None where there is none."""
    first = card.read_binary(file, 0, _FIRST_BLOCK)
    length = announced(first)
    if length in (0, 0xFFFF):
        return None
    if LENGTH_BYTES + length > file.size:
        return RawValue.of(first[:LENGTH_BYTES])
    end = LENGTH_BYTES + length
    return (first + card.read_binary(file, len(first), end - len(first)))[LENGTH_BYTES:end]
