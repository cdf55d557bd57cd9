"""The photo file: a length of 2 bytes, big-endian, then a JPEG.  # spec: terminal_interface 5.1"""

from __future__ import annotations

LENGTH_BYTES = 2
# terminals refuse a photo that has more than 3072 bytes with its length
MAX_JPEG = 3070


def framed(jpeg: bytes) -> bytes:
    """The picture as it stands in the file; whether it fits is for the caller to say."""
    return len(jpeg).to_bytes(LENGTH_BYTES, "big") + jpeg


def announced(raw: bytes) -> int:
    """The length in bytes that the file announces for its picture; `raw` holds at least the length."""
    return int.from_bytes(raw[:LENGTH_BYTES], "big")
