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


def readable_length(length: int) -> int:
    """The next length in bytes at or above `length` with which every known terminal reads a picture.

    A picture reaches it by zero bytes behind its end-of-image marker. The low byte is below 128, as a fielded
    middleware reads it with a sign; with the length bytes it is no multiple of 128, after which that
    middleware would ask for a block of no length.  # spec: terminal_interface 5.1, 5.2
    """
    while length % 256 >= 128 or (length + LENGTH_BYTES) % 128 == 0:
        length += 1
    return length
