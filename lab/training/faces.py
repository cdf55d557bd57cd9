"""The faces that the issuer prints on the cards of the tray, as PNG; drawn once in a process, in a thread.

Where the libraries for printing are missing, and until a face is ready, the page draws a plain one itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from card_os.image import CardImage
from card_os.spec.errors import PlainError
from lab.card_contents import ImageContents
from lab.sources import SourcedCard
from lab.training.tray import TrayStock, entries
from reader_client.places import PHOTO

if TYPE_CHECKING:
    from issuer.printing.card_face import CardFace

_DPI = 110
_log = logging.getLogger(__name__)


class Faces:
    """Front sides by the id of the tray."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._fronts: dict[str, bytes] = {}
        self._thread: Thread | None = None
        self.listeners: list[Callable[[], None]] = []
        """Called once, when the faces are ready."""

    def front(self, card: str) -> bytes | None:
        """A face as PNG; None where there is none, or none yet."""
        return self._fronts.get(card)

    def ready(self) -> frozenset[str]:
        """The cards whose face is ready."""
        return frozenset(self._fronts)

    def begin(self, stock: TrayStock) -> bool:
        """Draw the faces of all cards in a thread; False where that was begun before."""
        with self._lock:
            if self._thread is not None:
                return False
            self._thread = Thread(target=self._draw, args=(stock,), name="card faces", daemon=True)
            self._thread.start()
            return True

    def wait(self, seconds: float) -> None:
        """Wait until a drawing that was begun is over."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _draw(self, stock: TrayStock) -> None:
        try:
            self._fronts = _fronts(stock)
        except (ImportError, OSError, PlainError) as error:
            _log.info("card faces are drawn plain: %s", type(error).__name__)
            return
        for listener in self.listeners:
            listener()


@cache
def faces() -> Faces:
    """Those of this process."""
    return Faces()


def _fronts(stock: TrayStock) -> dict[str, bytes]:
    # slow to import, and missing where nothing is printed
    from issuer.printing.faces import Finish, faces_pdf  # noqa: PLC0415
    from issuer.printing.layouts import Layouts  # noqa: PLC0415
    from issuer.printing.raster import png_pages  # noqa: PLC0415

    cards = [row.id for row in entries().values() if row.is_issued]
    pdf = faces_pdf([_face(stock.bring(card)) for card in cards], Layouts(), finish=Finish.SCREEN)
    return dict(zip(cards, png_pages(pdf, _DPI)[::2], strict=True))  # every second page is a back


def _face(source: SourcedCard) -> CardFace:
    from issuer.printing.card_face import SHOWN_ITEMS, CardFace  # noqa: PLC0415

    memory = source.card.memory.snapshot()
    contents = ImageContents(CardImage(source.profile, memory, with_secrets=True))
    printed = [
        name for name in (*SHOWN_ITEMS, "issuer_code", PHOTO) if name in (*contents.profile.items, PHOTO)
    ]
    values: dict[str, Any] = {name: contents.value(name) for name in printed}
    return CardFace(environment="TEST", **values)
