"""The pytest plugin as other programs use it: every run here is a pytest of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lab.pcsc.errors import PartsMissing
from lab.pcsc.parts import find_parts
from lab.testing import desk, stock  # noqa: F401  a run in this process finds them loaded

pytest_plugins = ["pytester"]

IN_PROCESS = "--health-card-readers=in-process"
PCSC = "--health-card-readers=pcsc"
# plugins that need a second to start and are not used here
QUICK = ("-p", "no:schemathesis", "-p", "no:hypothesispytest", "-p", "no:pytest_cov")

PAGE = (Path(__file__).parents[1] / "docs" / "en" / "testing-your-software.md").read_text("utf-8")
FIVE_LINES = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]

CARDS = """
import datetime
import pytest
from reader_client.errors import CardRemovedError, NoReaderError, PinError, StatusError
from reader_client.session import HealthCardSession

def test_a_card_is_changed(health_card):
    health_card.write({"holder_phone_1": "19900001234", "allergies[1].allergen_name": "青霉素"})
    assert health_card["holder_phone_1"] == "19900001234"
    assert health_card["allergies[1].allergen_name"] == "青霉素"

def test_the_next_one_finds_it_new(health_card):
    assert health_card["holder_phone_1"] != "19900001234"
    assert health_card.commands == []

def test_a_wrong_pin_costs_a_try(sam):
    from reader_client.sam import SamSession
    session = SamSession(sam.channel())
    session.open()
    with pytest.raises(PinError) as caught:
        session.verify_pin("999999")
    assert caught.value.tries_left == 9

def test_the_next_sam_has_all_tries(sam):
    sam.open()

@pytest.mark.health_card("03", values={"holder_phone_1": "123"})
def test_the_resident_is_chosen(sam, health_card):
    assert health_card.resident.name.startswith("03")
    assert health_card.session(sam).read(["holder_phone_1"]) == {"holder_phone_1": "123"}

@pytest.mark.health_card(variant="fci_none")
@pytest.mark.sam(pin="4711")
def test_variant_and_pin(health_card, sam):
    assert health_card.card.profile.variant == "fci_none"
    assert sam.pin == "4711"
    sam.open()

def test_without_the_card_there_is_none(sam, card_channels):
    assert [state.name for state in card_channels.readers() if state.atr] == [sam.reader]

def test_a_card_comes_and_goes(health_card, card_channels, sam):
    channel = health_card.channel()
    health_card.remove()
    assert not health_card.inserted
    with pytest.raises(CardRemovedError):
        channel.transmit(bytes.fromhex("00A4000002DDF1"))
    health_card.insert()
    assert health_card.session(sam).identity().holder_name == health_card["holder_name"]
    assert bytes.fromhex("00A4000002DDF1") in health_card.commands

def test_more_cards(card_factory, sam):
    first, second = card_factory.issued("01"), card_factory.issued("01")
    assert first.card.historical != second.card.historical
    first.insert()
    second.insert()
    assert {first.session(sam).factors.card, second.session(sam).factors.card} == {
        first.card.historical, second.card.historical
    }
    with pytest.raises(Exception, match="no reader for another card"):
        card_factory.blank().insert()
    assert card_factory.keyed()["holder_name"] is None
    assert card_factory.sam(province="21").card.historical != sam.card.historical

def test_what_a_card_cannot(health_card, card_factory):
    with pytest.raises(Exception, match="is in the reader"):
        health_card.insert()
    with pytest.raises(Exception, match="lies in no reader"):
        card_factory.blank().channel()

def test_power_fails(health_card, sam, fault_plan):
    fault_plan("card_pulled_during_write")
    before = health_card["holder_phone_1"]
    session = health_card.session(sam)
    with pytest.raises(CardRemovedError):
        session.update({"holder_phone_1": "19900001234"})
    assert (health_card["holder_phone_1"], health_card.inserted) == (before, False)
    assert [strike.rule.number for strike in fault_plan.strikes] == [2]
    health_card.insert()
    health_card.session(sam).update({"holder_phone_1": "19900001234"})
    assert health_card["holder_phone_1"] == "19900001234"

def test_faults_end(health_card, sam, fault_plan):
    fault_plan("memory_failure")
    session = health_card.session(sam)
    with pytest.raises(StatusError):
        session.update({"holder_phone_1": "19900001234"})
    fault_plan.end()
    session.update({"holder_phone_1": "19900001234"})

@pytest.mark.fault_plan("card_swapped")
def test_another_card_comes(health_card, sam, fault_plan):
    with pytest.raises(CardRemovedError):
        health_card.session(sam).read(["photo"])
    other = fault_plan.other_card
    assert other.inserted and not health_card.inserted
    assert other.session(sam).identity().holder_name == other["holder_name"] != health_card["holder_name"]

def test_no_other_card_comes(health_card, fault_plan):
    with pytest.raises(Exception, match="no other card"):
        fault_plan.other_card

@pytest.mark.fault_plan("expired_sam")
@pytest.mark.health_card(values={"holder_phone_1": "123"})
def test_a_scene_by_marker(sam, health_card):
    assert sam.open().info()["application_end_date"] < datetime.date.today()
    assert health_card["holder_phone_1"] == "123"

