"""Checks of length and parameters that commands share."""

from __future__ import annotations

from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.refusal import Refused


def parameters(apdu: CommandApdu, *allowed: tuple[int, int]) -> None:
    """Raise 6A86 unless P1 P2 is one of the pairs."""
    if (apdu.p1, apdu.p2) not in allowed:
        raise Refused(SW.WRONG_P1P2)


def data_length(apdu: CommandApdu, *allowed: int) -> None:
    """Raise 6700 unless the data field has one of the lengths."""
    if len(apdu.data) not in allowed:
        raise Refused(SW.WRONG_LENGTH)


def no_data(apdu: CommandApdu) -> int:
    """Le of a command without data; raises 6700 where there is data or no Le."""
    if apdu.data or apdu.le is None:
        raise Refused(SW.WRONG_LENGTH)
    return apdu.le


def short_form(apdu: CommandApdu) -> None:
    """Raise 6700 unless the command is five bytes that end in 00.

    Terminals send commands without data that way; the last byte is Lc and Le at once.
    # spec: commands_and_crypto 1.3 rule 7
    """
    if apdu.data or apdu.le not in (None, 256):
        raise Refused(SW.WRONG_LENGTH)
