"""Which bytes of a command are secret: PINs and keys, by the instruction byte.

The instruction alone decides, whatever class, profile or length the command has: a PIN in a malformed command
is as secret as one in a good one.
"""

from __future__ import annotations

from card_os.iso7816.apdu import ApduFormatError, CommandApdu

# spec: commands_and_crypto 1.1 rows 19 to 22, 1.2; the rest ISO 7816-4 and GlobalPlatform
SECRET_INS = frozenset(
    {
        0x20,  # VERIFY
        0x21,  # VERIFY with BER-TLV
        0x24,  # CHANGE REFERENCE DATA, PIN unblock
        0x25,
        0x26,  # DISABLE VERIFICATION
        0x28,  # ENABLE VERIFICATION
        0x2C,  # RESET RETRY COUNTER
        0x2D,
        0x5E,  # CHANGE PIN, RELOAD PIN
        0xD4,  # WRITE KEY
        0xD8,  # PUT KEY
    }
)
_HEADER = 4


def shown_length(command: bytes) -> int:
    """How many bytes from the begin of a command hold no secret: all, or header and Lc, or the header."""
    if len(command) < 2 or command[1] not in SECRET_INS:
        return len(command)
    try:
        apdu = CommandApdu.parse(command)
    except ApduFormatError:
        return min(_HEADER, len(command))
    if apdu.data or apdu.le == 256:
        return _HEADER + 1
    return _HEADER  # a fifth byte alone may be a PIN without Lc
