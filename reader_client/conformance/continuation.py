"""A run that can be stopped and taken up again: its results so far, a JSON line for each case.

The first line says which card, suite and choice of cases it is; a file of another run is refused.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from card_os.spec.errors import Phrase
from language import cause
from reader_client.conformance.report.document import Document
from reader_client.conformance.report.reading import is_case
from reader_client.errors import ReaderClientError

FORMAT = "rhc-conformance-run/1"
FILE_MODE = 0o600
_LARGEST = 64 * 1024 * 1024


class RunFileError(ReaderClientError):
    """A file in which no run can go on."""

    template = "{file}: {reason}"


class RunFile:
    """The results of one run in a file. `rows` are those of before; an unfinished last line is dropped.

    Raises RunFileError for a file of another run, or of something else.
    """

    def __init__(self, path: Path, about: Document) -> None:
        self._path = path
        self._head = {"format": FORMAT, **about}
        self.rows: Sequence[Document] = self._read()
        try:
            self._stream: TextIO = self._opened()
        except OSError as error:
            raise RunFileError(file=path, reason=cause(error)) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def keep(self, row: Document) -> None:
        """Write the result of a case, at once; raises OSError."""
        self._stream.write(_line(row))
        self._stream.flush()

    def _opened(self) -> TextIO:
        """The file anew with what was read, so that a broken line is gone; then it grows."""
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
        stream = os.fdopen(descriptor, "w", encoding="utf-8")
        stream.write(_line(self._head))
        for row in self.rows:
            stream.write(_line(row))
        stream.flush()
        return stream

    def _read(self) -> list[Document]:
        try:
            with self._path.open(encoding="utf-8") as stream:
                lines = stream.read(_LARGEST).splitlines()
        except FileNotFoundError:
            return []
        except UnicodeDecodeError:
            raise RunFileError(file=self._path, reason=Phrase("this is no file of a run")) from None
        except OSError as error:
            raise RunFileError(file=self._path, reason=cause(error)) from None
        if not lines:
            return []
        head = _object(lines[0])
        if head is None or head.get("format") != FORMAT:
            raise RunFileError(file=self._path, reason=Phrase("this is no file of a run"))
        for name, value in self._head.items():
            if head.get(name) != value:
                reason = Phrase("it is of another run: {what} differs; name another file", what=name)
                raise RunFileError(file=self._path, reason=reason)
        rows = (_object(line) for line in lines[1:])
        return [row for row in rows if row is not None and is_case(row)]


def _line(row: Document) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"


def _object(line: str) -> Document | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None
