"""A key file: made, opened, and changed as a whole.

Whoever opens one brings a way to unlock it; the lock is let go as soon as the keys are read.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from issuer.keys.custodian import KeyRef
from issuer.keys.hierarchy import Level
from issuer.keys.key_file import storing, text
from issuer.keys.key_file.errors import KeyFileLockedError, LockBrokenError, WeakLockError
from issuer.keys.key_file.locks import FULL_COST, Lock, PassphraseLock
from issuer.keys.key_file.safe import Safe
from issuer.keys.key_set import MASTER_KEY
from issuer.keys.test_custodian import ENVIRONMENT as TEST
from issuer.keys.test_custodian import PublishedKeysError, is_published

_FILE_ID = 16
Unlock = Callable[[Path, Mapping[str, object]], Lock]


@dataclass(frozen=True, slots=True)
class KeyFile:
    """An opened key file: what it says, and its keys. `generation` counts how often it was written."""

    path: Path
    environment: str
    level: Level
    file_id: str
    generation: int
    keys: Safe = field(repr=False)


def create(path: Path, environment: str, level: Level, keys: Mapping[KeyRef, bytes], lock: Lock) -> KeyFile:
    """Make a key file; raises KeyFileError, PublishedKeysError, WeakLockError."""
    _check_lock(environment, lock)
    _check_keys(environment, level, keys)
    head = text.Head(environment, level, secrets.token_hex(_FILE_ID), 1, lock.describe())
    storing.create(path, text.write(head, keys, lock))
    return _opened(path, head, Safe(keys))


def open_file(path: Path, unlock: Unlock) -> KeyFile:
    """Open a key file.

    Raises KeyFileError, KeyFileModeError, KeyFileLockedError, KeyFileAlteredError, and what `unlock` raises.
    """
    with _unlocked(path, unlock) as (_raw, head, safe, _lock):
        return _opened(path, head, safe)


def add(path: Path, unlock: Unlock, keys: Mapping[KeyRef, bytes]) -> KeyFile:
    """Put keys into a file, in place of those of the same name and version.

    Raises what `open_file` raises, and PublishedKeysError.
    """
    with _unlocked(path, unlock) as (raw, head, safe, lock):
        _check_keys(head.environment, head.level, keys)
        changed = safe.changed(keys)
        following = replace(head, generation=head.generation + 1)
        storing.replace(path, raw, text.write(following, changed.all(), lock))
        return _opened(path, following, changed)


def erase(path: Path, unlock: Unlock, keys: frozenset[KeyRef]) -> KeyFile:
    """Take keys out of a file for good: the rest is enciphered anew, the old text is overwritten.

    What of this was done before may be done again. Raises what `open_file` raises.
    """
    with _unlocked(path, unlock) as (raw, head, safe, lock):
        changed = safe.changed({}, keys)
        other = lock.renewed()
        following = replace(head, generation=head.generation + 1, lock=other.describe())
        storing.replace(path, raw, text.write(following, changed.all(), other))
        other.forget_former()
        return _opened(path, following, changed)


def destroy(path: Path, unlock: Unlock) -> None:
    """Destroy a whole key file, and its key-encryption key in a token; raises what `open_file` raises."""
    with _unlocked(path, unlock) as (_raw, _head, _safe, lock):
        lock.discard()
        storing.destroy(path)


@contextmanager
def _unlocked(path: Path, unlock: Unlock) -> Iterator[tuple[bytes, text.Head, Safe, Lock]]:
    raw = storing.read(path)
    head = text.read_head(path, raw)
    try:
        lock = unlock(path, head.lock)
    except LockBrokenError:
        raise KeyFileLockedError(file=path) from None
    try:
        safe = Safe(text.read(path, raw, head, lock))
        _check_lock(head.environment, lock)
        _check_keys(head.environment, head.level, safe.all())
        yield raw, head, safe, lock
    finally:
        lock.close()


def _opened(path: Path, head: text.Head, safe: Safe) -> KeyFile:
    return KeyFile(path, head.environment, head.level, head.file_id, head.generation, safe)


def _check_lock(environment: str, lock: Lock) -> None:
    if environment != TEST and isinstance(lock, PassphraseLock) and lock.cost.log_n < FULL_COST.log_n:
        raise WeakLockError(least=FULL_COST.log_n)


def _check_keys(environment: str, level: Level, keys: Mapping[KeyRef, bytes]) -> None:
    """Published keys protect nothing: they stay out of every environment but TEST."""
    if environment != TEST and any(
        key != MASTER_KEY and is_published(key, secret, level) for key, secret in keys.items()
    ):
        raise PublishedKeysError(environment=environment)
