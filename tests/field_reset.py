"""How programs of the field take the card factor from the answer to reset, and the city factor from tag 57.

Source: terminal_interface 2.1 and 2.2. Nothing of the project is imported here.
"""

from __future__ import annotations

from field_wire import TerminalRejects


def historical_bytes(atr: bytes) -> bytes:
    """The historical bytes of an ATR of ISO 7816-3: T0 counts them, TD1, TD2.. chain the interface bytes."""
    position, more = 1, atr[1] >> 4
    while more:
        present = bin(more).count("1")
        position += present
        more = atr[position] >> 4 if more & 0x8 else 0
    count = atr[1] & 0x0F
    return atr[position + 1 : position + 1 + count]


def ats_of(reset_answer: bytes) -> bytes:
    """What a contactless reader hands to MHC: TL T0 TA TB TC, then eight historical bytes.

    An answer that begins with 3B or 3F is the ATR of a PC/SC stack and is turned into an ATS by the shim;
    anything else is taken as the ATS itself.
    """
    if reset_answer[:1] in (b"\x3b", b"\x3f"):
        return bytes.fromhex("0D78807002") + historical_bytes(reset_answer)
    return reset_answer


def factor_of_ats(ats: bytes) -> bytes:
    """MHC, HN, SD, D79: bytes 5..12 of the reset string."""
    if len(ats) < 13:
        raise TerminalRejects("00", "", ats.hex().upper(), "no eight bytes at 5..12 of the reset answer")
    return ats[5:13]


def factor_of_atr(atr: bytes) -> bytes:
    """LZ: bytes 4..11 of the ATR, which must have twelve bytes at least."""
    if len(atr) < 12:
        raise TerminalRejects("00", "", atr.hex().upper(), "ATR shorter than 12 bytes")
    return atr[4:12]


def city_factor(value: bytes) -> bytes:
    """The two hex digits of the first byte as ASCII, then six ASCII zeros."""
    return value[:1].hex().upper().encode("ascii") + b"000000"
