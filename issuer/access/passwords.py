"""Passwords as they are stored: scrypt with a salt of its own each, parameters in the text.

`scrypt$N$R$P$SALT$HASH`, salt 16 and hash 32 bytes in hex. A check takes some 50 ms.  # stack.md "key file"
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from card_os.spec.errors import PlainError

LEAST_LENGTH, MOST_LENGTH = 10, 128
_N, _R, _P = 1 << 14, 8, 1
_SALT, _HASH = 16, 32
_MEMORY = 64 << 20


class PasswordRefusedError(PlainError):
    """A new password that is too weak; the text never shows it."""

    template = "the password is refused: {least} to {most} characters are expected, not all alike"


def stored(password: str) -> str:
    """What to store of a new password; raises PasswordRefusedError."""
    if not LEAST_LENGTH <= len(password) <= MOST_LENGTH or len(set(password)) == 1:
        raise PasswordRefusedError(least=LEAST_LENGTH, most=MOST_LENGTH)
    salt = secrets.token_bytes(_SALT)
    return f"scrypt${_N}${_R}${_P}${salt.hex()}${_derive(password, salt, _N, _R, _P).hex()}"


def matches(password: str, kept: str) -> bool:
    """Whether a password is the stored one; takes the same time for a wrong one."""
    _name, n, r, p, salt, due = kept.split("$")
    given = _derive(password[:MOST_LENGTH], bytes.fromhex(salt), int(n), int(r), int(p))
    return hmac.compare_digest(given, bytes.fromhex(due))


def waste_time(password: str) -> None:
    """What `matches` costs, for a name that nobody has: an answer's time tells no names."""
    _derive(password[:MOST_LENGTH], bytes(_SALT), _N, _R, _P)


def _derive(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=_HASH)
