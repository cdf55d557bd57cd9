"""The cases themselves: enough of them, each with its source, all of them passed by the simulated card."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from conformance_cards import TwoReaders, contents

from card_os.spec.loader import load, variants
from lab.conformance_bench import simulated
from reader_client.conformance import catalogue
from reader_client.conformance.catalogue import CaseFileError, case_rows, cases_of, items
from reader_client.conformance.model import Case, Certainty, Group, Need, certainty_of
from reader_client.conformance.result import CaseResult, Outcome
from reader_client.conformance.runner import run

MARK = re.compile(r"\[[^\]]*\b(HC-[TCDI]|T|S|D|B|I|REL|DC)\b[^\]]*\]")
SOURCES = ("commands_and_crypto", "terminal_interface", "apdus.csv", "data_items.csv", "pcsc.md", "GB/T")
LONG = "N4-03"
PROFILE = load("health_card")


def told(results: Sequence[CaseResult]) -> list[str]:
    return [
        f"{one.case.id}: "
        + (f"{one.finding.line} {one.finding.actual.english}" if one.finding else str(one.reason))
        for one in results
    ]


def without_long(cases: Sequence[Case]) -> list[Case]:
    return [case for case in cases if case.id != LONG]


def test_there_are_many_cases_in_every_group():
    cases = cases_of(PROFILE)
    assert len(cases) > 1000
    assert len({case.id for case in cases}) == len(cases)
    counted = Counter(case.group for case in cases)
    assert set(counted) == set(Group)
    assert min(counted.values()) > 10
    assert len(case_rows()) > 200


def test_every_item_of_the_list_has_cases_or_says_why_not():
    by_item = Counter(
        case.item for case in (*cases_of(PROFILE), *cases_of(load("health_card", "bad_mac_limit_3")))
    )
    assert set(by_item) == {item.id for item in items().values() if item.covered}
    named = {
        "R": 6, "S": 6, "B": 6, "C": 7, "A": 13, "M": 8, "K": 5, "P": 6, "N": 6, "G": 5, "U": 11, "I": 6,
    }  # fmt: skip
    listed = {f"{group}{number}" for group, count in named.items() for number in range(1, count + 1)}
    assert listed <= set(items())  # spec: commands_and_crypto 6.2
    for item in items().values():
        assert item.proves.english
        assert re.search(r"[\u4e00-\u9fff]", item.proves.chinese)


@pytest.mark.parametrize("variant", ["", "with_holder_pin", "contact_t0", "no_blocking", "open_card"])
def test_every_case_has_both_titles_and_a_source_with_its_mark(variant):
    for case in cases_of(load("health_card", variant)):
        assert re.search(r"[\u4e00-\u9fff]", case.title.chinese), case.id
        assert case.title.english.isascii() or "“" in case.title.english, case.id
        assert any(source in case.source for source in SOURCES), case.id
        assert "{" not in case.title.english + case.title.chinese, case.id
        # a measurement, and a table that has its marks in its own columns, carry none in brackets
        assert MARK.search(case.source) or re.search(r"apdus\.csv|pcsc\.md|6\.2|GB/T", case.source), case.id


def test_needs_follow_from_the_steps():
    for case in cases_of(PROFILE):
        assert (Need.TEST_KEYS in case.needs) >= bool(case.keys), case.id
        assert (Need.SAM in case.needs) == case.uses_sam or Need.SAM_BLANK in case.needs, case.id
        if case.leaves or case.state.value != "issued":
            assert Need.DESTRUCTIVE in case.needs, case.id


def test_the_quick_part_is_small_harmless_and_everywhere():
    quick = [case for case in cases_of(PROFILE) if case.quick]
    assert 100 < len(quick) < 300
    assert not [case.id for case in quick if Need.DESTRUCTIVE in case.needs]
    # what needs a card of its own cannot be quick at a reader
    assert {case.group for case in quick} >= set(Group) - {Group.PERSONALISATION}


def test_a_fact_expects_nothing_but_what_was_seen():
    assert certainty_of("commands_and_crypto 1.4 [HC-T]", ["9000", "63Cx"]) is Certainty.FACT
    assert certainty_of("commands_and_crypto 1.4 [HC-T]", ["6982"]) is Certainty.RELATED
    assert certainty_of("commands_and_crypto 1.4 [REL ISO]") is Certainty.RELATED
    assert certainty_of("commands_and_crypto 5.3 [DC]") is Certainty.OURS
    assert certainty_of("commands_and_crypto 3.1 [HC-I]") is Certainty.OURS
    counted = Counter(case.certainty for case in cases_of(PROFILE))
    assert min(counted.values()) > 50
    seen = {"9000", "61xx", "6109", "6110", "6114", "6116", "6104", "63Cx", "63CE", "63CD", "6A88"}
    for case in cases_of(PROFILE):
        if case.certainty is Certainty.FACT:
            assert {status for step in case.steps for status in step.statuses} <= seen, case.id


def test_what_is_typed_by_hand_is_not_computed():
    # the vectors stand in the case files as bytes; a second opinion that came from our code would be none
    text = "\n".join(row["steps"] for _file, row in case_rows())
    for typed in ("FDEB148647E2C078", "43BA57192857C6F2", "54EDF16C", "A7274C74", "DFE03EE5", "49937168"):
        assert typed in text.replace(" ", "")


# --- the simulated card -----------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", ["", *variants("health_card")])
def test_the_simulated_card_passes_for_every_variant(variant):
    bench = simulated(variant)
    cases = without_long(cases_of(bench.profile))
    result = run(cases, bench, destructive=True)
    assert told(result.failures) == []
    assert len(result.results) == len(cases)
    # nothing is left out where there are keys, a SAM and fresh cards
    assert [one.case.id for one in result.results if one.outcome is Outcome.SKIPPED] == []
    assert result.identity.is_health_card
    assert result.stopped is None


@pytest.mark.soak
def test_a_hundred_thousand_random_commands():
    bench = simulated()
    result = run([catalogue.case_named(cases_of(bench.profile), LONG)], bench, destructive=True)
    assert told(result.failures) == []
    assert result[LONG].outcome is Outcome.PASSED


@pytest.mark.parametrize("variant", ["", "contact_t0", "bad_mac_limit_3", "xy_state", "strict_index"])
def test_what_is_not_destructive_leaves_the_card_as_it_was(variant):
    desk = TwoReaders(variant)
    before, sam_before = contents(desk.card), desk.sam.memory.snapshot()
    result = run(cases_of(desk.bench.profile), desk.bench)
    assert told(result.failures) == []
    assert result.counts[Outcome.PASSED] > 1000
    assert contents(desk.card) == before
    sam_after = desk.sam.memory.snapshot()
    assert {k: v for k, v in sam_after.items() if k != "tries:pin"} == sam_before
    assert sam_after["tries:pin"] == b"\x0a"


def test_a_run_twice_gives_the_same():
    desk = TwoReaders()
    cases = [case for case in cases_of(desk.bench.profile) if case.quick]
    first, second = (run(cases, desk.bench) for _ in range(2))
    assert [one.outcome for one in first.results] == [one.outcome for one in second.results]
    assert first.counts[Outcome.PASSED] > 150


# --- broken case files ------------------------------------------------------------------------------------


GOOD = """
[[case]]
id = "A5-99"
zh = "中文"
en = "English"
source = "commands_and_crypto 1.5 [REL]"
steps = "send 00 -> 6700"
"""


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (('en = "English"', ""), "en is missing"),
        (('id = "A5-99"', 'id = "X5-99"'), "no item"),
        (('zh = "中文"', 'zh = "中文"\nneed = []'), "unknown fields need"),
        (('zh = "中文"', 'zh = "中文"\nneeds = "sam"'), "needs is no list"),
        (('zh = "中文"', 'zh = "中文"\nneeds = ["nonsense"]'), "nonsense"),
        (('zh = "中文"', 'zh = "中文"\nonly_if = ["nonsense"]'), "nonsense"),
        (('"send 00 -> 6700"', '"sned 00 -> 6700"'), "no step 'sned'"),
    ],
)
def test_a_broken_case_is_refused_with_its_name(change, reason, tmp_path: Path, monkeypatch):
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "broken.toml").write_text(GOOD.replace(*change), "utf-8")
    (tmp_path / "items.csv").write_text(
        (Path(catalogue.__file__).parent / "items.csv").read_text("utf-8"), "utf-8"
    )
    monkeypatch.setattr(catalogue, "_HERE", tmp_path)
    case_rows.cache_clear()
    try:
        with pytest.raises((CaseFileError, ValueError), match=reason):
            list(catalogue._typed(PROFILE))
    finally:
        case_rows.cache_clear()
