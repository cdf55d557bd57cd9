"""What the tests of keys stand on: quick locks, key files, people with components."""

from __future__ import annotations

from pathlib import Path

from issuer.keys.ceremony import master
from issuer.keys.ceremony.components import Component
from issuer.keys.hierarchy import NATION, Level
from issuer.keys.key_file import key_file
from issuer.keys.key_file.key_file import KeyFile, Unlock
from issuer.keys.key_file.locks import Cost, PassphraseLock
from issuer.keys.key_set import MASTER_KEY

PASSPHRASE = "correct horse battery"  # noqa: S105  of test files
# a lock in earnest takes 0.2 s and 64 MiB
QUICK = Cost(log_n=4)
MASTER = bytes(range(32))
COMPONENTS = tuple(Component(bytes((fill,)) * 31 + b"\x01") for fill in (0x11, 0x22, 0x33))


def lock(passphrase: str = PASSPHRASE) -> PassphraseLock:
    return PassphraseLock.make(passphrase, QUICK)


def unlocked_by(passphrase: str) -> Unlock:
    return lambda _path, described: PassphraseLock.unlock(described, passphrase)


unlock = unlocked_by(PASSPHRASE)


def made(
    path: Path,
    level: Level = NATION,
    environment: str = "TEST",
    secret: bytes = MASTER,
    *,
    keep_master: bool = False,
) -> KeyFile:
    """A key file of a level with all that its ceremony makes."""
    keys = master.derived(secret, level, master.made_at(level))
    if keep_master:
        keys[MASTER_KEY] = secret
    return key_file.create(path, environment, level, keys, lock())
