"""Typed reading of a TOML table: what is missing, of another type or too much is refused with its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Never, TypeVar

from card_os.image.byte_text import from_words
from card_os.image.errors import ImageError
from language import _

T = TypeVar("T")
_SHOWN = 40


def shown(name: str) -> str:
    """A name out of a file, fit for one line of a terminal."""
    text = "".join(char if char.isprintable() else "?" for char in name)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


class TomlTable:
    """One table. `done` refuses what nobody asked for."""

    def __init__(self, file: str, place: str, content: dict[str, object]) -> None:
        self._file, self._place, self._content = file, place, content
        self._asked: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._content

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def refuse(self, name: str, reason: str) -> Never:
        """Raise ImageError for an entry of this table."""
        place = f"{self._place}.{shown(name)}" if self._place else shown(name)
        raise ImageError(file=self._file, place=place, reason=reason)

    def text(self, name: str) -> str:
        """A string."""
        return self._typed(name, str, _("a string is expected"))

    def flag(self, name: str) -> bool:
        """True or false."""
        return self._typed(name, bool, _("true or false is expected"))

    def number(self, name: str, most: int) -> int:
        """A whole number from 0 to `most`."""
        number = self._typed(name, int, _("a whole number is expected"))
        if not 0 <= number <= most:
            self.refuse(name, _("0 to {most} is expected").format(most=most))
        return number

    def hex(self, name: str, lengths: range) -> bytes:
        """Bytes written as hex digits, as many as one of `lengths`."""
        try:
            raw = bytes.fromhex(self.text(name))
        except ValueError:
            self.refuse(name, _("hex digits are expected"))
        if len(raw) not in lengths:
            self._refuse_length(name, len(raw), lengths)
        return raw

    def words(self, name: str, length: int) -> bytes:
        """An array of strings with `length` bytes altogether."""
        rows = self._typed(name, list, _("an array of strings is expected"))
        raw = bytearray()
        for number, row in enumerate(rows, start=1):
            if type(row) is not str:
                self.refuse(f"{name}[{number}]", _("a string is expected"))
            try:
                raw += from_words(row, length)
            except ValueError:
                self.refuse(f"{name}[{number}]", _("hex digits are expected, or a run such as 00*48"))
            if len(raw) > length:
                break
        if len(raw) != length:
            self._refuse_length(name, len(raw), range(length, length + 1))
        return bytes(raw)

    def table(self, name: str) -> TomlTable:
        """A table in this one; an empty one where it is missing."""
        self._asked.add(name)
        content = self._content.get(name, {})
        if type(content) is not dict:
            self.refuse(name, _("a table is expected"))
        return TomlTable(self._file, f"{self._place}.{shown(name)}" if self._place else shown(name), content)

    def done(self) -> None:
        """Raise ImageError for the first entry that was not asked for."""
        for name in self._content:
            if name not in self._asked:
                self.refuse(name, _("this is unknown here"))

    def _typed(self, name: str, kind: type[T], reason: str) -> T:
        self._asked.add(name)
        if name not in self._content:
            self.refuse(name, _("this is missing"))
        value = self._content[name]
        if type(value) is not kind:  # bool is a kind of int to Python, not here
            self.refuse(name, reason)
        return value

    def _refuse_length(self, name: str, length: int, lengths: range) -> Never:
        expected = f"{lengths[0]}" if len(lengths) == 1 else f"{lengths[0]}…{lengths[-1]}"
        reason = _("{length} bytes, {expected} are expected").format(length=length, expected=expected)
        self.refuse(name, reason)
