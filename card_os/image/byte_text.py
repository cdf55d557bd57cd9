"""Bytes as words of hex in an image: `3230 00*48` are the bytes 32 30 and then 48 times 00."""

from __future__ import annotations

import re

_SHORTEST_RUN = 4
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_RUN = re.compile(r"([0-9A-Fa-f]{2})\*([1-9][0-9]{0,4})")


def to_words(raw: bytes) -> str:
    """The words for some bytes: hex, and the run of one byte that they end in by its length."""
    head = raw.rstrip(raw[-1:])
    run = len(raw) - len(head)
    if run < _SHORTEST_RUN:
        return raw.hex().upper()
    words = f"{raw[-1]:02X}*{run}"
    return f"{head.hex().upper()} {words}" if head else words


def from_words(text: str, most: int) -> bytes:
    """The bytes of words; raises ValueError for other words and for more than `most` bytes."""
    raw = bytearray()
    for word in text.split(" ") if text else ():
        if run := _RUN.fullmatch(word):
            count = int(run[2])
            raw += bytes.fromhex(run[1]) * min(count, most + 1)
        elif _HEX.fullmatch(word):
            raw += bytes.fromhex(word)
        else:
            raise ValueError("words of hex digits are expected")
        if len(raw) > most:
            raise ValueError(f"more than {most} bytes")
    return bytes(raw)


def is_run(raw: bytes) -> bool:
    """Whether all bytes are the same one."""
    return bool(raw) and raw.count(raw[:1]) == len(raw)
