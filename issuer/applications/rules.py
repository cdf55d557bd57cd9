"""The rules of applications by their names: what would be accepted, in both languages, and the source of it.

A broken rule is a `Problem`: rule, field and what would be accepted. All problems of an application are told
at once.  # rules.csv; spec: issuance_and_ecard B
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from card_os.spec.errors import PlainError
from card_os.spec.model import Meaning
from language import choose, describe, speaking


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """A rule that a field breaks; `told` fills the text of the rule and is not personal."""

    rule: str
    field: str
    told: Mapping[str, object] = dataclasses.field(default_factory=dict)

    @property
    def expected(self) -> str:
        """What would be accepted, in the reader's language."""
        words = {name: _worded(value) for name, value in self.told.items()}
        return choose(rules()[self.rule]).format(**words)

    def __str__(self) -> str:
        return f"{self.field}: {self.expected} [{self.rule}]"

    def as_json(self) -> dict[str, str]:
        """Rule, field and what would be accepted."""
        return {"rule": self.rule, "field": self.field, "expected": self.expected}


class _Listed:
    """Problems as one text, in the language of the moment it is read."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "; ".join(map(str, self.problems))


class ApplicationRefusedError(PlainError):
    """An application that breaks rules; `problems` are all of them. Nothing was changed."""

    template = "the application is refused: {problems}"

    def __init__(self, problems: Iterable[Problem]) -> None:
        listed = _Listed(problems)
        with speaking("en"):
            super().__init__(problems=listed)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The rules that were broken."""
        listed = self.fields["problems"]
        assert isinstance(listed, _Listed)  # noqa: S101  as it was put in above
        return listed.problems

    def problems_json(self) -> list[dict[str, str | int]]:
        """Rule, field and what would be accepted of each problem."""
        return [{**problem.as_json()} for problem in self.problems]


@cache
def rules() -> Mapping[str, Meaning]:
    """What each rule would accept, by its name."""
    text = (files(__package__) / "rules.csv").read_text("utf-8")
    return {row["rule"]: Meaning(row["chinese"], row["english"]) for row in csv.DictReader(io.StringIO(text))}


def _worded(value: object) -> str:
    return describe(value) if hasattr(value, "template") else str(value)
