"""All cases: those typed by hand in `cases/*.toml`, and those that the declaration gives.

Typed bytes are a second opinion: they were not computed from the tables that feed card and reader alike.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from card_os.spec.model import LifeCycle, Meaning, Profile
from reader_client.conformance.conditions import met
from reader_client.conformance.generated import (
    binary,
    blocking,
    creation,
    cuts,
    messaging,
    proofs,
    records,
    rights,
    sam_keys,
    tree,
)
from reader_client.conformance.model import Case, Item, Need
from reader_client.conformance.notation import steps_of
from reader_client.conformance.steps import Open, Step
from reader_client.errors import ReaderClientError

_HERE = files("reader_client.conformance")
_TEXTS = ("id", "zh", "en", "source", "steps")
_LISTS = ("needs", "only_if", "leaves", "tries", "challenges")
_FIELDS = frozenset((*_TEXTS, *_LISTS, "quick", "restore", "any_card"))
_MAKERS = (
    tree.cases,
    binary.cases,
    records.cases,
    rights.cases,
    proofs.cases,
    messaging.cases,
    blocking.cases,
    creation.cases,
    cuts.cases,
    sam_keys.cases,
)
_cached: dict[int, tuple[Profile, tuple[Case, ...]]] = {}


class CaseFileError(ReaderClientError):
    """A case that is written wrongly."""

    template = "case {case} in {file}: {reason}"


class UnknownCaseError(ReaderClientError):
    """A name that is no case."""

    template = "{case}: no such case; `rhc conformance list` names them"


@cache
def items() -> Mapping[str, Item]:
    """What is to be proved, by id, in the order of the list.  # spec: commands_and_crypto 6.2"""
    rows = csv.DictReader(io.StringIO((_HERE / "items.csv").read_text("utf-8")))
    return {
        row["id"]: Item(
            row["id"],
            Meaning(row["chinese"], row["english"]),
            Meaning(row["proves_chinese"], row["proves_english"]),
            row["source"],
            row["covered"] == "yes",
        )
        for row in rows
    }


def cases_of(profile: Profile) -> tuple[Case, ...]:
    """Every case that is meant for a card of a profile, in the order of the items."""
    found = _cached.get(id(profile))
    if found is None or found[0] is not profile:
        rank = {name: place for place, name in enumerate(items())}
        made = (case for make in _MAKERS for case in make(profile))
        listed = [*_typed(profile), *made]
        needy = (with_needs(case, profile) for case in listed)
        cases = tuple(sorted(needy, key=lambda case: rank[case.item]))
        found = _cached[id(profile)] = (profile, cases)
    return found[1]


def case_named(cases: Iterable[Case], name: str) -> Case:
    """The case of that id; raises UnknownCaseError."""
    for case in cases:
        if case.id == name:
            return case
    raise UnknownCaseError(case=name)


def with_needs(case: Case, profile: Profile) -> Case:
    """The case with the needs that its steps have anyway, and with the keys that open its files."""
    state = LifeCycle.PERSO if Need.KEYED in case.needs else LifeCycle.ISSUED

    def bound(steps: tuple[Step, ...]) -> tuple[Step, ...]:
        return tuple(step.bound(profile, state) if isinstance(step, Open) else step for step in steps)

    case = replace(case, steps=bound(case.steps), restore=bound(case.restore))
    needs = set(case.needs)
    if case.keys:
        needs.add(Need.TEST_KEYS)
    if case.uses_sam:
        needs.add(Need.SAM)
    if any(step.line.startswith("cut ") for step in case.steps):
        needs.add(Need.POWER_CUTS)
    if case.challenges:
        needs.add(Need.FIXED_CHALLENGES)
    if case.leaves or needs & {Need.KEYED, Need.BLANK, Need.CHIP, Need.BARE}:
        needs.add(Need.DESTRUCTIVE)
    return replace(case, needs=frozenset(needs))


def _typed(profile: Profile) -> Iterator[Case]:
    for file, row in case_rows():
        if met(row.get("only_if", ()), profile):
            yield _case(file, row)


@cache
def case_rows() -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """Every row of the case files with the name of its file; raises CaseFileError for a broken one."""
    rows = []
    for entry in sorted((_HERE / "cases").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            for row in tomllib.loads(entry.read_text("utf-8"))["case"]:
                _check(entry.name, row)
                rows.append((entry.name, row))
    return tuple(rows)


def _check(file: str, row: Mapping[str, Any]) -> None:
    name = row.get("id", "?")
    unknown = set(row) - _FIELDS
    if unknown:
        raise CaseFileError(case=name, file=file, reason=f"unknown fields {' '.join(sorted(unknown))}")
    for field in _TEXTS:
        if not isinstance(row.get(field), str) or not row[field].strip():
            raise CaseFileError(case=name, file=file, reason=f"{field} is missing")
    for field in _LISTS:
        if not isinstance(row.get(field, []), list):
            raise CaseFileError(case=name, file=file, reason=f"{field} is no list")
    if name.partition("-")[0] not in items():
        raise CaseFileError(case=name, file=file, reason="the part before the dash is no item of items.csv")


def _case(file: str, row: Mapping[str, Any]) -> Case:
    try:
        return Case(
            id=row["id"],
            title=Meaning(row["zh"], row["en"]),
            source=row["source"],
            steps=steps_of(row["steps"]),
            needs=frozenset(map(Need, row.get("needs", ()))),
            leaves=tuple(row.get("leaves", ())),
            quick=row.get("quick", False),
            tries=tuple(row.get("tries", ())),
            restore=steps_of(row.get("restore", "")),
            challenges=tuple(map(bytes.fromhex, row.get("challenges", ()))),
            any_card=row.get("any_card", False),
        )
    except ValueError as error:
        raise CaseFileError(case=row["id"], file=file, reason=error) from None
