"""Keys on the card: where they are found, used and counted. Only session keys leave this module."""

from __future__ import annotations

from collections.abc import Callable

from card_os.crypto import keys as g128
from card_os.crypto.block_cipher import BlockCipher128
from card_os.iso7816.status import SW
from card_os.kernel.file_system import FileSystem
from card_os.kernel.memory import Memory
from card_os.kernel.refusal import Refused
from card_os.spec.model import FileSpec, KeySpec, Profile

LOCAL = 0x80
SECURE_MESSAGING, LOCK = 2, 3


class TryCounter:
    """The tries left of one secret. Taken before a comparison, given back after a good one.

    A cut between the two can only cost a try.
    """

    def __init__(self, memory: Memory, cell: str, limit: int) -> None:
        self._memory, self._cell, self._limit = memory, cell, limit

    @property
    def left(self) -> int:
        """Tries left."""
        return self._memory.read(self._cell)[0] if self._cell in self._memory else self._limit

    def verify(self, matches: Callable[[], bool]) -> None:
        """Take a try, compare, give it back; raises 6983 without tries and 63Cx on a mismatch."""
        left = self.left
        if left == 0:
            raise Refused(SW.METHOD_BLOCKED)
        self._set(left - 1)
        self._memory.commit()
        if not matches():
            raise Refused(SW.TRIES_LEFT | (left - 1))
        self._set(self._limit)

    def _set(self, tries: int) -> None:
        self._memory.put(self._cell, bytes((tries,)))


class KeyStore:
    """The keys of a profile over the memory of one card."""

    def __init__(self, profile: Profile, memory: Memory, files: FileSystem, cipher: BlockCipher128) -> None:
        self._profile, self._memory, self._files, self._cipher = profile, memory, files, cipher
        self._references = {(key.df, key.reference): key for key in reversed(tuple(profile.keys.values()))}

    def by_reference(self, df: FileSpec, reference: int) -> KeySpec:
        """The key that P2 of an authentication names; raises 6A88.

        Bit 8 set: a key of the current DF. Clear: of the current DF or the nearest one above it.
        # spec: commands_and_crypto 1.5
        """
        for level in self._files.ancestors(df):
            key = self._references.get((level.path, reference))
            if key is not None:
                return key
            if reference & LOCAL:
                break
        raise Refused(SW.KEY_NOT_FOUND)

    def by_role(self, df: FileSpec, role: int) -> KeySpec:
        """The key of exactly this DF with this digit in its reference; raises 6A88.

        2 secure messaging, 3 lock and block, 4 read, 5 to 7 update.  # spec: commands_and_crypto 2.5
        """
        for key in self._profile.keys.values():
            if key.df == df.path and key.reference & ~LOCAL == role:
                return key
        raise Refused(SW.KEY_NOT_FOUND)

    def is_loaded(self, key: KeySpec, version: int) -> bool:
        """Whether this version was ever written."""
        return self._cell(key, version) in self._memory

    def session(self, key: KeySpec, version: int, challenge: bytes) -> bytes:
        """The session key of a card key; raises 6A88 where that version is not on the card."""
        return g128.session_key(self._value(key, version), challenge, self._cipher)

    def card_session(
        self, key: KeySpec, version: int, card: bytes, province: bytes | None, challenge: bytes
    ) -> bytes:
        """What a SAM derives from a held key for one card; raises 6A88."""
        derived = g128.card_key(self._value(key, version), card, province, self._cipher)
        return g128.session_key(derived, challenge, self._cipher)

    def counter(self, key: KeySpec, version: int) -> TryCounter:
        """The try counter of a key version."""
        return TryCounter(self._memory, f"tries:{key.name}:{version}", key.tries)

    def load(self, key: KeySpec, version: int, value: bytes) -> None:
        """Write a key; its tries are full again."""
        self._memory.put(self._cell(key, version), value)
        self._memory.erase(f"tries:{key.name}:{version}")

    def destroy(self, key: KeySpec) -> None:
        """Remove every version of a key for good."""
        for version in range(1, key.versions + 1):
            self._memory.erase(self._cell(key, version))

    def _value(self, key: KeySpec, version: int) -> bytes:
        if not self.is_loaded(key, version):
            raise Refused(SW.KEY_NOT_FOUND)
        return self._memory.read(self._cell(key, version))

    @staticmethod
    def _cell(key: KeySpec, version: int) -> str:
        return f"key:{key.name}:{version}"
