"""Versions of the keys of cards: four stand on each card, one is current, and the one before it stays valid.

What is current is what the issuer authenticates with, on cards and with its SAMs; terminals follow in their
own time, and both versions are valid in between. When nobody uses the former one any more it is destroyed:
new cards and SAMs do not get it.  # spec: issuance_and_ecard A.6 (four versions); the states: ours
"""

from __future__ import annotations

from sqlalchemy import select

from card_os.spec.errors import Phrase, PlainError
from issuer.access.permission import action
from issuer.keys.key_set import ALL_VERSIONS, VERSIONS, KeyVersions
from issuer.registry.errors import NotFoundError
from issuer.registry.schema.sams import key_version
from issuer.registry.states import StateTable
from issuer.registry.work import Row, Work

STATES = StateTable.read(__package__, "key version")
PREPARED, CURRENT, RETIRING, DESTROYED = "PREPARED", "CURRENT", "RETIRING", "DESTROYED"


class RotationRefusedError(PlainError):
    """A rotation that leads nowhere; nothing was changed."""

    template = "rotation of keys: {reason}"


def begin(work: Work) -> None:
    """Write down the versions of a new key set, the first one current; nothing where they are known."""
    # whoever comes second finds them written
    work.next_number("key versions")
    if work.rows(select(key_version.c.id)):
        return
    for version in range(1, VERSIONS + 1):
        state = CURRENT if version == ALL_VERSIONS.current else STATES.after("", "keys.ceremony")
        work.insert(key_version, version=version, state=state, since=work.now)


def in_force(work: Work) -> KeyVersions:
    """The versions that count now; all of them, and the first, where there was no ceremony."""
    rows = _rows(work)
    if not rows:
        return ALL_VERSIONS
    current = next(row["version"] for row in rows if row["state"] == CURRENT)
    return KeyVersions(current, tuple(row["version"] for row in rows if row["state"] != DESTROYED))


@action("keys.list")
def listed(work: Work) -> list[Row]:
    """Version, state and since when, of each version."""
    return [{name: row[name] for name in ("version", "state", "since")} for row in _rows(work)]


@action("keys.rotate")
def rotate(work: Work, version: int | None = None) -> KeyVersions:
    """Make another version current, the next prepared one unless one is named; the former one stays valid.

    Raises RotationRefusedError, NotFoundError, TransitionRefusedError.
    """
    begin(work)
    rows = {row["version"]: row for row in _rows(work, lock=True)}
    current = next(row for row in rows.values() if row["state"] == CURRENT)
    if version is None:
        later = [number for number, row in rows.items() if row["state"] == PREPARED]
        if not later:
            raise RotationRefusedError(reason=Phrase("no version is prepared any more: cards need new keys"))
        version = min(later)
    if version not in rows:
        raise NotFoundError(kind="key version", name=str(version))
    if version == current["version"]:
        raise RotationRefusedError(reason=Phrase("version {version} is current already", version=version))
    # refused before anything moves: a destroyed version
    STATES.after(rows[version]["state"], "keys.rotate", str(version))
    work.move(key_version, current, STATES, "keys.rotate", since=work.now)
    work.move(key_version, rows[version], STATES, "keys.rotate", since=work.now)
    work.record("keys.rotate", "key_version", str(version), phase="done", former=current["version"])
    return in_force(work)


def check_destructible(work: Work, version: int) -> None:
    """Refuse to destroy a version that is in use, or was never; NotFoundError, TransitionRefusedError."""
    begin(work)
    STATES.after(_row(work, version)["state"], "keys.destroy_version", str(version))


def destroyed(work: Work, version: int) -> None:
    """Write down that a version is gone; raises TransitionRefusedError."""
    work.move(key_version, _row(work, version), STATES, "keys.destroy_version", since=work.now)


def _row(work: Work, version: int) -> Row:
    wanted = select(key_version).where(key_version.c.version == version)
    return work.one(wanted, "key version", str(version), lock=True)


def _rows(work: Work, *, lock: bool = False) -> list[Row]:
    wanted = select(key_version).order_by(key_version.c.version)
    return work.rows(wanted.with_for_update() if lock else wanted)
