"""The black and grey list of cards: what stands on it, how it grows from version to version, who signed it.

A published list is signed by its head, one line of text,

    rhc-card-list/1 VERSION DATE EXPIRES COUNT DIGEST

with moments in UTC to the second (EXPIRES is - where there is none) and the SM3 digest of its entries in hex
in upper case. The signature is SM2 with Z over that line. A delta carries the head's signature of the list
that comes out of it, so that a wrong delta cannot pass. How lists stand in files: `card_list_format`.
# spec: issuance_and_ecard D.1 front-server list table, A.5; version, digest and signature are ours
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from card_os.crypto import sm2
from card_os.crypto.sm3 import sm3
from card_os.spec.errors import PlainError

FORMAT = "rhc-card-list/1"
DELTA_FORMAT = "rhc-card-list-delta/1"
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_line = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class WrongBaseError(PlainError):
    """A delta that begins at another version than the list has."""

    template = "the delta begins at version {base}, the list has version {version}"


class Mark(StrEnum):
    """Black: refused. Grey: ask for the ID document."""

    BLACK = "0"
    GREY = "1"


class Operation(StrEnum):
    """What happens to an entry."""

    ADD = "1"
    DELETE = "2"


class Reason(StrEnum):
    """Why a card is listed."""

    LOSS = "1"
    LOSS_UNDONE = "2"
    CANCELLED = "3"
    ILLEGAL_USE = "4"


ANSWERS: Mapping[Reason, str] = {
    Reason.LOSS: "24",
    Reason.LOSS_UNDONE: "12",
    Reason.CANCELLED: "23",
    Reason.ILLEGAL_USE: "12",
}
"""Driver answers by reason: 23 cancelled, 24 reported lost, 12 card check failed."""
Key = tuple[str, str, Mark]


@dataclass(frozen=True, slots=True)
class Entry:
    """A listed card; `chip_serial` is empty where every card of the number is meant."""

    card_number: str = field(repr=False)
    chip_serial: str
    mark: Mark
    reason: Reason
    text: str = ""

    @property
    def key(self) -> Key:
        """What a deletion must name."""
        return self.card_number, self.chip_serial, self.mark


@dataclass(frozen=True, slots=True)
class Change:
    """An entry that comes or goes."""

    operation: Operation
    entry: Entry


@dataclass(frozen=True, slots=True)
class CardList:
    """A whole list as it stood at `date`, to be renewed by `expires`; signer, signature: 64 bytes or none."""

    version: str
    date: datetime
    entries: tuple[Entry, ...]
    expires: datetime | None = None
    signer: bytes = b""
    signature: bytes = field(default=b"", repr=False)
    _by_number: Mapping[str, Sequence[Entry]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.card_number, []).append(entry)
        object.__setattr__(self, "_by_number", found)

    def find(self, card_number: str | None, chip_serial: str | None) -> Entry | None:
        """The entry for a card, a black one before a grey one."""
        of_number = self._by_number.get(card_number or "", ())
        hits = [entry for entry in of_number if entry.chip_serial in ("", chip_serial or "")]
        return min(hits, key=lambda entry: entry.mark, default=None)

    def age_days(self, now: datetime) -> int:
        """Whole days since the list was made; `now` has a zone."""
        return (now - self.date).days

    def is_overdue(self, now: datetime) -> bool:
        """Whether the list should have been renewed before `now`."""
        return self.expires is not None and now > self.expires

    def head(self) -> str:
        """The line that is signed."""
        digest = entries_digest(self.entries)
        return head_line(self.version, self.date, self.expires, len(self.entries), digest)

    def is_signed_by(self, public_key: bytes) -> bool:
        """Whether the owner of this 64-byte key signed the list as it stands here."""
        if self.signer != public_key or not sm2.is_public_key(public_key):
            return False
        digest = sm2.message_digest(public_key, self.head().encode())
        return sm2.verify_digest(public_key, digest, self.signature)


@dataclass(frozen=True, slots=True)
class Delta:
    """What makes a list of version `base` one of version `version`; the rest is that of the new list."""

    base: str
    version: str
    date: datetime
    changes: tuple[Change, ...]
    expires: datetime | None = None
    signer: bytes = b""
    signature: bytes = field(default=b"", repr=False)

    def applied_to(self, card_list: CardList) -> CardList:
        """The new list, whose signature is still to be checked; raises WrongBaseError."""
        if card_list.version != self.base:
            raise WrongBaseError(base=self.base, version=card_list.version)
        entries = in_order(standing(self.changes, card_list.entries))
        return CardList(self.version, self.date, entries, self.expires, self.signer, self.signature)


def head_line(version: str, date: datetime, expires: datetime | None, count: int, digest: bytes) -> str:
    """The line that is signed of a list with so many entries and their digest."""
    until = moment_text(expires) if expires else "-"
    return f"{FORMAT} {version} {moment_text(date)} {until} {count} {digest.hex().upper()}"


def standing(changes: Iterable[Change], before: Iterable[Entry] = ()) -> tuple[Entry, ...]:
    """The entries that stand after changes, in their order: a deletion takes an earlier entry of its key."""
    found = {entry.key: entry for entry in before}
    for change in changes:
        if change.operation is Operation.ADD:
            found[change.entry.key] = change.entry
        else:
            found.pop(change.entry.key, None)
    return tuple(found.values())


def net(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The last change of each key: all that counts of a row of changes, whatever list they meet."""
    return tuple({change.entry.key: change for change in changes}.values())


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Entries by number, chip and mark: equal lists look alike."""
    return tuple(sorted(entries, key=lambda entry: entry.key))


def entries_digest(entries: Iterable[Entry]) -> bytes:
    """32 bytes over the entries, whatever their order: each a JSON array in a line, sorted by key."""
    lines = [_line([*entry.key, entry.reason, entry.text]) for entry in in_order(entries)]
    return sm3("".join(f"{line}\n" for line in lines).encode())


def moment_text(moment: datetime) -> str:
    """UTC to the second, `2026-01-31T08:00:00Z`."""
    return moment.astimezone(UTC).strftime(_MOMENT)
