"""Publication: what has come in since the last version becomes the next one, signed as a whole.

The newest version keeps its text, so that the next one is made of it and the few entries since, without
opening the others again.  # spec: issuance_and_ecard A.2, H black and grey list; versions and signature ours
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select

from card_os.crypto import sm2
from card_os.spec import card_list_format
from card_os.spec.card_list import CardList, entries_digest, in_order, standing
from issuer.access.permission import action
from issuer.cards import rules
from issuer.keys.certificates import LIST_KEY
from issuer.lists import entries
from issuer.registry.errors import NotFoundError
from issuer.registry.schema.lists import list_entry, list_version
from issuer.registry.work import Row, Work, first_of

_VERSIONS, _TURNS = "list_version", "list_publication"


@dataclass(frozen=True, slots=True)
class Version:
    """A published version: number, moment, when it is overdue, entries that stand, SM3 digest of 32 bytes."""

    number: int
    at: datetime
    expires: datetime
    entries: int
    digest: bytes


@action("list.publish")
def publish(work: Work) -> Version:
    """Publish what is new; without news only where the newest version has grown old. Returns the newest one.

    Raises Sm2UnavailableError.
    """
    work.next_number(_TURNS)  # those who publish at the same time queue here
    last = newest(work)
    until = work.connection.execute(select(func.coalesce(func.max(list_entry.c.seq), 0))).scalar_one()
    if last and last["last_seq"] == until and not _has_grown_old(work, last):
        return _version(last)
    number = work.next_number(_VERSIONS)
    before = card_list_format.parse_json(whole(work)[1]).entries if last else ()
    changes = entries.changes(entries.between(work, last["last_seq"] if last else 0, until))
    moment = work.now.replace(microsecond=0)
    signed = _signed(
        work,
        CardList(
            str(number),
            moment,
            in_order(standing(changes, before)),
            moment + rules.duration(work, "list_valid_days"),
        ),
    )
    if last:
        work.update(list_version, last["id"], content=None)
    return _kept(work, signed, number, until)


@action("list.show")
def listed(work: Work, count: int = 20) -> list[Row]:
    """The newest versions: version, at, expires, entries, digest; the newest first."""
    names = ("version", "at", "expires", "entries", "digest")
    columns = [list_version.c[name] for name in names]
    return work.rows(select(*columns).order_by(list_version.c.version.desc()).limit(count))


def newest(work: Work) -> Row | None:
    """The row of the newest version, without its text."""
    columns = [column for column in list_version.c if column.name != "content"]
    return first_of(work.rows(select(*columns).order_by(list_version.c.version.desc()).limit(1)))


def of_number(work: Work, version: int) -> Row | None:
    """The row of a version, without its text."""
    columns = [column for column in list_version.c if column.name != "content"]
    return first_of(work.rows(select(*columns).where(list_version.c.version == version)))


def whole(work: Work) -> tuple[Row, str]:
    """The newest version and its whole text as it goes to front servers; raises NotFoundError without one."""
    found = work.rows(select(list_version).order_by(list_version.c.version.desc()).limit(1))
    if not found:
        raise NotFoundError(kind="list_version", name="1")
    return found[0], bytes(found[0]["content"]).decode()


def _has_grown_old(work: Work, last: Row) -> bool:
    return bool(work.now >= last["at"] + rules.duration(work, "list_renew_hours"))


def _signed(work: Work, unsigned: CardList) -> CardList:
    public = work.custodian.public_key(LIST_KEY)
    named = replace(unsigned, signer=public)
    signature = work.custodian.sign(LIST_KEY, sm2.message_digest(public, named.head().encode()))
    return replace(named, signature=signature)


def _kept(work: Work, signed: CardList, number: int, until: int) -> Version:
    digest = entries_digest(signed.entries)
    made = Version(number, signed.date, signed.expires or signed.date, len(signed.entries), digest)
    work.insert(
        list_version,
        version=number,
        at=made.at,
        expires=made.expires,
        last_seq=until,
        entries=made.entries,
        digest=made.digest,
        signer=signed.signer,
        signature=signed.signature,
        content=card_list_format.write_json(signed).encode(),
    )
    work.record("list.publish", "list_version", str(number), entries=made.entries, digest=made.digest.hex())
    return made


def _version(row: Row) -> Version:
    return Version(row["version"], row["at"], row["expires"], row["entries"], row["digest"])
