"""What happens at a seat, told at once to every open page of it: the source of the server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock

_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `name` is desk, trace, rights, work or exercise, `about` what it brings along."""

    name: str
    about: object = None


class Feed:
    """Takes events from any thread and gives them to queues in event loops. A page that lags loses events."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pages: list[tuple[asyncio.AbstractEventLoop, asyncio.Queue[Event]]] = []

    def tell(self, name: str, about: object = None) -> None:
        """Give an event to all open pages."""
        event = Event(name, about)
        with self._lock:
            pages = list(self._pages)
        for loop, queue in pages:
            with suppress(RuntimeError):  # the loop of a page that has just ended
                loop.call_soon_threadsafe(_put, queue, event)

    @property
    def pages(self) -> int:
        """How many pages listen."""
        with self._lock:
            return len(self._pages)

    @contextmanager
    def listening(self) -> Iterator[asyncio.Queue[Event]]:
        """A queue of a page, in the event loop that runs."""
        page = (asyncio.get_running_loop(), asyncio.Queue[Event](_LONGEST))
        with self._lock:
            self._pages.append(page)
        try:
            yield page[1]
        finally:
            with self._lock:
                self._pages.remove(page)


def _put(queue: asyncio.Queue[Event], event: Event) -> None:
    with suppress(asyncio.QueueFull):
        queue.put_nowait(event)
