"""Goes with a trainee through an exercise: sets the desk, gives hints, looks at what was really done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock

from card_os.spec.errors import PlainError
from card_os.spec.model import Meaning
from lab.sources import Kind
from lab.training import office
from lab.training.checks import CHECKS, Scene
from lab.training.exercise import FULL, Exercise, Step
from lab.training.exercise_files import all_exercises
from lab.training.progress import Entry, Event, Progress
from lab.training.seat import Seat, WindowBusyError

FOLDER = "exercises"
"""In the directory of the class: exercises of the trainer's own."""
_LONGEST_ANSWER = 100


class NoExerciseError(PlainError):
    """An exercise that does not exist, or none that goes on."""

    template = "{exercise}: no such exercise"


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step as the page shows it: done or not, and the question where it asks one."""

    place: str
    text: Meaning
    done: bool
    question: Meaning | None = None
    choices: tuple[Meaning, ...] = ()
    answer: str = ""
    asked: bool = False
    """Whether the question is put now: all steps before it are done."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an exercise stands. `hints` are those that were given, `left` how many there are besides."""

    exercise: Exercise
    started: datetime
    steps: tuple[StepShown, ...]
    hints: tuple[Meaning, ...] = ()
    left: int = 0
    mistakes: tuple[Meaning, ...] = ()
    score: int = FULL
    seconds: int = 0
    finished: bool = False

    @property
    def missing(self) -> int:
        """How many steps are still to be done."""
        return sum(not step.done for step in self.steps)


class Tutor:
    """One seat and its exercises; safe from any thread."""

    def __init__(self, seat: Seat, exercises: Mapping[str, Exercise]) -> None:
        self.seat, self.exercises = seat, exercises
        self.progress = Progress(seat.folder)
        self._lock = RLock()
        self._seen = -1
        self._last: Standing | None = None
        seat.facts.listeners.append(lambda _fact: seat.feed.tell("exercise"))

    def start(self, name: str) -> None:
        """Begin an exercise: its cards are as on their first day, the desk stands as it says.

        Raises NoExerciseError, WindowBusyError, and what PC/SC raises.
        """
        if name not in self.exercises:
            raise NoExerciseError(exercise=name[:40])
        exercise = self.exercises[name]
        with self._lock:
            self.leave()
            with self.seat.working_at("exercise"):
                _set_desk(self.seat, exercise)
            self.progress.add(
                name,
                Event.STARTED,
                facts=self.seat.facts.last,
                log_rows=len(self.seat.log.read().rows),
            )
            self._seen, self._last = -1, None
        self.seat.feed.tell("exercise")

    def leave(self) -> None:
        """Give up the exercise that goes on, and put away one that is finished."""
        with self._lock:
            running = self.progress.running
            if running:
                standing = self._last
                missing = standing.missing if standing is not None else 0
                self.progress.add(running[0].exercise, Event.LEFT, missing=missing)
            self._last = None

    def hint(self) -> None:
        """Give the next hint, where there is one."""
        with self._lock:
            running = self.progress.running
            if running and (exercise := self.exercises.get(running[0].exercise)) is not None:
                given = sum(one.event is Event.HINT for one in running)
                if given < len(exercise.hints):
                    self.progress.add(exercise.id, Event.HINT, number=given + 1)
                    self._seen = -1

    def answer(self, place: str, text: str) -> None:
        """Take an answer to the question of a step."""
        with self._lock:
            running = self.progress.running
            if running:
                self.progress.add(
                    running[0].exercise, Event.ANSWER, place=place[:20], text=text[:_LONGEST_ANSWER]
                )
                self._seen = -1

    def standing(self) -> Standing | None:
        """How the exercise stands now; None where none goes on. While a window works, as it was before."""
        with self._lock:
            running = self.progress.running
            if not running or running[0].exercise not in self.exercises:
                return self._last if self._last is not None and self._last.finished else None
            last = self.seat.facts.last
            if last != self._seen or self._last is None:
                self._look(running, last)
            return self._last

    @property
    def last(self) -> Standing | None:
        """How it stood when somebody last looked; None where nobody has."""
        return self._last

    def _look(self, running: Sequence[Entry], last: int) -> None:
        exercise = self.exercises[running[0].exercise]
        scene = _scene(self.seat, running)
        try:
            done = [_holds(scene, step, f"steps[{n}]") for n, step in enumerate(exercise.steps, start=1)]
            wrong = [
                _holds(scene, step, f"mistakes[{n}]") for n, step in enumerate(exercise.mistakes, start=1)
            ]
        except WindowBusyError:
            self._last = self._last or _standing(exercise, running, scene, [False] * len(exercise.steps))
            return
        known = {one.number("number") for one in running if one.event is Event.MISTAKE}
        for number, found in enumerate(wrong, start=1):
            if found and number not in known:
                self.progress.add(exercise.id, Event.MISTAKE, number=number)
        running = self.progress.running
        self._last, self._seen = _standing(exercise, running, scene, done), last
        if all(done):
            seconds = int((datetime.now(UTC) - running[0].time).total_seconds())
            self.progress.add(exercise.id, Event.DONE, score=self._last.score, seconds=seconds)
            self._last = replace(self._last, finished=True, seconds=seconds)


