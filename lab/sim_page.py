"""The training page beside a running simulator: its first seat has the simulator's own PC/SC readers.

It comes up in a thread after the cards are in, so that nobody who wants only the cards waits for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from card_os.spec.errors import PlainError
from lab.table import Table
from language import _, cause, describe

Say = Callable[[str], None]
STOP_SECONDS = 20.0


class TrainingLibrariesMissingError(PlainError):
    """The libraries of the page are not there."""

    template = "the training page needs more libraries: install residents-health-card[training]"


@contextmanager
def page_beside(table: Table, say: Say) -> Iterator[None]:
    """Serve the page while the context lasts; `say` hears its address, or why there is none."""
    end = threading.Event()
    thread = threading.Thread(target=_serve, args=(table, say, end), name="training page", daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join(STOP_SECONDS)


def _serve(table: Table, say: Say, end: threading.Event) -> None:
    try:
        _serve_until(table, say, end)
    except PlainError as error:
        say(_("There is no training page: {reason}").format(reason=describe(error)))
    except OSError as error:
        say(_("There is no training page: {reason}").format(reason=cause(error)))


def _serve_until(table: Table, say: Say, end: threading.Event) -> None:
    try:
        from lab.training.classroom import Classroom  # noqa: PLC0415  half a second, and may be missing
        from lab.training.cli import home  # noqa: PLC0415
        from lab.training.server import Address, TrainingServer  # noqa: PLC0415
        from lab.training.slot import pcsc_slots  # noqa: PLC0415
    except ImportError:
        raise TrainingLibrariesMissingError from None
    if end.is_set():
        return
    classroom = Classroom(home(), first_slots=pcsc_slots(table))
    with TrainingServer(classroom, Address(free_port=True)).running() as url:
        say(_("The training page: {url}").format(url=url))
        end.wait()
