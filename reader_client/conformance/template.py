"""Bytes with places to fill, as case files write them: `00A4000002{fid}`.

Hex digits stand for themselves, blanks count for nothing. `{name}` is what a step before saved; `{name[2:6]}`
a part of it, `{name^0:01}` with byte 0 xored by 01, `{#name}` its length in one byte, `{00*120}` 120 bytes of
00. In what is expected `..` is any byte, and `*` at the end any rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(
    r"\s+|(?P<hex>(?:[0-9A-Fa-f]{2})+)|(?P<any>\.\.)|(?P<rest>\*$)"
    r"|\{(?P<fill>[0-9A-Fa-f]{2})\*(?P<count>\d+)\}"
    r"|\{(?P<length>#)?(?P<name>[a-z_]\w*)(?:\[(?P<start>-?\d*):(?P<end>-?\d*)\])?"
    r"(?:\^(?P<at>-?\d+):(?P<mask>[0-9A-Fa-f]{2}))?\}"
)


class TemplateError(ValueError):
    """A text that is no template, or a place that nothing fills."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A saved value: a part of it, or its length, with one byte changed."""

    name: str
    length: bool
    part: slice
    at: int | None
    mask: int

    def fill(self, saved: Mapping[str, bytes]) -> bytes:
        if self.name not in saved:
            raise TemplateError(f"nothing was saved as {self.name}")
        value = saved[self.name]
        if self.length:
            return bytes((len(value) & 0xFF,))
        value = value[self.part]
        if self.at is None:
            return value
        changed = bytearray(value)
        try:
            changed[self.at] ^= self.mask
        except IndexError:
            raise TemplateError(f"{self.name} has no byte {self.at}") from None
        return bytes(changed)


class _Any:
    """One byte, whatever it is."""


_ANY = _Any()
_Part = bytes | _Place | _Any


@dataclass(frozen=True, slots=True)
class Template:
    """Bytes with places, as typed in `text`. `rest`: more may follow."""

    text: str
    parts: tuple[_Part, ...]
    rest: bool = False

    @classmethod
    def parse(cls, text: str) -> Template:
        """Read a template; raises TemplateError."""
        return _parsed(text)

    @property
    def is_pattern(self) -> bool:
        """Whether it leaves bytes open, and so can only be compared with."""
        return self.rest or any(isinstance(part, _Any) for part in self.parts)

    @property
    def names(self) -> tuple[str, ...]:
        """The saved values that it needs."""
        return tuple(part.name for part in self.parts if isinstance(part, _Place))

    def fill(self, saved: Mapping[str, bytes]) -> bytes:
        """The bytes; raises TemplateError for a pattern and for a value that was never saved."""
        if len(self.parts) == 1 and isinstance(self.parts[0], bytes) and not self.rest:
            return self.parts[0]
        if self.is_pattern:
            raise TemplateError(f"{self.text} leaves bytes open")
        return b"".join(
            part if isinstance(part, bytes) else part.fill(saved)
            for part in self.parts
            if not isinstance(part, _Any)
        )

    def matches(self, data: bytes, saved: Mapping[str, bytes]) -> bool:
        """Whether data is what the template leaves room for."""
        position = 0
        for part in self.parts:
            if isinstance(part, _Any):
                if position >= len(data):
                    return False
                position += 1
                continue
            due = part if isinstance(part, bytes) else part.fill(saved)
            if data[position : position + len(due)] != due:
                return False
            position += len(due)
        return self.rest or position == len(data)

    def shown(self, saved: Mapping[str, bytes]) -> str:
        """Hex with `..` and `…` for what is open; names in braces where nothing was saved."""
        shown = []
        for part in self.parts:
            if isinstance(part, _Any):
                shown.append("..")
            elif isinstance(part, _Place) and part.name not in saved:
                shown.append(f"{{{part.name}}}")
            else:
                shown.append((part if isinstance(part, bytes) else part.fill(saved)).hex().upper())
        return "".join(shown) + ("…" if self.rest else "")


@lru_cache(maxsize=8192)
def _parsed(text: str) -> Template:
    parts: list[_Part] = []
    position, rest = 0, False
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise TemplateError(f"{text!r}: {text[position:]!r} is neither hex nor a place")
        position = token.end()
        if token["hex"]:
            parts.append(bytes.fromhex(token["hex"]))
        elif token["any"]:
            parts.append(_ANY)
        elif token["rest"]:
            rest = True
        elif token["fill"]:
            parts.append(bytes.fromhex(token["fill"]) * int(token["count"]))
        elif token["name"]:
            parts.append(_place(token))
    return Template(text.strip(), tuple(_joined(parts)), rest)


def _place(token: re.Match[str]) -> _Place:
    start, end = (int(token[name]) if token[name] else None for name in ("start", "end"))
    at = int(token["at"]) if token["at"] else None
    return _Place(token["name"], bool(token["length"]), slice(start, end), at, int(token["mask"] or "0", 16))


def _joined(parts: list[_Part]) -> list[_Part]:
    joined: list[_Part] = []
    for part in parts:
        if isinstance(part, bytes) and joined and isinstance(joined[-1], bytes):
            joined[-1] += part
        else:
            joined.append(part)
    return joined or [b""]
