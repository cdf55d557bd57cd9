"""What guards a key file: a lock seals the records of the file under its key-encryption key.

A sealed record is nonce 12 ‖ ciphertext ‖ tag 16, AES-256 in GCM with the place of the record as additional
data. The lock of a passphrase keeps its key-encryption key in the file, sealed under scrypt of the
passphrase.
# stack.md "key file"
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from issuer.keys.key_file.errors import LockBrokenError, PassphraseRefusedError

KEY_LENGTH, SALT_LENGTH, NONCE_LENGTH, TAG_LENGTH = 32, 16, 12, 16
LEAST_PASSPHRASE = 12
KIND = "passphrase"
_MOST_COST = 22


class Lock(Protocol):
    """Seals and opens records; `context` is the place of a record and binds it there."""

    def describe(self) -> Mapping[str, object]:
        """What the file must say of the lock, as values of JSON."""
        ...

    def seal(self, context: bytes, plain: bytes) -> bytes:
        """Encipher and authenticate."""
        ...

    def open(self, context: bytes, sealed: bytes) -> bytes:
        """Undo `seal`; raises LockBrokenError."""
        ...

    def renewed(self) -> Lock:
        """The same lock with another key-encryption key: it does not open what this one sealed."""
        ...

    def forget_former(self) -> None:
        """Destroy the key-encryption keys that this lock had before, where they can be destroyed."""
        ...

    def discard(self) -> None:
        """Destroy all key-encryption keys of this lock, where they can be destroyed."""
        ...

    def close(self) -> None:
        """Let go of a token."""
        ...


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of scrypt: n = 2^`log_n`, with blocks of r, p times; 2^16, 8, 1 takes 64 MiB and 0.2 s."""

    log_n: int = 16
    r: int = 8
    p: int = 1


FULL_COST = Cost()


@dataclass(frozen=True, slots=True)
class PassphraseLock:
    """The lock of a passphrase."""

    cost: Cost
    _salt: bytes
    _wrapping: bytes = field(repr=False)
    _key: bytes = field(repr=False)

    @classmethod
    def make(cls, passphrase: str, cost: Cost = FULL_COST) -> PassphraseLock:
        """A new lock; raises PassphraseRefusedError."""
        if len(passphrase) < LEAST_PASSPHRASE or len(set(passphrase)) == 1:
            raise PassphraseRefusedError(least=LEAST_PASSPHRASE)
        salt = secrets.token_bytes(SALT_LENGTH)
        return cls(cost, salt, _stretched(passphrase, salt, cost), secrets.token_bytes(KEY_LENGTH))

    @classmethod
    def unlock(cls, described: Mapping[str, object], passphrase: str) -> PassphraseLock:
        """The lock that a file describes; raises LockBrokenError for another passphrase."""
        try:
            cost = Cost(*(int(str(described[name])) for name in ("log_n", "r", "p")))
            salt, wrapped = (bytes.fromhex(str(described[name])) for name in ("salt", "wrapped"))
        except (KeyError, ValueError):
            raise LockBrokenError from None
        # whoever changes the file must not make its owner wait for ever, or run out of memory
        if not (1 <= cost.log_n <= _MOST_COST and cost.r == FULL_COST.r and cost.p == FULL_COST.p):
            raise LockBrokenError
        wrapping = _stretched(passphrase, salt, cost)
        return cls(cost, salt, wrapping, _open(wrapping, _place(cost, salt), wrapped))

    def describe(self) -> Mapping[str, object]:
        """See Lock."""
        wrapped = _seal(self._wrapping, _place(self.cost, self._salt), self._key)
        return {"kind": KIND, **asdict(self.cost), "salt": self._salt.hex(), "wrapped": wrapped.hex()}

    def seal(self, context: bytes, plain: bytes) -> bytes:
        """See Lock."""
        return _seal(self._key, context, plain)

    def open(self, context: bytes, sealed: bytes) -> bytes:
        """See Lock."""
        return _open(self._key, context, sealed)

    def renewed(self) -> PassphraseLock:
        """See Lock."""
        return PassphraseLock(self.cost, self._salt, self._wrapping, secrets.token_bytes(KEY_LENGTH))

    def forget_former(self) -> None:
        """See Lock; they went with the file that held them."""

    def discard(self) -> None:
        """See Lock; it goes with the file that holds it."""

    def close(self) -> None:
        """See Lock."""


def _stretched(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    n = 1 << cost.log_n
    memory = 2 * 128 * n * cost.r
    return hashlib.scrypt(
        passphrase.encode(), salt=salt, n=n, r=cost.r, p=cost.p, maxmem=memory, dklen=KEY_LENGTH
    )


def _place(cost: Cost, salt: bytes) -> bytes:
    return json.dumps({"kind": KIND, **asdict(cost), "salt": salt.hex()}, sort_keys=True).encode()


def _seal(key: bytes, context: bytes, plain: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_LENGTH)
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def _open(key: bytes, context: bytes, sealed: bytes) -> bytes:
    if len(sealed) < NONCE_LENGTH + TAG_LENGTH:
        raise LockBrokenError
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_LENGTH], sealed[NONCE_LENGTH:], context)
    except InvalidTag:
        raise LockBrokenError from None
