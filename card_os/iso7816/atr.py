"""Answer to reset: built and checked, because a reader calls a card with a bad ATR mute.

The first eight historical bytes are the card factor of the key diversification; with exactly eight of them
every rule of the field (bytes 5 to 12 of an ATS, 4 to 11 of a PC/SC ATR, "the last eight") finds them.
# spec: commands_and_crypto 4.1, terminal_interface 2.1, pcsc.md fact 12
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import xor

FACTOR_LENGTH = 8
MAX_ATR = 33


class AtrError(ValueError):
    """Bytes that no reader takes for an answer to reset."""


@dataclass(frozen=True, slots=True)
class Atr:
    """An ATR: interface bytes as they stand behind T0, historical bytes, protocols on offer."""

    raw: bytes
    historical: bytes
    protocols: tuple[int, ...]

    @classmethod
    def parse(cls, raw: bytes) -> Atr:
        """Take an ATR apart; raises AtrError where length, check byte or first protocol are wrong."""
        if not 2 <= len(raw) <= MAX_ATR or raw[0] not in (0x3B, 0x3F):
            raise AtrError(f"an ATR has 2 to {MAX_ATR} bytes and begins with 3B or 3F")
        protocols, position, flags = [], 2, raw[1] >> 4
        while flags:
            td = None
            for bit in (1, 2, 4, 8):
                if flags & bit:
                    td = raw[position] if bit == 8 and position < len(raw) else td
                    position += 1
            flags = 0
            if td is not None:
                protocols.append(td & 0x0F)
                flags = td >> 4
        end = position + (raw[1] & 0x0F)
        needs_check_byte = any(p != 0 for p in protocols)
        if len(raw) != end + needs_check_byte:
            raise AtrError(f"an ATR of {len(raw)} bytes that announces {end + needs_check_byte}")
        if needs_check_byte and reduce(xor, raw[1:]) != 0:
            raise AtrError("the check byte of the ATR is wrong")
        if protocols[:1] == [15]:
            raise AtrError("an ATR cannot offer T=15 first")
        return cls(raw, raw[position:end], tuple(protocols) or (0,))

    @property
    def card_factor(self) -> bytes:
        """The first eight historical bytes; raises AtrError where there are fewer."""
        if len(self.historical) < FACTOR_LENGTH:
            raise AtrError(f"{len(self.historical)} historical bytes; the card factor needs {FACTOR_LENGTH}")
        return self.historical[:FACTOR_LENGTH]


def contactless_atr(historical: bytes) -> bytes:
    """PC/SC form of a contactless card: 3B 8n 80 01 H… TCK."""
    body = bytes((0x80 | len(historical), 0x80, 0x01)) + historical
    return Atr.parse(b"\x3b" + body + bytes((reduce(xor, body),))).raw


def contact_atr(historical: bytes) -> bytes:
    """Contact card, T=0 only, two interface bytes: 3B 6n 00 00 H…"""
    return Atr.parse(bytes((0x3B, 0x60 | len(historical), 0x00, 0x00)) + historical).raw
