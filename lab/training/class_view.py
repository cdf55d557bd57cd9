"""The class as its trainer sees it: who is where, how far, and what went wrong most; also as CSV."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from issuer.applications.rules import rules
from lab.training.all_windows import WINDOWS
from lab.training.classroom import Classroom
from lab.training.exercise import Exercise
from lab.training.progress import Entry, Event
from lab.training.seat import Seat
from lab.training.tutor import School
from language import _, choose

BYTE_ORDER_MARK = "\ufeff"
"""Makes spreadsheets read the file as UTF-8."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_MOST_TROUBLES = 8
_FILLED = re.compile(r"\{\w+\}")


@dataclass(frozen=True, slots=True)
class SeatRow:
    """One seat: the exercise that goes on with its minutes and missing steps, and what was finished.

    `window` is where the trainee worked last. `scores` are the best ones by exercise.
    """

    number: str
    name: str = field(repr=False)
    window: str
    exercise: str
    minutes: int
    missing: int
    scores: Mapping[str, int]
    hints: int
    mistakes: int
    seen: datetime | None

    @property
    def points(self) -> int:
        """The sum of the best scores."""
        return sum(self.scores.values())


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that went wrong, in plain words, and how often in the class."""

    text: str
    count: int


@dataclass(frozen=True, slots=True)
class ClassView:
    """All seats, and the troubles of the class, the most frequent first."""

    seats: tuple[SeatRow, ...]
    troubles: tuple[Trouble, ...]
    exercises: tuple[Exercise, ...]


def view(classroom: Classroom, school: School) -> ClassView:
    """The class as it is now."""
    troubles: Counter[str] = Counter()
    rows = []
    for seat in classroom.seats():
        entries = school.tutor(seat).progress.entries
        troubles.update(_troubles(school.exercises, entries))
        troubles.update(_rules(seat))
        rows.append(_row(seat, school))
    most = tuple(Trouble(text, count) for text, count in troubles.most_common(_MOST_TROUBLES))
    return ClassView(tuple(rows), most, tuple(school.exercises.values()))


def as_csv(found: ClassView) -> str:
    """The seats with the score of each exercise; no cell can be taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    titles = [choose(exercise.title) for exercise in found.exercises]
    heads = [_("seat"), _("trainee"), _("exercise"), _("window"), _("finished"), _("points"), _("hints")]
    writer.writerow(map(_harmless, [*heads, _("mistakes"), _("last seen"), *titles]))
    for row in found.seats:
        seen = row.seen.isoformat(timespec="seconds") if row.seen else ""
        cells = [row.number, row.name, row.exercise, row.window, len(row.scores), row.points, row.hints]
        scores = [row.scores.get(exercise.id, "") for exercise in found.exercises]
        writer.writerow(map(_harmless, [*cells, row.mistakes, seen, *scores]))
    return BYTE_ORDER_MARK + out.getvalue()


def _harmless(cell: object) -> object:
    """A text that no spreadsheet runs: what would begin a formula stands behind an apostrophe."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA):
        return "'" + cell
    return cell


def _row(seat: Seat, school: School) -> SeatRow:
    tutor = school.tutor(seat)
    progress, facts = tutor.progress, seat.facts.since()
    running, standing = progress.running, tutor.last
    exercise = school.exercises.get(running[0].exercise) if running else None
    windows = [fact for fact in facts if fact.kind == "window" and fact.what.get("window") in WINDOWS]
    minutes = int((datetime.now(UTC) - running[0].time).total_seconds() // 60) if running else 0
    return SeatRow(
        seat.who.number,
        seat.who.name,
        choose(WINDOWS[windows[-1].what["window"]].title) if windows else "",
        choose(exercise.title) if exercise else "",
        minutes,
        standing.missing if running and standing is not None else 0,
        {name: one.score for name, one in progress.finished.items()},
        sum(one.event is Event.HINT for one in progress.entries),
        sum(one.event is Event.MISTAKE for one in progress.entries),
        facts[-1].time if facts else None,
    )


def _troubles(exercises: Mapping[str, Exercise], entries: Sequence[Entry]) -> Iterable[str]:
    """Mistakes, wrong answers, and exercises that were given up."""
    answered: set[tuple[str, object]] = set()
    for one in entries:
        exercise = exercises.get(one.exercise)
        if exercise is None:
            continue
        title, number = choose(exercise.title), one.number("number")
        if one.event is Event.STARTED:
            answered = set()
        elif one.event is Event.MISTAKE and 0 < number <= len(exercise.mistakes):
            yield f"{title}: {choose(exercise.mistakes[number - 1].text)}"
        elif one.event is Event.LEFT:
            yield _("{exercise}: given up").format(exercise=title)
        elif one.event is Event.HINT:
            yield _("{exercise}: hint {number} was needed").format(exercise=title, number=number)
        elif one.event is Event.ANSWER:
            place = (one.exercise, one.what.get("place"))
            if place in answered:
                yield _("{exercise}: a wrong answer").format(exercise=title)
            answered.add(place)


def _rules(seat: Seat) -> Iterable[str]:
    """Rules by which applications were held back."""
    for fact in seat.facts.since():
        if fact.kind == "application":
            for rule in fact.what.get("rules", "").split():
                words = _FILLED.sub("…", choose(rules()[rule]))
                yield _("application held back: {rule}").format(rule=rule if words == "…" else words)
