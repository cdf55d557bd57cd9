"""The runner in front of cards that are not what it hopes for: it reports, and it never breaks."""

from __future__ import annotations

from collections import Counter

import pytest
from conformance_cards import ISO_ATR, StrangeCard, TwoReaders, bench_of, iso_card

from card_os.iso7816.atr import contactless_atr
from card_os.spec.loader import load
from card_os.spec.model import Meaning
from issuer.keys.test_custodian import PublishedTestCustodian
from lab import demo
from lab.conformance_bench import CustodianKeys, simulated
from reader_client.conformance.bench import Bench
from reader_client.conformance.catalogue import cases_of, with_needs
from reader_client.conformance.keys import SamKeys
from reader_client.conformance.model import CardState, Case, Need
from reader_client.conformance.notation import steps_of
from reader_client.conformance.result import Outcome, RunResult
from reader_client.conformance.runner import in_order, run
from reader_client.errors import CardRemovedError
from reader_client.in_process import InProcessChannel
from reader_client.sam import SamSession


def outcomes(result: RunResult) -> Counter[Outcome]:
    return Counter(one.outcome for one in result.results)


def case(text: str, name: str = "A5-99", **fields: object) -> Case:
    made = Case(name, Meaning("试", "try"), "commands_and_crypto 1.5 [REL]", steps_of(text), **fields)  # type: ignore[arg-type]
    return with_needs(made, load("health_card"))


def quick_cases(bench: Bench) -> list[Case]:
    return [one for one in cases_of(bench.profile) if one.quick]


# --- cards that are something else ------------------------------------------------------------------------


def test_an_iso_card_without_the_application_gets_a_clear_report():
    card = StrangeCard(iso_card)
    bench = bench_of(card)
    result = run(cases_of(bench.profile), bench)
    assert not result.identity.is_health_card
    assert result.identity.trouble == Meaning(
        "卡上没有应用 DDF1: 6A82 找不到文件", "it has no application DDF1: 6A82 file not found"
    )
    assert result.identity.atr == ISO_ATR
    played = {one.case.id for one in result.results if one.outcome is not Outcome.SKIPPED}
    assert played == {"R1-01", "R2-02", "N2-01", "N2-03", "N3-01"}
    assert outcomes(result)[Outcome.PASSED] == len(played)
    reasons = {one.reason.english for one in result.results if one.outcome is Outcome.SKIPPED}
    assert any("no application DDF1" in reason for reason in reasons)
    # it asked for no right, proved no key and wrote nothing
    classes, risky = (0x00, 0x04, 0x80, 0x84), (0x82, 0x20, 0x5E, 0xD6, 0xDC, 0xD4, 0x44, 0x05)
    assert not [c for c in card.commands if len(c) > 4 and c[0] in classes and c[1] in risky]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda command: None, "does not answer the first SELECT"),
        (lambda command: b"", "does not answer the first SELECT"),
        (lambda command: b"\x90", "does not answer the first SELECT"),
        (lambda command: b"\x6f\x00", "it has no application DDF1"),
        (lambda command: b"\x12\x34", "it has no application DDF1: 1234"),
    ],
)
def test_a_card_that_answers_badly_is_no_health_card(answer, told):
    bench = bench_of(StrangeCard(answer))
    result = run(cases_of(bench.profile), bench)
    assert told in result.identity.trouble.english
    assert outcomes(result)[Outcome.PASSED] <= 2


@pytest.mark.parametrize(
    "answer",
    [
        b"\x90\x00",
        bytes(8) + b"\x90\x00",
        bytes(300) + b"\x90\x00",
        b"\x61\x10",
        bytes.fromhex("39031100009000"),
    ],
    ids=["9000", "zeros", "too long", "61xx for ever", "one record"],
)
@pytest.mark.parametrize("atr", [ISO_ATR, contactless_atr(bytes(8))], ids=["contact", "contactless"])
def test_a_card_that_says_yes_to_everything_fails_and_nothing_breaks(answer, atr):
    bench = bench_of(StrangeCard(lambda command: answer, atr))
    bench.keys = CustodianKeys(PublishedTestCustodian())
    bench.province = b"11000000"
    result = run(cases_of(bench.profile), bench, destructive=True)
    assert len(result.results) == len(cases_of(bench.profile))
    assert outcomes(result)[Outcome.FAILED] > 50
    assert not [one for one in result.results if one.reason and "internal error" in one.reason.english]


def test_a_channel_that_throws_is_an_error_of_its_case_and_no_traceback():
    def broken(command: bytes) -> bytes:
        if command[1:2] == b"\x84":
            raise ZeroDivisionError
        return b"\x90\x00"

    bench = bench_of(StrangeCard(broken))
    result = run([case("challenge c", any_card=True), case("reset", "A5-98")], bench)
    assert [one.outcome for one in result.results] == [Outcome.ERROR, Outcome.PASSED]
    assert result.results[0].reason.english == "1 challenge c: internal error: ZeroDivisionError"


