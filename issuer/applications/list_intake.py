"""A list taken in: every line held to every rule, and all of it or nothing, unless good lines are enough.

A line whose person has an application that was returned to the same collection point is its correction.
# spec: issuance_and_ecard A.4 batch mode, B
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from card_os.spec.errors import PlainError
from issuer.access.permission import action
from issuer.applications import persons, places
from issuer.applications.checking import Checked, check
from issuer.applications.existing import NEW_CARD, look_up
from issuer.applications.identity import PersonKey
from issuer.applications.intake import draft_cells, one_at_a_time, submitted_cells
from issuer.applications.list_file import ApplicantList, ListLine, Photos, read_list
from issuer.applications.numbers import new_numbers
from issuer.applications.rules import Problem
from issuer.applications.states import STATES
from issuer.registry.day import day_of
from issuer.registry.errors import TakenError
from issuer.registry.schema.applications import application, application_file
from issuer.registry.work import Row, Work, batched
from language import speaking

RETURN_FORMAT = "rhc-applications-return/1"
_ACTION = "application.submit_file"
_OPEN = "person.open"


class LinesRefusedError(PlainError):
    """A list with lines that break rules: refused whole, nothing was changed; `receipt` has all problems."""

    template = "{count} of {lines} lines break rules, the list is refused whole; line {line}, {problem}"

    def __init__(self, receipt: Receipt) -> None:
        self.receipt = receipt
        line = min(receipt.problems)
        with speaking("en"):
            super().__init__(
                count=len(receipt.problems),
                lines=receipt.lines,
                line=line,
                problem=receipt.problems[line][0],
            )

    def problems_json(self) -> list[dict[str, str | int]]:
        """Line, rule, field and what would be accepted of each problem."""
        return self.receipt.problems_json()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a list: numbers of applications by line, and problems by line; nothing personal."""

    digest: bytes
    lines: int
    accepted: Mapping[int, str]
    problems: Mapping[int, tuple[Problem, ...]]

    def as_json(self) -> dict[str, object]:
        """The receipt for programs."""
        return {
            "digest": self.digest.hex().upper(),
            "lines": self.lines,
            "accepted": [{"line": line, "number": number} for line, number in self.accepted.items()],
            "problems": self.problems_json(),
        }

    def problems_json(self) -> list[dict[str, str | int]]:
        """Line, rule, field and what would be accepted of each problem."""
        return [
            {"line": line, **problem.as_json()} for line, found in self.problems.items() for problem in found
        ]

    def return_file(self) -> bytes:
        """The receipt as a CSV file for the collection point: a row for each number and each problem."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        refused = len(self.problems)
        counts = (f"lines={self.lines}", f"accepted={len(self.accepted)}", f"refused={refused}")
        writer.writerow([RETURN_FORMAT, f"file={self.digest.hex().upper()}", *counts])
        writer.writerow(["line", "number", "rule", "field", "expected"])
        for line in sorted({*self.accepted, *self.problems}):
            if line in self.accepted:
                writer.writerow([line, self.accepted[line], "", "", ""])
            for problem in self.problems.get(line, ()):
                writer.writerow([line, "", problem.rule, problem.field, problem.expected])
        return text.getvalue().encode()


@dataclass(slots=True)
class _Sorting:
    """Lines as they are sorted out, with the persons and the returned applications that they belong to."""

    persons: dict[PersonKey, str] = field(default_factory=dict)
    corrected: dict[PersonKey, str] = field(default_factory=dict)
    first_line: dict[str | PersonKey, int] = field(default_factory=dict)
    good: dict[int, Checked] = field(default_factory=dict)
    problems: dict[int, tuple[Problem, ...]] = field(default_factory=dict)


@action(_ACTION)
def submit_file(
    work: Work,
    raw: bytes,
    photos: Photos,
    *,
    accept_good_lines: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Receipt:
    """Take in a list and submit what is in it; `progress` hears lines done, and all.

    Raises ListRefusedError for a broken file, LinesRefusedError for broken rules unless good lines are
    accepted alone, TakenError for a file that was taken in before, NotFoundError and ForeignPlaceError.
    """
    given = read_list(raw, photos)
    at = places.own_point(work, given.point, _ACTION)
    if work.rows(select(application_file.c.id).where(application_file.c.digest == given.digest)):
        raise TakenError(kind="application file", name=given.digest.hex().upper()[:16])
    sorting = _Sorting()
    done = 0
    for block in batched(given.lines):
        _sort(work, block, at, sorting)
        done += len(block)
        progress(done, len(given.lines))
    if sorting.problems and not (accept_good_lines and sorting.good):
        raise LinesRefusedError(Receipt(given.digest, len(given.lines), {}, sorting.problems))
    with one_at_a_time("–"):
        accepted = _keep(work, given, at, sorting)
    return Receipt(given.digest, len(given.lines), accepted, sorting.problems)


def _sort(work: Work, block: Sequence[ListLine], at: places.Point, sorting: _Sorting) -> None:
    looked_at = [(line.line, check(line.form, day_of(work.now), at.county)) for line in block]
    known = look_up(work, [checked for _line, checked in looked_at])
    sorting.persons.update(known.persons)
    for line, checked in looked_at:
        found = list(checked.problems)
        if checked.key is not None:
            found += known.problems[checked.key]
            under_way = known.open.get(checked.key)
            if under_way and under_way["state"] == "RETURNED" and under_way["collection_point"] == at.code:
                found = [problem for problem in found if problem.rule != _OPEN]
                sorting.corrected[checked.key] = under_way["id"]
            found += _twice(line, checked.key, sorting)
        if found:
            sorting.problems[line] = tuple(found)
        else:
            sorting.good[line] = checked


def _twice(line: int, key: PersonKey, sorting: _Sorting) -> list[Problem]:
    """Whether an earlier line is for the same person, by this number or by another one of the person."""
    who = sorting.persons.get(key, key)
    first = sorting.first_line.setdefault(who, line)
    return [] if first == line else [Problem("file.twice", "document_number", {"line": first})]


def _keep(work: Work, given: ApplicantList, at: places.Point, sorting: _Sorting) -> dict[int, str]:
    file_id = work.insert(
        application_file,
        digest=given.digest,
        collection_point=at.code,
        lines=len(given.lines),
        accepted=len(sorting.good),
        operator=work.actor.name,
        at=work.now,
    )
    corrected = {line: checked for line, checked in sorting.good.items() if checked.key in sorting.corrected}
    fresh = {line: checked for line, checked in sorting.good.items() if line not in corrected}
    _add_persons(work, fresh, sorting)
    same = {
        "business": NEW_CARD,
        "source": given.source,
        "mode": "batch",
        "collection_point": at.code,
        "county": at.county,
        "made_at": work.now,
        "applied_on": day_of(work.now),
        "file_id": file_id,
    }
    numbers = _add(work, fresh, sorting, same) | _resubmit(work, corrected, sorting, file_id)
    told = {"lines": len(given.lines), "accepted": len(numbers)}
    work.record(_ACTION, "application_file", file_id, **told)
    return dict(sorted(numbers.items()))


def _add_persons(work: Work, fresh: Mapping[int, Checked], sorting: _Sorting) -> None:
    unknown = [c.applicant for c in fresh.values() if c.applicant and c.applicant.key not in sorting.persons]
    ids = persons.add_all(work, unknown)
    sorting.persons.update(zip((who.key for who in unknown), ids, strict=True))


def _add(
    work: Work, fresh: Mapping[int, Checked], sorting: _Sorting, same: Mapping[str, Any]
) -> dict[int, str]:
    if not fresh:
        return {}
    numbers = dict(zip(fresh, new_numbers(work, same["county"], len(fresh)), strict=True))
    state = STATES.after("", _ACTION)
    rows = [
        {
            **same,
            **draft_cells(work, checked),
            **submitted_cells(work, _UNSUBMITTED, _person_of(checked, sorting)),
            "number": numbers[line],
            "state": state,
            "guardian": checked.applicant.guardian if checked.applicant else None,
        }
        for line, checked in fresh.items()
    ]
    ids = work.insert_all(application, rows)
    work.record_all(_ACTION, "application", ((row_id, {"after": state, "mode": "batch"}) for row_id in ids))
    return numbers


def _resubmit(
    work: Work, corrected: Mapping[int, Checked], sorting: _Sorting, file_id: str
) -> dict[int, str]:
    ids = {line: sorting.corrected[checked.key] for line, checked in corrected.items() if checked.key}
    rows = persons.rows_of(work, application, ids.values())
    changes = {}
    for line, checked in corrected.items():
        row = rows[ids[line]]
        cells = draft_cells(work, checked) | submitted_cells(work, row, _person_of(checked, sorting))
        cells["guardian"] = checked.applicant.guardian if checked.applicant else None
        changes[row["id"]] = cells | {"applied_on": day_of(work.now), "file_id": file_id}
    work.update_all(application, changes)
    work.move_all(application, list(rows.values()), STATES, _ACTION)
    return {line: rows[row_id]["number"] for line, row_id in ids.items()}


def _person_of(checked: Checked, sorting: _Sorting) -> str:
    assert checked.key is not None  # noqa: S101  a good line has a person
    return sorting.persons[checked.key]


_UNSUBMITTED: Row = {"round": 0, "collected_by": ""}
