"""How long the exchanges of a trace take on real hardware; the work of the card is not counted.

Contact, T=0 (ISO 7816-3). A character takes 12 etu: start bit, 8 bits, parity, 2 etu of guard time. At a
clock of 3.5712 MHz an etu of 372 cycles is 1/9600 s, so that a character takes 12 / baud seconds at any
speed. One exchange is

    5 header  +  1 procedure byte where data goes either way  +  Lc data  +  Le data  +  2 status word

characters. T=0 carries data one way only: a command that has data and an answer with data is two exchanges,
61xx and GET RESPONSE (5 + 1 + Le + 2). Where the trace shows 61xx itself, its exchanges count as they stand.
The ATR always comes at 9,600 baud. Not counted: PPS, waiting times of the card, turn of the line.

Contactless, T=CL at 106 kbit/s (ISO 14443-3 A, -4). A bit takes 128 / 13.56 MHz. A byte has 9 bits (parity),
a frame 2 bits more (start, end) and 3 bytes besides its data: PCB and two of CRC. Frames carry up to 253
bytes (256 with the three); of a longer message each frame but the last is acknowledged by one without data.
Not counted: activation, frame delay and frame waiting time.

# spec: terminal_interface 1, 11
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from card_os.iso7816.apdu import ApduFormatError, CommandApdu
from card_os.trace.layer import Exchange

BAUD = (9_600, 19_200, 38_400, 57_600, 115_200)
ETU_PER_CHARACTER = 12
CONTACTLESS_SPEED = 106_000
CARRIER = 13_560_000
CYCLES_PER_BIT = 128
BITS_PER_BYTE = 9
BITS_PER_FRAME = 2
FRAME_OVERHEAD = 3
FRAME_DATA = 253
_STATUS = 2
_HEADER = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """The time on one kind of line. `speed` is in bit/s, `exchanges` are those on that line."""

    protocol: str
    speed: int
    exchanges: int
    bytes: int
    seconds: float


def estimates(exchanges: Iterable[Exchange]) -> tuple[Estimate, ...]:
    """T=0 at five speeds, then T=CL at 106 kbit/s."""
    told = tuple(exchanges)
    contact = [_contact(told, baud) for baud in BAUD]
    return (*contact, _contactless(told))


def contact_characters(exchange: Exchange) -> tuple[int, int]:
    """Exchanges and characters of a command on a T=0 line; the ATR as it is."""
    answer = len(exchange.response)
    if exchange.is_reset:
        return 0, answer
    data = max(answer - _STATUS, 0)
    try:
        sent = len(CommandApdu.parse(exchange.whole_command).data)
    except ApduFormatError:
        return 1, len(exchange.whole_command) + answer
    if sent and data:
        return 2, _characters(sent) + _characters(data)
    return 1, _characters(sent or data)


def _characters(data: int) -> int:
    return _HEADER + (1 + data if data else 0) + _STATUS


def _contact(exchanges: Sequence[Exchange], baud: int) -> Estimate:
    count = characters = 0
    seconds = 0.0
    for exchange in exchanges:
        more, length = contact_characters(exchange)
        count, characters = count + more, characters + length
        seconds += length * ETU_PER_CHARACTER / (BAUD[0] if exchange.is_reset else baud)
    return Estimate("T=0", baud, count, characters, seconds)


def contactless_frames(length: int) -> tuple[int, int]:
    """Frames and bytes that a message of `length` bytes needs, acknowledgements among them."""
    frames = max(-(-length // FRAME_DATA), 1)
    count = 2 * frames - 1
    return count, length + FRAME_OVERHEAD * count


def _contactless(exchanges: Sequence[Exchange]) -> Estimate:
    count = frames = total = 0
    length_of: tuple[Callable[[Exchange], int], ...] = (
        lambda exchange: len(exchange.whole_command),
        lambda exchange: len(exchange.response),
    )
    for exchange in exchanges:
        if exchange.is_reset:
            continue
        count += 1
        for length in length_of:
            more, size = contactless_frames(length(exchange))
            frames, total = frames + more, total + size
    seconds = (total * BITS_PER_BYTE + frames * BITS_PER_FRAME) * CYCLES_PER_BIT / CARRIER
    return Estimate("T=CL", CONTACTLESS_SPEED, count, total, seconds)
