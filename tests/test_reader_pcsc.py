"""The reader client through pcscd and virtual readers, in a process of its own.

libpcsclite keeps the socket that it was first told of for the life of a process: hence the child.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from reader_cards import Desk

from card_os.vpcd import VirtualSlot
from lab.pcsc.client import SOCKET_VARIABLE
from lab.pcsc.configuration import SAM_READER, USER_READER
from lab.pcsc.errors import PartsMissing
from lab.pcsc.parts import find_parts
from lab.pcsc.private_stack import PrivateStack, private_stack
from reader_client import cli

pytestmark = pytest.mark.pcsc

DEADLINE = 5.0
RHC = "import typer\nfrom reader_client import cli\napp = typer.Typer()\ncli.register(app)\napp()\n"
REMOVAL = """
import sys
from language import describe
from reader_client.pcsc import PcscChannel
from reader_client.errors import CardRemovedError
channel = PcscChannel("contactless 00 00")
channel.reset()
assert channel.transmit(bytes.fromhex("0084000008"))[-2:] == bytes.fromhex("9000")
print("ready", flush=True)
sys.stdin.readline()
try:
    channel.transmit(bytes.fromhex("0084000008"))
except CardRemovedError as error:
    print(describe(error), flush=True)
channel.close()
"""


@pytest.fixture(scope="module")
def stack() -> Iterator[PrivateStack]:
    try:
        find_parts()
    except PartsMissing as error:
        pytest.skip(str(error))
    with tempfile.TemporaryDirectory(prefix="rhc-") as directory, private_stack(Path(directory)) as running:
        yield running


@pytest.fixture
def slots(stack: PrivateStack) -> Iterator[list[VirtualSlot]]:
    """A user card in the first contactless slot and a SAM in the first contact slot."""
    desk = Desk()
    with ExitStack() as inserted:
        found = []
        for card, reader in ((desk.card, USER_READER), (desk.sam_card, SAM_READER)):
            port = stack.readers.slot(f"{reader} 00 00").port
            slot = inserted.enter_context(VirtualSlot(card, port))
            assert slot.wait_greeted(DEADLINE)
            found.append(slot)
        yield found


def child(stack: PrivateStack, script: str, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, SOCKET_VARIABLE: str(stack.socket), "RHC_LANG": "en"}
    environment["PYTHONPATH"] = str(Path(cli.__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        env=environment,
        text=True,
        encoding="utf-8",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def rhc(stack: PrivateStack, *arguments: str) -> str:
    with child(stack, RHC, *arguments) as process:
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    return output


def test_write_and_read_by_the_default_readers(stack: PrivateStack, slots: list[VirtualSlot]) -> None:
    rhc(stack, "write", "address_1=北京市东城区示范街道", "abo_blood_type_code=1")
    rhc(stack, "visit", "add", "--kind", "outpatient", "visit_datetime=2024-01-01T08:00:00")
    found = json.loads(rhc(stack, "read", "--json"))
    assert found["items"]["address_1"] == "北京市东城区示范街道"
    assert found["outpatient_visits"] == [{"visit_datetime": "2024-01-01T08:00:00"}]
    readers = json.loads(rhc(stack, "readers", "--json"))
    assert sum(entry["atr"] is not None for entry in readers) == 2


def test_a_removed_card_is_a_plain_error(stack: PrivateStack, slots: list[VirtualSlot]) -> None:
    with child(stack, REMOVAL) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        slots[0].eject()
        output, errors = process.communicate("\n", timeout=60)
    assert errors == ""
    assert output.startswith("the card was removed from reader")


def test_empty_readers_are_plain_errors(stack: PrivateStack) -> None:
    with child(stack, RHC, "read") as process:
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (1, "")
    assert errors.startswith("no card answers in reader")
    assert len(errors.splitlines()) == 1
