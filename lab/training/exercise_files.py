"""Reads exercises from text files, with errors that name file, line and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from card_os.spec.errors import Phrase, PlainError
from card_os.spec.model import Meaning
from lab.sources import Kind
from lab.training.arguments import ArgumentError, read_arguments
from lab.training.checks import CHECKS
from lab.training.exercise import FORMAT, FULL, Exercise, Start, Step
from lab.training.tray import entries
from language import cause

ENDING = ".toml"
LEVELS = (1, 3)
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_ID, _LONGEST_TEXT, _MOST_MINUTES, _MOST_BYTES = 40, 600, 120, 64 * 1024
_TOP = {"format", "id", "level", "minutes", "window", "title", "goal", "hints", "papers", "start", "steps",
        "mistakes", "score"}  # fmt: skip


class ExerciseError(PlainError):
    """A file that is no exercise."""

    template = "{file}, line {line}, {place}: {reason}"


class ExerciseFileError(PlainError):
    """A file that cannot be read at all."""

    template = "{file}: {reason}"


@cache
def built_in() -> Mapping[str, Exercise]:
    """The exercises that come with the page, from easy to hard."""
    return _ordered(files("lab.training") / "exercises")


def all_exercises(folder: Path) -> Mapping[str, Exercise]:
    """Those that come with the page, and those of a trainer in a directory, which may replace one by its id.

    Raises ExerciseError, ExerciseFileError.
    """
    own = _ordered(folder) if folder.is_dir() else {}
    return {**built_in(), **own}


def read_file(file: Path) -> Exercise:
    """Read and check one file; raises ExerciseError and ExerciseFileError."""
    return _read(file.name, file)


def _ordered(folder: Traversable) -> Mapping[str, Exercise]:
    found = sorted((one for one in folder.iterdir() if one.name.endswith(ENDING)), key=lambda one: one.name)
    read = [_read(one.name, one) for one in found]
    return {one.id: one for one in sorted(read, key=lambda one: one.level)}


def _read(name: str, file: Traversable) -> Exercise:
    try:
        raw = file.read_bytes()
        text = raw.decode("utf-8")
    except OSError as error:
        raise ExerciseFileError(file=name, reason=cause(error)) from None
    except UnicodeDecodeError:
        raise ExerciseFileError(file=name, reason=Phrase("it is not UTF-8")) from None
    if len(raw) > _MOST_BYTES:
        raise ExerciseFileError(file=name, reason=Phrase("it is larger than {most} bytes", most=_MOST_BYTES))
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ExerciseFileError(file=name, reason=Phrase("no TOML: {why}", why=error)) from None
    exercise = _Reader(name, text, table).exercise()
    if name != exercise.id + ENDING and not re.fullmatch(rf"\d+-{exercise.id}\.toml", name):
        reason = Phrase("the file of {id} is called {file}", id=exercise.id, file=exercise.id + ENDING)
        raise ExerciseFileError(file=name, reason=reason)
    return exercise


@dataclass(slots=True)
class _Reader:
    """Reads the tables of one file; `text` is there to name lines."""

    file: str
    text: str
    top: Mapping[str, object] = field(repr=False)

    def exercise(self) -> Exercise:
        if self.top.get("format") != FORMAT:
            raise self._error("", "format", Phrase('"{format}" is expected', format=FORMAT))
        self._known("", self.top, _TOP)
        name = self._text("", self.top, "id")
        if not _ID.fullmatch(name) or len(name) > _LONGEST_ID:
            raise self._error("", "id", Phrase("small letters, digits and dashes are expected"))
        level = self._number("", self.top, "level", LEVELS)
        minutes = self._number("", self.top, "minutes", (1, _MOST_MINUTES))
        window = self._window()
        title, goal = (self._both(key, self._table(key)) for key in ("title", "goal"))
        hints, papers = (
            tuple(self._both(f"{key}[{n}]", row) for n, row in self._rows(key)) for key in ("hints", "papers")
        )
        start = self._start()
        steps, mistakes = (tuple(self._steps(key)) for key in ("steps", "mistakes"))
        if not steps:
            raise self._error("", "steps", Phrase("at least one step is expected"))
        score = self._table("score", {"hint", "least"})
        return Exercise(
            name,
            level,
            minutes,
            window,
            title,
            goal,
            hints,
            papers,
            start,
            steps,
            mistakes,
            self._number("score", score, "hint", (0, FULL), 10),
            self._number("score", score, "least", (0, FULL), 40),
        )

    def _window(self) -> str:
        try:
            return str(
                read_arguments({"window": "window"}, {"window": self.top.get("window", "reading")})["window"]
            )
        except ArgumentError as error:
            raise self._error("", "window", error.reason) from None

    def _start(self) -> Start:
        table = self._table("start", {"card", "sam", "renew", "office"})
        card, sam = (self._card(table, name, kind) for name, kind in (("card", Kind.USER), ("sam", Kind.SAM)))
        renew = table.get("renew", [])
        if not isinstance(renew, list) or not all(name in entries() for name in renew):
            raise self._error("start", "renew", Phrase("a list of cards of the tray is expected"))
        fresh = table.get("office", False)
        if not isinstance(fresh, bool):
            raise self._error("start", "office", Phrase("true or false is expected"))
        return Start(card, sam, tuple(renew), fresh)

    def _card(self, table: Mapping[str, object], key: str, kind: Kind) -> str:
        name = self._text("start", table, key, "")
        if name and (name not in entries() or entries()[name].kind is not kind):
            known = ", ".join(row.id for row in entries().values() if row.kind is kind)
            raise self._error("start", key, Phrase("one of {known} is expected, or nothing", known=known))
        return name

    def _steps(self, name: str) -> Iterator[Step]:
        for number, row in self._rows(name):
            place = f"{name}[{number}]"
            text = self._both(place, row, more=True)
            check = self._text(place, row, "check")
            if check not in CHECKS:
                raise self._error(
                    place, "check", Phrase("one of {known} is expected", known=", ".join(CHECKS))
                )
            points = self._number(place, row, "points", (0, FULL), 10 if name == "mistakes" else 0)
            rest = {key: value for key, value in row.items() if key not in ("zh", "en", "check", "points")}
            try:
                given = read_arguments(CHECKS[check].arguments, rest, CHECKS[check].required)
            except ArgumentError as error:
                raise self._error(place, error.key, error.reason) from None
            yield Step(text, check, given, points)

    # --- cells ------------------------------------------------------------------------------------------

    def _table(self, name: str, known: set[str] | None = None) -> Mapping[str, object]:
        found = self.top.get(name, {})
        if not isinstance(found, dict):
            raise self._error("", name, Phrase("a table is expected"))
        if known is not None:
            self._known(name, found, known)
        return found

    def _rows(self, name: str) -> Iterator[tuple[int, Mapping[str, object]]]:
        found = self.top.get(name, [])
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise self._error("", name, Phrase("tables in double brackets are expected"))
        yield from enumerate(found, start=1)

    def _both(self, place: str, table: Mapping[str, object], *, more: bool = False) -> Meaning:
        if not more:
            self._known(place, table, {"zh", "en"})
        return Meaning(self._text(place, table, "zh"), self._text(place, table, "en"))

    def _text(self, place: str, table: Mapping[str, object], key: str, default: str | None = None) -> str:
        value = table.get(key, default)
        if (
            not isinstance(value, str)
            or len(value) > _LONGEST_TEXT
            or (default is None and not value.strip())
        ):
            raise self._error(
                place, key, Phrase("a text of up to {most} characters is expected", most=_LONGEST_TEXT)
            )
        return value

    def _number(
        self,
        place: str,
        table: Mapping[str, object],
        key: str,
        bounds: tuple[int, int],
        default: int | None = None,
    ) -> int:
        least, most = bounds
        value = table.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            reason = Phrase("a whole number from {least} to {most} is expected", least=least, most=most)
            raise self._error(place, key, reason)
        return value

    def _known(self, place: str, table: Mapping[str, object], known: set[str]) -> None:
        for key in table:
            if key not in known:
                raise self._error(
                    place, key, Phrase("unknown; there are {known}", known=", ".join(sorted(known)))
                )

    def _error(self, place: str, key: str, reason: Phrase) -> ExerciseError:
        where = ".".join(part for part in (place, key) if part)
        return ExerciseError(file=self.file, line=_line(self.text, place, key), place=where, reason=reason)


def _line(text: str, place: str, key: str) -> int:
    """The line of a key in a table, counted from 1; that of its table, or the first, where it lacks it."""
    name, _bracket, number = place.rstrip("]").partition("[")
    wanted, seen, inside, best = int(number or 1), 0, not place, 1
    for count, line in enumerate(text.splitlines(), start=1):
        heading = re.match(r"\s*\[+\s*([\w.-]+)\s*\]+", line)
        if heading:
            if not place and heading[1] == key:
                return count
            seen += heading[1] == name
            inside = heading[1] == name and seen == wanted
            best = count if inside else best
        elif inside and re.match(rf"\s*{re.escape(key)}\s*=", line):
            return count
    return best
