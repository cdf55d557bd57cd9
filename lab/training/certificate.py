"""The certificate of a trainee: what was finished, with which score; for a page and for paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from card_os.spec.model import Meaning
from issuer.registry.day import day_of
from lab.training.exercise import Exercise
from lab.training.progress import Progress
from lab.training.seat import Seat


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """One finished exercise; `score` is of 100, `minutes` at least 1."""

    title: Meaning
    level: int
    score: int
    minutes: int
    day: date


@dataclass(frozen=True, slots=True)
class Certificate:
    """What stands on it; `of` is how many exercises there are."""

    number: str
    name: str = field(repr=False)
    rows: tuple[CertificateRow, ...]
    of: int
    day: date

    @property
    def complete(self) -> bool:
        """Whether every exercise was finished."""
        return len(self.rows) == self.of

    @property
    def average(self) -> int:
        """The average score, rounded; 0 without a row."""
        return round(sum(row.score for row in self.rows) / len(self.rows)) if self.rows else 0


def certificate_of(seat: Seat, progress: Progress, exercises: Mapping[str, Exercise]) -> Certificate | None:
    """The certificate of a seat; None before the first exercise is finished."""
    finished = progress.finished
    rows = tuple(
        CertificateRow(
            exercise.title,
            exercise.level,
            finished[name].score,
            max(1, round(finished[name].seconds / 60)),
            day_of(finished[name].at),
        )
        for name, exercise in exercises.items()
        if name in finished
    )
    if not rows:
        return None
    day = max(row.day for row in rows)
    return Certificate(f"{day:%Y%m%d}-{seat.who.number}", seat.who.name, rows, len(exercises), day)
