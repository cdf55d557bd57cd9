"""A whole card, or the lists on it: read file by file first, decoded later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from card_os.spec.model import FileKind, FileSpec, Profile
from reader_client.contents import CardContents, CardValue, Values, Visit
from reader_client.decoding import LateValues, decoder_of
from reader_client.files import CardFiles
from reader_client.places import COLLECTIONS, PHOTO_FILE
from reader_client.reading import read_photo, read_records
from reader_client.visits import VisitKind

_KIND_OF_FLAGS = {kind.flag_layout: kind for kind in VisitKind}
_LISTS = {layout for layouts in COLLECTIONS.values() for layout in layouts}


@dataclass(slots=True)
class _Raw:
    """Bytes as they came from the card, by path of the file; the flags of the visits are read first."""

    records: dict[str, list[bytes | None]] = field(default_factory=dict)
    binaries: dict[str, bytes] = field(default_factory=dict)
    flags: dict[VisitKind, list[CardValue]] = field(default_factory=dict)
    photo: CardValue = None


def read_whole_card(card: CardFiles) -> CardContents:
    """Everything that the card holds; of the visit records those that are marked valid."""
    profile = card.profile
    raw = _read(card, [file for file in profile.files.values() if file.kind.is_ef])
    return CardContents(
        items=LateValues(partial(_items, profile, raw.records)),
        allergies=_entries(profile, raw, "allergies"),
        immunizations=_entries(profile, raw, "immunizations"),
        inpatient_visits=_visits(profile, raw, VisitKind.INPATIENT),
        outpatient_visits=_visits(profile, raw, VisitKind.OUTPATIENT),
        photo=raw.photo if isinstance(raw.photo, bytes) else None,
    )


def read_entries(card: CardFiles, collection: str) -> tuple[Values, ...]:
    """The entries of a cyclic file that are not empty, newest first."""
    profile = card.profile
    raw = _read(card, profile.files_of(COLLECTIONS[collection][0]))
    return _entries(profile, raw, collection)


def read_visits(card: CardFiles, kind: VisitKind) -> tuple[Visit, ...]:
    """All slots of a kind: the flags, and the records of those that are marked valid."""
    profile = card.profile
    raw = _read(card, (*profile.files_of(kind.flag_layout), *profile.files_of(kind.data_layout)))
    return _visits(profile, raw, kind)


def _read(card: CardFiles, files: Iterable[FileSpec]) -> _Raw:
    """The files in the order of the declaration, where the flags of the visits stand before the records."""
    raw, skipped = _Raw(), set[str]()
    for file in files:
        if file.path in skipped:
            continue
        card.open_for_reading(file)
        if file.path == PHOTO_FILE:
            raw.photo = read_photo(card, file)
        elif file.kind is FileKind.TRANSPARENT:
            raw.binaries[file.path] = card.read_binary(file, 0, file.size)
        else:
            raw.records[file.path] = read_records(card, file)
            skipped |= _invalid_slots(card.profile, raw, file)
    return raw


def _invalid_slots(profile: Profile, raw: _Raw, flag_file: FileSpec) -> set[str]:
    """The records that a file of flags says are not valid; none for any other file."""
    kind = _KIND_OF_FLAGS.get(flag_file.layout)
    if kind is None:
        return set()
    decoder = decoder_of(profile)
    raw.flags[kind] = [
        None if record is None else decoder.values(kind.flag_layout, record)[kind.flag_item]
        for record in raw.records[flag_file.path]
    ]
    pairs = zip(profile.files_of(kind.data_layout), raw.flags[kind], strict=True)
    return {file.path for file, valid in pairs if valid is not True}


def _items(profile: Profile, records: Mapping[str, Sequence[bytes | None]]) -> dict[str, CardValue]:
    decoder, items = decoder_of(profile), dict[str, CardValue]()
    for path, found in records.items():
        file = profile.files[path]
        if file.layout not in _LISTS:
            items |= decoder.tlv_items(file, found)
    return items


def _entries(profile: Profile, raw: _Raw, collection: str) -> tuple[Values, ...]:
    layout, decoder = COLLECTIONS[collection][0], decoder_of(profile)
    records = raw.records[profile.files_of(layout)[0].path]
    found = (decoder.values(layout, record) for record in records if record is not None)
    return tuple(entry for entry in found if any(value is not None for value in entry.values()))


def _visits(profile: Profile, raw: _Raw, kind: VisitKind) -> tuple[Visit, ...]:
    decoder, layout = decoder_of(profile), kind.data_layout
    pairs = zip(profile.files_of(layout), raw.flags[kind], strict=True)
    found = []
    for slot, (file, valid) in enumerate(pairs, start=1):
        data = raw.binaries.get(file.path)
        items: Values = {} if data is None else LateValues(partial(decoder.values, layout, data))
        found.append(Visit(slot, valid is True, items))
    return tuple(found)
