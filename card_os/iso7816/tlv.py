"""TLV as the card has it, and the FCI of a DF.

A record is tag (1 byte), length (1 byte), value. It is *not* BER: tag 1F is one byte, tags from 20 on are
primitive, and length B4 is plain 180.  # spec: terminal_interface 4.2
"""

from __future__ import annotations


class TlvError(ValueError):
    """Bytes that are no record of tag, length and value."""


def pack(tag: int, value: bytes) -> bytes:
    """One record: tag, one length byte, up to 255 bytes of value."""
    if not 0 < tag <= 0xFF or len(value) > 0xFF:
        raise TlvError(f"tag {tag:02X} with {len(value)} bytes does not fit a record")
    return bytes((tag, len(value))) + value


def unpack(record: bytes) -> tuple[int, bytes]:
    """Tag and value of one record; raises TlvError where the length byte does not agree."""
    if len(record) < 2 or record[1] != len(record) - 2:
        raise TlvError(f"a record of {len(record)} bytes whose length byte does not agree")
    return record[0], record[2:]


def fci(df_name: bytes, proprietary: bool = True) -> bytes:
    """File control information of a DF: 6F { 84 name [A5 00] }.  # spec: commands_and_crypto 1.3 rule 5"""
    body = pack(0x84, df_name) + (b"\xa5\x00" if proprietary else b"")
    return pack(0x6F, body)
