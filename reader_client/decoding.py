"""Bytes of whole files as values, for many items at once.

What a layout asks of every card is found once: where each item stands, and how its bytes become a value. The
values themselves are always those of `contents.decoded`. A whole card has some 1,400 of them: they are
decoded when they are first looked at, so that the card does not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from card_os.iso7816.tlv import TlvError, unpack
from card_os.spec.decoders import ItemDecoder, decoder, nibbles_decoder, texts
from card_os.spec.errors import UndecodableError
from card_os.spec.model import DataItem, FileSpec, Profile
from reader_client.contents import CardValue, RawValue


class _Field(NamedTuple):
    """An item, the bytes of a record that are its own, and what makes a value of them."""

    name: str
    place: slice
    decode: ItemDecoder
    item: DataItem

    def value(self, raw: bytes) -> CardValue:
        """The value of bytes of any number."""
        if len(raw) != self.item.length:
            return RawValue.of(raw)
        try:
            return self.decode(raw)
        except UndecodableError:
            return RawValue.of(raw)


class _Layout:
    """The items of a layout that has no tags, and how to decode a whole record of them."""

    def __init__(self, profile: Profile, items: tuple[DataItem, ...]) -> None:
        self.fields = tuple(_field(profile, item) for item in items)
        in_gbk = [field for field in self.fields if field.item.coding == "AN" and not field.item.empty]
        digits = [field for field in self.fields if field.item.coding == "CN"]
        self._text_names, self._text_places = [one.name for one in in_gbk], [one.place for one in in_gbk]
        self._digits = [
            (one.name, slice(2 * one.place.start, 2 * one.place.stop), nibbles_decoder(profile, one.item))
            for one in digits
        ]
        self._others = [
            (one.name, one.place, one.decode) for one in self.fields if one not in in_gbk + digits
        ]
        self._length = max(field.place.stop for field in self.fields)
        self._no_values: dict[str, CardValue] = dict.fromkeys(field.name for field in self.fields)

    def values(self, raw: bytes) -> dict[str, CardValue]:
        """The values of the items that stand one behind the other, by name and in their order."""
        try:
            return self._good_values(raw) if len(raw) >= self._length else self._any_values(raw)
        except (UndecodableError, UnicodeDecodeError):
            return self._any_values(raw)

    def _good_values(self, raw: bytes) -> dict[str, CardValue]:
        """The values of a record without a fault: all texts at once, and all nibbles."""
        values, nibbles = self._no_values.copy(), raw.hex()
        values |= zip(self._text_names, texts([raw[place] for place in self._text_places]), strict=True)
        for name, place, decode_nibbles in self._digits:
            values[name] = decode_nibbles(nibbles[place])
        for name, place, decode in self._others:
            values[name] = decode(raw[place])
        return values

    def _any_values(self, raw: bytes) -> dict[str, CardValue]:
        return {field.name: field.value(raw[field.place]) for field in self.fields}


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
        self._layouts = {layout: _Layout(profile, items) for layout, items in profile.by_layout.items()}

    def values(self, layout: str, raw: bytes) -> dict[str, CardValue]:
        """The items that stand one behind the other in `raw`, by name."""
        return self._layouts[layout].values(raw)

    def tlv_items(self, file: FileSpec, records: Iterable[bytes | None]) -> dict[str, CardValue]:
        """The items of a TLV file, one in each record; None for a record that the card does not have."""
        pairs = zip(self._layouts[file.layout].fields, records, strict=True)
        return {field.name: self._tlv_value(field, record) for field, record in pairs}

    def _tlv_value(self, field: _Field, record: bytes | None) -> CardValue:
        if record is None:
            return None
        try:
            tag, value = unpack(record)
        except TlvError:
            return RawValue.of(record)
        return field.value(value) if tag == field.item.tag else RawValue.of(record)


def _field(profile: Profile, item: DataItem) -> _Field:
    start = item.offset or 0
    return _Field(item.name, slice(start, start + item.length), decoder(profile, item), item)


_DECODERS: dict[int, tuple[Profile, Decoder]] = {}


def decoder_of(profile: Profile) -> Decoder:
    """The decoder of a profile; profiles live as long as the program, and so do their decoders."""
    known = _DECODERS.get(id(profile))
    if known is None:
        known = _DECODERS[id(profile)] = (profile, Decoder(profile))
    return known[1]
