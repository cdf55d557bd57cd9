"""Publication: what has come in since the last version becomes the next one, signed as a whole.

The newest version keeps its text, so that the next one is made of it and the few entries since, without
opening the others again.  # spec: issuance_and_ecard A.2, H black and grey list; versions and signature ours
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from card_os.crypto import sm2
from card_os.spec import card_list_format
from card_os.spec.card_list import CardList, Entry, entries_digest, head_line, in_order, standing
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
    standing_now = in_order(standing(changes, before))
    if last:
        work.update(list_version, last["id"], content=None)
    return _sign_and_keep(work, number, standing_now, until)


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


def _sign_and_keep(work: Work, number: int, listed_now: tuple[Entry, ...], until: int) -> Version:
    moment = work.now.replace(microsecond=0)
    expires = moment + rules.duration(work, "list_valid_days")
    made = Version(number, moment, expires, len(listed_now), entries_digest(listed_now))
    line = head_line(str(number), moment, expires, made.entries, made.digest)
    public = work.custodian.public_key(LIST_KEY)
    signature = work.custodian.sign(LIST_KEY, sm2.message_digest(public, line.encode()))
    signed = CardList(str(number), moment, listed_now, expires, public, signature)
    work.insert(
        list_version,
        version=number,
        at=moment,
        expires=expires,
        last_seq=until,
        entries=made.entries,
        digest=made.digest,
        signer=public,
        signature=signature,
        content=card_list_format.write_json(signed).encode(),
    )
    work.record("list.publish", "list_version", str(number), entries=made.entries, digest=made.digest.hex())
    return made


def _version(row: Row) -> Version:
    return Version(row["version"], row["at"], row["expires"], row["entries"], row["digest"])
