"""The lines that were typed, kept in a file for their owner only: no PINs, keys and values of persons."""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path

from card_os.spec.errors import PlainError
from card_os.trace.masking import SECRET_INS
from lab.shell import raw

MODE = 0o600
FOLDER_MODE = 0o700
MOST_LINES = 1000
# raw commands whose data says nothing of a person: SELECT, READ, GET CHALLENGE, authentication …
_HARMLESS_INS = frozenset({0xA4, 0xB0, 0xB2, 0x84, 0xC0, 0x82, 0x88, 0xCA})
_OPTIONS_WITH_VALUE = ("--to", "--expect")
_PERSONAL = ("write",)
_WITHOUT_WORDS = ("verify",)


class Keeping(Enum):
    """For how long a line may be remembered."""

    NEVER = auto()
    SESSION = auto()
    FILE = auto()


def keeping(line: str, commands: Collection[str]) -> Keeping:
    """What may be done with a line; one that is not understood may hold a PIN, so it is never kept."""
    try:
        words = shlex.split(line)
    except ValueError:
        return Keeping.NEVER
    if not words or words[0] not in commands:
        return Keeping.NEVER
    if words[0] in _WITHOUT_WORDS and any(not word.startswith("-") for word in words[1:]):
        return Keeping.NEVER
    if words[0] == "apdu":
        return _keeping_apdus(words[1:])
    return Keeping.SESSION if words[0] in _PERSONAL else Keeping.FILE


def history_path() -> Path:
    """`rhc/shell_history` in the folder for state of this user, XDG_STATE_HOME or ~/.local/state."""
    named = os.environ.get("XDG_STATE_HOME")
    return (Path(named) if named else Path.home() / ".local" / "state") / "rhc" / "shell_history"


class LineHistory:
    """The remembered lines, oldest first; without a path, or where the disk refuses, in memory only."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.lines: list[str] = []
        if path is not None:
            with suppress(OSError, UnicodeDecodeError):
                self.lines = path.read_text("utf-8").splitlines()[-MOST_LINES:]

    def add(self, line: str, commands: Collection[str]) -> bool:
        """Remember a line as long as it may be; returns whether it was remembered at all."""
        how = keeping(line, commands)
        if how is Keeping.NEVER:
            return False
        if not self.lines or self.lines[-1] != line:
            self.lines.append(line)
            if how is Keeping.FILE:
                self._append(line)
        return True

    def clear(self) -> None:
        """Forget everything, in the file, too."""
        self.lines.clear()
        if self._path is not None:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)

    def _append(self, line: str) -> None:
        if self._path is None:
            return
        with suppress(OSError):
            self._path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, MODE)
            with os.fdopen(descriptor, "a", encoding="utf-8") as file:
                os.fchmod(descriptor, MODE)  # an old file keeps its mode otherwise
                file.write(line + "\n")


def _keeping_apdus(words: list[str]) -> Keeping:
    hexes: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in _OPTIONS_WITH_VALUE:
            next(rest, None)
        elif not word.startswith("-"):
            hexes.append(word)
    try:
        instructions = {apdu[1] for apdu in raw.parse(hexes)}
    except PlainError:
        return Keeping.NEVER
    if instructions & SECRET_INS:
        return Keeping.NEVER
    return Keeping.FILE if instructions <= _HARMLESS_INS else Keeping.SESSION
