"""Exercises as data: text files in TOML, `rhc-exercise/1`, read with errors that name file, line and key.

format = "rhc-exercise/1"
id = "read-a-card"          # also the name of the file
level = 1                   # 1 easy, 2, 3 hard
minutes = 3
window = "reading"          # which window is open at the start

[title]                     # every text in both languages
zh = "…"
en = "…"
[goal] …                    # what is to be reached
[[hints]] …                 # given one by one
[[papers]] …                # what lies on the desk, optional
[start]                     # which cards are in the slots; what is named in `renew` is as on its first day
card = ""
sam = "sam-own"
renew = ["resident-01"]
office = false              # true: the issuing office, too
[[steps]]                   # what must have been done: a text, and a check with its arguments
zh = "…"
en = "…"
check = "window"
window = "reading"
[[mistakes]] …              # the same, for what must not be done; `points` are taken off
[score]                     # optional: hint = 10, least = 40
"""

from __future__ import annotations

from dataclasses import dataclass

from card_os.spec.model import Meaning
from lab.training.arguments import Given

FORMAT = "rhc-exercise/1"
FULL = 100
"""What an exercise is worth without hints and mistakes."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that must have been done, or must not: what it says, and the check with its arguments."""

    text: Meaning
    check: str
    given: Given
    points: int = 0


@dataclass(frozen=True, slots=True)
class Start:
    """How the desk stands at the start: ids of the tray, empty for an empty slot.

    `renew` names cards that are as on their first day, `office` says that the issuing office is, too.
    """

    card: str = ""
    sam: str = ""
    renew: tuple[str, ...] = ()
    office: bool = False


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise; `level` is 1 to 3, `minutes` what it should take, `hint` and `mistake` cost points."""

    id: str
    level: int
    minutes: int
    window: str
    title: Meaning
    goal: Meaning
    hints: tuple[Meaning, ...]
    papers: tuple[Meaning, ...]
    start: Start
    steps: tuple[Step, ...]
    mistakes: tuple[Step, ...] = ()
    hint_points: int = 10
    least: int = 40

    def score(self, hints: int, mistakes: int) -> int:
        """What it is worth with so many hints and with these points for mistakes, of 100."""
        return max(self.least, FULL - hints * self.hint_points - mistakes)
