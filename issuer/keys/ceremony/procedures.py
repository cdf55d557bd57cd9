"""What two key custodians do with the key file of their office, each step twice in the audit chain.

A step is written down as begun, then taken, then written down as done, with check values and never a key:
nothing happens to keys that the chain does not tell of, and a step that was broken off can be taken again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select

from card_os.spec.errors import Phrase, PlainError
from issuer.access.actor import Actor
from issuer.access.permission import action, require
from issuer.keys import key_export, versions
from issuer.keys.ceremony import master, shares
from issuer.keys.ceremony.components import PEOPLE, Component, combined
from issuer.keys.ceremony.errors import ComponentError, ShareError
from issuer.keys.ceremony.shares import Share
from issuer.keys.custodian import KeyRef
from issuer.keys.hierarchy import Level
from issuer.keys.key_export import Delivery
from issuer.keys.key_file import key_file
from issuer.keys.key_file.errors import KeyFileError
from issuer.keys.key_file.key_file import KeyFile, Unlock
from issuer.keys.key_file.locks import Lock
from issuer.keys.key_set import (
    MASTER_KEY,
    KeyVersions,
    card_keys,
    check_value_of,
    check_value_of_long,
    rows,
)
from issuer.registry.registry import Registry
from issuer.registry.schema.audit import audit
from issuer.registry.work import Work

SUBJECT = "key_file"
BEGUN, DONE = "begun", "done"
STEPS = (
    "keys.ceremony", "keys.shares", "keys.recover", "keys.export", "keys.import", "keys.destroy_version",
    "keys.destroy",
)  # fmt: skip


_Made = TypeVar("_Made")


class MasterStillHereError(PlainError):
    """A step for which the master secret must have gone to its shareholders first."""

    template = "{file}: the master secret is still in it; hand out its recovery shares first"


class NoMasterError(PlainError):
    """Shares that are wanted of a master secret that is not there any more."""

    template = "{file}: the master secret is not in it; new shares are made of the old ones"


def _beginning(name: str) -> Callable[[Work, str, Mapping[str, object]], None]:
    """The function by which a step begins, bound to its row in the table of actions."""

    def begin(work: Work, subject: str, told: Mapping[str, object]) -> None:
        work.record(name, SUBJECT, subject, phase=BEGUN, **told)

    return action(name)(begin)


_BEGIN = {name: _beginning(name) for name in STEPS}


@dataclass(frozen=True, slots=True)
class KeyRoom:
    """Two key custodians at the key file of their office.

    Every step raises NotPermittedError, SecondPersonError, RegistryUnavailableError, and the errors of
    `key_file`.
    """

    registry: Registry
    path: Path
    unlock: Unlock = field(repr=False)
    first: Actor
    second: Actor | None

    def hold_ceremony(
        self, third: Actor, components: Sequence[Component], environment: str, level: Level, lock: Lock
    ) -> KeyFile:
        """Make the key file of three people's components; `third` is the one beside the two custodians.

        One that broke off when the file was there already is ended with the same components. Raises
        ComponentError.
        """
        self.check_ceremony(third)
        again = self._broke_off("keys.ceremony")
        secret = combined(components)
        keys = master.derived(secret, level, master.made_at(level)) | {MASTER_KEY: secret}
        told = {
            "third": third.name,
            "environment": environment,
            "level": level.code,
            "components": [component.check_value.hex().upper() for component in components],
            "master": check_value_of_long(secret).hex().upper(),
        }

        def make() -> tuple[KeyFile, Mapping[str, object]]:
            made = self._made(environment, level, keys, lock, again=again)
            return made, {**told, **_said(made)}

        return self._step("keys.ceremony", told, make, versions.begin)

    def make_shares(self, needed: int, people: int, old: Sequence[str] = ()) -> tuple[Share, ...]:
        """Shares of the master secret, to be shown to one holder after the other; then `shares_are_out`.

        Where the master has left the file the words of the `old` shares bring it. Raises ShareError,
        NoMasterError.
        """
        self._permit("keys.shares")
        secret = self._recovered(old) if old else self._kept_master()
        made = shares.split(secret, needed, people)
        told = {"needed": needed, "people": people, "master": check_value_of_long(secret).hex().upper()}
        with self.registry.transaction(self.first, self.second) as work:
            _BEGIN["keys.shares"](work, self.path.name, told)
        return made

    def shares_are_out(self) -> KeyFile:
        """Every holder has their share: the master secret leaves the key file."""
        self._permit("keys.shares")
        left = key_file.erase(self.path, self.unlock, frozenset({MASTER_KEY}))
        with self.registry.transaction(self.first, self.second) as work:
            work.record("keys.shares", SUBJECT, self.path.name, phase=DONE, **_state(left))
        return left

    def recover(self, words: Sequence[str], environment: str, level: Level, lock: Lock) -> KeyFile:
        """Make the key file again of recovery shares, but for destroyed versions; raises ShareError.

        What was delivered to it must be delivered again.
        """
        self._permit("keys.recover")
        again = self._broke_off("keys.recover")
        secret = self._recovered(words)
        valid = self._valid()
        keys = master.derived(secret, level, (key for key in master.made_at(level) if _is_valid(key, valid)))
        told = {
            "environment": environment,
            "level": level.code,
            "master": check_value_of_long(secret).hex().upper(),
        }

        def make() -> tuple[KeyFile, Mapping[str, object]]:
            made = self._made(environment, level, keys, lock, again=again)
            return made, {**told, **_said(made)}

        return self._step("keys.recover", told, make, versions.begin)

    def export(self, level: Level, protection: bytes) -> str:
        """A delivery for a level below, under a protection key; raises DeliveryError."""
        self._permit("keys.export")
        opened = key_file.open_file(self.path, self.unlock)
        delivery = key_export.for_level(opened.keys, opened.environment, opened.level, level)
        text = key_export.write(delivery, protection)
        told = {"export_id": delivery.export_id, "to": level.code}
        return self._step("keys.export", told, lambda: (text, {**told, **_values(delivery.check_values())}))

    def take_in(self, text: str, protection: bytes) -> Delivery:
        """Put the keys of a delivery into the key file; taking it again changes nothing.

        Raises DeliveryError.
        """
        self._permit("keys.import")
        opened = key_file.open_file(self.path, self.unlock)
        delivery = key_export.read(text, protection)
        key_export.check_fits(delivery, opened.environment, opened.level)
        valid = self._valid()
        keys = {key: secret for key, secret in delivery.keys.items() if _is_valid(key, valid)}
        told = {"export_id": delivery.export_id, "from": delivery.source.code}

        def put() -> tuple[Delivery, Mapping[str, object]]:
            same = all(key in opened.keys and opened.keys.use(key) == keys[key] for key in keys)
            left = opened if same else key_file.add(self.path, self.unlock, keys)
            checks = {key: check_value_of(key, secret) for key, secret in keys.items()}
            return delivery, {**told, **_state(left), **_values(checks)}

        return self._step("keys.import", told, put, versions.begin)

    def destroy_version(self, version: int) -> KeyFile:
        """Erase a version that is not used any more from all rows that have several; it never comes back.

        Raises MasterStillHereError, NotFoundError and TransitionRefusedError.
        """
        self._permit("keys.destroy_version")
        if MASTER_KEY in key_file.open_file(self.path, self.unlock).keys:
            raise MasterStillHereError(file=self.path)
        with self.registry.transaction(self.first, self.second) as work:
            versions.check_destructible(work, version)
        gone = frozenset(
            key for key in card_keys() if key.version == version and rows()[key.name].versions > 1
        )

        def erase() -> tuple[KeyFile, Mapping[str, object]]:
            left = key_file.erase(self.path, self.unlock, gone)
            return left, {"version": version, "keys": len(gone), **_state(left)}

        told = {"version": version}
        return self._step("keys.destroy_version", told, erase, lambda work: versions.destroyed(work, version))

    def destroy_all(self) -> None:
        """Destroy the key file; what it sealed in the registry can be read no more."""

        def destroy() -> tuple[None, Mapping[str, object]]:
            key_file.destroy(self.path, self.unlock)
            return None, {}

        self._step("keys.destroy", {}, destroy)

    def _permit(self, name: str) -> None:
        """Refuse, and write it down, before a key file is even looked at."""
        with self.registry.transaction(self.first, self.second) as work:
            work.permit(name)

    def check_ceremony(self, third: Actor) -> None:
        """Whether these three may hold it here, before anybody's component is drawn.

        Raises NotPermittedError, ComponentError and KeyFileError.
        """
        self._permit("keys.ceremony")
        require("keys.ceremony", third, self.first)
        if self.path.exists() and not self._broke_off("keys.ceremony"):
            raise KeyFileError(file=self.path, reason=Phrase("it exists already"))
        if self.second is not None and third.name == self.second.name:
            raise ComponentError(reason=Phrase("{count} people give one each", count=PEOPLE))

    def _broke_off(self, name: str) -> bool:
        """Whether the last step of this name was begun and never written down as done."""
        with self.registry.transaction(self.first, self.second) as work:
            wanted = select(audit.c.detail).where(
                audit.c.subject == SUBJECT, audit.c.subject_id == self.path.name, audit.c.action == name
            )
            last = work.rows(wanted.order_by(audit.c.seq.desc()).limit(1))
        return bool(last) and json.loads(last[0]["detail"])["phase"] == BEGUN

    def _made(
        self, environment: str, level: Level, keys: Mapping[KeyRef, bytes], lock: Lock, *, again: bool
    ) -> KeyFile:
        """A new key file; the one that is there where a step that broke off had made just this one."""
        if again and self.path.exists():
            left = key_file.open_file(self.path, self.unlock)
            if (left.environment, left.level, left.keys.all()) == (environment, level, keys):
                lock.discard()
                return left
        return key_file.create(self.path, environment, level, keys, lock)

    def _kept_master(self) -> bytes:
        keys = key_file.open_file(self.path, self.unlock).keys
        if MASTER_KEY not in keys:
            raise NoMasterError(file=self.path)
        return keys.use(MASTER_KEY)

    def _recovered(self, words: Sequence[str]) -> bytes:
        secret = shares.combine(words)
        with self.registry.transaction(self.first, self.second) as work:
            known = _known_master(work, self.path.name)
        if known and known != check_value_of_long(secret).hex().upper():
            raise ShareError(
                reason=Phrase("they are of another master secret than {check}, the one here", check=known)
            )
        return secret

    def _valid(self) -> KeyVersions:
        with self.registry.transaction(self.first, self.second) as work:
            return versions.in_force(work)

    def _step(
        self,
        name: str,
        told: Mapping[str, object],
        do: Callable[[], tuple[_Made, Mapping[str, object]]],
        also: Callable[[Work], None] = lambda work: None,
    ) -> _Made:
        with self.registry.transaction(self.first, self.second) as work:
            _BEGIN[name](work, self.path.name, told)
        made, outcome = do()
        with self.registry.transaction(self.first, self.second) as work:
            also(work)
            work.record(name, SUBJECT, self.path.name, phase=DONE, **outcome)
        return made


def _is_valid(key: KeyRef, valid: KeyVersions) -> bool:
    """Whether a key is of no destroyed version of a card's row."""
    row = rows().get(key.name)
    return row is None or key.version in valid.loaded(row)


def _known_master(work: Work, subject: str) -> str:
    """The check value of the master of the last ceremony or recovery; empty where the chain knows none."""
    wanted = (
        select(audit.c.detail)
        .where(audit.c.subject == SUBJECT, audit.c.subject_id == subject)
        .where(audit.c.action.in_(("keys.ceremony", "keys.recover")))
        .order_by(audit.c.seq.desc())
    )
    details = (json.loads(row["detail"]) for row in work.rows(wanted))
    return next((str(told["master"]) for told in details if told["phase"] == DONE), "")


def _state(opened: KeyFile) -> dict[str, object]:
    return {"file_id": opened.file_id, "generation": opened.generation}


def _said(opened: KeyFile) -> dict[str, object]:
    checks = {key: check_value_of(key, secret) for key, secret in opened.keys.all().items()}
    return {**_state(opened), **_values(checks)}


def _values(checks: Mapping[KeyRef, bytes]) -> dict[str, object]:
    """Check values for the audit chain: name/version to hex."""
    return {"check_values": {f"{key.name}/{key.version}": checks[key].hex().upper() for key in checks}}
