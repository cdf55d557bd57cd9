"""Status words by name. What each one means to a command stands in the declaration (`commands.csv`)."""

from __future__ import annotations

from enum import IntEnum


class SW(IntEnum):
    """Status words of the card and the SAM.  # spec: commands_and_crypto 1.4"""

    OK = 0x9000
    BYTES_WAITING = 0x6100
    DATA_MAY_BE_CORRUPT = 0x6281
    END_BEFORE_LE = 0x6282
    FILE_INVALID = 0x6283
    VERIFICATION_FAILED = 0x6300
    TRIES_LEFT = 0x63C0
    STATE_UNCHANGED = 0x6400
    MEMORY_FAILURE = 0x6581
    WRONG_LENGTH = 0x6700
    SM_NOT_SUPPORTED = 0x6882
    COMMAND_NOT_ACCEPTED = 0x6901
    WRONG_FILE_TYPE = 0x6981
    SECURITY_STATUS = 0x6982
    METHOD_BLOCKED = 0x6983
    DATA_UNUSABLE = 0x6984
    CONDITIONS_OF_USE = 0x6985
    NO_CURRENT_EF = 0x6986
    SM_DATA_MISSING = 0x6987
    SM_DATA_WRONG = 0x6988
    WRONG_DATA = 0x6A80
    FUNCTION_NOT_SUPPORTED = 0x6A81
    FILE_NOT_FOUND = 0x6A82
    RECORD_NOT_FOUND = 0x6A83
    NO_SPACE = 0x6A84
    WRONG_P1P2 = 0x6A86
    KEY_NOT_FOUND = 0x6A88
    WRONG_OFFSET = 0x6B00
    WRONG_LE = 0x6C00
    INS_UNKNOWN = 0x6D00
    CLA_UNKNOWN = 0x6E00
    INTERNAL_ERROR = 0x6F00
    APPLICATION_DEAD = 0x9303


def tries_left(sw: int) -> int | None:
    """The counter of a 63Cx status word, None where `sw` is another one."""
    return sw & 0x0F if sw & 0xFFF0 == SW.TRIES_LEFT else None


def base(sw: int) -> int:
    """The table entry that a status word belongs to: 61xx, 6Cxx and 63Cx without their parameter."""
    if sw >> 8 in (0x61, 0x6C):
        return sw & 0xFF00
    if tries_left(sw) is not None:
        return SW.TRIES_LEFT
    return sw
