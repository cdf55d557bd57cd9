"""A house of the story: an office with a home of its own, its people, its keys under a passphrase."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from issuer.keys.ceremony.procedures import KeyRoom
from issuer.keys.custodian import Custodian
from issuer.keys.key_file.locks import Lock, PassphraseLock
from issuer.keys.opening import open_keys
from issuer.office import OfficeSettings, database_of, make_home
from issuer.registry import setting_up
from issuer.registry.registry import Registry
from issuer.registry.work import Work
from lab.issuer_demo.people import Others, People

_PASSPHRASE_BYTES = 24


@dataclass(slots=True)
class House:
    """An office: `registry` works with the keys once there are some. The passphrase is nobody's to know."""

    home: Path
    settings: OfficeSettings
    registry: Registry = field(repr=False)
    people: People
    passphrase: str = field(repr=False)

    @classmethod
    def build(cls, home: Path, settings: OfficeSettings, others: Others = ()) -> House:
        """Make the home and its empty registry; there are no keys yet."""
        make_home(home, settings)
        registry = Registry(database_of(home, settings), open_keys(home / settings.keys, settings))
        setting_up.create(registry)
        passphrase = secrets.token_urlsafe(_PASSPHRASE_BYTES)
        people = People(registry, settings.name, others)
        return cls(home, settings, registry, people, passphrase)

    @property
    def custodian(self) -> Custodian:
        """Who keeps the keys of this house."""
        return self.registry.custodian

    def lock(self) -> Lock:
        """A new lock for its key file."""
        return PassphraseLock.make(self.passphrase)

    def unlock(self, _path: Path, described: Mapping[str, object]) -> Lock:
        """Open the lock of its key file."""
        return PassphraseLock.unlock(described, self.passphrase)

    def key_room(self) -> KeyRoom:
        """Two of its key custodians at its key file."""
        path = self.home / self.settings.keys
        return KeyRoom(self.registry, path, self.unlock, self.people["keys-1"], self.people["keys-2"])

    def open_keys(self) -> None:
        """Work with the keys that are in the key file by now."""
        self.registry.custodian = open_keys(self.home / self.settings.keys, self.settings, self.unlock)

    @contextmanager
    def work(self, name: str, second: str = "") -> Iterator[Work]:
        """A piece of work of an operator, with a second one where it takes two."""
        other = self.people[second] if second else None
        with self.registry.transaction(self.people[name], other) as work:
            yield work
