"""What was really done at a seat, for the checks of exercises and for the trainer.

A fact names cards of the tray, steps, results and answers; never a value of a person. The file is JSON lines,
`rhc-training-fact/1`, mode 0600; it only grows.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

FORMAT = "rhc-training-fact/1"
FILE = "facts.jsonl"
_MODE = 0o600


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was done: `number` counts from 1, `time` is UTC.

    `kind` is inserted, ejected, window, or a word of a window's own; `what` its details by name.
    """

    number: int
    time: datetime
    kind: str
    what: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """All of it as JSON has it."""
        return {
            "format": FORMAT,
            "number": self.number,
            "time": self.time.isoformat(timespec="milliseconds"),
            "kind": self.kind,
            "what": self.what,
        }


class Facts:
    """All facts of a seat, in their order, also those of before a restart. Safe from any thread."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._lock = Lock()
        self._facts = _read(self._file)
        self.listeners: list[Callable[[Fact], None]] = []

    def record(self, kind: str, **what: str) -> Fact:
        """Add a fact and tell it to the listeners."""
        with self._lock:
            fact = Fact(len(self._facts) + 1, datetime.now(UTC), kind, what)
            self._facts.append(fact)
            self._append(fact)
        for listener in list(self.listeners):
            listener(fact)
        return fact

    def since(self, number: int = 0) -> Sequence[Fact]:
        """The facts after a number, the oldest first."""
        with self._lock:
            return tuple(self._facts[number:])

    @property
    def last(self) -> int:
        """The number of the last fact, 0 for none."""
        return len(self._facts)

    def _append(self, fact: Fact) -> None:
        line = json.dumps(fact.to_json(), ensure_ascii=False).encode() + b"\n"
        handle = os.open(self._file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, _MODE)
        try:
            size = os.fstat(handle).st_size
            # a line that was torn when the power failed stays a line of its own
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            os.write(handle, b"\n" + line if torn else line)
        finally:
            os.close(handle)


def _read(file: Path) -> list[Fact]:
    """The facts of a file; a line that was torn is left out."""
    found: list[Fact] = []
    if not file.exists():
        return found
    for line in file.read_bytes().splitlines():
        try:
            row = json.loads(line)
            time = datetime.fromisoformat(row["time"])
            found.append(Fact(len(found) + 1, time, str(row["kind"]), dict(row["what"])))
        except (ValueError, LookupError, TypeError):
            continue
    return found
