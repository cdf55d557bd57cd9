"""Two programs on one pair of readers: transactions, resets by others, cards that are changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from reader_cards import PIN, issued_card, sam_card

from card_os.kernel.file_system import cell_of
from card_os.spec.codecs import encode
from card_os.spec.loader import load
from lab.pcsc.client import SOCKET_VARIABLE
from lab.pcsc.private_stack import PrivateStack
from reader_client import cli
from reader_client.errors import CardRemovedError, CardTakenError
from reader_client.pcsc import PcscChannel
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession
from reader_client.sharing import TransactionOrderError

pytestmark = pytest.mark.pcsc

NAME = "张伟"
LEAST = 3
# one program's part: to do its operation until the time is over and it came to its turn often enough
PROGRAM = """
import json, sys, time
from reader_client.pcsc import PcscChannel
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession
role, user, sam_reader, pin, name, seconds, least = sys.argv[1:]
sam = SamSession(PcscChannel(sam_reader))
sam.open()
sam.verify_pin(pin)
session = HealthCardSession(PcscChannel(user), sam)
session.open()

def identity(number):
    found = session.identity()
    return found.holder_name == name and found.birth_date is None

def phones(number):
    phone = f"1990000{number:04}"
    session.update({"holder_phone_1": phone})
    return session.read(["holder_phone_2", "holder_phone_1"]) == {
        "holder_phone_2": None, "holder_phone_1": phone
    }

work = {"identity": identity, "phones": phones}[role]
print("ready", flush=True)
sys.stdin.readline()
done, wrong, end = 0, 0, time.monotonic() + float(seconds)
while time.monotonic() < end or done < int(least):
    wrong += not work(done)
    done += 1
session.close()
sam.close()
print(json.dumps({"done": done, "wrong": wrong}), flush=True)
"""


@pytest.fixture
def pair(pcsc_stack: PrivateStack) -> Iterator[tuple[str, str]]:
    """The names of two readers with a user card of one holder and a SAM."""
    readers = pcsc_stack.readers
    card = issued_card()
    profile = load("health_card")
    name = next(item for item in profile.items.values() if item.name == "holder_name")
    with card.memory.transaction():
        file = profile.files_of(name.layout)[0]
        card.memory.write(cell_of(file), encode(profile, name, NAME), 2)
    user, sam = readers.slots[0], readers.slots[2]
    readers.insert(user, card)
    readers.insert(sam, sam_card())
    yield user.reader, sam.reader
    readers.eject(user)
    readers.eject(sam)


def session_at(pair: tuple[str, str], stack: ExitStack) -> tuple[HealthCardSession, SamSession]:
    sam = SamSession(PcscChannel(pair[1]))
    stack.callback(sam.close)
    sam.open()
    sam.verify_pin(PIN)
    session = HealthCardSession(PcscChannel(pair[0]), sam)
    stack.callback(session.close)
    session.open()
    return session, sam


@pytest.mark.parametrize("seconds", [5, pytest.param(60, marks=[pytest.mark.soak, pytest.mark.timeout(240)])])
def test_two_programs_at_once_mix_nothing_up(
    pcsc_stack: PrivateStack, pair: tuple[str, str], seconds: int
) -> None:
    environment = {**os.environ, SOCKET_VARIABLE: str(pcsc_stack.socket), "RHC_LANG": "en"}
    environment["PYTHONPATH"] = str(Path(cli.__file__).parents[1])
    with ExitStack() as children:
        programs = [
            children.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", PROGRAM, role, *pair, PIN, NAME, str(seconds), str(LEAST)],
                    env=environment,
                    text=True,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
            )
            for role in ("identity", "phones")
        ]
        for program in programs:
            children.callback(program.kill)
            assert program.stdout
            assert program.stdout.readline() == "ready\n"
        for program in programs:
            assert program.stdin
            program.stdin.write("\n")
            program.stdin.flush()
        answers = [program.communicate(timeout=seconds + 90) for program in programs]
    assert [errors for _output, errors in answers] == ["", ""]
    for output, _errors in answers:
        found = json.loads(output)
        assert found["wrong"] == 0
        assert found["done"] >= LEAST


def test_a_reset_by_another_program_is_made_good(pair: tuple[str, str]) -> None:
    with ExitStack() as stack:
        session, _sam = session_at(pair, stack)
        assert session.identity().holder_name == NAME
        for reader in pair:
            PcscChannel(reader).close()  # resets when it comes and when it goes
        assert session.identity().holder_name == NAME
        session.update({"holder_phone_1": "19900000001"})
        assert session.contacts().phones == ("19900000001",)


def test_what_another_program_selected_does_no_harm(pair: tuple[str, str]) -> None:
    with ExitStack() as stack:
        session, _sam = session_at(pair, stack)
        session.identity()
        other = PcscChannel(pair[0])
        stack.callback(other.close)
        session.identity()
        # the same file is current for both now; the other one leaves for another file, without a reset
        for command in ("00A4000002DDF1", "00A4000002EF05"):
            assert other.transmit(bytes.fromhex(command))[-2:] == b"\x90\x00"
        assert session.identity().holder_name == NAME


def test_one_transaction_over_several_operations_keeps_others_out(pair: tuple[str, str]) -> None:
    order: list[str] = []
    with ExitStack() as stack:
        session, _sam = session_at(pair, stack)
        other = PcscChannel(pair[0])
        stack.callback(other.close)

        def disturb() -> None:
            other.transmit(bytes.fromhex("00A4000002DDF1"))
            order.append("other")

        with session.transaction():
            session.identity()
            disturber = threading.Thread(target=disturb)
            disturber.start()
            assert session.identity().holder_name == NAME
            session.contacts()
            order.append("session")
        disturber.join(10)
    assert order == ["session", "other"]


def test_a_reader_held_for_one_program(pair: tuple[str, str]) -> None:
    channel = PcscChannel(pair[0], exclusive=True)
    try:
        with pytest.raises(CardTakenError):
            PcscChannel(pair[0])
    finally:
        channel.close()
    PcscChannel(pair[0]).close()


def test_another_card_in_the_reader_is_not_taken_for_the_first(
    pcsc_stack: PrivateStack, pair: tuple[str, str]
) -> None:
    with ExitStack() as stack:
        session, _sam = session_at(pair, stack)
        slot = pcsc_stack.readers.slot(pair[0])
        pcsc_stack.readers.eject(slot)
        pcsc_stack.readers.insert(slot, issued_card())
        with pytest.raises(CardRemovedError):
            session.identity()


def test_the_sam_is_never_held_before_the_card(pair: tuple[str, str]) -> None:
    with ExitStack() as stack:
        session, sam = session_at(pair, stack)
        with sam.transaction(), pytest.raises(TransactionOrderError):
            session.identity()
        assert session.identity().holder_name == NAME
