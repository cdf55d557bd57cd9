"""What a terminal hears: whether a card is listed, why, and how old the list is that says so."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from card_os.spec.card_list import ANSWERS, CardList, Entry, Mark
from issuer.front_server.home import FrontServerSettings
from issuer.front_server.store import LIST_FILE, ListRefusedError, ListStore
from issuer.front_server.syncing import utc_now
from language import _, describe

_MARKS = {Mark.BLACK: "black", Mark.GREY: "grey"}
_HOUR = 3600
_SLACK = 600
"""Seconds by which clocks may differ."""
_DAYS = 48
"""From so many hours on, an age is told in days."""


@dataclass(frozen=True, slots=True)
class ListState:
    """What can be said of the list; `warning` is empty where all is well."""

    version: int
    date: datetime | None
    age_hours: float | None
    entries: int
    heard_at: datetime | None
    warning: str

    def to_json(self) -> dict[str, object]:
        """The same as JSON values."""
        return {
            "version": self.version,
            "date": self.date.isoformat() if self.date else None,
            "age_hours": self.age_hours,
            "entries": self.entries,
            "heard_at": self.heard_at.isoformat() if self.heard_at else None,
            "warning": self.warning,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """A card and the list: `mark` is black or grey, `answer` that of drivers; all None for a card not listed.

    `known` is False where there is no list to look at.
    """

    known: bool
    listed: bool
    mark: str | None
    reason: str | None
    answer: str | None
    state: ListState = field(repr=False)

    def to_json(self) -> dict[str, object]:
        """The same as JSON values, with what can be said of the list."""
        found = {"known": self.known, "listed": self.listed, "mark": self.mark, "reason": self.reason}
        return {**found, "answer": self.answer, "list": self.state.to_json()}


class Desk:
    """Answers from the list in a home, and reads it anew when its file has changed."""

    def __init__(
        self, home: Path, settings: FrontServerSettings, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._store = ListStore(home, settings.trusted_key)
        self._settings, self._now = settings, now
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._held: CardList | None = None
        self._problem = ""

    def look_up(self, card_number: str, chip_serial: str) -> Answer:
        """Whether a card is listed."""
        held, state = self._list()
        if held is None:
            return Answer(False, False, None, None, None, state)
        entry = held.find(card_number, chip_serial)
        if entry is None:
            return Answer(True, False, None, None, None, state)
        return Answer(True, True, _MARKS[entry.mark], entry.reason.value, _driver_answer(entry), state)

    def state(self) -> ListState:
        """What can be said of the list."""
        return self._list()[1]

    def _list(self) -> tuple[CardList | None, ListState]:
        with self._lock:
            self._read_anew()
            held, problem = self._held, self._problem
        heard_at = self._store.known().heard_at
        if held is None:
            return None, ListState(0, None, None, 0, heard_at, problem or _("there is no list yet"))
        now = self._now()
        age = (now - held.date).total_seconds()
        warning = self._warning(held, age, now)
        hours = round(age / _HOUR, 1)
        return held, ListState(int(held.version), held.date, hours, len(held.entries), heard_at, warning)

    def _warning(self, held: CardList, age: float, now: datetime) -> str:
        if age < -_SLACK:
            text = _(
                "list {version} is of {date}, which is still to come: is the clock of this machine right?"
            )
            return text.format(version=held.version, date=held.date.isoformat(timespec="minutes"))
        told = {"version": held.version, "age": age_in_words(age)}
        if held.is_overdue(now):
            return _("list {version} is {age} old and overdue").format(**told)
        if age > self._settings.warn_after:
            return _("list {version} is {age} old").format(**told)
        return ""

    def _read_anew(self) -> None:
        try:
            found = (self._store.home / LIST_FILE).stat()
            seen = (found.st_mtime_ns, found.st_ino, found.st_size)
        except OSError:
            seen = None
        if seen is not None and seen == self._seen:
            return
        try:
            self._held, self._problem = self._store.read(), ""
        except ListRefusedError as error:
            self._held, self._problem = None, describe(error)
        self._seen = seen


def age_in_words(seconds: float) -> str:
    """An age as people say it, in hours or days."""
    hours = int(seconds // _HOUR)
    if hours < _DAYS:
        return _("{hours} hours").format(hours=hours)
    return _("{days} days").format(days=hours // 24)


def _driver_answer(entry: Entry) -> str | None:
    return ANSWERS[entry.reason] if entry.mark is Mark.BLACK else None
