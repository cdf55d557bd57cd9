"""A whole card, or the lists on it: read file by file first, decoded when the last byte is there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from card_os.spec.model import FileKind, FileSpec, Profile
from reader_client.contents import CardContents, CardValue, Values, Visit
from reader_client.decoding import Decoder, decoder_of
from reader_client.files import CardFiles
from reader_client.places import COLLECTIONS, PHOTO_FILE
from reader_client.reading import read_photo, read_records
from reader_client.visits import VisitKind

_VISIT_DATA = tuple(kind.data_layout for kind in VisitKind)
_LISTS = {layout for layouts in COLLECTIONS.values() for layout in layouts}


@dataclass(slots=True)
class _Raw:
    """Bytes as they came from the card, by path of the file."""

    records: dict[str, list[bytes | None]] = field(default_factory=dict)
    binaries: dict[str, bytes] = field(default_factory=dict)
    photo: CardValue = None


def read_whole_card(card: CardFiles) -> CardContents:
    """Everything that the card holds; of the visit records those that are marked valid."""
    profile, decoder = card.profile, decoder_of(card.profile)
    raw = _read(card, [file for file in profile.files.values() if file.kind.is_ef])
    items: dict[str, CardValue] = {}
    for path, records in raw.records.items():
        file = profile.files[path]
        if file.layout not in _LISTS:
            items |= decoder.tlv_items(file, records)
    return CardContents(
        items=items,
        allergies=_entries(profile, decoder, raw, "allergies"),
        immunizations=_entries(profile, decoder, raw, "immunizations"),
        inpatient_visits=_visits(profile, decoder, raw, VisitKind.INPATIENT),
        outpatient_visits=_visits(profile, decoder, raw, VisitKind.OUTPATIENT),
        photo=raw.photo if isinstance(raw.photo, bytes) else None,
    )


def read_entries(card: CardFiles, collection: str) -> tuple[Values, ...]:
    """The entries of a cyclic file that are not empty, newest first."""
    profile = card.profile
    raw = _read(card, profile.files_of(COLLECTIONS[collection][0]))
    return _entries(profile, decoder_of(profile), raw, collection)


def read_visits(card: CardFiles, kind: VisitKind) -> tuple[Visit, ...]:
    """All slots of a kind: the flags, and the records of those that are marked valid."""
    profile = card.profile
    raw = _read(card, (*profile.files_of(kind.flag_layout), *profile.files_of(kind.data_layout)))
    return _visits(profile, decoder_of(profile), raw, kind)


def _read(card: CardFiles, files: Iterable[FileSpec]) -> _Raw:
    """The files in the order of the declaration, where the flags of the visits stand before the records."""
    raw = _Raw()
    for file in files:
        if file.layout in _VISIT_DATA and not _is_valid(card.profile, raw, file):
            continue
        card.open_for_reading(file)
        if file.path == PHOTO_FILE:
            raw.photo = read_photo(card, file)
        elif file.kind is FileKind.TRANSPARENT:
            raw.binaries[file.path] = card.read_binary(file, 0, file.size)
        else:
            raw.records[file.path] = read_records(card, file)
    return raw


def _is_valid(profile: Profile, raw: _Raw, file: FileSpec) -> bool:
    kind = next(kind for kind in VisitKind if kind.data_layout == file.layout)
    slot = profile.files_of(file.layout).index(file)
    return _flags(profile, decoder_of(profile), raw, kind)[slot] is True


def _flags(profile: Profile, decoder: Decoder, raw: _Raw, kind: VisitKind) -> list[CardValue]:
    flags = profile.files_of(kind.flag_layout)[0]
    return [
        None if record is None else decoder.values(flags.layout, record)[kind.flag_item]
        for record in raw.records[flags.path]
    ]


def _entries(profile: Profile, decoder: Decoder, raw: _Raw, collection: str) -> tuple[Values, ...]:
    layout = COLLECTIONS[collection][0]
    records = raw.records[profile.files_of(layout)[0].path]
    found = (decoder.entry(layout, record) for record in records if record is not None)
    return tuple(entry for entry in found if any(value is not None for value in entry.values()))


def _visits(profile: Profile, decoder: Decoder, raw: _Raw, kind: VisitKind) -> tuple[Visit, ...]:
    flags = _flags(profile, decoder, raw, kind)
    found = []
    for slot, (file, valid) in enumerate(
        zip(profile.files_of(kind.data_layout), flags, strict=True), start=1
    ):
        data = raw.binaries.get(file.path)
        items: Values = {} if data is None else decoder.entry(file.layout, data)
        found.append(Visit(slot, valid is True, items))
    return tuple(found)
