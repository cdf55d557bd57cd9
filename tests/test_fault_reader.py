"""Plans of faults out of their text and their file, and how a broken one is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fault_bench import FCI, HEAD, SELECT_DDF1, STATUS, new_card, plan
from hypothesis import given
from hypothesis import strategies as st

from card_os.faults import (
    FaultPlanError,
    FaultRuleError,
    FaultyCard,
    Plan,
    PlanFile,
    parse_plan,
    read_plan,
)
from card_os.spec.model import Meaning


def rewrite(path: Path, text: str) -> None:
    """Two writes within one tick of the clock would look like one."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, "utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


def test_a_plan_file_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    rewrite(path, HEAD)
    told: list[FaultPlanError | None] = []
    faulty = FaultyCard(new_card(), PlanFile(path, told.append))
    faulty.power_on()
    assert faulty.transmit(SELECT_DDF1) == FCI
    rewrite(path, f"{HEAD}[[rule]]\n{STATUS}")
    assert faulty.transmit(SELECT_DDF1).hex() == "6f00"
    rewrite(path, HEAD + "[[rule]]\nfault = 3")
    assert faulty.transmit(SELECT_DDF1).hex() == "6f00"
    path.unlink()
    assert faulty.transmit(SELECT_DDF1).hex() == "6f00"
    rewrite(path, HEAD)
    assert faulty.transmit(SELECT_DDF1) == FCI
    assert [type(one) for one in told] == [type(None), FaultRuleError, FaultPlanError, type(None)]
    faulty.plan = plan(STATUS)
    rewrite(path, HEAD + "seed = 1")
    assert faulty.transmit(SELECT_DDF1).hex() == "6f00"


def test_the_same_counters_go_on_while_the_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    rewrite(path, f"{HEAD}[[rule]]\ntimes = 1\n{STATUS}")
    faulty = FaultyCard(new_card(), PlanFile(path))
    faulty.power_on()
    assert [faulty.transmit(SELECT_DDF1)[-2:].hex() for _ in range(3)] == ["6f00", "9000", "9000"]


def test_a_whole_plan() -> None:
    found = parse_plan(HEAD + 'seed = 7\nscene = "expired_sam"\n')
    assert found == Plan(Meaning("试验", "trial"), seed=7, scene="expired_sam")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("", "fault = one of these is expected: cut mute delay flip status eject swap"),
        ('fault = "burn"', "fault = one of these is expected"),
        ("fault = 3", 'fault = "text" is expected'),
        ('fault = "mute"\nbit = 1', "bit is not known here; there are fault nth header every"),
        ('fault = "mute"\nnth = 0', "nth = a whole number from 1 to 1000000 is expected"),
        ('fault = "mute"\nnth = true', "nth = a whole number"),
        ('fault = "mute"\nevery = 0', "every = a whole number"),
        ('fault = "mute"\ntimes = "2"', "times = a whole number"),
        ('fault = "mute"\nheader = "00D6"', "header = eight hex digits or dots is expected"),
        ('fault = "mute"\nheader = "00D6...x"', "header = eight hex digits or dots is expected"),
        ('fault = "mute"\nprobability = 0', "probability = a number above 0 and up to 1 is expected"),
        ('fault = "mute"\nprobability = nan', "probability = a number above 0"),
        ('fault = "cut"\nat = "noon"', "at = one of these is expected: before after"),
        ('fault = "cut"\nat = "after"\nstep = 2', "a cut has either at or step"),
        ('fault = "cut"\nstep = 0', "step = a whole number"),
        ('fault = "delay"', "milliseconds = a whole number from 1 to 4000 is expected"),
        ('fault = "delay"\nmilliseconds = 60000', "milliseconds = a whole number from 1 to 4000"),
        ('fault = "flip"', "bit = a whole number"),
        ('fault = "status"', 'sw = "text" is expected'),
        ('fault = "status"\nsw = "9"', 'sw = four hex digits is expected, such as "6F00"'),
        ('fault = "status"\nsw = "90 00"', "sw = four hex digits"),
        ('fault = "status"\nsw = "9000"\nexecuted = 1', "executed = true or false is expected"),
    ],
)
def test_a_rule_that_cannot_be_followed(rule: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHC_LANG", "en")
    with pytest.raises(FaultRuleError) as caught:
        plan('fault = "mute"', rule)
    assert str(caught.value).startswith(f"<text> rule 2: {reason}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("= 3", "this is no TOML"),
        ("a = " + "[" * 100_000, "this is no TOML"),
        ("", 'format = "rhc-faults/1" is expected'),
        ('format = "rhc-faults/2"', 'format = "rhc-faults/1" is expected'),
        ('format = "rhc-faults/1"', 'chinese = "text" is expected'),
        (HEAD + "rule = 1", "rules stand under [[rule]]"),
        (HEAD + "rule = [1]", "rules stand under [[rule]]"),
        (HEAD + "seed = -1", "seed = a whole number from 0"),
        (HEAD + "scene = 1", 'scene = "text" is expected'),
        (HEAD + "rules = 1", "rules is not known here; there are format chinese english seed scene rule"),
    ],
)
def test_a_text_that_is_no_plan(text: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHC_LANG", "en")
    with pytest.raises(FaultPlanError) as caught:
        parse_plan(text, "my plan")
    assert str(caught.value).startswith(f"my plan: {reason}")


def test_a_file_that_is_no_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHC_LANG", "en")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "endless.toml").write_bytes(b"#" * (1024 * 1024 + 1))
    for name, reason in (
        ("absent.toml", "No such file or directory"),
        ("binary.toml", "this is no TOML"),
        ("endless.toml", "a plan has at most 1048576 bytes"),
    ):
        with pytest.raises(FaultPlanError, match=reason):
            read_plan(tmp_path / name)


@given(st.text())
def test_any_text_is_a_plan_or_refused(text: str) -> None:
    try:
        told = parse_plan(text).meaning.english
    except FaultPlanError as error:
        told = str(error)
    assert isinstance(told, str)
    assert "\n" not in told
