"""Pages of a PDF as pictures."""

from __future__ import annotations

import io
from threading import Lock

from card_os.spec.errors import Phrase
from issuer.printing import needed_libraries
from issuer.printing.errors import PrintRefusedError

DPI = 300
"""What printers of cards have."""
_LOWEST, _HIGHEST = 36, 1200
_POINTS_PER_INCH = 72
# PDFium is not made for threads
_pdfium = Lock()


def png_pages(pdf: bytes, dpi: int = DPI) -> list[bytes]:
    """Each page of a PDF of ours as a PNG, in 36 to 1200 dpi.

    Raises PrintingUnavailableError, and PrintRefusedError for another number of dpi.
    """
    if not _LOWEST <= dpi <= _HIGHEST:
        reason = Phrase("{low} to {high} dpi are expected", low=_LOWEST, high=_HIGHEST)
        raise PrintRefusedError(item="PNG", reason=reason)
    with _pdfium:
        document = needed_libraries.pdfium().PdfDocument(pdf)
        try:
            return [_png(page, dpi) for page in document]
        finally:
            document.close()


def _png(page: object, dpi: int) -> bytes:
    picture = page.render(scale=dpi / _POINTS_PER_INCH).to_pil()  # type: ignore[attr-defined]
    stream = io.BytesIO()
    picture.save(stream, "PNG", dpi=(dpi, dpi))
    return stream.getvalue()
