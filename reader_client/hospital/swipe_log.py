"""The swipe log: a row for every card that came to a terminal, also for what was refused or cut.

A file of JSON lines that only grows, `swipes.jsonl`, mode 0600, in the directory that RHC_SWIPE_LOG names,
else in `residents-health-card` under XDG_STATE_HOME (~/.local/state). It holds the whole card number, for
that is its purpose: lost cards are found in it and bills compared with it. A card number is often the ID
number, so that it is masked but for its last four characters wherever the log is shown. There is no name in
it, and no medical data.
# spec: issuance_and_ecard D.1 log table; names and the ID as an item of its own are left out
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

from language import cause
from reader_client.errors import ReaderClientError

DIRECTORY_VARIABLE = "RHC_SWIPE_LOG"
FILE = "swipes.jsonl"
FORMAT = "rhc-swipe/1"
FILE_MODE, DIRECTORY_MODE = 0o600, 0o700
SHOWN_CHARACTERS = 4


class SwipeLogError(ReaderClientError):
    """The log cannot be written or read."""

    template = "swipe log {file}: {reason}"


class Result(StrEnum):
    """How a swipe ended."""

    DONE = "done"
    REFUSED = "refused"
    CUT = "cut"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SwipeRow:
    """One row; what was not known when the swipe ended is None. `time` is ISO 8601 with a zone."""

    time: str
    step: str
    result: Result
    operator: str
    sam_serial: str | None
    issuer_code: str | None
    card_number: str | None
    chip_serial: str | None
    environment: str
    text: str

    def masked(self) -> SwipeRow:
        """The same row with only the last four characters of the card number."""
        if not self.card_number:
            return self
        hidden = max(len(self.card_number) - SHOWN_CHARACTERS, 0)
        return replace(self, card_number="*" * hidden + self.card_number[hidden:])

    def to_json(self) -> dict[str, object]:
        """All fields with the format."""
        return {"format": FORMAT, **asdict(self)}


@dataclass(frozen=True, slots=True)
class LogContents:
    """The rows of a log, and the numbers of the lines that are none."""

    rows: tuple[SwipeRow, ...]
    damaged_lines: tuple[int, ...]


def directory(environment: Mapping[str, str] | None = None) -> Path:
    """Where the log lies, by the environment variables."""
    given = os.environ if environment is None else environment
    if given.get(DIRECTORY_VARIABLE):
        return Path(given[DIRECTORY_VARIABLE])
    state = given.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "residents-health-card"


class SwipeLog:
    """The log in a directory."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / FILE

    def ensure(self) -> None:
        """Make directory and file where they are missing; raises SwipeLogError where that fails."""
        try:
            os.close(self._open())
        except OSError as error:
            raise SwipeLogError(file=self.file, reason=cause(error)) from None

    def append(self, row: SwipeRow) -> None:
        """Add a row and wait until the disk has it; raises SwipeLogError."""
        line = json.dumps(row.to_json(), ensure_ascii=False).encode() + b"\n"
        try:
            handle = self._open()
            try:
                # a line that was torn when the power failed stays a line of its own
                os.write(handle, b"\n" + line if self._torn(handle) else line)
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise SwipeLogError(file=self.file, reason=cause(error)) from None

    def read(self) -> LogContents:
        """All rows, the oldest first; raises SwipeLogError where the file cannot be read."""
        try:
            lines = self.file.read_bytes().split(b"\n") if self.file.exists() else []
        except OSError as error:
            raise SwipeLogError(file=self.file, reason=cause(error)) from None
        found = {number: _row(line) for number, line in enumerate(lines, start=1) if line}
        return LogContents(
            tuple(row for row in found.values() if row is not None),
            tuple(number for number, row in found.items() if row is None),
        )

    def _open(self) -> int:
        self.file.parent.mkdir(DIRECTORY_MODE, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        return os.open(self.file, flags, FILE_MODE)

    @staticmethod
    def _torn(handle: int) -> bool:
        size = os.fstat(handle).st_size
        return size > 0 and os.pread(handle, 1, size - 1) != b"\n"


def _row(line: bytes) -> SwipeRow | None:
    """The row in a line; None for a line that was torn."""
    try:
        fields = json.loads(line)
        if fields.pop("format") != FORMAT:
            return None
        return SwipeRow(**{**fields, "result": Result(fields["result"])})
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
