"""SM3, the hash of the Chinese algorithms: 32 bytes.  # spec: commands_and_crypto 2.6, 7.1"""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes

DIGEST_LENGTH = 32


class Sm3:
    """A hash that takes its message in parts."""

    def __init__(self) -> None:
        self._running = hashes.Hash(hashes.SM3())

    def update(self, part: bytes) -> None:
        """Take the next part, of any length."""
        self._running.update(part)

    def digest(self) -> bytes:
        """The 32 bytes of all parts so far; more may follow."""
        return self._running.copy().finalize()


def sm3(message: bytes) -> bytes:
    """SM3 of a whole message."""
    running = Sm3()
    running.update(message)
    return running.digest()
