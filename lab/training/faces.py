"""The faces that the issuer prints on the cards of the tray, as PNG, drawn once in a process.

Drawing takes seconds of work and a hundred megabytes, so that a process of its own does it:
`python -m lab.training.faces` writes one JSON object of PNGs in base64, by the ids of the tray. Where the
libraries for printing are missing, and until the faces are ready, the page draws plain ones itself.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from base64 import b64decode, b64encode
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
_NICE = 10
_SECONDS = 180.0
_UNAVAILABLE = 3
_log = logging.getLogger(__name__)


class Faces:
    """Front sides by the id of the tray."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._fronts: dict[str, bytes] = {}
        self._thread: Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False
        self.listeners: list[Callable[[], None]] = []
        """Called once, when the faces are ready."""

    def front(self, card: str) -> bytes | None:
        """A face as PNG; None where there is none, or none yet."""
        return self._fronts.get(card)

    def ready(self) -> frozenset[str]:
        """The cards whose face is ready."""
        return frozenset(self._fronts)

    def begin(self) -> bool:
        """Draw the faces of all cards beside this process; False where that was begun before."""
        with self._lock:
            if self._thread is not None:
                return False
            self._thread = Thread(target=self._draw, name="card faces", daemon=True)
            self._thread.start()
            return True

    def wait(self, seconds: float) -> None:
        """Wait until a drawing that was begun is over."""
        if self._thread is not None:
            self._thread.join(seconds)

    def end(self) -> None:
        """End a drawing that is under way: nobody will look at it."""
        with self._lock:
            self._ended = True
            if self._process is not None:
                self._process.kill()

    def _draw(self) -> None:
        command = [sys.executable, "-P", "-m", "lab.training.faces"]
        try:
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603
                with self._lock:
                    self._process = process
                    if self._ended:
                        process.kill()
                text, _none = process.communicate(timeout=_SECONDS)
            drawn = {card: b64decode(png) for card, png in json.loads(text).items()}
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            _log.info("card faces are drawn plain: %s", type(error).__name__)
            return
        self._fronts = drawn
        for listener in list(self.listeners):
            listener()


@cache
def faces() -> Faces:
    """Those of this process."""
    return Faces()


def drawn_faces() -> dict[str, bytes]:
    """The front of every card of the tray that an issuer printed, as PNG; raises what printing raises."""
    from issuer.printing.faces import Finish, faces_pdf  # noqa: PLC0415  may be missing
    from issuer.printing.layouts import Layouts  # noqa: PLC0415
    from issuer.printing.raster import png_pages  # noqa: PLC0415

    stock = TrayStock()
    cards = [row.id for row in entries().values() if row.is_issued]
    pdf = faces_pdf([_face(stock.bring(card)) for card in cards], Layouts(), finish=Finish.SCREEN)
    return dict(zip(cards, png_pages(pdf, _DPI)[::2], strict=True))  # every second page is a back


def main() -> int:
    """Write all faces to standard output; 3 where they cannot be drawn here."""
    os.nice(_NICE)
    try:
        found = drawn_faces()
    except (ImportError, OSError, PlainError):
        return _UNAVAILABLE
    json.dump({card: b64encode(png).decode("ascii") for card, png in found.items()}, sys.stdout)
    return 0


def _face(source: SourcedCard) -> CardFace:
    from issuer.printing.card_face import SHOWN_ITEMS, CardFace  # noqa: PLC0415

    memory = source.card.memory.snapshot()
    contents = ImageContents(CardImage(source.profile, memory, with_secrets=True))
    known = {*contents.profile.items, PHOTO}
    printed = [name for name in (*SHOWN_ITEMS, "issuer_code", PHOTO) if name in known]
    values: dict[str, Any] = {name: contents.value(name) for name in printed}
    return CardFace(environment="TEST", **values)


if __name__ == "__main__":
    sys.exit(main())
