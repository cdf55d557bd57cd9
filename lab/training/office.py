"""The issuing office of a seat: a registry of its own, and the people whom the trainee plays in turn.

Everything is what the issuer's services do, with the published test keys. The registry is made once in a
process, with two people who have a card already, and copied into the seat's directory when first needed.
Nobody signs in: at a training seat one person is everybody, and each window says who one is now.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Lock
from weakref import WeakKeyDictionary

from issuer.cards.life import Begin
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.registry.registry import Registry
from issuer.registry.work import Work
from lab.training import office_stock
from lab.training.office_places import PEOPLE
from lab.training.seat import Seat

FILE = "office.db"
_lock = Lock()
_offices: WeakKeyDictionary[Seat, Office] = WeakKeyDictionary()


@dataclass(slots=True)
class Office:
    """The registry of a seat's office."""

    registry: Registry = field(repr=False)

    @contextmanager
    def work(self, name: str) -> Iterator[Work]:
        """A piece of work of one of PEOPLE."""
        with self.registry.transaction(PEOPLE[name].actor) as work:
            yield work

    def begin(self, name: str) -> Begin:
        """Transactions of one of PEOPLE, for what takes several."""
        return partial(self.registry.transaction, PEOPLE[name].actor)

    @contextmanager
    def looking(self) -> Iterator[Work]:
        """Look without doing anything."""
        with self.registry.transaction(PEOPLE["auditor"].actor) as work:
            yield work


def office_of(seat: Seat) -> Office:
    """The office of a seat, made when it is first needed; raises RegistryUnavailableError."""
    with _lock:
        if seat not in _offices:
            _offices[seat] = Office(_registry(seat.folder / FILE))
        return _offices[seat]


def renew(seat: Seat) -> None:
    """The office as on its first day: what was applied for and made since is forgotten."""
    with _lock:
        office = _offices.pop(seat, None)
        if office is not None:
            office.registry.close()
        for ending in ("", "-wal", "-shm"):
            Path(f"{seat.folder / FILE}{ending}").unlink(missing_ok=True)


def _registry(file: Path) -> Registry:
    if not file.exists():
        fresh = file.with_suffix(".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(office_stock.first_day().database)
        fresh.rename(file)
    return Registry(f"sqlite:///{file.resolve()}", PublishedTestCustodian())
