"""How far a seat has come: exercises started, hints taken, mistakes, what was finished with which score.

A file of JSON lines that only grows, `rhc-training-progress/1`, mode 0600, in the directory of the seat; it
outlives the server. There is nothing personal in it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from threading import Lock

FORMAT = "rhc-training-progress/1"
FILE = "progress.jsonl"
_MODE = 0o600


class Event(StrEnum):
    """What may happen with an exercise."""

    STARTED = "started"
    HINT = "hint"
    ANSWER = "answer"
    MISTAKE = "mistake"
    LEFT = "left"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: an event of an exercise, and its details by name. `time` is UTC."""

    exercise: str
    event: Event
    time: datetime
    what: Mapping[str, str | int] = field(default_factory=dict)

    def number(self, name: str) -> int:
        """A detail that counts something, 0 where it is missing."""
        return int(self.what.get(name, 0))


@dataclass(frozen=True, slots=True)
class Finished:
    """The best that was made of an exercise: score of 100, seconds it took, and when."""

    exercise: str
    score: int
    seconds: int
    at: datetime


class Progress:
    """All lines of a seat, also those of before a restart. Safe from any thread."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._lock = Lock()
        self._entries = _read(self._file)

    def add(self, exercise: str, event: Event, **what: str | int) -> Entry:
        """Write a line."""
        entry = Entry(exercise, event, datetime.now(UTC), what)
        row = {
            "format": FORMAT,
            "time": entry.time.isoformat(timespec="milliseconds"),
            "exercise": exercise,
            "event": str(event),
            "what": dict(what),
        }
        line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
        with self._lock:
            self._entries.append(entry)
            handle = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, _MODE)
            try:
                os.write(handle, line)
            finally:
                os.close(handle)
        return entry

    @property
    def entries(self) -> Sequence[Entry]:
        """All lines, the oldest first."""
        with self._lock:
            return tuple(self._entries)

    @property
    def running(self) -> Sequence[Entry]:
        """The lines of the exercise that goes on, from its start; empty where none does."""
        entries = self.entries
        starts = [place for place, one in enumerate(entries) if one.event is Event.STARTED]
        if not starts:
            return ()
        found = entries[starts[-1] :]
        ended = any(one.event in (Event.DONE, Event.LEFT) for one in found)
        return () if ended else found

    @property
    def finished(self) -> Mapping[str, Finished]:
        """The best of each exercise that was finished."""
        best: dict[str, Finished] = {}
        for one in self.entries:
            if one.event is Event.DONE:
                made = Finished(one.exercise, one.number("score"), one.number("seconds"), one.time)
                if one.exercise not in best or made.score > best[one.exercise].score:
                    best[one.exercise] = made
        return best


def _read(file: Path) -> list[Entry]:
    """The lines of a file, up to one that was torn."""
    found: list[Entry] = []
    if not file.exists():
        return found
    for line in file.read_bytes().splitlines():
        try:
            row = json.loads(line)
            time = datetime.fromisoformat(row["time"])
            found.append(Entry(str(row["exercise"]), Event(row["event"]), time, dict(row["what"])))
        except (ValueError, LookupError, TypeError):
            break
    return found
