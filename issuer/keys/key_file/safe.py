"""Keys in the memory of this process: counted and used, never shown, copied or sent elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NoReturn

from issuer.keys.custodian import KeyRef, UnknownKeyError


class Safe:
    """Secrets by key. Neither `repr` nor pickling shows one; a worker process opens a key file of its own."""

    __slots__ = ("_secrets",)

    def __init__(self, secrets: Mapping[KeyRef, bytes]) -> None:
        self._secrets = dict(secrets)

    def __repr__(self) -> str:
        return f"<{len(self._secrets)} keys>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("keys are neither copied nor sent to another process")

    def __iter__(self) -> Iterator[KeyRef]:
        return iter(self._secrets)

    def __contains__(self, key: object) -> bool:
        return key in self._secrets

    def use(self, key: KeyRef) -> bytes:
        """A secret, for the one who computes with it; raises UnknownKeyError."""
        found = self._secrets.get(key)
        if found is None:
            raise UnknownKeyError(key=key.name, version=key.version)
        return found

    def all(self) -> Mapping[KeyRef, bytes]:
        """All secrets, for the one who writes them into a key file."""
        return MappingProxyType(self._secrets)

    def changed(self, add: Mapping[KeyRef, bytes], without: frozenset[KeyRef] = frozenset()) -> Safe:
        """Another safe with some more keys and some fewer."""
        kept = {key: secret for key, secret in self._secrets.items() if key not in without}
        return Safe({**kept, **add})
