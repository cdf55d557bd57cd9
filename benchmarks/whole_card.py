"""`python -m benchmarks.whole_card`: a whole card against echo cards in the same slots, in one run.

A reading takes all items, the photo and all visits, and decodes every value. Right after it as many exchanges
of the same lengths and in the same order go to echo cards: in the slot of the card for what went to the card,
in the slot of the SAM for what went to the SAM. The times of such a pair are divided, so that other work of
the computer, which slows both, falls out. Where the processes lie on the processors lasts as long as they run
and changes the time of an exchange by half: there are several sittings, each with processes of its own. The
median of a sitting is the median over its pairs, the result the median over the sittings.

What is left above 1.00 is what card, SAM and reader client need for themselves.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.card_host import ECHO_CLASS
from benchmarks.run import card_host, timed
from lab import demo
from lab.pcsc.client import SOCKET_VARIABLE
from reader_client.channel import Channel
from reader_client.contents import CardContents
from reader_client.pcsc import PcscChannel
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession

SITTINGS = 5
ROUNDS = 60
AIM = 1.25
SITTING = "sitting"
Echo = tuple[PcscChannel, bytes]
_ECHO_MOST = 255  # the echo card of the benchmark takes Le 00 for none


@dataclass(frozen=True, slots=True)
class Pair:
    """Seconds of one reading and of its echoes."""

    reading: float
    echoes: float

    @property
    def ratio(self) -> float:
        """What the criterion is about."""
        return self.reading / self.echoes


class Told:
    """A channel in a reader that keeps what passes, as echoes of it."""

    shared = True

    def __init__(self, channel: PcscChannel, echoes: list[Echo]) -> None:
        self._channel, self._echoes = channel, echoes

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
        """Pass a command on."""
        response = self._channel.transmit(command)
        self._echoes.append((self._channel, _echo(command, len(response))))
        return response

    def close(self) -> None:
        """Close the channel below."""
        self._channel.close()


def main() -> None:
    """Measure and print; in a sitting of its own where the command line says so."""
    if sys.argv[1:] == [SITTING]:
        print(json.dumps(_sitting()))
        return
    ratios = []
    for _number in range(SITTINGS):
        command = [sys.executable, "-m", "benchmarks.whole_card", SITTING]
        told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)  # noqa: S603
        pairs = [Pair(*seconds) for seconds in told["pairs"]]
        reading, echoes, ratio = (
            statistics.median(getattr(pair, name) for pair in pairs)
            for name in ("reading", "echoes", "ratio")
        )
        ratios.append(ratio)
        print(f"  reading {reading * 1e3:6.2f} ms  echoes {echoes * 1e3:6.2f} ms  ratio {ratio:4.2f}")
    print(
        f"whole card over PC/SC: {told['card']} APDUs to the card, {told['sam']} to the SAM, "
        f"{told['values']} values decoded\n"
        f"ratio {statistics.median(ratios):4.2f}, {min(ratios):4.2f} to {max(ratios):4.2f}  (aim {AIM})"
    )


def _sitting() -> dict[str, object]:
    with card_host() as host:
        os.environ[SOCKET_VARIABLE] = host.socket
        card, sam = PcscChannel(host.user), PcscChannel(host.sam)
        echoes: list[Echo] = []
        session = _opened(Told(card, echoes), Told(sam, echoes))
        echoes.clear()
        values = _decoded(session.read_all())
        session = _opened(card, sam)
        pairs = [_pair(lambda: _decoded(session.read_all()), echoes) for _ in range(ROUNDS)]
        card.close()
        sam.close()
    to_sam = sum(channel is sam for channel, _command in echoes)
    seconds = [(pair.reading, pair.echoes) for pair in pairs]
    return {"card": len(echoes) - to_sam, "sam": to_sam, "values": values, "pairs": seconds}


def _opened(card: Channel, sam_channel: Channel) -> HealthCardSession:
    sam = SamSession(sam_channel)
    sam.open()
    sam.verify_pin(demo.SAM_PIN)
    session = HealthCardSession(card, sam)
    session.open()
    return session


def _pair(read: Callable[[], object], echoes: Sequence[Echo]) -> Pair:
    def echo() -> None:
        for channel, command in echoes:
            channel.transmit(command)

    return Pair(timed(read), timed(echo))


def _decoded(contents: CardContents) -> int:
    """Look at every item, as a program does that shows or stores the whole card; how many there are."""
    lists = (contents.allergies, contents.immunizations)
    visits = (*contents.inpatient_visits, *contents.outpatient_visits)
    return (
        len(contents.items)
        + sum(len(entry) for entries in lists for entry in entries)
        + sum(len(visit.items) for visit in visits)
    )


def _echo(command: bytes, length: int) -> bytes:
    echo = bytes((ECHO_CLASS,)) + command[1:]
    return echo if len(echo) > 5 else echo[:4] + bytes((min(length - 2, _ECHO_MOST),))


if __name__ == "__main__":
    main()
