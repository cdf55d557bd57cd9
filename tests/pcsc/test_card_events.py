"""Insertion and removal as events, over virtual readers."""

from __future__ import annotations

import asyncio
import queue
import threading

import pytest
from reader_cards import issued_card

from lab.pcsc.private_stack import PrivateStack
from lab.pcsc.readers import Readers
from reader_client.events import EventKind, ReaderEvent, ReaderWatch, reader_events, watch_readers

pytestmark = pytest.mark.pcsc

DEADLINE = 10


def test_cards_in_and_out_are_told(pcsc_stack: PrivateStack, pcsc_readers: Readers) -> None:
    told: queue.Queue[ReaderEvent] = queue.Queue()
    stop = threading.Event()
    watcher = threading.Thread(target=watch_readers, args=(told.put, stop))
    watcher.start()
    names = {slot.reader for slot in pcsc_readers.slots}
    first = [told.get(timeout=DEADLINE) for _ in names]
    assert {(event.kind, event.reader) for event in first} == {(EventKind.READER_ADDED, n) for n in names}
    card, slot = issued_card(), pcsc_readers.slots[0]
    pcsc_readers.insert(slot, card)
    assert told.get(timeout=DEADLINE) == ReaderEvent(EventKind.CARD_INSERTED, slot.reader, card.atr)
    pcsc_readers.eject(slot)
    assert told.get(timeout=DEADLINE) == ReaderEvent(EventKind.CARD_REMOVED, slot.reader)
    stop.set()
    watcher.join(DEADLINE)
    assert not watcher.is_alive()


def test_the_events_for_a_loop(pcsc_stack: PrivateStack, pcsc_readers: Readers) -> None:
    card, slot = issued_card(), pcsc_readers.slots[0]

    async def follow() -> list[ReaderEvent]:
        found = []
        inserting = asyncio.create_task(asyncio.to_thread(pcsc_readers.insert, slot, card))
        async for event in reader_events():
            if event.kind is not EventKind.READER_ADDED:
                found.append(event)
                await inserting
                break
        return found

    found = asyncio.run(asyncio.wait_for(follow(), DEADLINE))
    assert found == [ReaderEvent(EventKind.CARD_INSERTED, slot.reader, card.atr)]


def test_a_watch_ends_when_it_is_told_to(pcsc_stack: PrivateStack) -> None:
    watch = ReaderWatch()
    watch.stop()
    assert {event.kind for event in watch} == {EventKind.READER_ADDED}
