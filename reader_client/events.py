"""Cards that come and go, as events for a loop or a callback; what is seen and compared stands in `watch`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator

from reader_client.watch import EventKind, ReaderEvent, watch

__all__ = ["EventKind", "ReaderEvent", "ReaderWatch", "reader_events", "watch_readers"]


def watch_readers(on_event: Callable[[ReaderEvent], None], stop: threading.Event | None = None) -> None:
    """Call `on_event` for everything that happens until `stop` is set; readers and cards of now come first.

    Raises NoPcscError, PyscardMissingError, and whatever `on_event` raises.
    """
    for event in ReaderWatch(stop):
        on_event(event)


class ReaderWatch:
    """The events as an iterator that ends after `stop`; new readers are watched as they appear."""

    def __init__(self, stop: threading.Event | None = None) -> None:
        self._stop = stop or threading.Event()

    def __iter__(self) -> Iterator[ReaderEvent]:
        for _seen, events in watch(lambda: not self._stop.is_set()):
            yield from events

    def stop(self) -> None:
        """End the iteration, from any thread; it takes a third of a second at most."""
        self._stop.set()


async def reader_events() -> AsyncIterator[ReaderEvent]:
    """The same events for `async for`; the loop goes on while PC/SC is waited for."""
    loop = asyncio.get_running_loop()
    events: asyncio.Queue[ReaderEvent | BaseException] = asyncio.Queue()
    stop = threading.Event()

    def follow() -> None:
        try:
            watch_readers(lambda event: _put(loop, events, event), stop)
        except Exception as error:  # it is raised again where the events are taken
            _put(loop, events, error)

    thread = threading.Thread(target=follow, name="reader events", daemon=True)
    thread.start()
    try:
        while True:
            event = await events.get()
            if isinstance(event, BaseException):
                raise event
            yield event
    finally:
        stop.set()


def _put(
    loop: asyncio.AbstractEventLoop,
    events: asyncio.Queue[ReaderEvent | BaseException],
    event: ReaderEvent | BaseException,
) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(events.put_nowait, event)
