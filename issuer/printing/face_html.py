"""Sides of cards as HTML: every line of text at its place, in the size in which it fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from importlib.resources import files

from card_os.spec.errors import Phrase
from issuer.printing import fonts
from issuer.printing.errors import PrintRefusedError
from issuer.printing.fitting import LEADING, MM_PER_POINT, Fitted, Room, fit
from issuer.printing.layout import CHIP, HEIGHT, WIDTH, Box, Layout, Side, TextBox
from issuer.printing.mark import CARD_MARK
from issuer.printing.typesetter import SCHEME

PHOTO, _NO_PHOTO, _CHIP = "photo", "no_photo", "chip"
_CORNER = 3.18  # mm  # source: ISO/IEC 7810
# how far below the middle of its line a character of the fonts stands, in em
_DROP = 0.06
_MARK_SIZES, _MARK_MARGIN, _MARK_COLOUR = (14.0, 4.0), 0.8, "#c4161c"
_STYLE = (
    f"@page{{size:{WIDTH}mm {HEIGHT}mm;margin:0}}body{{margin:0}}"
    f"section{{position:relative;break-after:page;width:{WIDTH}mm;height:{HEIGHT}mm;overflow:hidden}}"
    "section *{position:absolute;box-sizing:border-box}"
    ".photo{object-fit:cover;border-radius:.6mm;border:.25mm solid #fff}"
    f".mark{{background:#fff;border-radius:.8mm;border:.4mm solid {_MARK_COLOUR};}}"
    f".edge{{border-radius:{_CORNER}mm;border:.12mm solid #9fb5b0;}}"
    ".line{white-space:pre;font-kerning:none;font-variant-ligatures:none}"
    + "".join(
        f".{name}{{font-family:'{face.family}';font-weight:{face.weight}}}"
        for name, face in fonts.FACES.items()
    )
)


def document(sections: Iterable[str]) -> str:
    """One page for each section."""
    title = "居民健康卡 Residents' Health Card"
    return f"<html lang=zh-CN><title>{title}</title><style>{_STYLE}</style>{''.join(sections)}"


def art_section(layout: Layout, side: str, *, as_on_screen: bool) -> str:
    """The art of a side with what is written on every card; on a screen with the chip and its corners cut."""
    fixed = "".join(_text(box, box.text) for box in layout.sides[side].texts if _is_fixed(box))
    art = _picture(f"{layout.name}.{side}", Box(0, 0, WIDTH, HEIGHT)) + fixed
    if not as_on_screen:
        return f"<section>{art}</section>"
    chip = _picture(_CHIP, CHIP) if side == "front" else ""
    edge = f'<div class=edge style="left:0;top:0;width:{WIDTH}mm;height:{HEIGHT}mm"></div>'
    return f'<section style="border-radius:{_CORNER}mm">{art}{chip}{edge}</section>'


def pictures(layouts: Iterable[Layout]) -> dict[str, bytes]:
    """All pictures but the photos, by their names."""
    art = {
        f"{layout.name}.{name}": side.art.encode()
        for layout in layouts
        for name, side in layout.sides.items()
    }
    return art | {name: _shipped(name) for name in (_NO_PHOTO, _CHIP)}


def section(side: Side, texts: Mapping[str, str], photo: str | None, *, marked: bool) -> str:
    """What lies over the art of a side: `texts` by item, `photo` the name of a picture, `marked` with TEST.

    Raises PrintRefusedError for a text that does not fit or has a character without a glyph.
    """
    own = [box for box in side.texts if not _is_fixed(box) and texts[box.item or str(box.needs)]]
    parts = [_text(box, texts[box.item] if box.item else box.text) for box in own]
    if side.photo:
        parts.append(_picture(photo or _NO_PHOTO, side.photo, "photo"))
    if marked:
        parts.append(_mark(side.test_mark))
    return f"<section>{''.join(parts)}</section>"


def _is_fixed(box: TextBox) -> bool:
    return box.item is None and box.needs is None


def _text(box: TextBox, text: str) -> str:
    item = box.item or box.text
    metrics = fonts.metrics(box.face)
    missing = metrics.first_missing(text)
    if missing is not None:
        reason = Phrase("the font has no glyph for character {position}", position=missing)
        raise PrintRefusedError(item=item, reason=reason)
    fitted = fit(text, metrics, box.room)
    if fitted is None:
        reason = Phrase(
            "{count} characters do not fit into {width} x {height} mm of the layout even at {size} points",
            count=len(text), width=box.box.width, height=box.box.height, size=box.room.smallest,
        )  # fmt: skip
        raise PrintRefusedError(item=item, reason=reason)
    style = f"color:{box.colour};text-align:{box.align};letter-spacing:{box.room.tracking}em"
    return _lines(fitted, box.box, box.face, style)


def _lines(fitted: Fitted, box: Box, face: str, style: str) -> str:
    """Lines one above the other, in the middle of the height of the box."""
    size = fitted.size * MM_PER_POINT
    tall = size * (1 + (len(fitted.lines) - 1) * LEADING)
    top = box.y + (box.height - tall) / 2 - _DROP * size
    style = f"width:{box.width}mm;line-height:{size:.3f}mm;font-size:{fitted.size}pt;{escape(style)}"
    tops = (top + place * LEADING * size for place in range(len(fitted.lines)))
    return "".join(
        f'<div class="line {face}" style="left:{box.x}mm;top:{place:.3f}mm;{style}">{escape(line)}</div>'
        for place, line in zip(tops, fitted.lines, strict=True)
    )


def _mark(box: Box) -> str:
    both = 2 * _MARK_MARGIN
    inner = Box(box.x + _MARK_MARGIN, box.y + _MARK_MARGIN, box.width - both, box.height - both)
    style = f"color:{_MARK_COLOUR};text-align:center"
    text = _lines(_mark_fitted(inner.width, inner.height), inner, "sans-bold", style)
    return f'<div class=mark style="{_edges(box)}"></div>{text}'


@cache
def _mark_fitted(width: float, height: float) -> Fitted:
    largest, smallest = _MARK_SIZES
    room = Room(width, height, largest, smallest)
    # the smallest place that a layout may give it holds the smallest size
    return fit(CARD_MARK, fonts.metrics("sans-bold"), room) or Fitted(smallest, (CARD_MARK,))


def _picture(name: str, box: Box, kind: str = "art") -> str:
    return f'<img class={kind} style="{_edges(box)}" src="{SCHEME}{escape(name)}">'


def _edges(box: Box) -> str:
    return f"left:{box.x}mm;top:{box.y}mm;width:{box.width}mm;height:{box.height}mm"


@cache
def _shipped(name: str) -> bytes:
    return (files("issuer.printing") / "pictures" / f"{name}.svg").read_bytes()
