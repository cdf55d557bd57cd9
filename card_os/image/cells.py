"""Where each memory cell stands in an image, by its name.

A cell whose name is not known here, because the kernel learned it later, still has a place: among the other
cells. They count as secret, for nobody here can say what they hold.
"""

from __future__ import annotations

from enum import Enum, auto

from card_os.crypto.keys import KEY_LENGTH
from card_os.kernel.file_system import cell_of
from card_os.spec.model import FileSpec, KeySpec, Profile

LIFE_CYCLE = "life_cycle"
HISTORICAL = "historical"
HISTORICAL_LENGTH = 8
PIN = "pin"
KEY_PREFIX = "key:"
TRIES_PREFIX = "tries:"
FILE_PREFIX = "file:"
# counters, states and public keys of the kernel: they tell nothing of a secret
_STATE_NAMES = ("sm2:public",)
_STATE_PREFIXES = ("absent:", "df_state:", "bad_macs:", TRIES_PREFIX)


class Section(Enum):
    """The parts of an image."""

    HEAD = auto()
    FILES = auto()
    TRIES = auto()
    STATE = auto()
    PIN = auto()
    KEYS = auto()
    OTHER = auto()

    @property
    def is_secret(self) -> bool:
        """Whether an export without secrets leaves it out."""
        return self in (Section.PIN, Section.KEYS, Section.OTHER)


class Places:
    """The cells that a profile declares, in the order in which they stand in an image."""

    def __init__(self, profile: Profile) -> None:
        self.files: dict[str, FileSpec] = {
            cell_of(file): file for file in profile.files.values() if file.kind.is_ef
        }
        keys: dict[str, KeySpec] = {**profile.keys, **profile.sam_keys}
        versions = [
            f"{key.name}:{version}" for key in keys.values() for version in range(1, key.versions + 1)
        ]
        self.keys = {KEY_PREFIX + name: name for name in versions}
        self.tries = {TRIES_PREFIX + name: name for name in [*versions, PIN]}
        self._pin = profile.pin

    def section(self, cell: str, value: bytes) -> Section:
        """Where a cell stands; one of a known name and an unforeseen length is among the others."""
        if cell in (LIFE_CYCLE, HISTORICAL):
            return Section.HEAD
        if cell.startswith(FILE_PREFIX):
            return Section.FILES
        if cell in _STATE_NAMES or cell.startswith(_STATE_PREFIXES):
            return Section.TRIES if cell in self.tries and len(value) == 1 else Section.STATE
        if cell in self.keys and len(value) == KEY_LENGTH:
            return Section.KEYS
        return Section.PIN if self._is_pin(cell, value) else Section.OTHER

    def _is_pin(self, cell: str, value: bytes) -> bool:
        pin = self._pin
        return cell == PIN and pin is not None and pin.min_bytes <= len(value) <= pin.max_bytes
