"""The fonts of everything that is printed: where they are, what they cover, how wide their glyphs are.

The fonts are those of Debian's fonts-noto-cjk. A text is measured before it is set, so that it can be made to
fit, and a character that a font lacks is noticed before an empty box is printed in its place.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from shutil import which
from unicodedata import category

from card_os.spec.errors import Phrase
from issuer.printing import needed_libraries
from issuer.printing.errors import PrintingUnavailableError

SANS, SERIF = "Noto Sans CJK SC", "Noto Serif CJK SC"
FONTS = Phrase("install the Noto CJK fonts and fontconfig, on Debian fonts-noto-cjk and fontconfig")
_MATCH_SECONDS = 30
# weights of CSS and those of fontconfig
_FONTCONFIG_WEIGHTS = {400: 80, 700: 200}


@dataclass(frozen=True, slots=True)
class Face:
    """A font in one weight; `weight` is that of CSS."""

    family: str
    weight: int


FACES: Mapping[str, Face] = {
    "sans": Face(SANS, 400),
    "sans-bold": Face(SANS, 700),
    "serif": Face(SERIF, 400),
    "serif-bold": Face(SERIF, 700),
}
"""Names that a layout uses."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """Widths of the characters that a face covers, in em."""

    widths: Mapping[int, float] = field(repr=False)

    def first_missing(self, text: str) -> int | None:
        """The position, counted from 1, of the first character without a glyph; None where all have one."""
        return next((place for place, char in enumerate(text, 1) if ord(char) not in self.widths), None)

    def width(self, text: str) -> float:
        """The width in em of a text that is covered."""
        return sum(self.widths[ord(char)] for char in text)


@cache
def metrics(name: str) -> Metrics:
    """What is known of a face of `FACES`; raises PrintingUnavailableError."""
    file, index = _found(FACES[name])
    with needed_libraries.font_tools().TTFont(file, fontNumber=index, lazy=True) as font:
        advances, em = font["hmtx"].metrics, font["head"].unitsPerEm
        # what steers a text, and would be invisible on paper, counts as missing
        glyphs = {code: name for code, name in font.getBestCmap().items() if category(chr(code))[0] != "C"}
        return Metrics({code: advances[name][0] / em for code, name in glyphs.items()})


def _found(face: Face) -> tuple[str, int]:
    """The file of a face and its place in it."""
    program = which("fc-match")
    if program is None:
        raise PrintingUnavailableError(missing="fc-match", remedy=FONTS)
    wanted = f"{face.family}:weight={_FONTCONFIG_WEIGHTS[face.weight]}"
    done = subprocess.run(  # noqa: S603 - nothing in it comes from outside
        [program, "-f", "%{file}\n%{index}\n%{family}", wanted],
        capture_output=True, text=True, timeout=_MATCH_SECONDS, check=False,
    )  # fmt: skip
    found = done.stdout.split("\n")
    if done.returncode != 0 or len(found) != 3 or face.family not in found[2].split(","):
        raise PrintingUnavailableError(missing=face.family, remedy=FONTS)
    return found[0], int(found[1])
