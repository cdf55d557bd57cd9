"""The custodian of a key file: keys at rest are enciphered, at work they are in this process alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from issuer.keys.custodian import KeyRef
from issuer.keys.hierarchy import Level
from issuer.keys.key_file import key_file
from issuer.keys.key_file.key_file import KeyFile, Unlock
from issuer.keys.key_set import TRANSPORT_KEY, card_keys
from issuer.keys.software_custodian import SoftwareCustodian
from issuer.keys.test_custodian import PublishedTestCustodian


class FileCustodian(SoftwareCustodian):
    """Uses the keys of an opened key file; like the file it can be neither shown nor pickled."""

    def __init__(self, opened: KeyFile) -> None:
        super().__init__(opened.environment, opened.level)
        self._opened = opened

    @classmethod
    def open(cls, path: Path, unlock: Unlock) -> FileCustodian:
        """Open a key file; raises what `key_file.open_file` raises."""
        return cls(key_file.open_file(path, unlock))

    def __repr__(self) -> str:
        return f"FileCustodian({self._opened!r})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a custodian is not sent to another process: each opens the key file itself")

    @property
    def file_id(self) -> str:
        """The number of the key file, 32 hex digits, which it keeps for life."""
        return self._opened.file_id

    def check_values(self) -> Mapping[KeyRef, bytes]:
        """Every key that is held, in order, with its check value."""
        ordered = sorted(self._opened.keys, key=lambda key: (key.name, key.version))
        return {key: self.check_value(key.name, key.version) for key in ordered}

    def _secret(self, key: KeyRef) -> bytes:
        return self._opened.keys.use(key)


def check_values(custodian: object) -> list[dict[str, str | int]]:
    """The keys of an office by name, version and check value: of its key file, or the published ones."""
    if isinstance(custodian, FileCustodian):
        checks = custodian.check_values()
    elif isinstance(custodian, PublishedTestCustodian):
        held = (*card_keys(), TRANSPORT_KEY)
        checks = {key: custodian.check_value(key.name, key.version) for key in held}
    else:
        checks = {}
    return [
        {"key": key.name, "version": key.version, "check_value": checks[key].hex().upper()} for key in checks
    ]


def level_of(custodian: object) -> Level | None:
    """Where the keys of a custodian stand, None for one that does not say."""
    return custodian.level if isinstance(custodian, SoftwareCustodian) else None
