"""What it costs that a card keeps its memory in a file, as ratios to the same card in memory, in one run.

A writing command waits until the disk has the whole image; a reading one must not wait at all. The bare cost
of the disk is measured beside it, by the same bytes written in the same way without a card.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from card_os import image
from card_os.crypto import secure_messaging as sm
from card_os.crypto.keys import session_key
from card_os.image.storage import HeldFile
from card_os.kernel.card import Card
from lab import demo

ROUNDS = 300
READS_IN_A_ROUND = 20
GET_CHALLENGE = bytes.fromhex("0084000008")
READ_BINARY = bytes.fromhex("00B0000080")
UPDATE_BINARY = bytes.fromhex("00D6000080")
UPDATE_RECORD = bytes.fromhex("04DC0104")
EXPIRY = bytes.fromhex("0704")
TERMINAL_RANDOM = bytes(8)


def measure() -> None:
    """Print one row for each command."""
    issued = image.dump(demo.issue_card(demo.resident("05"), 1).card)
    with tempfile.TemporaryDirectory(prefix="rhc-bench-", dir=Path.cwd()) as folder:
        path, bare = Path(folder) / "card", Path(folder) / "bare"
        image.create(path, issued)
        image.create(bare, issued)
        with image.open_card(path) as kept, HeldFile(bare) as disk:
            cards = (kept.card, image.load(issued))
            for card in cards:
                _enter(card, ("DDF1", "DF03"), "UK1_DF03", "ED01")
                _grant(card, "RK1_DF03")
            alone = _Disk(disk, issued)
            _row("00D6 UPDATE BINARY, 128 bytes", _in_turns(cards, _update_binary, alone), alone)
            _row("00B0 READ BINARY, 128 bytes", _in_turns(cards, _read_binary))
            for card in cards:
                _enter(card, ("DDF1",), "UK1_DDF1", "EF08")
            alone = _Disk(disk, issued)
            _row("04DC UPDATE RECORD, with MAC", _in_turns(cards, _update_record, alone), alone)


class _Disk:
    """The bare cost of keeping an image: the same bytes in the same way without a card."""

    def __init__(self, file: HeldFile, text: str) -> None:
        self._file, self._text = file, text
        self._taken: list[float] = []

    def write(self) -> None:
        begin = perf_counter()
        self._file.replace(self._text)
        self._taken.append(perf_counter() - begin)

    @property
    def seconds(self) -> float:
        return statistics.median(self._taken)


def _in_turns(
    cards: tuple[Card, Card], command: Callable[[Card, int], bytes], disk: _Disk | None = None
) -> list[float]:
    """Median seconds of one command on each card, taken in turns, and with the disk where it writes."""
    taken: tuple[list[float], list[float]] = ([], [])
    times = 1 if disk else READS_IN_A_ROUND
    for number in range(ROUNDS):
        for card, seconds in zip(cards, taken, strict=True):
            given = command(card, number)
            begin = perf_counter()
            for _ in range(times):
                response = card.transmit(given)
            seconds.append((perf_counter() - begin) / times)
            if response[-2:] != b"\x90\x00":
                raise SystemExit(f"the card refused {given[:4].hex().upper()}: {response[-2:].hex().upper()}")
        if disk:
            disk.write()
    return [statistics.median(seconds) for seconds in taken]


def _update_binary(card: Card, number: int) -> bytes:
    return UPDATE_BINARY + bytes((number % 256,)) * 128


def _read_binary(card: Card, number: int) -> bytes:
    return READ_BINARY


def _update_record(card: Card, number: int) -> bytes:
    session = _session(card, "STK_DDF1")
    body = sm.encipher(session, EXPIRY + bytes.fromhex(f"2046{number % 12 + 1:02}28"), card.cipher)
    return (
        UPDATE_RECORD
        + bytes((len(body) + 4,))
        + body
        + sm.command_mac(session, UPDATE_RECORD, body, card.cipher)
    )


def _enter(card: Card, path: tuple[str, ...], key: str, file: str) -> None:
    card.power_on()
    for fid in path:
        card.transmit(bytes.fromhex(f"00A4000002{fid}"))
    _grant(card, key)
    card.transmit(bytes.fromhex(f"00A4000002{file}"))


def _grant(card: Card, key: str) -> None:
    """Authenticate with a key of the card, which a benchmark may look up in its memory."""
    value = sm.authentication_value(_session(card, key), TERMINAL_RANDOM, card.cipher)
    reference = card.profile.keys[key].reference
    command = bytes((0x00, 0x82, 0x00, reference, 17)) + value + TERMINAL_RANDOM + b"\x01"
    if card.transmit(command) != b"\x90\x00":
        raise SystemExit(f"the card refused the authentication with {key}")


def _session(card: Card, key: str) -> bytes:
    challenge = card.transmit(GET_CHALLENGE)[:8]
    return session_key(card.memory.read(f"key:{key}:1"), challenge, card.cipher)


def _row(name: str, seconds: list[float], disk: _Disk | None = None) -> None:
    kept, memory = seconds
    row = f"{name:<30} {kept * 1e3:7.3f} ms  in memory {memory * 1e3:6.3f} ms  ratio {kept / memory:6.2f}"
    if disk:
        row += f"  disk alone {disk.seconds * 1e3:6.3f} ms  ratio {kept / disk.seconds:5.2f}"
    print(row)


if __name__ == "__main__":
    measure()