class School:
    """The exercises of a class, and the tutor of each seat, who ends with it."""

    def __init__(self, folder: Path) -> None:
        """`folder` is that of the class; raises ExerciseError, ExerciseFileError."""
        self.exercises = all_exercises(folder / FOLDER)
        self._lock = RLock()

    def tutor(self, seat: Seat) -> Tutor:
        """The tutor of a seat."""
        with self._lock:
            found = seat.beside.get(Tutor)
            if not isinstance(found, Tutor):
                found = seat.beside[Tutor] = Tutor(seat, self.exercises)
            return found


def _set_desk(seat: Seat, exercise: Exercise) -> None:
    start = exercise.start
    for kind in Kind:
        seat.eject(kind)
    for card in start.renew:
        seat.renew(card)
    seat.renew_patients()
    if start.office:
        office.renew(seat)
    for card in (start.sam, start.card):
        if card:
            seat.insert(card)


def _scene(seat: Seat, running: Sequence[Entry]) -> Scene:
    started = running[0]
    answers = {str(one.what["place"]): str(one.what["text"]) for one in running if one.event is Event.ANSWER}
    return Scene(
        seat, seat.facts.since(started.number("facts")), started.number("log_rows"), started.time, answers
    )


def _holds(scene: Scene, step: Step, place: str) -> bool:
    """Whether a check holds; a card that cannot be read back proves nothing."""
    try:
        return CHECKS[step.check].holds(scene, step.given, place)
    except WindowBusyError:
        raise
    except PlainError:
        return False


def _standing(exercise: Exercise, running: Sequence[Entry], scene: Scene, done: Sequence[bool]) -> Standing:
    hints = sum(one.event is Event.HINT for one in running)
    numbers = [one.number("number") for one in running if one.event is Event.MISTAKE]
    mistakes = [exercise.mistakes[n - 1] for n in numbers if 0 < n <= len(exercise.mistakes)]
    return Standing(
        exercise,
        running[0].time,
        tuple(_shown(scene, step, f"steps[{n}]", done[:n]) for n, step in enumerate(exercise.steps, start=1)),
        exercise.hints[:hints],
        len(exercise.hints) - hints,
        tuple(one.text for one in mistakes),
        exercise.score(hints, sum(one.points for one in mistakes)),
    )


def _shown(scene: Scene, step: Step, place: str, done: Sequence[bool]) -> StepShown:
    """A step; `done` tells of all steps up to it."""
    question, choices = step.given.get("question"), step.given.get("choices", ())
    return StepShown(
        place,
        step.text,
        done[-1],
        question if isinstance(question, Meaning) else None,
        choices if isinstance(choices, tuple) else (),
        scene.answers.get(place, ""),
        asked=question is not None and not done[-1] and all(done[:-1]),
    )