def test_a_card_that_is_pulled_ends_the_run():
    desk = TwoReaders()

    class Pulled:
        left = 300

        def reset(self) -> bytes:
            return self._if_there(desk.bench.card.reset())

        def transmit(self, command: bytes) -> bytes:
            return self._if_there(desk.card.transmit(command))

        def close(self) -> None: ...

        def _if_there(self, answer: bytes) -> bytes:
            Pulled.left -= 1
            if Pulled.left < 0:
                raise CardRemovedError(reader="Contactless")
            return answer

    desk.bench.card.reset()
    bench = Bench(card=Pulled(), profile=desk.card.profile)
    result = run(cases_of(bench.profile), bench)
    assert "removed from reader" in result.stopped.english
    assert result.results[-1].outcome is Outcome.ERROR
    assert len(result.results) < len(cases_of(bench.profile))


def test_a_blank_card_gets_a_report_of_what_can_be_said_of_it():
    bench = bench_of(InProcessChannel(demo.blank("health_card", 1)))
    result = run(cases_of(bench.profile), bench)
    assert result.identity.is_health_card
    assert result.identity.city_code == ""
    assert outcomes(result)[Outcome.PASSED] > 20
    reasons = Counter(one.reason.english for one in result.results if one.outcome is Outcome.SKIPPED)
    assert reasons["there are no keys for the card"] > 500


def test_a_blank_card_in_the_reader_is_tested_as_one():
    bench = bench_of(InProcessChannel(demo.blank("health_card", 1)))
    bench.state, bench.keys = CardState.BLANK, CustodianKeys(PublishedTestCustodian())
    bench.province = b"11000000"
    cases = [one for one in cases_of(bench.profile) if one.state is CardState.BLANK]
    cases.sort(key=lambda one: one.id != "P2-01")
    result = run(cases, bench, destructive=True)
    assert result["P2-01"].outcome is Outcome.PASSED
    # the card has moved on, so that it serves no other case
    rest = Counter(one.reason.english for one in result.results if one.case.id != "P2-01")
    fixed = sum(Need.FIXED_CHALLENGES in one.needs for one in cases)
    assert rest == {
        "P2-01 has used up what it needs: card": len(cases) - 1 - fixed,
        "it needs cards made for it, which a test centre has": fixed,
    }
    others = run(quick_cases(bench), bench)
    assert outcomes(others)[Outcome.PASSED] == 0
    assert {one.reason.english for one in others.results} == {"it needs a card in the state issued"}


# --- what is missing --------------------------------------------------------------------------------------


def test_without_keys_the_part_that_needs_none_is_played():
    desk = TwoReaders()
    bench = Bench(card=desk.bench.card, profile=desk.card.profile)
    result = run(cases_of(bench.profile), bench)
    assert result.failures == ()
    assert outcomes(result)[Outcome.PASSED] > 80
    assert all(not one.case.keys for one in result.results if one.outcome is Outcome.PASSED)
    assert {one.case.group for one in result.results if one.outcome is Outcome.PASSED} >= set("RSBACNG")


def tries(card: object) -> dict[str, int]:
    cells = card.memory.snapshot()  # type: ignore[attr-defined]
    return {cell: value[0] for cell, value in cells.items() if cell.startswith("tries:")}


def test_keys_that_do_not_fit_cost_two_tries_of_one_key_and_no_more():
    desk = TwoReaders()
    # a SAM of the same province with other roots: every authentication with it fails
    other = demo.issue_sam(2, custodian=_OtherRoots())
    desk.bench.sam = InProcessChannel(other)
    desk.bench.keys = SamKeys(SamSession(desk.bench.sam), demo.SAM_PIN)
    result = run([one for one in cases_of(desk.bench.profile) if not one.uses_sam], desk.bench)
    # the case that proves the keys fails and says so; all others are spared
    assert [one.case.id for one in result.failures] == ["A1-00"]
    assert result["A2-RK1_DDF1"].outcome is Outcome.SKIPPED
    assert "does not fit, and its tries are spared: 63C" in result["A2-RK1_DDF1"].reason.english
    assert {cell: left for cell, left in tries(desk.card).items() if left != 15} == {"tries:RK1_DDF1:1": 13}


class _OtherRoots(PublishedTestCustodian):
    def wrap_for_sam(self, key, sam, challenge):
        from lab.scenes import _OtherKeys  # noqa: PLC0415  the scene of a SAM with other keys

        return _OtherKeys().wrap_for_sam(key, sam, challenge)


def test_a_wrong_pin_costs_two_tries_and_no_more():
    desk = TwoReaders(pin="654321")
    result = run(cases_of(desk.bench.profile), desk.bench)
    assert tries(desk.sam)["tries:pin"] == 10 - 2  # one by the SAM's own cases, one by the keys
    assert "PIN of the SAM is refused (63C" in result["U1-01"].reason.english
    assert result["U6-01"].outcome is Outcome.PASSED  # needs no PIN
    assert "wrong PIN" in result["A2-RK1_DDF1"].reason.english


