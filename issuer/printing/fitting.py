"""Texts into boxes: smaller until they fit, on more lines where there is room, and never cut."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil

from issuer.printing.fonts import Metrics

LEADING = 1.18
"""Distance of lines in sizes of the font."""
MM_PER_POINT = 25.4 / 72
_STEP = 0.25
_DOTS_AND_MARKS = "·•・，。、；：！？）》」】％"
# what stays together: a word of letters or digits with the space or hyphen after it, or one character of
# another kind; a dot or a mark stays with what it follows
_PIECES = re.compile(
    rf"(?:[^\s\u2e80-\U0003ffff{_DOTS_AND_MARKS}-]+|.)[{_DOTS_AND_MARKS}-]*\s*",
)
_DOT = re.compile("[·•・]")
_PARTS = re.compile("[^·•・]+[·•・]*|[·•・]+")
_WORTH = 0.75


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text as it goes into its box; `size` in points."""

    size: float
    lines: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Room:
    """A box for a text: `width` and `height` in mm, sizes in points, `tracking` between characters in em."""

    width: float
    height: float
    largest: float
    smallest: float
    tracking: float = 0.0


def fit(text: str, metrics: Metrics, room: Room) -> Fitted | None:
    """The text in the largest size that fits, None where even the smallest does not.

    Words are kept whole where that is possible at any size, and the parts of a name with middle dots where
    that costs less than a quarter of the size. `metrics` must cover the text.
    """
    found = _in_largest(_PIECES.findall(text), metrics, room) or _in_largest(list(text), metrics, room)
    if found is None or len(found.lines) == 1 or not _DOT.search(text):
        return found
    by_parts = _in_largest(_PARTS.findall(text), metrics, room)
    return by_parts if by_parts and by_parts.size >= _WORTH * found.size else found


def _in_largest(pieces: Sequence[str], metrics: Metrics, room: Room) -> Fitted | None:
    """The pieces, none of them broken, in the largest size that fits."""
    sized = [(piece, _width(piece, metrics, room)) for piece in pieces]
    for size in _sizes(room):
        ems = room.width / (size * MM_PER_POINT)
        broken = _broken(sized, ems)
        if broken is not None and len(broken) <= _lines_in(room, size):
            return Fitted(size, _evened(sized, ems, broken))
    return None


def _sizes(room: Room) -> Iterator[float]:
    """From the largest down, and the smallest last."""
    steps = ceil((room.largest - room.smallest) / _STEP)
    yield from (room.largest - step * _STEP for step in range(steps))
    yield room.smallest


def _lines_in(room: Room, size: float) -> int:
    """How many lines of a size the height holds; one line needs the height of its characters only."""
    height = room.height / (size * MM_PER_POINT)
    return 0 if height < 1 else 1 + int((height - 1) / LEADING)


def _width(piece: str, metrics: Metrics, room: Room) -> float:
    return metrics.width(piece) + room.tracking * len(piece)


def _broken(sized: Sequence[tuple[str, float]], ems: float) -> tuple[str, ...] | None:
    """Lines filled one after the other, None where a piece alone is too wide."""
    lines, line, used = [], "", 0.0
    for piece, width in sized:
        if width > ems:
            return None
        if used + width > ems:
            lines.append(line.rstrip())
            line, used = "", 0.0
        line, used = line + piece, used + width
    return (*lines, line.rstrip())


def _evened(sized: Sequence[tuple[str, float]], ems: float, broken: tuple[str, ...]) -> tuple[str, ...]:
    """The same number of lines, as even as can be."""
    if len(broken) == 1:
        return broken
    narrow, wide = sum(width for _, width in sized) / len(broken), ems
    for _ in range(12):
        middle = (narrow + wide) / 2
        tried = _broken(sized, middle)
        if tried is not None and len(tried) == len(broken):
            wide, broken = middle, tried
        else:
            narrow = middle
    return broken
