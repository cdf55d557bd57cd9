"""HTML to PDF by WeasyPrint: nothing is fetched from anywhere, and the same input gives the same bytes.

The art of a card is drawn once in a document and shown under every page, as a form of the PDF.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from card_os.spec.errors import Phrase
from issuer.printing import needed_libraries
from issuer.printing.errors import PrintRefusedError

SCHEME = "rhc:"
"""A document names a picture by this scheme and its key."""
_EPOCH = "SOURCE_DATE_EPOCH"
# one at a time: the font map of Pango and a variable of the process are shared
_press = Lock()


@dataclass(frozen=True, slots=True)
class Part:
    """Pages in HTML, and for each of them the place, from 0, of the page of art that lies under it."""

    html: str = field(repr=False)
    under: tuple[int, ...]


def typeset(html: str, pictures: Mapping[str, bytes] | None = None) -> bytes:
    """A PDF of one HTML document; `pictures` are JPEG, PNG or SVG by the key that follows `rhc:` in it.

    Raises PrintingUnavailableError, and PrintRefusedError where a picture cannot be shown.
    """
    with _running_press() as weasyprint:
        document = weasyprint.HTML(string=html, url_fetcher=_shelf(weasyprint, pictures or {}))
        return bytes(document.write_pdf())


def typeset_over_art(
    art: str, parts: Iterable[Part], pictures: Mapping[str, bytes], told: Callable[[], None] = lambda: None
) -> bytes:
    """A PDF of the pages of all `parts`, under each the page of `art`, an HTML document too, that it names.

    `told` is called after each part is laid out. Raises as `typeset` does.
    """
    with _running_press() as weasyprint:
        fonts = weasyprint.text.fonts.FontConfiguration()
        fetcher = _shelf(weasyprint, pictures)

        def laid_out(html: str) -> Any:  # noqa: ANN401 - the library has no types
            return weasyprint.HTML(string=html, url_fetcher=fetcher).render(font_config=fonts)

        document = laid_out(art)
        pages = list(document.pages)
        under: list[int] = []
        for part in parts:
            pages += laid_out(part.html).pages
            under += part.under
            told()
        return bytes(document.copy(pages).write_pdf(finisher=lambda _, pdf: _lay_under(pdf, under)))


def _lay_under(pdf: Any, under: Sequence[int]) -> None:  # noqa: ANN401 - the library has no types
    """Make forms of the first pages of a PDF that is not yet written, and show them under the last ones.

    # source: ISO 32000-1 8.10 form XObjects, 7.7.3.3 an array of content streams
    """
    from pydyf import Array, Stream  # type: ignore[import-untyped]  # noqa: PLC0415 - comes with WeasyPrint

    numbers = pdf.pages["Kids"][::3]
    pages = [pdf.objects[number] for number in numbers]
    count = len(pages) - len(under)
    shows = []
    for place, page in enumerate(pages[:count]):
        form = _object(pdf, page["Contents"])
        form.extra |= {"Type": "/XObject", "Subtype": "/Form", "BBox": page["MediaBox"]}
        form.extra["Resources"] = page["Resources"]
        _object(pdf, page["Resources"])["XObject"][f"art{place}"] = form.reference
        show = Stream([f"q /art{place} Do Q".encode()])
        pdf.add_object(show)
        shows.append(show.reference)
        page.clear()
    for page, place in zip(pages[count:], under, strict=True):
        page["Contents"] = Array([shows[place], page["Contents"]])
    pdf.pages["Kids"] = Array([part for number in numbers[count:] for part in (number, 0, "R")])
    pdf.pages["Count"] = len(under)


def _object(pdf: Any, reference: bytes) -> Any:  # noqa: ANN401 - the library has no types
    """The object that a reference such as `7 0 R` means."""
    return pdf.objects[int(reference.split()[0])]


def _shelf(weasyprint: Any, pictures: Mapping[str, bytes]) -> Any:  # noqa: ANN401 - the library has no types
    """A fetcher that hands out `pictures` and nothing else: no file, no address."""

    def fetch(_: object, url: str, headers: object = None) -> Any:  # noqa: ANN401
        if not url.startswith(SCHEME):
            raise ValueError(url)
        return weasyprint.urls.URLFetcherResponse(url, pictures[url.removeprefix(SCHEME)])

    kind = type("Shelf", (weasyprint.urls.URLFetcher,), {"fetch": fetch})
    return kind(fail_on_errors=True)


class _Complaints(logging.Handler):
    """Keeps whether a picture could not be shown: WeasyPrint says so in its log and goes on without it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.any = False

    def emit(self, record: logging.LogRecord) -> None:
        self.any = True


@contextmanager
def _running_press() -> Iterator[Any]:
    """WeasyPrint, one document at a time and with the date of the press fixed.

    Where the library for subsets of fonts is missing, WeasyPrint does that work slower and writes the date of
    this variable into the font.
    """
    weasyprint = needed_libraries.weasyprint()
    log = logging.getLogger("weasyprint")
    complaints = _Complaints()
    with _press:
        before, silenced = os.environ.get(_EPOCH), log.disabled
        os.environ[_EPOCH] = "0"
        # whoever sets logging up anew silences the loggers that are there
        log.disabled = False
        log.addHandler(complaints)
        try:
            yield weasyprint
        except weasyprint.urls.FatalURLFetchingError:
            complaints.any = True
        finally:
            log.removeHandler(complaints)
            log.disabled = silenced
            if before is None:
                del os.environ[_EPOCH]
            else:
                os.environ[_EPOCH] = before
    if complaints.any:
        raise PrintRefusedError(
            item="picture", reason=Phrase("it cannot be shown, or shows what lies elsewhere")
        )
