"""The card behind a virtual reader: the card side of the protocol of vpcd, the reader driver of vsmartcard.

vpcd listens on one TCP port a slot; a card that dials the port is a card that is put into the slot, and a
closed connection is a card that is gone. A message is a length (2 bytes, big-endian) and a body of 1 to
65,535 bytes. A body of one byte that is a `Control` code comes from the reader itself; every other body is a
command APDU and is answered with a response APDU.
"""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import IntEnum
from types import TracebackType
from typing import Protocol, Self

from card_os.spec.errors import Phrase, PlainError
from language import cause

LENGTH_BYTES = 2
MAX_BODY = 0xFFFF
DIAL_SECONDS = 5.0
STOP_SECONDS = 5.0


class VpcdError(PlainError):
    """Something is wrong between a card and its virtual reader; the text is one plain line."""


class MessageError(VpcdError):
    """A message cannot be sent or is broken: wrong length, or the stream ends inside it."""


class ReaderAbsent(VpcdError):
    """Nobody listens on the port of the slot."""

    template = "no virtual reader answers on {host} port {port}: {reason}"


class AlreadyInserted(VpcdError):
    """The slot object already holds its card in a reader."""

    template = "the card is already in the slot of port {port}"


class CardStuck(VpcdError):
    """The card is still busy with a command some seconds after it was pulled out."""

    template = "the card on port {port} does not come back from a command"


class CardMute(Exception):
    """Raised by a card instead of an answer: it has lost power or stays silent for good."""


class Control(IntEnum):
    """One-byte messages of the reader; only GET_ATR is answered."""

    POWER_OFF = 0
    POWER_ON = 1
    RESET = 2
    GET_ATR = 4


class PoweredCard(Protocol):
    """What a reader needs of a card: power, reset, and one exchange at a time, never from two threads at
    once."""

    @property
    def atr(self) -> bytes:
        """The answer to reset, 2 to 33 bytes; readable without power, without effect on the card."""

    def power_on(self) -> bytes:
        """Give power (cold reset); return the ATR."""

    def reset(self) -> bytes:
        """Warm reset; return the ATR."""

    def power_off(self) -> None:
        """Take power away; harmless when there is none."""

    def transmit(self, command: bytes) -> bytes:
        """Answer a command APDU of 1 to 65,535 bytes with 2 bytes or more; raise `CardMute` to fall
        silent."""


def encode_message(body: bytes) -> bytes:
    """Put the length before a body; `MessageError` unless the body has 1 to 65,535 bytes.

    Length 0 is refused because SCardTransmit never returns from it.
    """
    if not 1 <= len(body) <= MAX_BODY:
        reason = Phrase(
            "a message to the reader has 1 to {most} bytes, not {count}", most=MAX_BODY, count=len(body)
        )
        raise MessageError(reason=reason)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def read_message(receive: Callable[[int], bytes]) -> bytes | None:
    """Read one body; None when the stream ends between messages, `MessageError` when it ends inside one.

    `receive(count)` returns 1 to `count` bytes, or none at the end of the stream.
    """
    head = _read_exactly(receive, LENGTH_BYTES)
    if not head:
        return None
    length = int.from_bytes(head, "big")
    if len(head) < LENGTH_BYTES or length == 0:
        raise MessageError(reason=Phrase("the reader sent a message without a length"))
    body = _read_exactly(receive, length)
    if len(body) < length:
        reason = Phrase(
            "the reader sent {count} bytes of a message of {length}", count=len(body), length=length
        )
        raise MessageError(reason=reason)
    return body


def _read_exactly(receive: Callable[[int], bytes], count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        part = receive(count - len(data))
        if not part:
            break
        data += part
    return bytes(data)


def answer_message(card: PoweredCard, body: bytes) -> bytes | None:
    """Let the card act on one message; its answer, or None where the reader expects none."""
    if len(body) == 1:
        match body[0]:
            case Control.POWER_OFF:
                card.power_off()
                return None
            case Control.POWER_ON:
                card.power_on()
                return None
            case Control.RESET:
                card.reset()
                return None
            case Control.GET_ATR:
                return card.atr
    return card.transmit(body)


class VirtualSlot:
    """One slot of a virtual reader and the card that goes into it; as a context manager it inserts and
    ejects.

    The card is used from one thread only and loses power when the connection ends, whoever ends it.
    """

    def __init__(self, card: PoweredCard, port: int, host: str = "127.0.0.1") -> None:
        self.card = card
        self.port = port
        self.host = host
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._greeted = threading.Event()
        self._closed = threading.Event()
        self._closed.set()

    @property
    def inserted(self) -> bool:
        """Whether the connection to the reader stands."""
        return not self._closed.is_set()

    def insert(self) -> None:
        """Dial the reader and serve it from a daemon thread; `ReaderAbsent` or `AlreadyInserted`."""
        if self.inserted:
            raise AlreadyInserted(port=self.port)
        try:
            connection = socket.create_connection((self.host, self.port), timeout=DIAL_SECONDS)
        except OSError as error:
            raise ReaderAbsent(host=self.host, port=self.port, reason=cause(error)) from error
        connection.settimeout(None)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._greeted.clear()
        self._closed.clear()
        self._socket = connection
        self._thread = threading.Thread(
            target=self._serve, args=(connection,), name=f"card on port {self.port}", daemon=True
        )
        self._thread.start()

    def eject(self) -> None:
        """Pull the card out and wait until its thread has ended; nothing happens when it is out already.

        Raises `CardStuck` when the card does not come back from its command.
        """
        if self._socket is not None:
            with suppress(OSError):  # the reader may have closed it first
                self._socket.shutdown(socket.SHUT_RDWR)
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
            if self._thread.is_alive():
                raise CardStuck(port=self.port)
        self._socket = self._thread = None

    def wait_greeted(self, timeout: float) -> bool:
        """Wait (seconds) for the first message of the reader: only then is this the card that it sees."""
        return self._greeted.wait(timeout)

    def wait_closed(self, timeout: float) -> bool:
        """Wait (seconds) until the connection has ended: ejected, mute, or the reader is gone."""
        return self._closed.wait(timeout)

    def __enter__(self) -> Self:
        self.insert()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.eject()

    def _serve(self, connection: socket.socket) -> None:
        receive = _acknowledging_receiver(connection)
        try:
            with connection, suppress(CardMute, MessageError, OSError):
                while (body := read_message(receive)) is not None:
                    self._greeted.set()
                    answer = answer_message(self.card, body)
                    if answer is not None:
                        connection.sendall(encode_message(answer))
        finally:
            try:
                self.card.power_off()
            finally:
                self._closed.set()


def _acknowledging_receiver(connection: socket.socket) -> Callable[[int], bytes]:
    """A `recv` that acknowledges at once: vpcd sends length and body apart and waits 40 ms for the first
    ACK."""
    quick = getattr(socket, "TCP_QUICKACK", None)
    if quick is None:
        return connection.recv

    def receive(count: int) -> bytes:
        data = connection.recv(count)
        # The kernel forgets the option after a while, so it is set again each time.
        connection.setsockopt(socket.IPPROTO_TCP, quick, 1)
        return data

    return receive
