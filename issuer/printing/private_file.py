"""Files with personal data: whole or not at all, and for their owner only."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from issuer.printing.errors import FileNotWrittenError
from language import cause


def write(path: Path, data: bytes) -> None:
    """Put a file with mode 0600 in its place, over an older one; raises FileNotWrittenError.

    It is written beside the place, forced to the disk and moved there, so that no moment shows half of it.
    """
    unfinished: str | None = None
    try:
        handle, unfinished = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(unfinished).replace(path)
        unfinished = None
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise FileNotWrittenError(file=path, reason=cause(error)) from None
    finally:
        if unfinished is not None:
            with suppress(OSError):
                Path(unfinished).unlink()
