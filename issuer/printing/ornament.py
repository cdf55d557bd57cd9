"""Ornaments for the art of a card: the fine lines that make a card hard to copy, as SVG path data in mm.

They are computed and not drawn by hand, so that an issuer has its own by other numbers in its layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin

_Point = tuple[float, float]


def rosette(x: float, y: float, radius: float, petals: int, turns: int, *, depth: float = 0.5) -> str:
    """A closed line round a centre: a circle of `radius` mm that swings inwards by `depth` of it.

    The line swings `petals` times on `turns` ways round; where the two share no divisor it is a rosette.
    """
    steps = 8 * max(petals, turns)

    def point(step: int) -> _Point:
        share = 2 * pi * step / steps
        reach = radius * (1 - depth / 2 + depth / 2 * cos(petals * share))
        return x + reach * cos(turns * share), y + reach * sin(turns * share)

    return _through([point(step) for step in range(steps + 1)], closed=True)


def waves(width: float, y: float, height: float, lines: int, crests: float, *, twist: float = 1.0) -> str:
    """A ribbon of `lines` lines across `width` mm, `height` mm at its widest, with `crests` crests."""
    steps = round(12 * crests)

    def point(line: int, step: int) -> _Point:
        share = step / steps
        shift = pi * twist * line / lines
        swing = sin(2 * pi * crests * share + shift) * (0.35 + 0.65 * sin(pi * share) ** 2)
        drift = sin(2 * pi * 1.5 * share + 2 * shift)
        return width * share, y + height / 2 * (0.72 * swing + 0.28 * drift)

    return "".join(_through([point(line, step) for step in range(steps + 1)]) for line in range(lines))


def ridge(width: float, bottom: float, heights: Sequence[float]) -> str:
    """A chain of hills, closed along `bottom`: smooth through evenly spaced `heights` in mm."""
    pace = width / (len(heights) - 1)
    tops = [(place * pace, bottom - height) for place, height in enumerate(heights)]
    return f"{_through(tops)}L{_pair((width, bottom))}L{_pair((0, bottom))}Z"


def _through(points: Sequence[_Point], *, closed: bool = False) -> str:
    """A smooth line through all points (Catmull-Rom); the last of a closed one is its first."""
    path = [f"M{_pair(points[0])}"]
    last = len(points) - 1
    for place in range(last):
        here, there = points[place], points[place + 1]
        before = points[place - 1 if place else (-2 if closed else 0)]
        after = points[place + 2 if place + 2 <= last else (1 if closed else last)]
        out = (here[0] + (there[0] - before[0]) / 6, here[1] + (there[1] - before[1]) / 6)
        into = (there[0] - (after[0] - here[0]) / 6, there[1] - (after[1] - here[1]) / 6)
        path.append(f"C{_pair(out)} {_pair(into)} {_pair(there)}")
    return "".join(path) + ("Z" if closed else "")


def _pair(point: _Point) -> str:
    """Two figures behind the point: a hundredth of a mm is finer than any printer of cards."""
    return " ".join(f"{length:.2f}".rstrip("0").rstrip(".") for length in point)
