"""`python -m benchmarks.whole_card`: a whole card against an echo card in the same slot, in one run.

After each exchange of the reading, those with the SAM among them, one of the same lengths goes to the echo
card. Time is taken by position: what the reader client does before an exchange belongs to it, what it does
after the last one stands for itself. Of each position the median over all rounds counts, so that other work
of the computer falls out. What is left above 1.00 is what card, SAM and reader client need for themselves.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

from benchmarks.card_host import ECHO_CLASS
from benchmarks.run import card_host
from lab import demo
from lab.pcsc.client import SOCKET_VARIABLE
from reader_client.contents import CardContents
from reader_client.pcsc import PcscChannel
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession

ROUNDS = 100
AIM = 1.25
_ECHO_MOST = 255  # the echo card of the benchmark takes Le 00 for none


@dataclass(slots=True)
class Stopwatch:
    """Seconds by position of one reading, and of the echoes between."""

    user: PcscChannel
    at: float = 0.0
    readings: list[float] = field(default_factory=list)
    echoes: list[float] = field(default_factory=list)

    def start(self) -> None:
        """A reading begins."""
        self.readings, self.echoes, self.at = [], [], perf_counter()

    def lap(self) -> None:
        """An exchange, or the reading, has ended."""
        self.readings.append(perf_counter() - self.at)

    def echo(self, command: bytes, length: int) -> None:
        """The same exchange with the echo card, outside the reading."""
        echo = bytes((ECHO_CLASS,)) + command[1:]
        if len(echo) == 5:
            echo = echo[:4] + bytes((min(length - 2, _ECHO_MOST),))
        begin = perf_counter()
        self.user.transmit(echo)
        self.echoes.append(perf_counter() - begin)
        self.at = perf_counter()


class Timed:
    """A channel in a reader that stops the time of each exchange, and counts them."""

    shared = True

    def __init__(self, channel: PcscChannel, watch: Stopwatch) -> None:
        self._channel, self._watch = channel, watch
        self.count = 0

    def begin(self) -> bool:
        """Begin a transaction below."""
        return self._channel.begin()

    def end(self) -> None:
        """End the transaction below."""
        self._channel.end()

    def reset(self) -> bytes:
        """Reset the card below."""
        return self._channel.reset()

    def transmit(self, command: bytes) -> bytes:
        """Pass a command on, then one of the same lengths to the echo card."""
        response = self._channel.transmit(command)
        self._watch.lap()
        self.count += 1
        self._watch.echo(command, len(response))
        return response

    def close(self) -> None:
        """Close the channel below."""
        self._channel.close()


def main() -> None:
    """Measure and print."""
    with card_host() as ready:
        os.environ[SOCKET_VARIABLE] = ready["socket"]
        user_channel = PcscChannel(ready["user"])
        watch = Stopwatch(user_channel)
        user, sam_channel = Timed(user_channel, watch), Timed(PcscChannel(ready["sam"]), watch)
        sam = SamSession(sam_channel)
        sam.open()
        sam.verify_pin(demo.SAM_PIN)
        session = HealthCardSession(user, sam)
        session.open()
        user.count = sam_channel.count = 0
        session.read_all()
        print(f"whole card: {user.count} APDUs to the card, {sam_channel.count} to the SAM")
        _row("read", watch, session.read_all)
        _row("read, all values decoded", watch, lambda: _decoded(session.read_all()))
        session.close()
        sam.close()


def _decoded(contents: CardContents) -> None:
    """Look at every item, as a program does that shows or stores the whole card."""
    len(contents.items)
    for visit in (*contents.inpatient_visits, *contents.outpatient_visits):
        len(visit.items)


def _row(name: str, watch: Stopwatch, read: Callable[[], object]) -> None:
    readings, echoes = [], []
    for _ in range(ROUNDS):
        watch.start()
        read()
        watch.lap()
        readings.append(watch.readings)
        echoes.append(watch.echoes)
    seconds = sum(map(statistics.median, zip(*readings, strict=True)))
    echo = sum(map(statistics.median, zip(*echoes, strict=True)))
    print(
        f"{name:<26} {seconds * 1e3:6.2f} ms  echo {echo * 1e3:6.2f} ms, "
        f"{echo / len(echoes[0]) * 1e6:5.1f} us each  ratio {seconds / echo:4.2f}  (aim {AIM})"
    )


if __name__ == "__main__":
    main()
