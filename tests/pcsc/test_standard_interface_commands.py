"""The commands that the standard interface sends, against what terminals of the field send."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from standard_interface_build import build_library, build_program, run

from card_os.kernel.card import Card
from lab import demo
from lab.pcsc.readers import Readers

pytestmark = pytest.mark.pcsc

READ_KEYS, UPDATE_KEYS = {0x04, 0x84}, {0x05, 0x85, 0x86, 0x87}
TERMINAL_DATA = bytes.fromhex("1122334455667788")
GET_CHALLENGE = bytes.fromhex("0084000008")


@dataclass
class Recorded:
    """A card that keeps what passes: command and answer."""

    card: Card
    passed: list[tuple[bytes, bytes]] = field(default_factory=list)

    @property
    def atr(self) -> bytes:
        return self.card.atr

    def power_on(self) -> bytes:
        return self.card.power_on()

    def reset(self) -> bytes:
        return self.card.reset()

    def power_off(self) -> None:
        self.card.power_off()

    def transmit(self, command: bytes) -> bytes:
        answer = self.card.transmit(command)
        self.passed.append((command, answer))
        return answer

    def commands(self, instruction: int) -> list[bytes]:
        found = [command for command, _answer in self.passed if command[1] == instruction]
        assert found
        return found


@pytest.fixture
def desk(pcsc_readers: Readers, tmp_path: Path) -> tuple[Recorded, Recorded]:
    """Card and SAM after the program has read and written everything."""
    program = build_program(tmp_path, build_library(tmp_path))
    card, sam = Recorded(demo.issue_card(demo.resident("04"), 4).card), Recorded(demo.issue_sam(4))
    pcsc_readers.insert(pcsc_readers.slots[0], card)
    pcsc_readers.insert(pcsc_readers.slots[2], sam)
    assert b"---" in run(program, "write")
    return card, sam


def test_commands_are_those_of_the_field(desk: tuple[Recorded, Recorded]) -> None:
    card, sam = desk
    check_card_number_is_read_first(card)
    check_authentications(card)
    check_records(card)
    check_blocks(card)
    check_index_commands(card)
    check_sam(sam)
    # nothing that the program does is refused
    assert {answer[-2:] for _command, answer in card.passed} == {b"\x90\x00"}


def check_card_number_is_read_first(card: Recorded) -> None:
    first = [command.hex().upper() for command, _answer in card.passed[:4]]
    assert first == ["00A40000023F00", "00A4000002DDF1", "00A4000002EF05", "00B2390005"]


def check_authentications(card: Recorded) -> None:
    """Reading: one challenge and a constant. Update: two, the first one is the data.  # spec 6.2, 6.3"""
    seen = set()
    for number, (command, _answer) in enumerate(card.passed):
        if command[1] != 0x82:
            continue
        reference, data, before = command[3], command[13:21], card.passed[number - 2 : number]
        assert (command[4], command[21]) == (0x11, 0x01)
        assert before[1][0] == GET_CHALLENGE
        if reference in READ_KEYS:
            assert data == TERMINAL_DATA
            assert before[0][0][1] == 0xA4
        else:
            assert before[0] == (GET_CHALLENGE, data + b"\x90\x00")
        seen.add(reference)
    assert seen == READ_KEYS | UPDATE_KEYS


def check_records(card: Recorded) -> None:
    """DDF1/EF05 by tag with the exact length, others by number; writes enciphered and with a MAC."""
    by_tag = [command for command in card.commands(0xB2) if command[3] == 0x00]
    lengths = {command[2]: command[4] for command in by_tag}
    # typed by hand from terminal_interface 4.1
    assert lengths == {1: 3, 2: 6, 3: 0x20, 4: 0x0D, 5: 0xB6, 6: 6, 8: 0x14, 9: 5, 0x0A: 0x0C, 0x39: 5}
    assert {command[3:] for command in card.commands(0xB2)} - {c[3:] for c in by_tag} == {b"\x04\x00"}
    for command in card.commands(0xDC):
        assert command[0] == 0x04
        assert command[4] == len(command) - 5
        assert command[4] % 16 == 4
    assert {command[2:4] for command in card.commands(0xDC)} >= {b"\x00\x03", b"\x02\x04"}


def check_blocks(card: Recorded) -> None:
    """Blocks of 128 bytes and a rest, never an empty one; visits 12 x 80 + 67 and 23 x 80 + 45."""
    for command in card.commands(0xD6):
        assert command[0] == 0x00
        assert 0 < command[4] == len(command) - 5 <= 0x80
    assert all(0 < command[4] <= 0x80 for command in card.commands(0xB0))
    assert bytes.fromhex("00B0060067") in card.commands(0xB0)
    assert bytes.fromhex("00B00B8045") in card.commands(0xB0)


def check_index_commands(card: Recorded) -> None:
    for instruction in (0xD2, 0x0C):
        numbers = {command[2] for command in card.commands(instruction)}
        assert numbers == {1, 2, 3, 4, 5}
        assert {(command[0], command[3:5]) for command in card.commands(instruction)} == {(0x84, b"\x04\x04")}


def check_sam(sam: Recorded) -> None:
    """One 80DE before every 80FA, and GET RESPONSE behind it: 6110, 6104."""
    pairs = list(pairwise(sam.passed))
    for (command, answer), (following, _answer) in pairs:
        if command[1] == 0xDE:
            assert following[1] == 0xFA
        if command[1] == 0xFA:
            assert answer[0] == 0x61
            assert following == bytes((0x00, 0xC0, 0x00, 0x00, answer[1]))
    assert {command[2] for command in sam.commands(0xFA)} == {0x00, 0x05}
    assert len(sam.commands(0xDE)) == len(sam.commands(0xFA))
