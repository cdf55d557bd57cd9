"""Cards in real slots: pcscd, vpcd and pyscard between the test and the card."""

import os
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from echo_card import ATR, MUTING, EchoCard
from python_process import run_python
from smartcard import scard
from smartcard.CardConnection import CardConnection
from smartcard.Exceptions import CardConnectionException
from smartcard.System import readers as list_pyscard_readers

from card_os.vpcd import VirtualSlot
from lab.pcsc.client import SOCKET_VARIABLE, card_present, list_readers, wait_card
from lab.pcsc.configuration import (
    SAM_READER,
    USER_READER,
    Slot,
)
from lab.pcsc.errors import (
    DaemonFailed,
    ServiceUnreachable,
    SlotTaken,
    SlotUnknown,
)
from lab.pcsc.private_stack import PrivateStack, private_stack
from lab.pcsc.readers import Readers

pytestmark = pytest.mark.pcsc

DEADLINE = 5.0


@contextmanager
def connected(slot: Slot) -> Iterator[CardConnection]:
    reader = next(found for found in list_pyscard_readers() if found.name == slot.reader)
    connection = reader.createConnection()
    connection.connect()
    try:
        yield connection
    finally:
        connection.disconnect()
        connection.release()


def answer(connection: CardConnection, command: bytes) -> bytes:
    data, sw1, sw2 = connection.transmit(list(command))
    return bytes([*data, sw1, sw2])


def test_slots_carry_the_names_that_pcsc_lists(pcsc_readers: Readers) -> None:
    names = [slot.reader for slot in pcsc_readers.slots]
    assert sorted(names) == sorted(list_readers())
    assert sum(name.startswith(f"{USER_READER} ") for name in names) == 2
    assert sum(name.startswith(f"{SAM_READER} ") for name in names) == 2
    assert len({slot.port for slot in pcsc_readers.slots}) == 4
    assert pcsc_readers.slot(names[1]) == pcsc_readers.slots[1]
    with pytest.raises(SlotUnknown):
        pcsc_readers.slot("no such reader")


def test_echo_in_every_slot_at_once(pcsc_readers: Readers) -> None:
    for slot in pcsc_readers.slots:
        pcsc_readers.insert(slot, EchoCard())
    assert pcsc_readers.free_slots(USER_READER) == ()
    for number, slot in enumerate(pcsc_readers.slots):
        with connected(slot) as connection:
            assert bytes(connection.getATR()) == ATR
            for length in (5, 261, 3000):
                command = bytes([0x00, 0xB0, number]) + bytes(length - 3)
                assert answer(connection, command) == command + b"\x90\x00"


@pytest.mark.parametrize(
    ("action", "event"),
    [(scard.SCARD_RESET_CARD, ["reset"]), (scard.SCARD_UNPOWER_CARD, ["off", "on"])],
    ids=["warm reset", "power cycle"],
)
def test_reset_and_power_reach_the_card(pcsc_readers: Readers, action: int, event: list[str]) -> None:
    card = EchoCard()
    slot = pcsc_readers.slots[0]
    pcsc_readers.insert(slot, card)
    with connected(slot) as connection:
        before = len(card.events)
        connection.reconnect(disposition=action)
        assert answer(connection, bytes(5)) == bytes(5) + b"\x90\x00"
        assert card.events[before:] == event


def test_ejection_and_insertion_are_noticed(pcsc_readers: Readers) -> None:
    slot = pcsc_readers.slots[1]
    cards = EchoCard(), EchoCard()
    for card in cards:
        pcsc_readers.insert(slot, card)
        assert card_present(slot.reader)
        assert card.events[0] == "on"
        with connected(slot) as connection:
            assert answer(connection, b"\x00" * 4) == b"\x00" * 4 + b"\x90\x00"
        pcsc_readers.eject(slot)
        assert not card_present(slot.reader)
        assert not card.powered


def test_mute_card_is_a_card_that_is_gone(pcsc_readers: Readers) -> None:
    slot = pcsc_readers.slots[2]
    card = EchoCard()
    inserted = pcsc_readers.insert(slot, card)
    with connected(slot) as connection:
        with pytest.raises((CardConnectionException, IndexError)):
            connection.transmit(list(MUTING))
        assert inserted.wait_closed(DEADLINE)
        wait_card(slot.reader, present=False, timeout=DEADLINE)
    assert not card.powered
    pcsc_readers.insert(slot, card)
    with connected(slot) as connection:
        assert answer(connection, bytes(5)) == bytes(5) + b"\x90\x00"


def test_a_taken_slot_is_refused(pcsc_stack: PrivateStack, pcsc_readers: Readers) -> None:
    slot = pcsc_readers.slots[3]
    other = Readers(pcsc_readers.slots, pcsc_stack.socket, print)
    pcsc_readers.insert(slot, EchoCard())
    with pytest.raises(SlotTaken, match="another program"):
        other.insert(slot, EchoCard())
    with pytest.raises(SlotTaken, match="this program"):
        pcsc_readers.insert(slot, EchoCard())
    assert card_present(slot.reader)


def test_two_stacks_at_once_do_not_meet(pcsc_readers: Readers, tmp_path: Path) -> None:
    pcsc_readers.insert(pcsc_readers.slots[0], EchoCard())
    with private_stack(tmp_path, ["RHC Contactless"]) as second:
        target = second.readers.slots[1]
        assert not {slot.port for slot in second.readers.slots} & {slot.port for slot in pcsc_readers.slots}
        with pytest.raises(ServiceUnreachable, match=SOCKET_VARIABLE):
            second.readers.insert(target, EchoCard())
        with VirtualSlot(EchoCard(), target.port):
            script = (
                "import sys; from lab.pcsc.client import card_present, list_readers, wait_card\n"
                "wait_card(sys.argv[1], present=True, timeout=5)\n"
                "print([name for name in list_readers() if card_present(name)])"
            )
            done = run_python(script, target.reader, environment={SOCKET_VARIABLE: str(second.socket)})
        assert done == f"{[target.reader]}\n"
    assert not (tmp_path / "pcscd.comm").exists()


def test_killed_pcscd_ends_the_card(tmp_path: Path) -> None:
    card = EchoCard()
    with private_stack(tmp_path) as stack, VirtualSlot(card, stack.readers.slots[0].port) as slot:
        assert slot.wait_greeted(DEADLINE)
        os.kill(stack.pid, signal.SIGKILL)
        assert slot.wait_closed(DEADLINE)
        assert card.events[-1] == "off"


def test_virtual_readers_listen_on_loopback_only(pcsc_readers: Readers) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("no compiler for the loopback library")
    listening = {
        int(port, 16): address
        for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        for address, port in [line.split()[1].split(":")]
        if line.split()[3] == "0A"
    }
    assert {listening[slot.port] for slot in pcsc_readers.slots} == {"0100007F"}


def test_ports_in_use_are_an_error_that_names_the_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr("lab.pcsc.private_stack.PORT_RANGE", [port])
        monkeypatch.setattr("lab.pcsc.private_stack._is_free", lambda _: True)
        with pytest.raises(DaemonFailed, match=f"port {port}"), private_stack(tmp_path, [USER_READER]):
            pass
