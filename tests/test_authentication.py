"""EXTERNAL AUTHENTICATE and the security state of commands_and_crypto 5.2."""

from __future__ import annotations

import card_bench as cb
import field_oracle as oracle
import pytest

OK, DENIED = 0x9000, 0x6982


@pytest.fixture
def bench() -> cb.Bench:
    return cb.card_in()


def may_read(bench: cb.Bench, fid: str) -> bool:
    """Whether the read right of the current DF is held, tried at one of its record files."""
    bench.select(fid)
    return {OK: True, DENIED: False}[bench.send("00B2010400").sw]


def test_every_version_of_a_key_opens(bench: cb.Bench) -> None:
    for version in (1, 2, 3, 4):
        bench.select("DDF1")
        assert not may_read(bench, "EF06")
        bench.authenticate("RK1_DDF1", version)
        assert may_read(bench, "EF06")


def test_a_value_of_another_version_is_wrong(bench: cb.Bench) -> None:
    bench.select("DDF1")
    session = bench.session("RK1_DDF1", 1)
    assert bench.send(oracle.external_authenticate(session, 0x04, cb.TERMINAL_DATA, 2)).sw == 0x63CE


@pytest.mark.parametrize("version", [0, 5, 0xFF])
def test_an_unknown_version(bench: cb.Bench, version: int) -> None:
    bench.select("DDF1")
    assert bench.fail(0x04, version) == 0x6A88


def test_a_key_that_was_never_loaded() -> None:
    bench = cb.chip()
    bench.do(cb.plain_write_key(0x01, cb.TRANSPORT_RECORD))
    bench.do("0044000000")
    bench.authenticate("KT_MF")
    bench.select("DDF1")
    assert bench.fail(0x04) == 0x6A88


@pytest.mark.parametrize(
    ("df", "reference"),
    [
        ("MF", 0x01),  # the transport key is dead
        ("MF", 0x02),  # STM
        ("MF", 0x04),  # RK1_DDF1 stands below
        ("DDF1", 0x00),  # IRK
        ("DDF1", 0x02),  # STK
        ("DDF1", 0x84),  # bit 8: the current DF has no local key 4
        ("DDF1/DF01", 0x82),
        ("DDF1/DF01", 0x86),
        ("DDF1/DF03", 0x87),
    ],
)
def test_references_that_name_no_authentication_key(bench: cb.Bench, df: str, reference: int) -> None:
    bench.select(df)
    assert bench.fail(reference) == 0x6A88


def test_a_key_of_ddf1_is_reached_from_below_and_the_nearest_one_is_meant(bench: cb.Bench) -> None:
    bench.select("DDF1/DF01")
    bench.authenticate("RK1_DDF1")
    bench.authenticate("LK_DDF1")  # reference 03 is BK_MF at the MF and LK_DDF1 here
    assert bench.send(bench.authentication("BK_MF")).sw == 0x63CE
    bench.select("MF")
    bench.authenticate("BK_MF")


# --- challenges -----------------------------------------------------------------------------------------


def test_without_a_challenge(bench: cb.Bench) -> None:
    bench.select("DDF1")
    assert bench.send("0082000411" + "00" * 16 + "01").sw == 0x6984


def test_a_challenge_serves_once(bench: cb.Bench) -> None:
    bench.select("DDF1")
    command = bench.authentication("RK1_DDF1")
    assert bench.send(command).sw == OK
    assert bench.send(command).sw == 0x6984


def test_the_last_challenge_counts(bench: cb.Bench) -> None:
    bench.select("DDF1")
    first = bench.authentication("RK1_DDF1")
    second = bench.authentication("RK1_DDF1")
    assert bench.send(second).sw == OK
    bench.challenge()
    assert bench.send(first).sw == 0x63CE


