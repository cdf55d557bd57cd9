"""The faces of cards as PDF and PNG, one card or a whole batch.

A PDF has two pages for each card, front and back, of 85.60 x 53.98 mm. The same input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import Enum

from card_os.spec.errors import Phrase
from issuer.printing import card_face, face_html
from issuer.printing.card_face import CardFace
from issuer.printing.errors import PrintRefusedError
from issuer.printing.face_html import PHOTO
from issuer.printing.layout import Layout
from issuer.printing.layouts import Layouts
from issuer.printing.mark import is_marked
from issuer.printing.raster import DPI, png_pages
from issuer.printing.typesetter import Part, typeset_over_art

MOST_FACES = 1000
"""Cards in one PDF; while it is made each of them takes about half a megabyte."""
_CARDS_AT_ONCE = 20


class Finish(Enum):
    """For a printer of cards, which leaves the chip free and cuts nothing; or as the card will look."""

    PRINT = "print"
    SCREEN = "screen"


def face_pdf(face: CardFace, layouts: Layouts, finish: Finish = Finish.PRINT) -> bytes:
    """Front and back of one card; raises as `faces_pdf` does."""
    return faces_pdf([face], layouts, finish=finish)


def face_pngs(
    face: CardFace, layouts: Layouts, *, dpi: int = DPI, finish: Finish = Finish.PRINT
) -> tuple[bytes, bytes]:
    """Front and back of one card; raises as `faces_pdf` does, and PrintRefusedError for the dpi."""
    front, back = png_pages(face_pdf(face, layouts, finish), dpi)
    return front, back


def faces_pdf(
    faces: Sequence[CardFace],
    layouts: Layouts,
    *,
    told: Callable[[int, int], None] = lambda _done, _all: None,
    finish: Finish = Finish.PRINT,
) -> bytes:
    """Front and back of each card, in order, at most 1000 cards.

    Everything is checked before anything is set; then `told` hears how many cards of how many are set.
    Raises PrintRefusedError, in a batch with the number of the card from 1, for what cannot be printed or
    does not fit its layout; LayoutError; PrintingUnavailableError.
    """
    if not 1 <= len(faces) <= MOST_FACES:
        reason = Phrase("{low} to {high} cards go into one PDF", low=1, high=MOST_FACES)
        raise PrintRefusedError(item="PDF", reason=reason)
    chosen = [layouts.choose(face.issuer_code, face.application_city_code) for face in faces]
    used = list({layout.name: layout for layout in chosen}.values())
    pictures = face_html.pictures(used)
    sides = []
    for number, (face, layout) in enumerate(zip(faces, chosen, strict=True), 1):
        try:
            sides.append(_sides(face, layout, number))
            if face.photo is not None:
                pictures[f"{PHOTO}{number}"] = card_face.checked_photo(face.photo)
        except PrintRefusedError as error:
            if len(faces) == 1:
                raise
            item = Phrase("card {number}, {item}", number=number, item=error.fields["item"])
            raise PrintRefusedError(item=item, reason=error.fields["reason"]) from None
    art = face_html.document(
        face_html.art_section(layout, side, as_on_screen=finish is Finish.SCREEN)
        for layout in used
        for side in layout.sides
    )
    done = 0

    def one_more_part() -> None:
        nonlocal done
        done = min(done + _CARDS_AT_ONCE, len(faces))
        told(done, len(faces))

    under = [2 * used.index(layout) + place for layout in chosen for place in range(2)]
    return typeset_over_art(art, _parts(sides, under), pictures, one_more_part)


def _sides(face: CardFace, layout: Layout, number: int) -> list[str]:
    texts = card_face.texts(face)
    photo = f"{PHOTO}{number}" if face.photo is not None else None
    marked = is_marked(face.environment)
    return [face_html.section(side, texts, photo, marked=marked) for side in layout.sides.values()]


def _parts(sides: Sequence[Sequence[str]], under: Sequence[int]) -> Iterator[Part]:
    for start in range(0, len(sides), _CARDS_AT_ONCE):
        end = start + _CARDS_AT_ONCE
        sections = [section for card in sides[start:end] for section in card]
        yield Part(face_html.document(sections), tuple(under[2 * start : 2 * end]))
