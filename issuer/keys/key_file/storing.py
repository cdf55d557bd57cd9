"""Key files on disk: whole or not at all, for their owner only; what is replaced is overwritten first.

A new text is written beside the old one and takes its place by a rename. A writer compares first: the file
must still be the one that it read. Overwriting reaches the blocks of the old file where the file system
writes in place; it reaches no copies.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from card_os.spec.errors import Phrase
from issuer.keys.key_file.errors import KeyFileError, KeyFileModeError
from language import cause

OWNER_ONLY = 0o600
_LONGEST = 4 << 20


def read(path: Path) -> bytes:
    """The text of a key file; raises KeyFileError, KeyFileModeError where others may open it."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode & 0o777
            if mode & ~OWNER_ONLY:
                raise KeyFileModeError(file=path, mode=f"{mode:o}")
            raw = file.read(_LONGEST + 1)
    except OSError as error:
        raise KeyFileError(file=path, reason=cause(error)) from None
    if len(raw) > _LONGEST:
        raise KeyFileError(file=path, reason=Phrase("it is too long"))
    return raw


def create(path: Path, text: bytes) -> None:
    """Write a new file; raises KeyFileError where there is one already."""
    beside = _beside(path)
    try:
        _write(beside, text)
        try:
            os.link(beside, path)
        finally:
            beside.unlink()
        _sync_directory(path)
    except FileExistsError:
        raise KeyFileError(file=path, reason=Phrase("it exists already")) from None
    except OSError as error:
        raise KeyFileError(file=path, reason=cause(error)) from None


def replace(path: Path, read_text: bytes, text: bytes) -> None:
    """Put `text` in the place of `read_text`, and overwrite that one.

    Raises KeyFileError, also where the file is no longer what was read.
    """
    beside = _beside(path)
    try:
        with path.open("r+b") as old:
            fcntl.flock(old, fcntl.LOCK_EX)
            same_file = os.fstat(old.fileno()).st_ino == path.stat().st_ino
            if not same_file or old.read() != read_text:
                raise KeyFileError(file=path, reason=Phrase("somebody else has just changed it; try again"))
            # nobody else writes now: what lies here is of writers that were killed
            for left in path.parent.glob(f".{path.name}.*.new"):
                left.unlink()
            _write(beside, text)
            beside.rename(path)
            _sync_directory(path)
            old.seek(0)
            old.write(bytes(len(read_text)))
            old.flush()
            os.fsync(old.fileno())
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise KeyFileError(file=path, reason=cause(error)) from None


def destroy(path: Path) -> None:
    """Overwrite a file and take it away; raises KeyFileError."""
    try:
        with path.open("r+b") as file:
            file.write(bytes(os.fstat(file.fileno()).st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        _sync_directory(path)
    except OSError as error:
        raise KeyFileError(file=path, reason=cause(error)) from None


def _beside(path: Path) -> Path:
    # a name of its own for each writer: what a killed one leaves is never taken for ours
    return path.with_name(f".{path.name}.{os.getpid()}.new")


def _write(path: Path, text: bytes) -> None:
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(handle, "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