def test_a_scene_by_call(health_card, sam, fault_plan):
    fault_plan("blocked_application")
    session = health_card.session(sam)
    assert session.identity().holder_name == health_card["holder_name"]
    with pytest.raises(StatusError) as caught:
        session.contacts()
    assert caught.value.sw == 0x6283
"""
CARDS_TESTS = CARDS.count("\ndef test_")

WITHOUT_PCSC = """
import pytest
import lab.pcsc.private_stack
from lab.pcsc.errors import PartsMissing

def missing():
    raise PartsMissing(reason="pcscd is not there")

lab.pcsc.private_stack.find_parts = missing
"""


def has_pcsc() -> bool:
    try:
        find_parts()
    except PartsMissing:
        return False
    return True


needs_pcsc = pytest.mark.skipif(not has_pcsc(), reason="PC/SC is not complete")


@pytest.fixture
def run(pytester, monkeypatch):
    """Run pytest on a text in a folder of its own; in another process where PC/SC may be used."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def run(text: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(test_hospital=text)
        start = pytester.runpytest_inprocess if IN_PROCESS in options else pytester.runpytest_subprocess
        return start("--strict-markers", "-p", "no:cacheprovider", *QUICK, *options)

    return run


def test_five_lines_are_enough(run):
    assert len(FIVE_LINES.splitlines()) <= 5
    run(FIVE_LINES, IN_PROCESS).assert_outcomes(passed=1)


@pytest.mark.parametrize("mode", [IN_PROCESS, pytest.param(PCSC, marks=[pytest.mark.pcsc, needs_pcsc])])
def test_cards_are_the_same_in_both_kinds_of_readers(run, mode):
    run(CARDS, mode, "-W", "error").assert_outcomes(passed=CARDS_TESTS)


@pytest.mark.pcsc
@needs_pcsc
def test_each_worker_has_readers_of_its_own(run, pytester):
    text = """
import os, pathlib, pytest

@pytest.mark.parametrize("number", range(6))
def test_socket(pcsc_stack, health_card, sam, number, worker_id):
    assert health_card.session(sam).identity().holder_name == health_card["holder_name"]
    assert os.environ["PCSCLITE_CSOCK_NAME"] == str(pcsc_stack.socket)
    pathlib.Path(f"{worker_id}-{number}").write_text(str(pcsc_stack.socket))
"""
    run(text, "-n", "2", "--dist", "load").assert_outcomes(passed=6)
    told = {path.name[:3]: path.read_text() for path in pytester.path.glob("gw*")}
    assert set(told) == {"gw0", "gw1"}
    assert len(set(told.values())) == 2


def test_without_pcscd_the_cards_lie_in_the_process(run, pytester):
    pytester.makeconftest(WITHOUT_PCSC)
    result = run(FIVE_LINES + "\ndef test_pcsc(pcsc_stack): ...\n")
    result.assert_outcomes(passed=1, skipped=1, warnings=1)
    result.stdout.fnmatch_lines(["*InProcessWarning: the test cards lie in readers of this process: *"])


def test_pcsc_that_was_asked_for_is_not_given_up(run, pytester):
    pytester.makeconftest(WITHOUT_PCSC)
    result = run(FIVE_LINES, PCSC)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*pcscd is not there*"])


def test_the_mode_can_stand_in_the_settings(run, pytester):
    text = FIVE_LINES + "\ndef test_where(health_card): assert 'In-process' in health_card.reader\n"
    pytester.makeini("[pytest]\nhealth_card_readers = in-process\n")
    run(text).assert_outcomes(passed=2)
    pytester.makeini("[pytest]\nhealth_card_readers = pcscd\n")
    result = run(text)
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*health_card_readers = pcscd: one of auto, pcsc, in-process is expected*"])


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ("sam(provinc='21')", "@pytest.mark.sam: got an unexpected keyword argument 'provinc'"),
        ("health_card('77')", "*77: no such demo resident; there are *"),
        ("fault_plan('no_such')", "*no_such: there are *"),
    ],
)
def test_a_wrong_marker_says_what_is_expected(run, marker, said):
    result = run(f"import pytest\n@pytest.mark.{marker}\ndef test_it(health_card, sam): ...", IN_PROCESS)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([said])


def test_a_failure_tells_what_passed_and_no_secret(run):
    text = """
def test_it(health_card, sam):
    health_card.session(sam).identity()
    assert False
"""
    result = run(text, IN_PROCESS)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*exchange with user 01-*",
            "READ RECORD  DDF1/EF06  record 1*",
            "*exchange with sam*",
            "VERIFY  DF01*",
        ]
    )
    told = result.stdout.str()
    assert "0020000003" not in told
    assert "张伟" not in told.partition("exchange with")[2]
    assert "exchange with" not in run(text.replace("assert False", "assert True"), IN_PROCESS).stdout.str()


def test_pytest_starts_without_the_card(run):
    program = "import sys, lab.testing.plugin; print(sorted(name for name in sys.modules if '.' in name))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = done.stdout
    assert "lab.testing.plugin" in loaded
    for heavy in ("card_os.", "issuer.", "reader_client.", "lab.demo", "cryptography.", "babel."):
        assert f"'{heavy}" not in loaded


def test_the_markers_are_explained(run):
    result = run("", IN_PROCESS, "--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.health_card(resident, *", "@pytest.mark.fault_plan(plan): *"])
