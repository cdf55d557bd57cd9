"""The file format of a trace, `rhc-trace/1`: JSON lines.

The first line is the header {"format", "profile", "atr": hex, "card": name}. Then one line for each exchange:
{"t": seconds since start, "c": command hex, "r": response hex, "us": microseconds}, or {"t",
"reset": ATR hex, "us"}. "masked": n says that the last n bytes of the command were secret and are not in the
file.
"""

from __future__ import annotations

import json
import logging
import os
import stat
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Self, TextIO

from card_os.spec.model import Profile
from card_os.trace.layer import Exchange
from card_os.trace.masking import without_secrets

FORMAT = "rhc-trace/1"
MODE = 0o600
_LONGEST = 0xFFFF
_LATEST = 1e9  # seconds
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Header:
    """Which card was recorded: name of its profile, ATR (empty where no reset was seen), name of the card."""

    profile: str
    atr: bytes
    card: str


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace read from a file. `header` is None for the log of another reader.

    `unreadable` lines, the first of them `first_unreadable` (from 1), held no exchange.
    """

    header: Header | None
    exchanges: tuple[Exchange, ...]
    lines: int
    unreadable: int = 0
    first_unreadable: int | None = None


class TraceFile:
    """Writes the exchanges of one card into a file, each at once; `listener` goes to a `TracedCard`.

    The file is for its owner only (mode 0600), an old one is replaced. PINs and keys are cut out unless
    `secrets`; what is on the card, personal data among it, stands in the file. When the disk refuses, the
    recording ends and `failure` says why: the card goes on.
    """

    def __init__(self, path: Path, profile: Profile, name: str, secrets: bool = False) -> None:
        self._profile, self._name, self._secrets = profile, name, secrets
        self._file: TextIO | None = _private_file(path)
        self._lock = threading.Lock()
        self._begin = perf_counter()
        self._headed = False
        self.failure: OSError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the recording; later exchanges are not written."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    @property
    def listener(self) -> Callable[[Exchange], None]:
        """What a `TracedCard` tells its exchanges to."""
        return self._told

    def _told(self, exchange: Exchange) -> None:
        start = perf_counter() - self._begin - exchange.seconds
        with self._lock:
            if self._file is None:
                return
            try:
                if not self._headed:
                    self._write(self._header(exchange))
                    self._headed = True
                self._write(_row(exchange if self._secrets else without_secrets(exchange), max(start, 0.0)))
            except OSError as error:
                self.failure, self._file = error, None
                _log.warning("the recording of a trace ended: %s", error.strerror)

    def _header(self, first: Exchange) -> dict[str, object]:
        atr = first.response.hex().upper() if first.is_reset else ""
        return {"format": FORMAT, "profile": self._profile.name, "atr": atr, "card": self._name}

    def _write(self, row: dict[str, object]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(row) + "\n")
            self._file.flush()


def card_path(path: Path, card: str) -> Path:
    """The file of one card of several: `run.jsonl` becomes `run.card.jsonl`."""
    return path.with_name(f"{path.stem}.{card}{path.suffix}")


def _private_file(path: Path) -> TextIO:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, MODE)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.fchmod(descriptor, MODE)  # an old file keeps its mode otherwise
    return os.fdopen(descriptor, "w", encoding="utf-8")


def _row(exchange: Exchange, start: float) -> dict[str, object]:
    row: dict[str, object] = {"t": round(start, 6)}
    if exchange.is_reset:
        row["reset"] = exchange.response.hex().upper()
    else:
        row |= {"c": exchange.command.hex().upper(), "r": exchange.response.hex().upper()}
    row["us"] = round(exchange.seconds * 1e6)
    if exchange.masked:
        row["masked"] = exchange.masked
    return row


# --- reading --------------------------------------------------------------------------------------------


def format_of(line: str) -> str | None:
    """The `format` of a header line, None where the line is no header."""
    row = _object(line)
    found = row.get("format") if row is not None else None
    return found if isinstance(found, str) else None


def parse_own(lines: Iterable[str]) -> Trace:
    """The trace in the lines of a file of this format; broken lines are counted, never guessed at."""
    header, exchanges, broken, count = None, list[Exchange](), list[int](), 0
    for number, line in enumerate(lines, start=1):
        count = number
        if not line.strip():
            continue
        row = _object(line) or {}
        if header is None:
            header = _read_header(row)
            continue
        exchange = _read_exchange(row)
        if exchange is None:
            broken.append(number)
        else:
            exchanges.append(exchange)
    return Trace(header, tuple(exchanges), count, len(broken), broken[0] if broken else None)


def _object(line: str) -> dict[str, object] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _read_header(row: dict[str, object]) -> Header:
    profile, card = row.get("profile"), row.get("card")
    return Header(
        profile if isinstance(profile, str) else "",
        _bytes(row.get("atr")) or b"",
        card if isinstance(card, str) else "",
    )


def _read_exchange(row: dict[str, object]) -> Exchange | None:
    reset = "reset" in row
    command = b"" if reset else _bytes(row.get("c"))
    response = _bytes(row["reset"] if reset else row.get("r"))
    masked, start, micro = row.get("masked", 0), row.get("t", 0), row.get("us", 0)
    if command is None or response is None or (not reset and not command):
        return None
    if not isinstance(masked, int) or not 0 <= masked <= _LONGEST or (reset and masked):
        return None
    if not isinstance(micro, int) or not isinstance(start, int | float):
        return None
    if not (0 <= micro <= _LATEST * 1e6 and 0 <= start <= _LATEST):
        return None
    return Exchange(command, response, micro / 1e6, float(start), masked)


def _bytes(value: object) -> bytes | None:
    if not isinstance(value, str) or len(value) > 2 * _LONGEST:
        return None
    try:
        return bytes.fromhex(value)
    except ValueError:
        return None
