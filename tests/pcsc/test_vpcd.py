"""The card side of vpcd against a reader played by the test: codec, control codes, ends of the connection."""

import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from card_os.vpcd import (
    AlreadyInserted,
    CardMute,
    MessageError,
    ReaderAbsent,
    VirtualSlot,
    encode_message,
    read_message,
)

ATR = bytes.fromhex("3B80800101")
DEADLINE = 5.0


class RecordingCard:
    """Answers with the command and 9000; notes what happens to it."""

    atr = ATR

    def __init__(self) -> None:
        self.events: list[str] = []

    def power_on(self) -> bytes:
        self.events.append("on")
        return ATR

    def reset(self) -> bytes:
        self.events.append("reset")
        return ATR

    def power_off(self) -> None:
        self.events.append("off")

    def transmit(self, command: bytes) -> bytes:
        self.events.append(command.hex())
        if command == b"\x00\xee\x00\x00":
            raise CardMute
        if command == b"\x00\xed\x00\x00":
            return b""
        return command + b"\x90\x00"


class Reader:
    """The reader side of one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.stream = connection.makefile("rb", buffering=0)

    def tell(self, body: bytes) -> None:
        self.connection.sendall(encode_message(body))

    def ask(self, body: bytes) -> bytes | None:
        self.tell(body)
        return read_message(lambda count: self.stream.read(count) or b"")


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(DEADLINE)
        yield server


@contextmanager
def card_in_reader(listener: socket.socket, card: RecordingCard) -> Iterator[tuple[VirtualSlot, Reader]]:
    with VirtualSlot(card, listener.getsockname()[1]) as slot:
        connection, _ = listener.accept()
        connection.settimeout(DEADLINE)
        with connection:
            yield slot, Reader(connection)


@given(st.lists(st.binary(min_size=1, max_size=400), max_size=5), st.integers(min_value=1, max_value=7))
def test_messages_survive_any_cut_of_the_stream(bodies: list[bytes], most: int) -> None:
    stream = io.BytesIO(b"".join(encode_message(body) for body in bodies))

    def receive(count: int) -> bytes:
        return stream.read(min(count, most))

    assert [read_message(receive) for _ in bodies] == bodies
    assert read_message(receive) is None


@given(st.binary(min_size=1, max_size=400), st.data())
def test_a_stream_that_ends_inside_a_message_is_an_error(body: bytes, data: st.DataObject) -> None:
    message = encode_message(body)
    kept = data.draw(st.integers(min_value=1, max_value=len(message) - 1))
    with pytest.raises(MessageError):
        read_message(io.BytesIO(message[:kept]).read)


def test_longest_message_has_65535_bytes() -> None:
    assert encode_message(bytes(0xFFFF))[:2] == b"\xff\xff"
    with pytest.raises(MessageError):
        encode_message(bytes(0x10000))


def test_empty_message_is_neither_sent_nor_taken() -> None:
    with pytest.raises(MessageError):
        encode_message(b"")
    with pytest.raises(MessageError):
        read_message(io.BytesIO(b"\x00\x00").read)


def test_control_codes_reach_the_card_and_only_the_atr_is_answered(listener: socket.socket) -> None:
    card = RecordingCard()
    with card_in_reader(listener, card) as (slot, reader):
        assert not slot.wait_greeted(0)
        for code in (b"\x01", b"\x02", b"\x00"):
            reader.tell(code)
        assert reader.ask(b"\x04") == ATR
        assert slot.wait_greeted(0)
        assert card.events == ["on", "reset", "off"]


@pytest.mark.parametrize("command", [b"\x03", b"\x00\xa4", b"\x00\xa4\x00", bytes(5), bytes(0xFFFD)])
def test_everything_else_is_a_command(listener: socket.socket, command: bytes) -> None:
    with card_in_reader(listener, RecordingCard()) as (_, reader):
        assert reader.ask(command) == command + b"\x90\x00"


@pytest.mark.parametrize("command", ["00ee0000", "00ed0000"], ids=["mute", "empty answer"])
def test_silence_closes_the_connection_and_costs_the_power(listener: socket.socket, command: str) -> None:
    card = RecordingCard()
    with card_in_reader(listener, card) as (slot, reader):
        assert reader.ask(bytes.fromhex(command)) is None
        assert slot.wait_closed(DEADLINE)
        assert not slot.inserted
        assert card.events == [command, "off"]


def test_a_broken_message_of_the_reader_ends_the_connection(listener: socket.socket) -> None:
    with card_in_reader(listener, RecordingCard()) as (slot, reader):
        reader.connection.sendall(b"\x00\x00")
        assert slot.wait_closed(DEADLINE)


def test_reader_going_away_ends_the_thread(listener: socket.socket) -> None:
    card = RecordingCard()
    with card_in_reader(listener, card) as (slot, reader):
        reader.stream.close()
        reader.connection.close()
        assert slot.wait_closed(DEADLINE)
    assert card.events == ["off"]


def test_a_card_can_be_inserted_again_after_ejection(listener: socket.socket) -> None:
    card = RecordingCard()
    slot = VirtualSlot(card, listener.getsockname()[1])
    for _ in range(2):
        slot.insert()
        connection, _ = listener.accept()
        with connection:
            assert Reader(connection).ask(b"\x04") == ATR
            slot.eject()
            assert connection.recv(1) == b""
        assert not slot.inserted
    slot.eject()
    assert card.events == ["off", "off"]


def test_one_slot_object_holds_one_connection(listener: socket.socket) -> None:
    with card_in_reader(listener, RecordingCard()) as (slot, _), pytest.raises(AlreadyInserted):
        slot.insert()


def test_no_reader_is_one_plain_line(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    listener.close()
    with pytest.raises(ReaderAbsent, match=f"no virtual reader answers on 127.0.0.1 port {port}"):
        VirtualSlot(RecordingCard(), port).insert()
