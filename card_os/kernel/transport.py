"""How an answer leaves the card: complete, or announced by 61xx.

# spec: terminal_interface 11, pcsc.md fact 13
"""

from __future__ import annotations

from card_os.iso7816.apdu import CommandApdu, ResponseApdu
from card_os.iso7816.status import SW
from card_os.kernel.volatile import Volatile

_DONE = ResponseApdu(b"", SW.OK).to_bytes()


def shape(transport: str, command: str, apdu: CommandApdu, data: bytes, ram: Volatile) -> bytes:
    """What answers a command that succeeded with `data` (up to 256 bytes): data and status word.

    `contactless` never shows 61xx; `contact_t0` does where Le is absent; `sam` has raw T=0 behaviour: every
    command that carries data announces its answer.
    """
    if not data:
        return _DONE
    if command == "get_response":
        rest = len(ram.pending)
        return data + _DONE if not rest else _response(data, SW.BYTES_WAITING | min(rest, 0xFF))
    announced = (
        apdu.le is None
        if transport == "contact_t0"
        else transport == "sam" and (bool(apdu.data) or apdu.le is None)
    )
    if announced:
        ram.pending = data
        return _response(b"", SW.BYTES_WAITING | len(data) % 0x100)
    if apdu.le is not None and apdu.le < len(data):
        return _response(b"", SW.WRONG_LE | len(data))
    return data + _DONE


def _response(data: bytes, sw: int) -> bytes:
    return ResponseApdu(data, sw).to_bytes()
