"""The photo of a card in a terminal, where the terminal can show one.

iTerm2's protocol takes a JPEG as it is (iTerm2, WezTerm, mintty); kitty's takes PNG, so that it needs Pillow.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from enum import Enum

_KITTY_CHUNK = 4096
_ITERM_PROGRAMS = ("iTerm.app", "WezTerm", "mintty")


class Protocol(Enum):
    """How a terminal takes pictures."""

    ITERM = "iterm"
    KITTY = "kitty"


def protocol(environment: Mapping[str, str], *, is_terminal: bool) -> Protocol | None:
    """The protocol of the terminal; None for a file, a multiplexer and any terminal not known here."""
    if not is_terminal or "TMUX" in environment or environment.get("TERM", "").startswith("screen"):
        return None
    if environment.get("TERM_PROGRAM") in _ITERM_PROGRAMS:
        return Protocol.ITERM
    if environment.get("TERM") in ("xterm-kitty", "xterm-ghostty"):
        return Protocol.KITTY
    return None


def picture(photo: bytes, by: Protocol) -> str | None:
    """The characters that show a JPEG; None where it cannot be converted."""
    if by is Protocol.ITERM:
        data = base64.b64encode(photo).decode("ascii")
        return f"\x1b]1337;File=inline=1;size={len(photo)}:{data}\a\n"
    png = _png(photo)
    return None if png is None else "".join(_kitty(base64.b64encode(png).decode("ascii"))) + "\n"


def _kitty(data: str) -> list[str]:
    starts = range(0, len(data), _KITTY_CHUNK)
    return [
        "\x1b_G"
        + ("a=T,f=100," if start == 0 else "")
        + f"m={int(start + _KITTY_CHUNK < len(data))};{data[start : start + _KITTY_CHUNK]}\x1b\\"
        for start in starts
    ]


def _png(photo: bytes) -> bytes | None:
    try:
        from PIL import Image  # noqa: PLC0415  an extra that only this terminal needs
    except ImportError:
        return None
    stream = io.BytesIO()
    try:
        Image.open(io.BytesIO(photo)).save(stream, "PNG")
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    return stream.getvalue()
