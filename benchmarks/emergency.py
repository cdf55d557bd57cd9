"""How long an emergency takes over PC/SC from the moment the card is in its reader; the aim is a second.

The SAM is ready before, as it is in an ambulance. Beside it stand the time of the program `rhc emergency`,
that of `rhc emergency --wait` from the hand that puts the card in to the end of the screen (the virtual
reader alone looks for a card every 0.4 s), and what the exchanges of the card would take on a contactless
line at 106 kbit/s, the work of its chip and that of the SAM left out.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from time import perf_counter

from benchmarks.card_host import EJECT, INSERT
from benchmarks.run import CardHost, card_host
from card_os.trace.hardware_time import CONTACTLESS_SPEED, estimates
from card_os.trace.layer import Exchange
from lab import demo
from lab.pcsc.client import SOCKET_VARIABLE
from lab.pcsc.readers import EMPTY_SECONDS
from reader_client.channel import Channel
from reader_client.hospital.emergency import emergency
from reader_client.hospital.swipe_log import DIRECTORY_VARIABLE, SwipeLog
from reader_client.hospital.terminal import Post, ready
from reader_client.pcsc import READER_VARIABLE, SAM_READER_VARIABLE, PcscChannel

ROUNDS = 20
WAITING_ROUNDS = 5
AIM_SECONDS = 1.0


class Told:
    """A channel to a card that is connected when it is first used, and keeps what passed."""

    def __init__(self, reader: str) -> None:
        self._reader = reader
        self._channel: Channel | None = None
        self.exchanges: list[Exchange] = []

    def reset(self) -> bytes:
        """Connect and reset."""
        self._channel = self._channel or PcscChannel(self._reader)
        atr = self._channel.reset()
        self.exchanges.append(Exchange(b"", atr, 0.0))
        return atr

    def transmit(self, command: bytes) -> bytes:
        """Pass a command on."""
        assert self._channel is not None
        answer = self._channel.transmit(command)
        self.exchanges.append(Exchange(command, answer, 0.0))
        return answer

    def close(self) -> None:
        """Let the card go."""
        if self._channel is not None:
            self._channel.close()


def main() -> None:
    """Measure and print."""
    with card_host() as host, tempfile.TemporaryDirectory(prefix="rhc-bench-") as folder:
        os.environ |= {
            SOCKET_VARIABLE: host.socket,
            READER_VARIABLE: host.user,
            SAM_READER_VARIABLE: host.sam,
            DIRECTORY_VARIABLE: folder,
        }
        sam = PcscChannel(host.sam)
        post = Post(SwipeLog(Path(folder)))
        seconds = []
        for _round in range(ROUNDS):
            card = Told(host.user)
            terminal = ready(post, card, sam, demo.SAM_PIN)
            begin = perf_counter()
            screen = emergency(terminal)
            seconds.append(perf_counter() - begin)
            card.close()
            if not screen.medical_read or screen.notices:
                raise SystemExit("the screen is not complete")
        sam.close()
        begin = perf_counter()
        subprocess.run([sys.executable, "-m", "lab", "emergency"], check=True, stdout=subprocess.DEVNULL)
        program = perf_counter() - begin
        waiting = [_waiting(host) for _round in range(WAITING_ROUNDS)]
    line = next(one for one in estimates(card.exchanges) if one.speed == CONTACTLESS_SPEED)
    print(f"emergency over PC/SC, card to screen: {statistics.median(seconds):5.3f} s  (aim {AIM_SECONDS} s)")
    print(f"the slowest of {ROUNDS}:                      {max(seconds):5.3f} s")
    print(f"the whole program:                    {program:5.3f} s")
    print(f"a program that waits, hand to screen: {statistics.median(waiting):5.3f} s  (aim {AIM_SECONDS} s)")
    print(f"the slowest of {WAITING_ROUNDS:2}:                    {max(waiting):5.3f} s")
    print(f"{line.exchanges} exchanges on a contactless line:  {line.seconds:5.3f} s")


def _waiting(host: CardHost) -> float:
    """Seconds from putting the card in to the end of the screen of a program that waits for it."""
    host.move(EJECT)
    out_since = perf_counter()
    command = [sys.executable, "-m", "lab", "emergency", "--wait"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdout is not None and process.stderr is not None  # noqa: PT018
        process.stderr.readline()
        # a card that comes back at once would be taken for the one before
        time.sleep(max(0.0, EMPTY_SECONDS - (perf_counter() - out_since)))
        inserting = threading.Thread(target=host.move, args=(INSERT,))
        begin = perf_counter()
        inserting.start()
        process.stdout.read()
        seconds = perf_counter() - begin
        inserting.join()
    if process.returncode:
        raise SystemExit("the program that waits has failed")
    return seconds


if __name__ == "__main__":
    main()
