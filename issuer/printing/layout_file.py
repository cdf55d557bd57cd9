"""Layout files: TOML with the places of texts and photo, beside it SVG templates with the art.

    format = "rhc-card-layout/1"
    based_on = "jade"              left out, or the layout that has what is not given here: colours, a side
    [colours]                      names for colours, used below and in the art
    [front]  and  [back]
    art = "jade_front.svg"         a Jinja template; it knows the colours, and the functions of `ornament`
    test_mark = {x, y, width, height}
    photo = {x, y, width, height}  the front only, 3 wide to 4 high
    [[front.text]]
    item = "holder_name"           or text = "…", with needs = "item" where it depends on one
    x, y, width, height            in mm
    size, smallest                 in points
    face, colour, align, tracking

What cannot be right is refused with the file and the place in it: an unknown item or key, a box that leaves
the card or lies over another one or where the chip sits, a side without a place for the mark TEST, a card
without name or number, a security code on the front. The height of a box holds Chinese characters; letters
with a tail reach below it by a seventh of their size.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from importlib.resources.abc import Traversable
from typing import Any, TypeVar
from xml.etree import ElementTree

from card_os.spec.errors import Phrase
from issuer.printing import needed_libraries, ornament
from issuer.printing.card_face import SECURITY_CODE, SHOWN_ITEMS
from issuer.printing.errors import LayoutError
from issuer.printing.fitting import Room
from issuer.printing.fonts import FACES
from issuer.printing.layout import CHIP, Box, Layout, Side, TextBox

FORMAT = "rhc-card-layout/1"
_ALIGNS = ("left", "center", "right")
_MUST_STAND_SOMEWHERE = ("holder_name", "card_number")
_LEAST_MARK = (12.0, 4.0)
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_SIDES = ("front", "back")
_NO_FILE = Phrase("there is no such file in UTF-8 beside the layouts")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_T = TypeVar("_T")


def read_layout(directories: Sequence[Traversable], name: str) -> Layout:
    """The layout of NAME.toml in the first of `directories` that has it, in which its art is looked for, too.

    Raises LayoutError, and PrintingUnavailableError without Jinja2.
    """
    table = _open(directories, name)
    base = table.take("based_on", str, "")
    under = _open(directories, base).rest if base else {}
    if "based_on" in under:
        raise table.wrong("based_on", Phrase("that layout is based on another one itself"))
    colours = _colours(table, under.get("colours", {}) | table.take("colours", dict, {}))
    for side in _SIDES:
        table.rest.setdefault(side, under.get(side))
    front, back = (_side(table.table(side), side, colours, directories) for side in _SIDES)
    table.end()
    placed = {box.item for side in (front, back) for box in side.texts}
    for item in _MUST_STAND_SOMEWHERE:
        if item not in placed:
            raise table.wrong(item, Phrase("a card must show it"))
    return Layout(name, front, back)


def _open(directories: Sequence[Traversable], name: str) -> _Table:
    file = f"{name}.toml"
    try:
        table = _Table(file, "", tomllib.loads(_read(directories, file)))
    except (OSError, UnicodeDecodeError):
        raise LayoutError(file=file, place="file", reason=_NO_FILE) from None
    except tomllib.TOMLDecodeError:
        raise LayoutError(file=file, place="file", reason=Phrase("it is no TOML")) from None
    if table.take("format", str) != FORMAT:
        raise table.wrong("format", Phrase("{format} is expected", format=FORMAT))
    return table


def _read(directories: Sequence[Traversable], name: str) -> str:
    """A file beside the layouts; raises FileNotFoundError also for a name that leads elsewhere."""
    for directory in directories:
        if _PLAIN_NAME.fullmatch(name) and (directory / name).is_file():
            return (directory / name).read_text("utf-8")
    raise FileNotFoundError(name)


class _Table:
    """A TOML table that is emptied key by key, so that what is left over was not understood."""

    def __init__(self, file: str, place: str, given: Mapping[str, Any]) -> None:
        self.file, self.place, self.rest = file, place, dict(given)

    def wrong(self, key: str, reason: Phrase) -> LayoutError:
        return LayoutError(file=self.file, place=f"{self.place}.{key}".strip("."), reason=reason)

    def take(self, key: str, kind: type[_T], default: _T | None = None) -> _T:
        value = self.rest.pop(key, default)
        if kind is float and type(value) is int:
            value = float(value)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self.wrong(key, Phrase("a value of type {type} is expected", type=kind.__name__))
        return value

    def one_of(self, key: str, allowed: Any, default: str | None = None) -> str:  # noqa: ANN401 - any container
        value = self.take(key, str, default)
        if value not in allowed:
            raise self.wrong(key, Phrase("one of {names} is expected", names=", ".join(sorted(allowed))))
        return value

    def table(self, key: str) -> _Table:
        return _Table(self.file, f"{self.place}.{key}".strip("."), self.take(key, dict))

    def row(self, key: str, number: int, given: object) -> _Table:
        if not isinstance(given, dict):
            raise self.wrong(key, Phrase("a value of type {type} is expected", type="dict"))
        return _Table(self.file, f"{self.place}.{key} {number}", given)

    def box(self, taken: list[Box]) -> Box:
        """A box that keeps clear of what is `taken`, and is taken from then on."""
        box = Box(*(self.take(key, float) for key in ("x", "y", "width", "height")))
        if not (box.width > 0 and box.height > 0 and box.on_card()):
            raise self.wrong("x", Phrase("the box does not lie on the card"))
        if any(box.meets(other) for other in taken):
            raise self.wrong("x", Phrase("the chip, the mark TEST, the photo or another text stands there"))
        taken.append(box)
        return box

    def end(self) -> None:
        for key in self.rest:
            raise self.wrong(key, Phrase("this key is not known here"))


def _colours(table: _Table, given: Mapping[str, Any]) -> Mapping[str, str]:
    for name, colour in given.items():
        if not isinstance(colour, str) or not _COLOUR.fullmatch(colour):
            raise table.wrong(f"colours.{name}", Phrase("a colour such as #0f5f61 is expected"))
    return given


def _side(table: _Table, side: str, colours: Mapping[str, str], directories: Sequence[Traversable]) -> Side:
    art = _art(table, table.take("art", str), colours, directories)
    taken = [CHIP] if side == "front" else []
    mark = _place(table.table("test_mark"), taken)
    if mark.width < _LEAST_MARK[0] or mark.height < _LEAST_MARK[1]:
        raise table.wrong("test_mark", Phrase("at least 12 x 4 mm are needed"))
    photo = _place(table.table("photo"), taken) if side == "front" and "photo" in table.rest else None
    rows = [table.row("text", number, row) for number, row in enumerate(table.take("text", list, []), 1)]
    table.end()
    return Side(art, mark, tuple(_text(row, taken, side, colours) for row in rows), photo)


def _place(table: _Table, taken: list[Box]) -> Box:
    """A table that holds a box and nothing else."""
    box = table.box(taken)
    table.end()
    return box


def _text(table: _Table, taken: list[Box], side: str, colours: Mapping[str, str]) -> TextBox:
    box = table.box(taken)
    item = table.one_of("item", SHOWN_ITEMS) if "item" in table.rest else None
    text = table.take("text", str) if item is None else ""
    needs = table.one_of("needs", SHOWN_ITEMS) if "needs" in table.rest else None
    if item == SECURITY_CODE and side == "front":
        raise table.wrong("item", Phrase("the security code belongs onto the back"))
    size = table.take("size", float)
    smallest, tracking = table.take("smallest", float, size), table.take("tracking", float, 0.0)
    if not (3 <= smallest <= size <= 72 and 0 <= tracking <= 1):
        raise table.wrong("size", Phrase("sizes from 3 to 72 points and a tracking from 0 to 1 are expected"))
    found = TextBox(
        box=box,
        room=Room(box.width, box.height, size, smallest, tracking),
        face=table.one_of("face", FACES, "sans"),
        colour=colours[table.one_of("colour", colours)],
        align=table.one_of("align", _ALIGNS, "left"),
        item=item,
        text=text,
        needs=needs,
    )
    table.end()
    return found


def _art(table: _Table, name: str, colours: Mapping[str, str], directories: Sequence[Traversable]) -> str:
    """The SVG of a side, its template filled; it may show nothing that it does not hold itself."""
    sandbox = needed_libraries.sandbox()
    functions: dict[str, Callable[..., str]] = {
        "rosette": ornament.rosette, "waves": ornament.waves, "ridge": ornament.ridge,
    }  # fmt: skip
    try:
        template = _read(directories, name)
        art = str(sandbox.from_string(template).render(functions, colours=colours))
        root = ElementTree.fromstring(art)  # noqa: S314 - the issuer's own file, without external entities
    except (OSError, UnicodeDecodeError):
        raise table.wrong("art", _NO_FILE) from None
    except ElementTree.ParseError:
        raise table.wrong("art", Phrase("it is no SVG")) from None
    except (needed_libraries.template_error(), TypeError, ValueError, ArithmeticError):
        raise table.wrong("art", Phrase("the template cannot be filled")) from None
    if root.tag != "{http://www.w3.org/2000/svg}svg":
        raise table.wrong("art", Phrase("it is no SVG"))
    return art