def test_a_short_challenge_replaces_the_last_one_and_serves_for_nothing(bench: cb.Bench) -> None:
    bench.select("DDF1")
    command = bench.authentication("RK1_DDF1")
    assert len(bench.do("0084000004")) == 4
    assert bench.send(command).sw == 0x6984


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("0084000000", 0x6700),
        ("0084000010", 0x6700),
        ("00840000", 0x6700),
        ("008400000100", 0x6700),
        ("0084010008", 0x6A86),
        ("0084000108", 0x6A86),
        ("8084000008", 0x6E00),
    ],
)
def test_challenge_forms(bench: cb.Bench, command: str, sw: int) -> None:
    assert bench.send(command) == (b"", sw)


def test_challenges_differ(bench: cb.Bench) -> None:
    assert len({bench.challenge() for _ in range(20)}) == 20


def test_reset_forgets_the_challenge(bench: cb.Bench) -> None:
    bench.select("DDF1")
    bench.challenge()
    bench.card.reset()
    bench.select("DDF1")
    assert bench.send("0082000411" + "00" * 16 + "01").sw == 0x6984


@pytest.mark.parametrize("terminal_data", ["1122334455667788", "0000000000000000", "FFFFFFFFFFFFFFFF"])
def test_the_terminal_chooses_its_data(bench: cb.Bench, terminal_data: str) -> None:
    bench.select("DDF1")
    command = oracle.external_authenticate(bench.session("RK1_DDF1"), 0x04, bytes.fromhex(terminal_data))
    assert bench.send(command).sw == OK


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("00820000", 0x6700),
        ("0082000410" + "00" * 16, 0x6700),
        ("0082000412" + "00" * 18, 0x6700),
        ("0082010411" + "00" * 17, 0x6A86),
        ("8082000411" + "00" * 17, 0x6E00),
    ],
)
def test_forms(bench: cb.Bench, command: str, sw: int) -> None:
    bench.select("DDF1")
    bench.challenge()
    assert bench.send(command) == (b"", sw)


# --- rights ---------------------------------------------------------------------------------------------


def test_a_right_survives_the_change_of_ef(bench: cb.Bench) -> None:
    bench.enter("DDF1/DF03/EF05", "RK1_DF03")
    for fid in ("EE01", "ED05", "EE03"):
        bench.select(fid)
        assert bench.send("00B0000010").sw == OK
    assert may_read(bench, "EF06")


@pytest.mark.parametrize("way", ["DF02", "DDF1", "MF", "DF01"])
def test_a_change_of_df_drops_the_right_of_a_df(bench: cb.Bench, way: str) -> None:
    bench.enter("DDF1/DF01", "RK1_DF01")
    assert may_read(bench, "EF05")
    bench.select(way)
    bench.select("DDF1/DF01")
    assert not may_read(bench, "EF05")


def test_rights_of_ddf1_live_in_its_dfs_and_die_when_it_is_selected_again(bench: cb.Bench) -> None:
    bench.enter("DDF1", "RK1_DDF1")
    bench.select("DF02")
    bench.select("DF03")
    assert "RK1_DDF1" in bench.card.volatile.keys
    bench.select("DDF1")
    assert not may_read(bench, "EF06")


def test_the_mf_drops_every_right(bench: cb.Bench) -> None:
    bench.select("MF")
    bench.authenticate("BK_MF")
    bench.enter("DDF1", "RK1_DDF1")
    assert bench.card.volatile.keys == {"BK_MF", "RK1_DDF1"}
    bench.select("MF")
    assert bench.card.volatile.keys == frozenset()


def test_selecting_by_name_drops_like_selecting_by_fid(bench: cb.Bench) -> None:
    bench.enter("DDF1/DF01", "RK1_DF01")
    bench.do("00A4040006915600013200")
    assert not may_read(bench, "EF05")


@pytest.mark.parametrize("command", ["00A4000002EF09", "00A4000002DF04", "00A4040006915600013209"])
def test_a_select_that_fails_changes_nothing(bench: cb.Bench, command: str) -> None:
    bench.enter("DDF1/DF01/EF05", "RK1_DF01")
    assert bench.send(command).sw == 0x6A82
    assert bench.send("00B2010400").sw == OK


