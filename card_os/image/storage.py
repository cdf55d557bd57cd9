"""Images as files: whole or not at all, readable by their owner only, one writer at a time.

A new text is written beside the old one and takes its place by a rename. Who may write is settled by a lock
on the file itself; the next file is locked before it takes the place, so that no moment is without a lock and
no file remains but the image. A process that is killed loses its locks; the unfinished text that it may leave
has a fixed name and is taken away or used again by the next writer.
"""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Self

from card_os.image.errors import ImageFileError
from language import _, cause

OWNER_ONLY = 0o600
_LONGEST = 4 * 1024 * 1024


def read(path: Path) -> str:
    """The text of an image; raises ImageFileError. Needs no lock: what is read is always whole."""
    return _read(path, path)


def save(path: Path, text: str) -> None:
    """Make `text` the contents of a file, old or new; raises ImageFileError, also where a card is in use."""
    if path.exists():
        with HeldFile(path) as held:
            held.replace_or_refuse(text)
    else:
        create(path, text)


def create(path: Path, text: str) -> None:
    """Write a new file; raises ImageFileError where there is one already."""
    place = path.absolute()
    try:
        beside = _lock_unfinished(place)
        try:
            _refuse_existing(place)
            _fill(beside, text)
            _unfinished(place).rename(place)
            _sync_directory(place)
        except BaseException:
            _unfinished(place).unlink(missing_ok=True)
            raise
        finally:
            os.close(beside)
    except OSError as error:
        raise _failed(path, error) from None


class HeldFile:
    """An image that this process alone may write, until `close`. Raises ImageFileError where another one may.

    A link is followed once: the file that it names is the one that is replaced.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._place = path.resolve(strict=True)
            self._file: int | None = _lock(self._place, os.O_RDONLY)
            _drop_unfinished(self._place)
        except OSError as error:
            raise _failed(path, error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def text(self) -> str:
        """What the file holds."""
        return _read(self._place, self.path)

    def replace(self, text: str) -> None:
        """Put another text in its place; raises OSError, and the old text stands as before.

        Only where the last step fails, which makes the rename itself survive a power cut, the new one stands.
        """
        if self._file is None:
            raise OSError(_("the file was let go"))
        beside = _lock_unfinished(self._place)
        try:
            _fill(beside, text)
            _unfinished(self._place).rename(self._place)
        except BaseException:
            _unfinished(self._place).unlink(missing_ok=True)
            os.close(beside)
            raise
        os.close(self._file)
        self._file = beside
        _sync_directory(self._place)

    def replace_or_refuse(self, text: str) -> None:
        """The same for a person: raises ImageFileError."""
        try:
            self.replace(text)
        except OSError as error:
            raise _failed(self.path, error) from None

    def close(self) -> None:
        """Let other processes write."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _unfinished(place: Path) -> Path:
    return place.with_name(f".{place.name}.unfinished")


def _lock(place: Path, flags: int) -> int:
    """Open and lock the file that stands at a place; BlockingIOError where another holds it."""
    while True:
        file = os.open(place, flags | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, OWNER_ONLY)
        try:
            _refuse_other_kinds(file)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file), os.stat(place)):  # noqa: PTH116 - beside fstat
                    return file
        except BaseException:
            os.close(file)
            raise
        # between open and lock another file took the place
        os.close(file)


def _refuse_other_kinds(file: int) -> None:
    if not stat.S_ISREG(os.fstat(file).st_mode):
        raise OSError(_("this is no file"))


def _lock_unfinished(place: Path) -> int:
    return _lock(_unfinished(place), os.O_RDWR | os.O_CREAT)


def _drop_unfinished(place: Path) -> None:
    """Take away what a killed writer left; only the holder of the image calls this."""
    _unfinished(place).unlink(missing_ok=True)


def _fill(file: int, text: str) -> None:
    os.ftruncate(file, 0)
    os.fchmod(file, OWNER_ONLY)
    rest = memoryview(text.encode("utf-8"))
    while rest:
        rest = rest[os.write(file, rest) :]
    os.fsync(file)


def _sync_directory(place: Path) -> None:
    directory = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _read(place: Path, named: Path) -> str:
    """The text at a place; errors name the file as the caller did."""
    try:
        with place.open("rb") as stream:
            raw = stream.read(_LONGEST + 1)
    except OSError as error:
        raise _failed(named, error) from None
    try:
        if len(raw) <= _LONGEST:
            return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    raise ImageFileError(file=named, reason=_("this is no image of a card"))


def _refuse_existing(place: Path) -> None:
    if os.path.lexists(place):
        raise FileExistsError(_("there is a file already; it is not written over"))


def _failed(path: Path, error: OSError) -> ImageFileError:
    if isinstance(error, BlockingIOError):
        reason = _("the card is in use by another process")
    else:
        reason = cause(error)
    return ImageFileError(file=path, reason=reason)
