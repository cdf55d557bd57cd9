"""Values written by name: everything is encoded and allowed before the first byte goes to the card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from card_os.iso7816.tlv import pack
from card_os.spec.codecs import Value, encode
from card_os.spec.model import DataItem, FileKind, FileSpec, Profile
from card_os.spec.photo import MAX_JPEG, framed
from language import _
from reader_client.errors import NotWritableError
from reader_client.files import CardFiles
from reader_client.places import Place, place
from reader_client.reading import by_file, spans
from reader_client.rights import keys_needed

_VALID = b"\x00"


@dataclass(frozen=True, slots=True)
class Change:
    """A place and the bytes that go there."""

    place: Place
    raw: bytes


def plan(profile: Profile, values: Mapping[str, Value]) -> list[Change]:
    """The changes that the values stand for.

    Raises UnknownItemError, ValueRefusedError, and NotWritableError for what an issued card never takes.
    """
    return [_change(profile, place(profile, name), value) for name, value in values.items()]


def apply(card: CardFiles, changes: Iterable[Change]) -> None:
    """Write planned changes, file by file; a cut in between leaves whole records, some old, some new."""
    by_name = {change.place.name: change.raw for change in changes}
    for file, places in by_file(card, [change.place for change in changes]):
        if file.kind is FileKind.LINEAR_FIXED:
            for flag in places:
                card.set_flag(file, flag.record or 0, valid=by_name[flag.name] == _VALID)
            continue
        card.open_for_update(file)
        if file.kind is FileKind.LINEAR_TLV:
            for one in places:
                card.write_record(file, one.record or 0, pack(_tag(one), by_name[one.name]))
        elif places[0].item is None:
            card.write_binary(file, 0, by_name[places[0].name])
        else:
            raw = b"".join(by_name[one.name] for one in places)
            for start, length in spans(places):
                card.write_binary(file, start, raw[:length])
                raw = raw[length:]


def append(card: CardFiles, layout: str, values: Mapping[str, Value]) -> None:
    """Put a new entry into a cyclic file; `values` by the names of its items."""
    file = card.profile.files_of(layout)[0]
    record = entry(card.profile, card.profile.items_of(file), values)
    card.open_for_update(file)
    card.append_record(file, record.ljust(file.record_lengths[0], b"\x00"))


def entry(profile: Profile, items: Iterable[DataItem], values: Mapping[str, Value]) -> bytes:
    """The bytes of items that stand one behind the other; what `values` leaves out is empty."""
    return b"".join(encode(profile, item, values.get(item.name)) for item in items)


def _change(profile: Profile, where: Place, value: Value) -> Change:
    file = where.file
    if file.kind is FileKind.CYCLIC:
        raise NotWritableError(item=where.name, reason=_("entries are only added, never changed"))
    if where.item is None:
        return _allowed(file, Change(where, _photo(value)))
    return _allowed(file, Change(where, encode(profile, where.item, value)))


def _allowed(file: FileSpec, change: Change) -> Change:
    rule = file.update
    if file.kind is FileKind.LINEAR_FIXED:
        rule = file.set_valid if change.raw == _VALID else file.erase
    if keys_needed(rule) is None:
        reason = _("it is written when the card is issued and then never again")
        raise NotWritableError(item=change.place.name, reason=reason)
    return change


def _photo(value: Value) -> bytes:
    if value is not None and not isinstance(value, bytes):
        raise NotWritableError(item="photo", reason=_("the bytes of a JPEG picture are expected"))
    picture = value or b""
    if len(picture) > MAX_JPEG:
        reason = _("the picture has {count} bytes, terminals take {most}").format(
            count=len(picture), most=MAX_JPEG
        )
        raise NotWritableError(item="photo", reason=reason)
    return framed(picture)


def _tag(where: Place) -> int:
    assert where.item is not None and where.item.tag is not None  # noqa: S101, PT018 - the loader checks TLV files
    return where.item.tag
