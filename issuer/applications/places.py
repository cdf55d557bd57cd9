"""Counties that take part and the collection points in them.

A region that wants to issue has a named body first, so that a county exists here when it was registered with
one, whatever the whole table of GB/T 2260 holds. Collectors act for the points of their institution, county
reviewers for the counties of theirs.  # spec: issuance_and_ecard A.1, A.2
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from card_os.spec.errors import Phrase, PlainError
from issuer.access.actor import Actor
from issuer.access.permission import NotPermittedError, action
from issuer.registry.errors import TakenError
from issuer.registry.schema.applications import collection_point, county
from issuer.registry.work import Row, Work

_NAME_LENGTH = 64
_CODE_LENGTH = 16


class PlaceRefusedError(PlainError):
    """A county or collection point that cannot be registered so."""

    template = "{kind} {code}: {reason}"


class ForeignPlaceError(NotPermittedError):
    """Work at a place of another institution."""

    template = "{operator} may not do {action} at {place}: it belongs to another institution"


@dataclass(frozen=True, slots=True)
class Point:
    """A collection point."""

    code: str
    county: str
    institution: str


@action("place.add_county")
def add_county(work: Work, code: str, name: str, institution: str) -> None:
    """Register a county by its six digits with the institution that answers for it.

    Raises TakenError and PlaceRefusedError.
    """
    if not (len(code) == 6 and code.isascii() and code.isdigit()):
        raise PlaceRefusedError(
            kind="county", code=code[:_CODE_LENGTH], reason=Phrase("six digits are expected")
        )
    _check_names("county", code, name, institution)
    if work.rows(select(county.c.id).where(county.c.code == code)):
        raise TakenError(kind="county", name=code)
    work.insert(county, code=code, name=name, institution=institution)
    work.record("place.add_county", "county", code)


@action("place.add_point")
def add_point(work: Work, code: str, county_code: str, name: str, institution: str) -> None:
    """Register a collection point: a code of up to 16 letters, digits and dashes, in a registered county.

    Raises TakenError, NotFoundError and PlaceRefusedError.
    """
    plain = code.replace("-", "")
    if not (plain.isascii() and plain.isalnum() and len(code) <= _CODE_LENGTH):
        reason = Phrase("1 to 16 letters, digits and dashes are expected")
        raise PlaceRefusedError(kind="collection point", code=code[:_CODE_LENGTH], reason=reason)
    _check_names("collection point", code, name, institution)
    work.one(select(county.c.id).where(county.c.code == county_code), "county", county_code)
    if work.rows(select(collection_point.c.id).where(collection_point.c.code == code)):
        raise TakenError(kind="collection point", name=code)
    work.insert(collection_point, code=code, county=county_code, name=name, institution=institution)
    work.record("place.add_point", "collection_point", code, county=county_code)


@action("place.list")
def listed(work: Work) -> list[Row]:
    """Counties and their collection points: kind, code, county, name and institution, by county."""
    counties = work.rows(select(county.c.code, county.c.name, county.c.institution).order_by(county.c.code))
    columns = (collection_point.c.code, collection_point.c.county, collection_point.c.name)
    points = work.rows(select(*columns, collection_point.c.institution).order_by(collection_point.c.code))
    rows: list[Row] = []
    for found in counties:
        rows.append({"kind": "county", "county": found["code"], **found})
        rows += [{"kind": "point", **point} for point in points if point["county"] == found["code"]]
    return rows


def point(work: Work, code: str) -> Point:
    """A collection point, of whatever institution; raises NotFoundError."""
    wanted = select(collection_point).where(collection_point.c.code == code)
    row = work.one(wanted, "collection point", code[:_CODE_LENGTH])
    return Point(row["code"], row["county"], row["institution"])


def own_point(work: Work, code: str, action_name: str) -> Point:
    """A collection point of the actor's institution; raises NotFoundError and ForeignPlaceError."""
    found = point(work, code)
    if found.institution != work.actor.institution:
        raise ForeignPlaceError(operator=work.actor.name, action=action_name, place=code)
    return found


def check_counties(work: Work, who: Actor, codes: Iterable[str], action_name: str) -> None:
    """Pass where all counties are those of the operator's institution; raises ForeignPlaceError."""
    own = set(own_counties(work, who))
    for code in codes:
        if code not in own:
            raise ForeignPlaceError(operator=who.name, action=action_name, place=code)


def check_own(work: Work, point_code: str, county_code: str, action_name: str) -> None:
    """Pass where the collection point or its county is that of the actor's institution; raises as above."""
    if point_code not in own_points(work):
        check_counties(work, work.actor, [county_code], action_name)


def own_counties(work: Work, who: Actor) -> list[str]:
    """The counties for which the operator's institution answers."""
    wanted = select(county.c.code).where(county.c.institution == who.institution)
    return list(work.connection.execute(wanted).scalars())


def own_points(work: Work) -> list[str]:
    """The collection points of the actor's institution."""
    wanted = select(collection_point.c.code).where(collection_point.c.institution == work.actor.institution)
    return list(work.connection.execute(wanted).scalars())


def _check_names(kind: str, code: str, *names: str) -> None:
    for name in names:
        if not (0 < len(name) <= _NAME_LENGTH and name.isprintable()):
            raise PlaceRefusedError(kind=kind, code=code, reason=Phrase("names have 1 to 64 characters"))
