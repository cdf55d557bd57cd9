"""Bytes of whole files as values, for many items at once.

What a layout asks of every card is found once: where each item stands, and what its empty bytes mean. The
values themselves are always those of `contents.decoded`. A whole card has some 1,400 of them: they are
decoded when they are first looked at, so that the card does not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from card_os.iso7816.tlv import TlvError, unpack
from card_os.spec.model import DataItem, FileSpec, Profile
from reader_client.contents import CardValue, RawValue, decoded


@dataclass(frozen=True, slots=True)
class _Field:
    """An item, its place in bytes, the bytes that it has when empty, and the value that these stand for."""

    item: DataItem
    name: str
    start: int
    end: int
    blank: bytes
    blank_value: CardValue


class LateValues(Mapping[str, CardValue]):
    """Values by name that are decoded when the first of them is looked at."""

    __slots__ = ("_decode", "_values")

    def __init__(self, decode: Callable[[], dict[str, CardValue]]) -> None:
        self._decode = decode
        self._values: dict[str, CardValue] | None = None

    def __getitem__(self, name: str) -> CardValue:
        return self._decoded()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._decoded())

    def __len__(self) -> int:
        return len(self._decoded())

    def __repr__(self) -> str:
        return repr(self._decoded())

    def _decoded(self) -> dict[str, CardValue]:
        if self._values is None:
            self._values = self._decode()
        return self._values


class Decoder:
    """The layouts of one profile."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._fields = {
            layout: tuple(self._field(item) for item in items) for layout, items in profile.by_layout.items()
        }

    def values(self, layout: str, raw: bytes) -> dict[str, CardValue]:
        """The items that stand one behind the other in `raw`, by name."""
        values: dict[str, CardValue] = {}
        for field in self._fields[layout]:
            part = raw[field.start : field.end]
            values[field.name] = field.blank_value if part == field.blank else self._value(field, part)
        return values

    def tlv_items(self, file: FileSpec, records: Iterable[bytes | None]) -> dict[str, CardValue]:
        """The items of a TLV file, one in each record; None for a record that the card does not have."""
        pairs = zip(self._fields[file.layout], records, strict=True)
        return {field.name: self._tlv_value(field, record) for field, record in pairs}

    def _tlv_value(self, field: _Field, record: bytes | None) -> CardValue:
        if record is None:
            return None
        try:
            tag, value = unpack(record)
        except TlvError:
            return RawValue(record.hex().upper())
        if tag != field.item.tag:
            return RawValue(record.hex().upper())
        return field.blank_value if value == field.blank else self._value(field, value)

    def _value(self, field: _Field, raw: bytes) -> CardValue:
        return decoded(self._profile, field.item, raw)

    def _field(self, item: DataItem) -> _Field:
        start = item.offset or 0
        value = decoded(self._profile, item, item.blank)
        return _Field(item, item.name, start, start + item.length, item.blank, value)


_DECODERS: dict[int, tuple[Profile, Decoder]] = {}


def decoder_of(profile: Profile) -> Decoder:
    """The decoder of a profile; profiles live as long as the program, and so do their decoders."""
    known = _DECODERS.get(id(profile))
    if known is None:
        known = _DECODERS[id(profile)] = (profile, Decoder(profile))
    return known[1]
