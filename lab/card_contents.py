"""The contents of a card image by the names of its items: read and changed without any right, a lab's way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from card_os.image import CardImage
from card_os.iso7816.tlv import pack
from card_os.kernel.file_system import FileSystem, cell_of
from card_os.kernel.memory import Memory
from card_os.spec.codecs import Value, encode
from card_os.spec.errors import PlainError
from card_os.spec.model import FileKind, FileSpec
from card_os.spec.photo import LENGTH_BYTES, MAX_JPEG, announced, framed
from language import _
from reader_client.contents import CardValue, RawValue, decoded
from reader_client.places import Place, place, places_of

_TLV_HEADER = 2
_NO_PHOTO = (0, 0xFFFF)


class PhotoRefusedError(PlainError):
    """A picture that does not fit the card."""

    template = "photo: {reason}"


class FileAbsentError(PlainError):
    """An item whose file was not created on this card."""

    template = "{item}: the card has no file {file}"


class ImageContents:
    """What an image holds, file by file."""

    def __init__(self, image: CardImage) -> None:
        self._image = image
        self.profile = image.profile
        self._memory = Memory(image.cells)
        self._files = FileSystem(image.profile, self._memory)

    @property
    def files(self) -> Iterator[FileSpec]:
        """The EFs that were created, in the order of the declaration."""
        for file in self.profile.files.values():
            if file.kind.is_ef and cell_of(file) in self._memory:
                yield file

    def stored(self, file: FileSpec) -> bytes:
        """All bytes of an EF, as stored."""
        return self._files.contents(file)

    def values(self, file: FileSpec) -> dict[str, CardValue]:
        """Every value of a file by name, None for an empty one."""
        return {where.name: self._value(where) for where in places_of(self.profile, file)}

    def value(self, name: str) -> CardValue:
        """The value with a name, None for an empty one; raises UnknownItemError, FileAbsentError."""
        where = place(self.profile, name)
        self._demand(where)
        return self._value(where)

    def with_values(self, values: Mapping[str, Value]) -> CardImage:
        """The image with these values; raises UnknownItemError, ValueRefusedError, PhotoRefusedError,
        FileAbsentError.

        All values are encoded before the first is written.
        """
        changes = [(where, self._encoded(where, value)) for where, value in self._located(values)]
        for where, _raw in changes:
            self._demand(where)
        with self._memory.transaction():
            for where, raw in changes:
                self._write(where, raw)
        return replace(self._image, cells=self._memory.snapshot())

    def _demand(self, where: Place) -> None:
        if cell_of(where.file) not in self._memory:
            raise FileAbsentError(item=where.name, file=where.file.label)

    def _located(self, values: Mapping[str, Value]) -> Iterator[tuple[Place, Value]]:
        return ((place(self.profile, name), value) for name, value in values.items())

    def _value(self, where: Place) -> CardValue:
        raw = self._raw(where)
        if where.item is not None:
            return decoded(self.profile, where.item, raw)
        length = announced(raw)
        if length in _NO_PHOTO:
            return None
        picture = raw[LENGTH_BYTES : LENGTH_BYTES + length]
        return picture if len(picture) == length else RawValue(raw[:LENGTH_BYTES].hex().upper())

    def _raw(self, where: Place) -> bytes:
        start = _offset(where)
        if where.file.kind is FileKind.TRANSPARENT:
            return self._files.contents(where.file)[start : start + where.length]
        record = self._files.record(where.file, where.record or 0)
        if where.file.kind is FileKind.LINEAR_TLV:
            start = _TLV_HEADER
        return record[start : start + where.length]

    def _encoded(self, where: Place, value: Value) -> bytes:
        if where.item is not None:
            return encode(self.profile, where.item, value)
        picture = value if isinstance(value, bytes) else b""
        if len(picture) > MAX_JPEG:
            reason = _("the picture has {count} bytes, terminals take {most}")
            raise PhotoRefusedError(reason=reason.format(count=len(picture), most=MAX_JPEG))
        return framed(picture).ljust(where.file.size, b"\x00")

    def _write(self, where: Place, raw: bytes) -> None:
        if where.file.kind is FileKind.TRANSPARENT:
            self._files.write(where.file, _offset(where), raw)
            return
        number = where.record or 0
        if where.file.kind is FileKind.LINEAR_TLV and where.item is not None:
            self._files.update_record(where.file, number, pack(where.item.tag or 0, raw))
            return
        old = self._files.record(where.file, number)
        start = _offset(where)
        self._files.update_record(where.file, number, old[:start] + raw + old[start + len(raw) :])


def _offset(where: Place) -> int:
    """Of a value in its record or transparent file; a place on a SAM has none itself."""
    return (where.item.offset if where.item else None) or where.offset
