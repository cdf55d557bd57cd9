"""What a mutant is, and where it is read from."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "wrong"
_TEXTS = ("id", "en", "zh", "new")
_WHERE = ({"in", "old"}, {"table", "row", "column", "old"}, {"table", "old"})
_FIELDS = {*_TEXTS, "in", "old", "table", "row", "column", "variant"}


class MutantError(Exception):
    """A mutant that is none: badly written, or its target is not there any more, or it changes nothing."""


@dataclass(frozen=True, slots=True)
class CodeChange:
    """Python in one function of the kernel, found by its meaning and not by its layout.

    `old` is an expression that stands exactly once in the function, or statements that do.
    """

    module: str
    function: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class TableChange:
    """A cell of a table of the declaration, as this card has it; or, in a TOML file, a text in it."""

    table: str
    row: str
    column: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """One wrong behaviour: what is wrong in both languages, and how. `variant` is the card that shows it."""

    id: str
    english: str
    chinese: str
    change: CodeChange | TableChange
    variant: str = ""
    file: str = field(default="", compare=False)

    @property
    def group(self) -> str:
        """The letter of the group of cases whose rule is broken."""
        return self.id[0]


@cache
def mutants() -> tuple[Mutant, ...]:
    """All of them, by group and name; raises MutantError."""
    found = [_mutant(file.name, row) for file in sorted(FOLDER.glob("*.toml")) for row in _rows(file)]
    names = [mutant.id for mutant in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise MutantError(f"there are two of each of these: {' '.join(twice)}")
    return tuple(sorted(found, key=lambda mutant: mutant.id))


def _rows(file: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads(file.read_text("utf-8"))["mutant"]
    return rows


def _mutant(file: str, row: Mapping[str, Any]) -> Mutant:
    name = row.get("id", "?")
    if set(row) - _FIELDS:
        raise MutantError(f"{file} {name}: unknown fields {sorted(set(row) - _FIELDS)}")
    if missing := [text for text in _TEXTS if not isinstance(row.get(text), str)]:
        raise MutantError(f"{file} {name}: {missing} missing")
    if set(row) - {*_TEXTS, "variant"} not in _WHERE:
        raise MutantError(f"{file} {name}: it says neither a function nor a place in a table")
    change: CodeChange | TableChange
    if "in" in row:
        module, _colon, function = row["in"].partition(":")
        change = CodeChange(f"card_os.kernel.{module}", function, row["old"], row["new"])
    else:
        change = TableChange(row["table"], row.get("row", ""), row.get("column", ""), row["old"], row["new"])
    return Mutant(name, row["en"], row["zh"], change, row.get("variant", ""), file)
