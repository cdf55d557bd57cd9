"""The master index: every person once, found by any number under which the person is or was known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Table, select, tuple_

from issuer.applications.checking import Applicant
from issuer.applications.identity import PersonKey
from issuer.registry.schema.applications import person, person_alias
from issuer.registry.work import Row, Work, batched

_NAME = "person.name"


def find(work: Work, document_type: str, number: str) -> Row | None:
    """The person with this number or alias, after all merges; None where the index has none.

    `document_type` is a code of `documents.csv`.
    """
    key = PersonKey.of(document_type, number)
    if key is None:
        return None
    found = find_all(work, [key]).get(key)
    return work.get(person, found) if found else None


def find_all(work: Work, keys: Iterable[PersonKey]) -> dict[PersonKey, str]:
    """The ids of the persons whom the index has; two queries for 500 keys, and one for each merge."""
    found: dict[PersonKey, str] = {}
    digests = {(key.document_type, digest_of(work, key)): key for key in keys}
    for block in batched(digests):
        for where, id_column in ((person, person.c.id), (person_alias, person_alias.c.person_id)):
            named = tuple_(where.c.document_type, where.c.document_digest).in_(block)
            wanted = select(where.c.document_type, where.c.document_digest, id_column).where(named)
            for kind, digest, person_id in work.connection.execute(wanted):
                found.setdefault(digests[kind, bytes(digest)], person_id)
    last = dict(_after_merges(work, set(found.values())))
    return {key: last[person_id] for key, person_id in found.items()}


def find_by_name(work: Work, name: str) -> list[Row]:
    """All persons with exactly this name, without those who were merged into others."""
    wanted = select(person).where(
        person.c.name_digest == work.digest(_NAME, name.strip()), person.c.merged_into.is_(None)
    )
    return work.rows(wanted)


def aliases(work: Work, person_id: str) -> list[Row]:
    """Type, number and moment of the other numbers of a person, the oldest first."""
    return work.rows(
        select(person_alias).where(person_alias.c.person_id == person_id).order_by(person_alias.c.at)
    )


def add_all(work: Work, applicants: Iterable[Applicant]) -> list[str]:
    """Put people into the index, who must not be there; returns their ids."""
    return work.insert_all(person, [{**cells(work, who), "portrait": None} for who in applicants])


def approve_all(work: Work, approved: Mapping[str, Applicant]) -> None:
    """Let what the reviewers passed be what the index says of these people, given by id."""
    work.update_all(person, {row_id: _approved(work, who) for row_id, who in approved.items()})


def cells(work: Work, who: Applicant) -> dict[str, object]:
    """The cells of a person's row but for the portrait."""
    return {
        "document_type": who.key.document_type,
        "document_number": who.key.number,
        "document_digest": digest_of(work, who.key),
        "name": who.name,
        "name_digest": work.digest(_NAME, who.name),
        "items": who.items,
        "entries": who.entries,
    }


def key_of(row: Mapping[str, Any]) -> PersonKey:
    """The key under which a row of the index is kept."""
    return PersonKey(row["document_type"], row["document_number"])


def digest_of(work: Work, key: PersonKey) -> bytes:
    """By what the index finds a number."""
    return work.digest(f"person.document.{key.document_type}", key.number)


def rows_of(work: Work, table: Table, ids: Iterable[str]) -> dict[str, Row]:
    """Rows by their ids, a query for each 500."""
    found: dict[str, Row] = {}
    for block in batched(ids):
        found |= {row["id"]: row for row in work.rows(select(table).where(table.c.id.in_(block)))}
    return found


def _approved(work: Work, who: Applicant) -> dict[str, object]:
    found = cells(work, who)
    kept = {name: found[name] for name in ("name", "name_digest", "items", "entries")}
    return kept | {"portrait": who.photo}


def _after_merges(work: Work, ids: set[str]) -> Iterator[tuple[str, str]]:
    into: dict[str, str | None] = {}
    for block in batched(ids):
        wanted = select(person.c.id, person.c.merged_into).where(person.c.id.in_(block))
        into |= {row["id"]: row["merged_into"] for row in work.rows(wanted)}
    for row_id, target in into.items():
        last, following = row_id, target
        while following is not None:
            last = following
            step = select(person.c.merged_into).where(person.c.id == last)
            following = work.connection.execute(step).scalar_one()
        yield row_id, last