def test_destructive_cases_are_played_only_when_asked_for():
    desk = TwoReaders()
    result = run(cases_of(desk.bench.profile), desk.bench)
    for one in result.results:
        if Need.DESTRUCTIVE in one.case.needs:
            assert one.outcome is Outcome.SKIPPED
            assert one.reason.english


def test_without_fresh_cards_the_worst_comes_last_and_what_is_spoiled_is_told():
    desk = TwoReaders()
    cases = cases_of(desk.bench.profile)
    ordered = in_order(cases, desk.bench)
    destructive = [Need.DESTRUCTIVE in one.needs for one in ordered]
    assert destructive == sorted(destructive)
    assert "card" in ordered[-1].leaves
    result = run([one for one in cases if one.id != "N4-03"], desk.bench, destructive=True)
    assert result.failures == ()
    spoiled = [one for one in result.results if one.reason and "has used up" in one.reason.english]
    assert spoiled
    assert all(Need.DESTRUCTIVE in one.case.needs for one in spoiled)
    assert result["K2-01"].outcome in (Outcome.PASSED, Outcome.SKIPPED)


def test_a_power_cut_needs_a_channel_that_can():
    class Uncuttable:
        def card(self, state: CardState, challenges: object = ()) -> InProcessChannel:
            return InProcessChannel(TwoReaders().card)

        def sam(self, *, blank: bool = False) -> InProcessChannel:
            return InProcessChannel(TwoReaders().sam)

    bench = simulated()
    assert run([case("cut 1\nsend 00A4000002DDF1 -> 9000")], bench).results[0].outcome is Outcome.PASSED
    bench.factory = Uncuttable()
    result = run([case("cut 1")], bench).results[0]
    assert result.outcome is Outcome.SKIPPED
    assert "cannot cut the power" in result.reason.english


# --- how a run goes ---------------------------------------------------------------------------------------


def test_a_failure_says_where_what_was_due_and_what_came():
    bench = simulated()
    wrong = case("select DDF1/EF05\nsend 00B2390005 -> 6982\nsend 00 -> 6700")
    result = run([wrong], bench).results[0]
    assert result.outcome is Outcome.FAILED
    assert result.finding.step == 2
    assert result.finding.line == "send 00B2390005 -> 6982"
    assert result.finding.expected == Meaning("6982 不满足安全状态", "6982 security status not satisfied")
    assert result.finding.actual.english == "9000 ok, 5 bytes, data 3903110000"
    assert [exchange.command.hex().upper() for exchange in result.exchanges[1:]] == [
        "00A4000002DDF1", "00A4000002EF05", "00B2390005",
    ]  # fmt: skip


def test_without_leave_no_data_of_the_card_is_in_a_failure():
    bench = simulated()
    bench.shows_data = False
    lines = "open DDF1/EF06 read\nsend 00B2010400 -> 9000 as name\nsend 00B2020400 -> 9000 = {name}"
    told = run([case(lines)], bench).results[0].finding
    assert told.expected.english == "9000 ok, data {name}"
    assert told.actual.english == "9000 ok, 3 bytes"


def test_restoring_steps_run_whatever_comes_out():
    bench = simulated()
    broken = case("send 00 -> 9000", restore=steps_of("let x = 00\nselect DDF1"))
    result = run([broken], bench).results[0]
    assert result.outcome is Outcome.FAILED
    assert result.exchanges[-1].command.hex().upper() == "00A4000002DDF1"
    unrestored = case("send 00 -> 6700", restore=steps_of("send 00 -> 9000\nselect DDF1"))
    result = run([unrestored], bench).results[0]
    assert result.outcome is Outcome.ERROR
    assert "6700" in result.reason.english
    assert result.exchanges[-1].command.hex().upper() == "00A4000002DDF1"


def test_a_run_stops_when_asked_and_goes_on_with_the_rest():
    bench = simulated()
    cases = quick_cases(bench)
    heard: list[str] = []
    first = run(cases, bench, listener=lambda one: heard.append(one.case.id), stop=lambda: len(heard) == 10)
    assert len(first.results) == 10
    assert first.stopped.english == "stopped on request"
    second = run(cases, bench, played=set(heard))
    assert second.stopped is None
    assert [one.case.id for one in (*first.results, *second.results)] == [one.id for one in cases]


def test_a_run_can_end_at_the_first_failure():
    bench = simulated()
    cases = [case("send 00 -> 6700", "A5-97"), case("send 00 -> 9000"), case("send 00 -> 6700", "A5-96")]
    result = run(cases, bench, fail_fast=True)
    assert [one.case.id for one in result.results] == ["A5-97", "A5-99"]
    assert result["A5-99"] is result.failures[0]
    with pytest.raises(KeyError):
        result["A5-96"]


def test_the_same_fresh_card_never_serves_two_cases():
    bench = simulated()
    first, second = (bench.factory.card(CardState.ISSUED) for _ in range(2))
    for card in (first, second):
        card.reset()
    assert first.transmit(bytes.fromhex("00A4000002DDF1")).endswith(b"\x90\x00")
    assert not second.transmit(bytes.fromhex("00A4000002EF05")).endswith(b"\x90\x00")
