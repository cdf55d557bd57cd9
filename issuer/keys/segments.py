"""Segments 密码号段: ranges of numbers, given by the nation to issuers, and in parts by an issuer to others.

Two ranges of one kind either have no number in common, or one was given out of the other. Each number of a
range is given out once, to its owner, and never out of a part that somebody else was given.
# spec: issuance_and_ecard A.2 "allot number/key segments", A.6 [U]; kinds are data, their bounds in the table
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sqlalchemy import select

from card_os.spec.errors import Phrase, PlainError
from card_os.spec.model import Meaning
from issuer.access.permission import action
from issuer.registry.schema.sams import segment
from issuer.registry.work import Row, Work

_FILE = "segment_kinds.csv"
_OWNER_LENGTH = 64


class SegmentRefusedError(PlainError):
    """A range that cannot be given; nothing was changed."""

    template = "segment {kind} {first} to {last}: {reason}"


class SegmentUsedUpError(PlainError):
    """A request for more numbers than an owner has left."""

    template = "{owner} has fewer than {count} numbers of the kind {kind} left: ask for another segment"


@dataclass(frozen=True, slots=True)
class Kind:
    """What numbers of a kind count, and between which bounds they lie, both included."""

    name: str
    least: int
    most: int
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class Grant:
    """A range to be given, ends included; `giver` is whose range it is cut from, empty for the nation."""

    kind: str
    owner: str
    first: int
    last: int
    giver: str = ""


@cache
def kinds() -> Mapping[str, Kind]:
    """All kinds by name."""
    rows = csv.DictReader(io.StringIO((files(__package__) / _FILE).read_text("utf-8")))
    return {
        row["kind"]: Kind(
            row["kind"], int(row["least"]), int(row["most"]), Meaning(row["chinese"], row["english"])
        )
        for row in rows
    }


@action("segment.give")
def give(work: Work, grant: Grant) -> str:
    """Give a range; returns its id. Raises SegmentRefusedError."""
    _check(grant)
    # whoever gives a range of this kind waits here for whoever does so now
    work.next_number(f"segment {grant.kind}")
    same_kind = select(segment).where(
        segment.c.kind == grant.kind, segment.c.first <= grant.last, segment.c.last >= grant.first
    )
    touched = work.rows(same_kind.order_by(segment.c.id).with_for_update())
    parent = _parent(touched, grant)
    above = set(_line(touched, parent))
    for row in touched:
        if row["id"] not in above:
            reason = Phrase("{first} to {last} of it is given already", first=row["first"], last=row["last"])
            raise _refused(grant, reason)
    row_id = work.insert(
        segment,
        kind=grant.kind,
        owner=grant.owner,
        first=grant.first,
        last=grant.last,
        next=grant.first,
        given_at=work.now,
        parent=parent["id"] if parent else None,
    )
    told = {"owner": grant.owner, "first": grant.first, "last": grant.last, "giver": grant.giver}
    work.record("segment.give", "segment", row_id, kind=grant.kind, **told)
    return row_id


@action("segment.list")
def listed(work: Work, kind: str | None = None) -> list[Row]:
    """Every range in order, with how many of its numbers are `left` to its owner."""
    wanted = select(segment).order_by(segment.c.kind, segment.c.first, segment.c.last.desc())
    rows = work.rows(wanted if kind is None else wanted.where(segment.c.kind == kind))
    parts = _parts_of(work, [row["id"] for row in rows])
    return [{**row, "left": sum(len(gap) for gap in _free(row, parts.get(row["id"], [])))} for row in rows]


def take_next(work: Work, kind: str, owner: str) -> int:
    """The next number of an owner, given out once; raises SegmentUsedUpError."""
    return take(work, kind, owner, 1)[0]


def take(work: Work, kind: str, owner: str, count: int) -> list[int]:
    """The next `count` numbers of an owner, in order; raises SegmentUsedUpError.

    An effect inside a permitted action, with no permission of its own.
    """
    wanted = select(segment).where(
        segment.c.kind == kind, segment.c.owner == owner, segment.c.next <= segment.c.last
    )
    # in the order of the ids, as `give` locks them: none of the two waits for the other for ever
    rows = work.rows(wanted.order_by(segment.c.id).with_for_update())
    # read after the lock: whoever gives a part of these ranges away holds it, too
    parts = _parts_of(work, [row["id"] for row in rows])
    taken: list[int] = []
    following: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: int(row["first"])):
        for gap in _free(row, parts.get(row["id"], [])):
            given = gap[: count - len(taken)]
            if given:
                taken.extend(given)
                following[row["id"]] = given[-1] + 1
    if len(taken) < count:
        raise SegmentUsedUpError(owner=owner, count=count, kind=kind)
    for row_id, number in following.items():
        work.update(segment, row_id, next=number)
    return taken


def _check(grant: Grant) -> None:
    kind = kinds().get(grant.kind)
    if kind is None:
        raise _refused(grant, Phrase("there are the kinds {known}", known=", ".join(kinds())))
    if not kind.least <= grant.first <= grant.last <= kind.most:
        raise _refused(
            grant, Phrase("the numbers go up, from {least} to {most}", least=kind.least, most=kind.most)
        )
    named = 0 < len(grant.owner) <= _OWNER_LENGTH and grant.owner.isprintable()
    if not named or grant.owner == grant.giver:
        raise _refused(grant, Phrase("an owner of 1 to 64 characters, other than its giver, is expected"))


def _parent(touched: Sequence[Row], grant: Grant) -> Row | None:
    """The range that the giver cuts this one out of, the narrowest one; None where the nation gives."""
    if not grant.giver:
        return None
    holding = [
        row
        for row in touched
        if row["owner"] == grant.giver and row["first"] <= grant.first and grant.last <= row["last"]
    ]
    if not holding:
        raise _refused(grant, Phrase("{giver} has no segment that holds it", giver=grant.giver))
    parent = min(holding, key=lambda row: int(row["last"] - row["first"]))
    if grant.first < parent["next"]:
        raise _refused(grant, Phrase("numbers before {number} are given out already", number=parent["next"]))
    return parent


def _line(touched: Sequence[Row], row: Row | None) -> Iterator[str]:
    """The ids of a range and of those that it was cut out of."""
    by_id = {other["id"]: other for other in touched}
    while row is not None:
        yield row["id"]
        row = by_id.get(row["parent"])


def _parts_of(work: Work, ids: Sequence[str]) -> dict[str, list[Row]]:
    """The ranges that were cut out of others, by those and in order."""
    columns = (segment.c.parent, segment.c.first, segment.c.last)
    parts: dict[str, list[Row]] = {}
    for row in work.rows(select(*columns).where(segment.c.parent.in_(ids)).order_by(segment.c.first)):
        parts.setdefault(row["parent"], []).append(row)
    return parts


def _free(row: Row, parts: Sequence[Row]) -> Iterator[range]:
    """The numbers of a range that its owner may still have, as unbroken pieces."""
    at = row["next"]
    for part in parts:
        if part["last"] < at:
            continue
        if at < part["first"]:
            yield range(at, part["first"])
        at = part["last"] + 1
    if at <= row["last"]:
        yield range(at, row["last"] + 1)


def _refused(grant: Grant, reason: Phrase) -> SegmentRefusedError:
    return SegmentRefusedError(kind=grant.kind, first=grant.first, last=grant.last, reason=reason)
