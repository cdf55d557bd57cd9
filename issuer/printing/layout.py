"""The layout of a card: what stands where on its two sides, and the art behind it.

A layout is a TOML file; its format stands in `layout_file`. Lengths are in mm from the upper left corner of
an ID-1 card of 85.60 x 53.98 mm (ISO/IEC 7810), sizes of fonts in points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from issuer.printing.fitting import Room

WIDTH, HEIGHT = 85.60, 53.98
"""An ID-1 card in mm.  # source: ISO/IEC 7810"""
# edges that differ by less are one edge
_HAIR = 0.001


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a side."""

    x: float
    y: float
    width: float
    height: float

    def on_card(self) -> bool:
        """Whether all of it lies on the card."""
        return self.x >= 0 and self.y >= 0 and self.x + self.width <= WIDTH and self.y + self.height <= HEIGHT

    def meets(self, other: Box) -> bool:
        """Whether the two share more than an edge."""
        across = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        down = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return across > _HAIR and down > _HAIR


CHIP = Box(8.5, 17.6, 13.0, 12.6)
"""Where the module with the contacts sits on the front; nothing is printed there.

The contacts reach from 10.25 to 19.87 mm and from 19.23 to 28.55 mm; modules go beyond them.
# source: ISO/IEC 7816-2 for the contacts; the margin is ours
"""


@dataclass(frozen=True, slots=True)
class TextBox:
    """A place for a text: a data item by its name, or `text` that is the same on every card.

    `needs` names an item without which a fixed text is left out. `face` is one of `fonts.FACES`, `colour` as
    CSS has it, `align` left, center or right.
    """

    box: Box
    room: Room
    face: str
    colour: str
    align: str
    item: str | None = None
    text: str = ""
    needs: str | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One side: `art` is SVG, `test_mark` the place of the mark TEST, `photo` that of the portrait."""

    art: str = field(repr=False)
    test_mark: Box
    texts: tuple[TextBox, ...]
    photo: Box | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Both sides; `name` is that of the file."""

    name: str
    front: Side
    back: Side

    @property
    def sides(self) -> Mapping[str, Side]:
        """The sides by name."""
        return {"front": self.front, "back": self.back}
