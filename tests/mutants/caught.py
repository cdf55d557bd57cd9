"""The list of which case catches which mutant, as it is kept beside the mutants."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parent / "caught.csv"
_HEADER = ("mutant", "wrong", "variant", "caught_by", "also", "cases")


@dataclass(frozen=True, slots=True)
class Catch:
    """A mutant and the case that catches it; some of the others that do, and how many there are in all."""

    mutant: str
    wrong: str
    variant: str
    case: str
    also: tuple[str, ...]
    count: int


def write(catches: Sequence[Catch]) -> None:
    """Write the list anew."""
    with FILE.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(_HEADER)
        for one in catches:
            writer.writerow((one.mutant, one.wrong, one.variant, one.case, " ".join(one.also), one.count))


def read() -> tuple[Catch, ...]:
    """The list as it is kept."""
    with FILE.open(encoding="utf-8", newline="") as stream:
        return tuple(
            Catch(
                row["mutant"],
                row["wrong"],
                row["variant"],
                row["caught_by"],
                tuple(row["also"].split()),
                int(row["cases"]),
            )
            for row in csv.DictReader(stream)
        )
