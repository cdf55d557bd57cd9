"""The photo file: a 2-byte big-endian length, then a JPEG.  # spec: terminal_interface 5.1"""

from __future__ import annotations

from card_os.spec.errors import PlainError
from card_os.spec.photo import MAX_JPEG, framed
from language import _

START_OF_IMAGE = b"\xff\xd8\xff"


class PhotoRefusedError(PlainError):
    """A photo that the card does not take."""

    template = "photo: {reason}"


def photo_file(jpeg: bytes) -> bytes:
    """The content of the photo file, at most 3074 bytes; raises PhotoRefusedError."""
    if not jpeg.startswith(START_OF_IMAGE):
        raise PhotoRefusedError(reason=_("it is no JPEG"))
    if len(jpeg) > MAX_JPEG:
        reason = _("{size} bytes, the card has room for {room}").format(size=len(jpeg), room=MAX_JPEG)
        raise PhotoRefusedError(reason=reason)
    return framed(jpeg)
