"""Front servers: which there are, what they fetch, and which version each of them holds.

A front server signs in with credentials of its own (an operator with the role terminal); it speaks for itself
only.  # spec: issuance_and_ecard A.2, A.9 "black-list version on every front server", H
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from card_os.spec import card_list_format
from card_os.spec.card_list import Delta, net
from card_os.spec.errors import Phrase, PlainError
from issuer.access import operators
from issuer.access.permission import action
from issuer.cards import rules
from issuer.lists import entries, publishing
from issuer.registry.errors import NotFoundError, TakenError
from issuer.registry.schema.lists import front_server, list_delivery
from issuer.registry.work import Row, Work, first_of


class FrontServerRefusedError(PlainError):
    """A front server that asks or says what it may not."""

    template = "front server {name}: {reason}"


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a front server gets: a whole list or a delta as text, empty where it has the newest version."""

    version: int
    text: str
    is_delta: bool


@action("list.add_server")
def add_server(work: Work, name: str, institution: str, operator: str) -> str:
    """Register a front server that signs in as `operator`; returns its id.

    Raises TakenError, and NotFoundError for an operator who is not there.
    """
    operators.by_name(work, operator)
    if work.rows(select(front_server.c.id).where(front_server.c.name == name)):
        raise TakenError(kind="front_server", name=name)
    row_id = work.insert(front_server, name=name, institution=institution, operator=operator, version=0)
    work.record("list.add_server", "front_server", name, operator=operator)
    return row_id


@action("list.fetch")
def fetch(work: Work, server: str, since: int) -> Parcel:
    """What a front server lacks that has version `since`, 0 for none; remembers that it asked.

    Raises NotFoundError for an unknown server and where nothing was published yet, FrontServerRefusedError
    for credentials that are not those of the server.
    """
    asking = own(work, server)
    last = publishing.newest(work)
    if last is None:
        raise NotFoundError(kind="list_version", name="1")
    work.update(front_server, asking["id"], asked_at=work.now)
    if since == last["version"]:
        _holds(work, asking, since)
        return Parcel(since, "", is_delta=False)
    base = publishing.of_number(work, since) if since < last["version"] else None
    return _whole(work) if base is None else _lighter(work, base, last)


@action("list.hold")
def held(work: Work, server: str, version: int) -> None:
    """Remember that a front server holds a version from now on.

    Raises NotFoundError, and FrontServerRefusedError for a version that was never published.
    """
    asking = own(work, server)
    if publishing.of_number(work, version) is None:
        raise FrontServerRefusedError(
            name=server, reason=Phrase("version {version} was never published", version=version)
        )
    _holds(work, asking, version)


@action("list.servers")
def servers(work: Work) -> list[Row]:
    """All front servers: name, institution, version, versions behind, when each asked last, and who is late.

    Late is who has not asked for some time, or never.
    """
    last = publishing.newest(work)
    newest = last["version"] if last else 0
    overdue = work.now - rules.duration(work, "server_late_hours")
    return [
        {
            "name": row["name"],
            "institution": row["institution"],
            "version": row["version"],
            "behind": newest - row["version"],
            "asked_at": row["asked_at"],
            "late": row["asked_at"] is None or row["asked_at"] < overdue,
        }
        for row in work.rows(select(front_server).order_by(front_server.c.name))
    ]


def own(work: Work, server: str) -> Row:
    """The row of a server whose own credentials are at work.

    Raises NotFoundError and FrontServerRefusedError.
    """
    wanted = select(front_server).where(front_server.c.name == server)
    row = work.one(wanted, "front_server", server, lock=True)
    if row["operator"] != work.actor.name:
        reason = Phrase("it signs in as somebody else than {operator}", operator=work.actor.name)
        raise FrontServerRefusedError(name=server, reason=reason)
    return row


def _whole(work: Work) -> Parcel:
    last, text = publishing.whole(work)
    return Parcel(last["version"], text, is_delta=False)


def _lighter(work: Work, base: Row, last: Row) -> Parcel:
    """A delta, or the whole list where that is shorter: after a long absence."""
    changes = net(entries.changes(entries.between(work, base["last_seq"], last["last_seq"])))
    if len(changes) > last["entries"]:
        return _whole(work)
    delta = Delta(
        base=str(base["version"]),
        version=str(last["version"]),
        date=last["at"],
        changes=changes,
        expires=last["expires"],
        signer=last["signer"],
        signature=last["signature"],
    )
    return Parcel(last["version"], card_list_format.write_delta(delta), is_delta=True)


def _holds(work: Work, server: Row, version: int) -> None:
    if server["version"] != version:
        work.update(front_server, server["id"], version=version)
        work.record("list.hold", "front_server", server["name"], version=version)
    known = (
        select(list_delivery.c.id)
        .where(list_delivery.c.front_server_id == server["id"])
        .where(list_delivery.c.version == version)
    )
    if first_of(work.rows(known)) is None:
        work.insert(list_delivery, front_server_id=server["id"], version=version, at=work.now)
