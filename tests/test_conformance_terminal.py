"""Terminals judged by their traces: ours pass, and each bad habit is found by its rule."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from conformance_cards import TwoReaders

from card_os.spec.loader import load
from lab.conformance_cli import TestCentre
from reader_client.conformance.exchange import CARD, SAM, Exchange
from reader_client.conformance.terminal.judge import Verdict, judged, rules
from reader_client.conformance.terminal.showing import lines, rows
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession
from reader_client.visits import VisitKind

TRACES = Path(__file__).parent / "traces"
PIN = "0020000003123456"
RANDOM = bytes.fromhex("1122334455667788")


class Terminal:
    """Card and SAM with a recorder between: what a terminal does is what a test tells it to do."""

    def __init__(self, variant: str = "") -> None:
        self.desk = TwoReaders(variant)
        self.exchanges: list[Exchange] = []
        self.profile = self.desk.card.profile
        self.reset(CARD)
        self.reset(SAM)

    def reset(self, who: str) -> None:
        card = self.desk.card if who == CARD else self.desk.sam
        self.exchanges.append(Exchange(who, b"", card.power_on()))

    def send(self, who: str, command: str | bytes) -> bytes:
        raw = bytes.fromhex(command) if isinstance(command, str) else command
        card = self.desk.card if who == CARD else self.desk.sam
        response = card.transmit(raw)
        self.exchanges.append(Exchange(who, raw, response))
        return response

    def card(self, *commands: str | bytes) -> bytes:
        return [self.send(CARD, command) for command in commands][-1]

    def sam(self, *commands: str | bytes) -> bytes:
        return [self.send(SAM, command) for command in commands][-1]

    def start(self) -> None:
        """What every good terminal does first."""
        self.card("00A4000002DDF1", "00A4000002EF05", "00B2390005")
        self.sam(PIN, "00A4000002DF01")

    def challenge(self) -> bytes:
        return self.card("0084000008")[:-2]

    def factors(self, steps: int) -> bytes:
        return self.desk.card.historical + (b"11000000" if steps == 2 else b"")

    def prove(self, usage: str, reference: int, challenge: bytes | None = None) -> bytes:
        """EXTERNAL AUTHENTICATE with the SAM; `usage` is P1 P2 of 80DE."""
        drawn = self.challenge() if challenge is None else challenge
        body = self.factors(int(usage[0]) // 2) + drawn
        self.sam(bytes.fromhex("80DE" + usage) + bytes((len(body),)) + body)
        self.sam(bytes.fromhex("80FA000010") + RANDOM + bytes(8))
        block = self.sam("00C0000010")[:-2]
        value = bytes(a ^ b for a, b in zip(block[:8], block[8:], strict=True))
        return self.card(bytes((0, 0x82, 0, reference, 0x11)) + value + RANDOM + b"\x01")

    def verdict(self) -> Verdict:
        return judged(self.exchanges, self.profile)

    def broken(self) -> set[str]:
        return {one.rule.id for one in self.verdict().breaks}


class Recording:
    """A channel that writes down what passes."""

    def __init__(self, terminal: Terminal, who: str) -> None:
        self._terminal, self._who = terminal, who

    def reset(self) -> bytes:
        self._terminal.reset(self._who)
        return self._terminal.exchanges[-1].response

    def transmit(self, command: bytes) -> bytes:
        return self._terminal.send(self._who, command)

    def close(self) -> None: ...


def test_the_recorded_session_of_our_client_passes():
    exchanges = TestCentre().recorded([TRACES / "read.card.jsonl", TRACES / "read.sam.jsonl"])
    verdict = judged(exchanges, load("health_card"))
    assert verdict.passed
    assert verdict.breaks == ()
    assert verdict.checked["T04"] == 6
    assert verdict.checked["T15"] == 6
    # the trace of the card alone tells less, and nothing wrong
    alone = judged([one for one in exchanges if one.who == CARD], load("health_card"))
    assert alone.breaks == ()
    assert "T04" not in alone.checked


def test_our_client_passes_with_all_that_it_writes():
    terminal = Terminal()
    sam = SamSession(Recording(terminal, SAM))
    sam.open()
    sam.verify_pin("123456")
    session = HealthCardSession(Recording(terminal, CARD), sam)
    session.open()
    session.read_all()
    session.update({"holder_phone_1": "19900001234", "asthma_flag": True})
    for _ in range(6):  # more than there are slots
        session.add_visit(
            VisitKind.OUTPATIENT,
            {"outpatient_org_name": "测试医院", "visit_datetime": datetime(2026, 11, 22, 9, 30)},
        )
    verdict = terminal.verdict()
    assert [one.rule.id for one in verdict.violations] == []
    assert {one.rule.id for one in verdict.breaks} <= {"T20"}
    assert {"T03", "T04", "T05", "T06", "T07", "T09", "T15"} <= set(verdict.checked)


def good(terminal: Terminal) -> None:
    """Nothing more."""


def too_late(terminal: Terminal) -> None:
    """An older challenge goes to the SAM."""
    terminal.card("00A4000002EF06")
    older = terminal.challenge()
    terminal.challenge()
    terminal.prove("4731", 0x04, older)


def without_challenge(terminal: Terminal) -> None:
    terminal.card("00A4000002EF06")
    drawn = terminal.challenge()
    terminal.prove("4731", 0x04, drawn)
    terminal.prove("4731", 0x04, drawn)


def read_without_right(terminal: Terminal) -> None:
    terminal.card("00A4000002EF06", "00B2010400")


def write_without_right(terminal: Terminal) -> None:
    terminal.card("00A4000002EF08", "00DC0104060704204612 31".replace(" ", ""))


def plain_write(terminal: Terminal) -> None:
    terminal.card("00A4000002EF08")
    terminal.prove("272A", 0x05)
    terminal.card("00DC010406070420461231")


def protected_where_there_is_none(terminal: Terminal) -> None:
    terminal.card("00A4000002DF03", "00A4000002EE01")
    terminal.prove("472F", 0x85)
    terminal.card("0084000008", "04D6000014" + "00" * 20)


def wrong_lc(terminal: Terminal) -> None:
    terminal.card("00A4000002EF08")
    terminal.prove("272A", 0x05)
    terminal.card("0084000008", "04DC010413" + "00" * 19)


def wrong_tag(terminal: Terminal) -> None:
    terminal.card("00A4000002EF08")
    terminal.prove("272A", 0x05)
    terminal.card("00DC010406080420461231")


def guesses_keys(terminal: Terminal) -> None:
    for _ in range(3):
        terminal.card("0084000008", "0082000411" + "00" * 16 + "01")


def guesses_pins(terminal: Terminal) -> None:
    terminal.sam("0020000003000000", "0020000003000001", "0020000003000002")


def derives_without_pin(terminal: Terminal) -> None:
    terminal.reset(SAM)
    terminal.sam("00A4000002DF01", "80DE473118" + "00" * 24)


def computes_twice(terminal: Terminal) -> None:
    terminal.sam("80DE280210" + "00" * 16, "80FA000010" + "11" * 16, "00C0000010", "80FA000010" + "11" * 16)


def another_card(terminal: Terminal) -> None:
    terminal.card("00A4000002EF06")
    drawn = terminal.challenge()
    body = bytes.fromhex("00A1A1A1FFFFFFFF") + b"11000000" + drawn
    terminal.sam(bytes.fromhex("80DE473118") + body)
    terminal.sam(bytes.fromhex("80FA000010") + RANDOM + bytes(8))
    block = terminal.sam("00C0000010")[:-2]
    value = bytes(a ^ b for a, b in zip(block[:8], block[8:], strict=True))
    terminal.card(bytes.fromhex("0082000411") + value + RANDOM + b"\x01")


def another_province(terminal: Terminal) -> None:
    terminal.card("00A4000002EF06")
    drawn = terminal.challenge()
    terminal.sam(bytes.fromhex("80DE473118") + terminal.desk.card.historical + b"32000000" + drawn)
    terminal.sam(bytes.fromhex("80FA000010") + RANDOM + bytes(8))
    block = terminal.sam("00C0000010")[:-2]
    value = bytes(a ^ b for a, b in zip(block[:8], block[8:], strict=True))
    terminal.card(bytes.fromhex("0082000411") + value + RANDOM + b"\x01")


def pin_to_the_card(terminal: Terminal) -> None:
    terminal.card(PIN)


def lost_result(terminal: Terminal) -> None:
    terminal.sam("80DE280210" + "00" * 16, "80FA000010" + "11" * 16, "0084000008")


def lost_length(terminal: Terminal) -> None:
    terminal.card("00B2390004", "00B2010400")


def empty_update(terminal: Terminal) -> None:
    terminal.card("00A4000002DF03", "00A4000002EE01")
    terminal.prove("472F", 0x85)
    terminal.card("00D6000000")


def unknown_command(terminal: Terminal) -> None:
    terminal.card("00CA006600")


def broken_command(terminal: Terminal) -> None:
    terminal.card("00A400")


def goes_on(terminal: Terminal) -> None:
    terminal.card("00A4000002EE01", "00B2010400")


def rewrites_a_valid_visit(terminal: Terminal) -> None:
    terminal.card("00A4000002DF03", "00A4000002EF05")
    terminal.prove("472F", 0x85)
    terminal.card("84D2010400", "00A4000002EE01", "00D600000100")


HABITS: dict[Callable[[Terminal], None], set[str]] = {
    good: set(),
    too_late: {"T04"},
    without_challenge: {"T03"},
    read_without_right: {"T05"},
    write_without_right: {"T06", "T07"},
    plain_write: {"T07"},
    protected_where_there_is_none: {"T08"},
    wrong_lc: {"T09"},
    wrong_tag: {"T07", "T10"},
    guesses_keys: {"T11"},
    guesses_pins: {"T12"},
    derives_without_pin: {"T13"},
    computes_twice: {"T14"},
    another_card: {"T15"},
    another_province: {"T16"},
    pin_to_the_card: {"T17"},
    lost_result: {"T18"},
    lost_length: {"T19"},
    rewrites_a_valid_visit: {"T20"},
    empty_update: {"T21"},
    unknown_command: {"T22"},
    broken_command: {"T22"},
    goes_on: {"T02"},
}


@pytest.mark.parametrize("habit", HABITS, ids=lambda habit: habit.__name__)
def test_each_bad_habit_is_found_by_its_rule(habit):
    terminal = Terminal()
    terminal.start()
    habit(terminal)
    assert terminal.broken() == HABITS[habit]
    severe = {rule for rule in HABITS[habit] if rules()[rule].severe}
    assert terminal.verdict().passed is not bool(severe)


def test_every_rule_has_a_habit_that_breaks_it():
    found = set().union(*HABITS.values())
    assert found | {"T01"} == set(rules())


def test_an_authentication_before_the_city_code_is_a_remark():
    terminal = Terminal()
    terminal.sam(PIN, "00A4000002DF01")
    terminal.card("00A4000002DDF1", "00A4000002EF06")
    terminal.prove("4731", 0x04)
    assert terminal.broken() == {"T01"}
    assert terminal.verdict().passed


def test_an_option_of_the_card_frees_what_it_frees():
    def marks(terminal: Terminal) -> None:
        terminal.start()
        terminal.card("00A4000002DF03", "00A4000002EF05")
        terminal.prove("472F", 0x85)
        terminal.card("84D2010400")

    for variant, broken in (("", set()), ("strict_index", {"T07"})):
        terminal = Terminal(variant)
        marks(terminal)
        assert terminal.broken() == broken


def test_masked_pins_are_judged_by_their_answers():
    terminal = Terminal()
    terminal.start()
    guesses_pins(terminal)
    masked = [
        Exchange(one.who, one.command[:5], one.response, masked=3) if one.command[1:2] == b"\x20" else one
        for one in terminal.exchanges
    ]
    assert {one.rule.id for one in judged(masked, terminal.profile).breaks} == {"T12"}


def test_the_verdict_is_told_in_lines_and_rows():
    terminal = Terminal()
    terminal.start()
    guesses_pins(terminal)
    verdict = terminal.verdict()
    told = list(lines(verdict))
    assert told[0].startswith("✗ T12 ")
    assert "SAM 6" in told[0]
    assert told[-1].endswith("1 violations, 0 remarks")
    table = rows(verdict)
    assert json.loads(json.dumps(table)) == table
    assert len(table["rules"]) == len(rules())
    assert next(row for row in table["rules"] if row["id"] == "T12")["broken"] == [
        {"who": "sam", "exchange": 6}
    ]
    assert list(lines(judged([], terminal.profile))) == ["there is nothing to judge"]
    assert not judged([], terminal.profile).passed
