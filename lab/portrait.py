"""Drawn portraits for demo cards: a cartoon head and shoulders that fits the photo file of the card."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageDraw

from card_os.spec.photo import MAX_JPEG, readable_length

WIDTH = 120
"""Width of a portrait in pixels."""
HEIGHT = 160
"""Height of a portrait in pixels."""
MAX_LENGTH = MAX_JPEG
"""Longest JPEG in bytes."""

_SUPERSAMPLE = 4
_QUALITIES = range(88, 4, -4)

_Colour = tuple[int, int, int]
_Point = tuple[float, float]
_Angles = tuple[float, float]

_BACKGROUNDS: tuple[_Colour, ...] = (
    (214, 232, 246), (226, 240, 217), (250, 232, 205), (236, 224, 243), (205, 236, 232), (247, 222, 222),
)  # fmt: skip
_SKINS: tuple[_Colour, ...] = (
    (255, 224, 196), (246, 208, 172), (233, 187, 145), (214, 163, 120), (178, 125, 86), (136, 91, 62),
)  # fmt: skip
_HAIRS: tuple[_Colour, ...] = (
    (33, 29, 32), (58, 40, 32), (96, 62, 40), (139, 92, 52), (150, 150, 154), (214, 212, 208),
)  # fmt: skip
_CLOTHES: tuple[_Colour, ...] = (
    (44, 84, 140), (160, 52, 58), (52, 118, 92), (108, 76, 138), (206, 138, 46), (70, 78, 90), (38, 134, 160),
)  # fmt: skip
_INK: _Colour = (48, 40, 44)
_WHITE: _Colour = (252, 252, 252)


@dataclass(frozen=True, slots=True)
class _Look:
    """What one seed looks like."""

    background: _Colour
    skin: _Colour
    hair: _Colour
    clothes: _Colour
    hair_style: str
    collar: str
    glasses: str
    mouth: str
    beard: bool
    face_width: float


class _Sketch:
    """A drawing board in portrait pixels; shapes are drawn larger and reduced, which smooths their edges.

    Ovals are given by their centre and half axes, arcs by angles clockwise from three o'clock.
    """

    def __init__(self, background: _Colour) -> None:
        self._image = Image.new("RGB", (WIDTH * _SUPERSAMPLE, HEIGHT * _SUPERSAMPLE), background)
        self._draw = ImageDraw.Draw(self._image)

    def oval(self, centre: _Point, rx: float, ry: float, fill: _Colour) -> None:
        self._draw.ellipse(_box(centre, rx, ry), fill=fill)

    def segment(self, centre: _Point, rx: float, ry: float, fill: _Colour, angles: _Angles) -> None:
        self._draw.chord(_box(centre, rx, ry), *angles, fill=fill)

    def arc(self, centre: _Point, rx: float, ry: float, colour: _Colour, angles: _Angles) -> None:
        self._draw.arc(_box(centre, rx, ry), *angles, fill=colour, width=round(1.8 * _SUPERSAMPLE))

    def frame(self, centre: _Point, rx: float, ry: float, colour: _Colour, radius: float) -> None:
        stroke = round(1.6 * _SUPERSAMPLE)
        box = _box(centre, rx, ry)
        self._draw.rounded_rectangle(box, radius=radius * _SUPERSAMPLE, outline=colour, width=stroke)

    def block(self, edges: tuple[float, float, float, float], fill: _Colour, radius: float) -> None:
        corners = [edge * _SUPERSAMPLE for edge in edges]
        self._draw.rounded_rectangle(corners, radius=radius * _SUPERSAMPLE, fill=fill)

    def area(self, points: list[_Point], fill: _Colour) -> None:
        self._draw.polygon(_scaled(points), fill=fill)

    def stroke(self, points: list[_Point], colour: _Colour, width: float) -> None:
        self._draw.line(_scaled(points), fill=colour, width=round(width * _SUPERSAMPLE), joint="curve")

    def reduced(self) -> Image.Image:
        return self._image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def draw_portrait(seed: int, name: str | None = None) -> bytes:
    """Return the portrait of a seed as a JPEG of 120 x 160 pixels, artificial at first sight.

    A name is mixed into the seed, so that two people with one seed do not look alike; it is not drawn.
    The same arguments give the same bytes with one release of the imaging library.

    Zero bytes behind the end-of-image marker give a length that every known reader takes; it is at most 3070,
    as the file has 3072 bytes with its two length bytes (spec: terminal_interface 5.1).
    """
    random = Random(seed if name is None else f"{seed}/{name}")  # noqa: S311 - a drawing, no secret
    picture = _paint(_choose(random))
    for quality in _QUALITIES:
        jpeg = _encode(picture, quality)
        length = readable_length(len(jpeg))
        if length <= MAX_LENGTH:
            return jpeg.ljust(length, b"\x00")
    raise ValueError(f"the portrait of seed {seed} does not fit {MAX_LENGTH} bytes")


def _encode(picture: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, optimize=True, subsampling="4:2:0")
    return buffer.getvalue()


def _choose(random: Random) -> _Look:
    hair_style = random.choice(tuple(_BACK_HAIR))
    return _Look(
        background=random.choice(_BACKGROUNDS),
        skin=random.choice(_SKINS),
        hair=random.choice(_HAIRS),
        clothes=random.choice(_CLOTHES),
        hair_style=hair_style,
        collar=random.choice(tuple(_COLLARS)),
        glasses=random.choice(("none", "none", "round", "square")),
        mouth=random.choice(("smile", "grin", "quiet")),
        beard=hair_style in _BEARD_STYLES and random.random() < 0.3,
        face_width=random.choice((25.0, 27.0, 29.0)),
    )


def _paint(look: _Look) -> Image.Image:
    sketch = _Sketch(look.background)
    _BACK_HAIR[look.hair_style](sketch, look)
    _body(sketch, look)
    _head(sketch, look)
    if look.beard:
        _beard(sketch, look)
    _face(sketch, look)
    _front_hair(sketch, look)
    _glasses(sketch, look)
    return sketch.reduced()


def _body(sketch: _Sketch, look: _Look) -> None:
    sketch.block((8, 120, 112, 200), look.clothes, 30)
    sketch.block((49, 98, 71, 130), _shade(look.skin, 0.86), 8)
    _COLLARS[look.collar](sketch, look)


def _head(sketch: _Sketch, look: _Look) -> None:
    for side in (-1, 1):
        sketch.oval((60 + side * look.face_width, 75), 5.5, 8, _shade(look.skin, 0.92))
    sketch.oval((60, 72), look.face_width, 35, look.skin)


def _face(sketch: _Sketch, look: _Look) -> None:
    brow = _shade(look.hair, 0.8)
    for side in (-1, 1):
        x = 60 + side * 11
        sketch.oval((x, 73), 2.9, 3.6, _INK)
        sketch.oval((x + 0.9, 71.8), 0.9, 0.9, _WHITE)
        sketch.arc((x, 68), 6, 5, brow, (205, 335))
        sketch.oval((60 + side * 16, 86), 4.5, 3, _blend(look.skin, (232, 112, 104), 0.35))
    sketch.arc((60, 80), 3.5, 3.5, _shade(look.skin, 0.7), (30, 150))
    _mouth(sketch, look)


def _mouth(sketch: _Sketch, look: _Look) -> None:
    if look.mouth == "grin":
        sketch.segment((60, 90), 9, 8, (150, 52, 56), (0, 180))
        sketch.block((53.5, 90, 66.5, 92.2), _WHITE, 1)
    elif look.mouth == "smile":
        sketch.arc((60, 87), 10, 8, (150, 60, 62), (25, 155))
    else:
        sketch.arc((60, 88), 9, 5, (150, 60, 62), (50, 130))


def _beard(sketch: _Sketch, look: _Look) -> None:
    sketch.segment((60, 76), look.face_width - 0.5, 32, look.hair, (22, 158))
    sketch.oval((60, 90), 13, 6.5, look.skin)


def _glasses(sketch: _Sketch, look: _Look) -> None:
    if look.glasses == "none":
        return
    for side in (-1, 1):
        centre = (60 + side * 11, 73)
        if look.glasses == "round":
            sketch.frame(centre, 8.5, 8.5, _INK, 8.5)
        else:
            sketch.frame(centre, 9, 6.5, _INK, 2.5)
        sketch.stroke([(60 + side * 19.5, 72), (60 + side * look.face_width, 70)], _INK, 1.4)
    sketch.stroke([(57.5, 72), (62.5, 72)], _INK, 1.6)


def _no_back_hair(sketch: _Sketch, look: _Look) -> None:
    """Nothing shows behind the head."""


def _bob(sketch: _Sketch, look: _Look) -> None:
    sketch.block((60 - look.face_width - 7, 36, 60 + look.face_width + 7, 108), look.hair, 26)


def _long(sketch: _Sketch, look: _Look) -> None:
    sketch.block((60 - look.face_width - 8, 34, 60 + look.face_width + 8, 146), look.hair, 28)


def _bun(sketch: _Sketch, look: _Look) -> None:
    sketch.oval((60, 30), 13, 12, look.hair)
    sketch.oval((60, 66), look.face_width + 4, 34, look.hair)


def _plaits(sketch: _Sketch, look: _Look) -> None:
    sketch.oval((60, 66), look.face_width + 4, 34, look.hair)
    for side in (-1, 1):
        for step in range(5):
            sketch.oval((60 + side * (look.face_width + 5 + step * 0.8), 88 + step * 11), 6.5, 7.5, look.hair)


def _curls(sketch: _Sketch, look: _Look) -> None:
    sketch.oval((60, 62), look.face_width + 4, 32, look.hair)
    reach = look.face_width + 2
    for x, y in ((1.0, 66), (1.0, 50), (0.72, 38), (0.3, 31)):
        for side in (-1, 1):
            sketch.oval((60 + side * x * reach, y), 10, 10, look.hair)


def _front_hair(sketch: _Sketch, look: _Look) -> None:
    top = (60.0, 62.0)
    reach = look.face_width + 1.5
    if look.hair_style == "bald":
        for side in (-1, 1):
            sketch.oval((60 + side * (look.face_width - 0.5), 64), 3.5, 9, look.hair)
        return
    if look.hair_style in {"parted", "bob"}:
        sketch.segment(top, reach, 29, look.hair, (186, 318))
        sketch.segment(top, reach, 29, look.hair, (300, 362))
    elif look.hair_style in {"fringe", "plaits"}:
        sketch.segment(top, reach, 29, look.hair, (188, 352))
    elif look.hair_style == "crest":
        sketch.segment(top, reach, 29, look.hair, (200, 340))
        sketch.area([(36, 50), (42, 34), (54, 27), (70, 26), (82, 34), (86, 50)], look.hair)
    else:
        sketch.segment(top, reach, 29, look.hair, (205, 335))


def _crew_neck(sketch: _Sketch, look: _Look) -> None:
    sketch.segment((60, 119), 16, 11, _shade(look.clothes, 0.75), (0, 180))
    sketch.segment((60, 118), 13, 8, _shade(look.skin, 0.86), (0, 180))


def _v_neck(sketch: _Sketch, look: _Look) -> None:
    sketch.area([(43, 119), (60, 147), (77, 119)], _shade(look.clothes, 0.7))
    sketch.area([(47, 117), (60, 141), (73, 117)], _shade(look.skin, 0.86))


def _shirt(sketch: _Sketch, look: _Look) -> None:
    sketch.area([(49, 119), (60, 130), (71, 119), (71, 160), (49, 160)], _WHITE)
    for side in (-1, 1):
        sketch.area([(60 + side * 12, 113), (60, 130), (60 + side * 15, 139), (60 + side * 19, 119)], _WHITE)
    tie = _blend(look.clothes, (220, 60, 70), 0.6)
    sketch.area([(56, 130), (64, 130), (62.5, 137), (66, 160), (54, 160), (57.5, 137)], tie)


def _high_neck(sketch: _Sketch, look: _Look) -> None:
    sketch.block((45, 107, 75, 133), _shade(look.clothes, 0.82), 6)


def _stand_collar(sketch: _Sketch, look: _Look) -> None:
    trim = _blend(look.clothes, (244, 214, 120), 0.75)
    sketch.block((46, 110, 74, 133), _shade(look.clothes, 0.82), 5)
    sketch.stroke([(60, 112), (60, 160)], trim, 2)
    for y in (124, 138, 152):
        sketch.stroke([(53, y), (67, y)], trim, 2.2)


_Part = Callable[[_Sketch, _Look], None]

_BACK_HAIR: dict[str, _Part] = {
    "short": _no_back_hair,
    "parted": _no_back_hair,
    "crest": _no_back_hair,
    "bald": _no_back_hair,
    "fringe": _bob,
    "bob": _bob,
    "long": _long,
    "bun": _bun,
    "plaits": _plaits,
    "curls": _curls,
}
_BEARD_STYLES = frozenset({"short", "parted", "crest", "bald"})
_COLLARS: dict[str, _Part] = {
    "crew neck": _crew_neck,
    "v neck": _v_neck,
    "shirt": _shirt,
    "high neck": _high_neck,
    "stand collar": _stand_collar,
}


def _scaled(points: list[_Point]) -> list[_Point]:
    return [(x * _SUPERSAMPLE, y * _SUPERSAMPLE) for x, y in points]


def _box(centre: _Point, rx: float, ry: float) -> list[_Point]:
    x, y = centre
    return _scaled([(x - rx, y - ry), (x + rx, y + ry)])


def _shade(colour: _Colour, factor: float) -> _Colour:
    return _blend((0, 0, 0), colour, factor)


def _blend(first: _Colour, second: _Colour, share: float) -> _Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue
