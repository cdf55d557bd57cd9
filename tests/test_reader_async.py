"""The session of an event loop, over cards in this process."""

from __future__ import annotations

import asyncio
import inspect
import threading

import pytest
from reader_cards import Desk, Recorded, opened

from reader_client.asynchronous import AsyncHealthCardSession
from reader_client.session import HealthCardSession


class Gate(Recorded):
    """A channel that lets no command pass while it is closed."""

    def __init__(self, channel: Recorded) -> None:
        super().__init__(channel.channel)
        self.reached, self.open = threading.Event(), threading.Event()

    def transmit(self, command: bytes) -> bytes:
        self.reached.set()
        assert self.open.wait(10)
        return super().transmit(command)


def test_it_has_every_operation_of_the_plain_session() -> None:
    for name, method in inspect.getmembers(HealthCardSession, inspect.isfunction):
        if name.startswith("_") or name == "transaction":
            continue
        awaited = getattr(AsyncHealthCardSession, name)
        assert inspect.iscoroutinefunction(awaited), name
        assert list(inspect.signature(awaited).parameters) == list(inspect.signature(method).parameters)


def test_two_cards_are_read_at_once() -> None:
    async def read() -> list[dict[str, object]]:
        sessions = [AsyncHealthCardSession(opened(Desk())[0]) for _ in range(2)]
        for number, session in enumerate(sessions):
            await session.update({"holder_phone_1": f"1990000000{number}"})
        found = await asyncio.gather(*(session.read(["holder_phone_1"]) for session in sessions))
        for session in sessions:
            await session.close()
        return [dict(values) for values in found]

    assert asyncio.run(read()) == [{"holder_phone_1": f"1990000000{number}"} for number in range(2)]


def test_operations_of_one_card_stand_in_line() -> None:
    async def read() -> list[dict[str, object]]:
        session = AsyncHealthCardSession(opened(Desk())[0])
        await session.update({"holder_phone_1": "19900000001"})
        return list(await asyncio.gather(*(session.read(["holder_phone_1"]) for _ in range(5))))

    assert asyncio.run(read()) == [{"holder_phone_1": "19900000001"}] * 5


def test_several_operations_together() -> None:
    def work(session: HealthCardSession) -> object:
        session.update({"holder_phone_1": "19900000001"})
        return session.contacts().phones

    async def run() -> object:
        return await AsyncHealthCardSession(opened(Desk())[0]).together(work)

    assert asyncio.run(run()) == ("19900000001",)


def test_a_cancelled_operation_ends_on_the_card_and_one_in_the_line_never_starts() -> None:
    plain, channel = opened(Desk())
    gate = Gate(channel)
    plain._card._answers._channel = gate  # the card is held up in the middle of its work

    async def run() -> dict[str, object]:
        session = AsyncHealthCardSession(plain)
        begun = asyncio.create_task(session.update({"holder_phone_1": "19900000001"}))
        await asyncio.to_thread(gate.reached.wait, 10)
        waiting = asyncio.create_task(session.update({"holder_phone_1": "19900000002"}))
        await asyncio.sleep(0)  # one turn of the loop: the second task is in the line
        for task in (begun, waiting):
            task.cancel()
        for task in (begun, waiting):
            with pytest.raises(asyncio.CancelledError):
                await task
        gate.open.set()
        return dict(await session.read(["holder_phone_1"]))

    assert asyncio.run(run()) == {"holder_phone_1": "19900000001"}
