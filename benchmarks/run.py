"""`make bench`: speed as ratios to an echo card in the same slot, all measured in one run.

Times of a machine mean little; what the card adds to a round trip that every card pays means something.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

from benchmarks.card_host import ECHO_CLASS
from lab import demo
from lab.pcsc.client import SOCKET_VARIABLE
from reader_client.channel import Channel
from reader_client.pcsc import PcscChannel
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession

ROUNDS = 1000
IN_PROCESS_SECONDS = 2.0
READ_RECORD = bytes.fromhex("00B2390005")
GET_CHALLENGE = bytes.fromhex("0084000008")
TO_TAG_57 = (bytes.fromhex("00A4000002DDF1"), bytes.fromhex("00A4000002EF05"))


def timed(exchange: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    begin = perf_counter()
    exchange()
    return perf_counter() - begin


class CardHost:
    """The process that holds the cards: the socket of its PC/SC service, the readers of card and SAM."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None and process.stdout is not None  # noqa: PT018
        self._orders, self._answers = process.stdin, process.stdout
        ready = json.loads(self._answers.readline())
        self.socket, self.user, self.sam = ready["socket"], ready["user"], ready["sam"]

    def move(self, order: str) -> None:
        """Take the user card out or put it in; returns when PC/SC has seen it."""
        print(order, file=self._orders, flush=True)
        self._answers.readline()


@contextmanager
def card_host() -> Iterator[CardHost]:
    """The process that holds the cards, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="rhc-bench-") as folder:
        command = [sys.executable, "-m", "benchmarks.card_host", folder]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
        try:
            yield CardHost(process)
        finally:
            process.communicate(timeout=10)


def main() -> None:
    """Measure and print."""
    with card_host() as host:
        os.environ[SOCKET_VARIABLE] = host.socket
        user, sam_channel = PcscChannel(host.user), PcscChannel(host.sam)
        session, sam = _sessions(user, sam_channel)
        for command in TO_TAG_57:
            user.transmit(command)
        record, echo = _in_turns(user, lambda: READ_RECORD)
        _row("READ RECORD over PC/SC", record, echo, "aim 1.3")
        authenticate, echo = _in_turns(user, lambda: _authentication(user, sam, session))
        _row("EXTERNAL AUTHENTICATE over PC/SC", authenticate, echo, "aim 1.6")
        session.close()
        sam.close()
    _in_process()


def _sessions(user: Channel, sam_channel: Channel) -> tuple[HealthCardSession, SamSession]:
    sam = SamSession(sam_channel)
    sam.open()
    sam.verify_pin(demo.SAM_PIN)
    session = HealthCardSession(user, sam)
    session.open()
    return session, sam


def _in_turns(user: Channel, command: Callable[[], bytes]) -> tuple[float, float]:
    """Median seconds of a command, and of an echo of the same lengths, in turns in one slot.

    Before each of the two the command is made anew: what that takes at the SAM leaves the slot of the card
    asleep, and the echo must not find it awake.
    """
    card_times, echo_times = [], []
    for _ in range(ROUNDS):
        given = command()
        begin = perf_counter()
        response = user.transmit(given)
        card_times.append(perf_counter() - begin)
        if response[-2:] != b"\x90\x00":
            raise SystemExit(f"the card refused {given[:5].hex().upper()}: {response.hex().upper()}")
        echo = bytes((ECHO_CLASS,)) + command()[1:]
        begin = perf_counter()
        user.transmit(echo)
        echo_times.append(perf_counter() - begin)
    return statistics.median(card_times), statistics.median(echo_times)


def _authentication(user: Channel, sam: SamSession, session: HealthCardSession) -> bytes:
    key = session.profile.keys["RK1_DDF1"]
    challenge = user.transmit(GET_CHALLENGE)[:8]
    value = sam.authentication_value(key, session.factors, challenge, challenge)
    return bytes((0x00, 0x82, 0x00, key.reference, 17)) + value + challenge + b"\x01"


def _in_process() -> None:
    card = demo.issue_card(demo.resident("05"), 2).card
    card.power_on()
    for command in TO_TAG_57:
        card.transmit(command)
    count, begin = 0, perf_counter()
    while perf_counter() - begin < IN_PROCESS_SECONDS:
        card.transmit(READ_RECORD)
        count += 1
    print(f"in-process READ RECORD: {count / (perf_counter() - begin):,.0f} APDUs/s")


def _row(name: str, seconds: float, echo: float, note: str) -> None:
    ratio = seconds / echo
    print(f"{name:<33} {seconds * 1e3:6.3f} ms  echo {echo * 1e3:6.3f} ms  ratio {ratio:4.2f}  ({note})")


if __name__ == "__main__":
    main()