def test_reset_drops_every_right(bench: cb.Bench) -> None:
    bench.enter("DDF1", "RK1_DDF1")
    bench.card.reset()
    bench.select("DDF1")
    assert not may_read(bench, "EF06")


def test_power_off_drops_every_right(bench: cb.Bench) -> None:
    bench.enter("DDF1", "RK1_DDF1")
    bench.card.power_off()
    assert bench.send("00A4000002DDF1").sw == 0x6985
    bench.card.power_on()
    bench.select("DDF1")
    assert not may_read(bench, "EF06")


def test_a_failure_takes_the_right_of_its_key_and_no_other(bench: cb.Bench) -> None:
    bench.enter("DDF1", "RK1_DDF1", "UK1_DDF1")
    assert bench.fail(0x04) == 0x63CE
    assert bench.card.volatile.keys == {"UK1_DDF1"}
    assert not may_read(bench, "EF06")


def test_a_failure_with_one_version_takes_the_right_won_with_another(bench: cb.Bench) -> None:
    bench.select("DDF1")
    bench.authenticate("RK1_DDF1", 2)
    assert bench.fail(0x04, 3) == 0x63CE
    assert not may_read(bench, "EF06")


# --- tries ----------------------------------------------------------------------------------------------


def test_fifteen_tries_then_blocked_for_ever(bench: cb.Bench) -> None:
    bench.select("DDF1")
    assert [bench.fail(0x04) for _ in range(15)] == [0x63C0 | left for left in range(14, -1, -1)]
    assert bench.fail(0x04) == 0x6983
    assert bench.send(bench.authentication("RK1_DDF1")).sw == 0x6983
    bench.card.reset()
    bench.select("DDF1")
    assert bench.send(bench.authentication("RK1_DDF1")).sw == 0x6983
    bench.authenticate("RK1_DDF1", 2)  # each version counts for itself
    bench.authenticate("UK1_DDF1")


def test_success_gives_all_tries_back(bench: cb.Bench) -> None:
    bench.select("DDF1")
    assert [bench.fail(0x04) for _ in range(14)][-1] == 0x63C1
    bench.authenticate("RK1_DDF1")
    assert bench.fail(0x04) == 0x63CE


def test_tries_survive_reset(bench: cb.Bench) -> None:
    bench.select("DDF1")
    assert bench.fail(0x04) == 0x63CE
    bench.card.reset()
    bench.select("DDF1")
    assert bench.fail(0x04) == 0x63CD


def test_what_is_no_comparison_costs_no_try(bench: cb.Bench) -> None:
    bench.select("DDF1")
    for command in (
        "0082000411" + "00" * 16 + "01",
        "0082000410" + "00" * 16,
        "0082000411" + "00" * 16 + "09",
    ):
        bench.send(command)
    assert bench.fail(0x04) == 0x63CE


def test_a_national_key_derived_for_another_province_is_wrong(bench: cb.Bench) -> None:
    # spec: commands_and_crypto 6.2 A10
    bench.select("DDF1")
    challenge = bench.challenge()
    other = oracle.card_key(cb.root("RK1_DDF1", 1), cb.HISTORICAL, b"13000000")
    session = oracle.session_key(other, challenge)
    assert bench.send(oracle.external_authenticate(session, 0x04, cb.TERMINAL_DATA)).sw == 0x63CE


def test_a_recorded_session_does_not_replay(bench: cb.Bench) -> None:
    # spec: commands_and_crypto 6.2 A12
    bench.select("DDF1")
    recorded = bench.authentication("RK1_DDF1")
    bench.do(recorded)
    bench.card.reset()
    bench.select("DDF1")
    bench.challenge()
    assert bench.send(recorded).sw == 0x63CE
    assert not may_read(bench, "EF06")
