"""APPLICATION BLOCK and UNBLOCK, CARD BLOCK, and the limit of bad MACs.

# spec: commands_and_crypto 1.1 rows 23 to 25, 1.5, 3.6, 5.3
"""

from __future__ import annotations

import card_bench as cb
import pytest

from card_os.kernel.card import Card
from card_os.kernel.memory import Memory, PowerLoss

DFS = ["DDF1", "DDF1/DF01", "DDF1/DF02", "DDF1/DF03"]
BLOCK, BLOCK_FOR_GOOD, UNBLOCK, CARD_BLOCK = "841E0000", "841E0001", "84180000", "84160000"
ZERO_MAC = "04" + "00" * 4


def stk(df: str) -> str:
    return f"STK_{df[-4:]}"


def lk(df: str) -> str:
    return f"LK_{df[-4:]}"


@pytest.mark.parametrize("df", DFS)
def test_block_and_unblock(df: str) -> None:
    bench = cb.card_in()
    before = cb.without_tries(bench.card.memory.snapshot())
    bench.block(df)
    assert bench.send("00B0850001").sw == 0x6985
    bench.select("MF")
    for fid in df.split("/"):
        answer = bench.send("00A4000002" + fid)
    assert answer.sw == 0x6283
    assert answer.data[0] == 0x6F  # the FCI comes all the same
    bench.card.reset()
    bench.send("00A4000002DDF1")
    assert bench.send("00A4000002" + df[-4:]).sw == 0x6283
    command = bench.mac_only(stk(df), UNBLOCK)
    assert bench.send(command).sw == 0x6982
    bench.authenticate(lk(df))
    bench.do(bench.mac_only(stk(df), UNBLOCK))
    bench.select(df)
    after = cb.without_tries(bench.card.memory.snapshot())
    assert after == before


@pytest.mark.parametrize("df", DFS)
def test_dead_for_good(df: str) -> None:
    bench = cb.card_in()
    bench.block(df, for_good=True)
    bench.card.reset()
    bench.send("00A4000002DDF1")
    assert bench.send("00A4000002" + df[-4:]).sw == 0x6283
    for command in ("0084000008", "0082008311" + "00" * 17, UNBLOCK + ZERO_MAC, BLOCK + ZERO_MAC):
        assert bench.send(command).sw == 0x6985


def test_a_blocked_application_leaves_its_siblings_and_blocks_what_is_below() -> None:
    bench = cb.card_in()
    bench.block("DDF1/DF02")
    bench.enter("DF01", "RK1_DF01")
    bench.select("EF05")
    bench.do("00B2010400")
    bench.block("DDF1")
    bench.card.reset()
    for fid in ("DDF1", "DF01"):
        assert bench.send("00A4000002" + fid).sw == 0x6283
    assert bench.send("00A4000002EF05") == (b"", 0x6283)
    assert bench.send("00B2010400").sw == 0x6985
    assert bench.fail(0x84) == 0x6985  # only the lock key


def test_a_dead_application_above_outweighs_a_block_below() -> None:
    # spec: commands_and_crypto 5.3: APP_DEAD, SELECT only
    bench = cb.card_in()
    bench.block("DDF1/DF01")
    bench.send("00A4000002DDF1")
    bench.authenticate("LK_DDF1")
    bench.do(bench.mac_only("STK_DDF1", BLOCK_FOR_GOOD))
    assert bench.send("00A4000002DF01").sw == 0x6283
    assert bench.send("0084000008").sw == 0x6985


def test_unblocking_goes_from_the_top_and_each_df_for_itself() -> None:
    bench = cb.card_in()
    bench.block("DDF1/DF01")
    bench.send("00A4000002DDF1")
    bench.authenticate("LK_DDF1")
    bench.do(bench.mac_only("STK_DDF1", BLOCK))
    bench.authenticate("LK_DDF1")
    bench.do(bench.mac_only("STK_DDF1", UNBLOCK))
    bench.select("DDF1")
    assert bench.send("00A4000002DF01").sw == 0x6283
    bench.send("00A4000002DF02")
    assert bench.send(UNBLOCK + ZERO_MAC).sw == 0x6985  # this one is not blocked
    bench.send("00A4000002DF01")
    bench.authenticate("LK_DF01")
    bench.do(bench.mac_only("STK_DF01", UNBLOCK))
    bench.select("DF01")


@pytest.mark.parametrize("header", [BLOCK, BLOCK_FOR_GOOD])
@pytest.mark.parametrize("df", DFS)
def test_block_needs_lock_key_challenge_and_the_mac_of_this_df(header: str, df: str) -> None:
    bench = cb.card_in()
    bench.select(df)
    before = cb.without_tries(bench.card.memory.snapshot())
    assert bench.send(bench.mac_only(stk(df), header)).sw == 0x6982
    bench.authenticate(lk(df))
    assert bench.send(header + ZERO_MAC).sw == 0x6984
    other = "STK_DF02" if df != "DDF1/DF02" else "STK_DF01"
    assert bench.send(bench.mac_only(other, header)).sw == 0x6988
    good = bench.mac_only(stk(df), header)
    for bit in range(32):
        bench.challenge()
        broken = bytearray(good)
        broken[5 + bit // 8] ^= 1 << bit % 8
        assert bench.send(bytes(broken)).sw == 0x6988
    after = cb.without_tries(bench.card.memory.snapshot())
    assert after == before


def test_a_mac_over_one_form_is_not_good_for_the_other() -> None:
    bench = cb.card_in()
    bench.enter("DDF1/DF01", "LK_DF01")
    reversible = bench.mac_only("STK_DF01", BLOCK)
    assert bench.send(bytes.fromhex(BLOCK_FOR_GOOD) + reversible[4:]).sw == 0x6988


def test_the_lock_key_of_another_df_blocks_nothing() -> None:
    bench = cb.card_in()
    bench.enter("DDF1", "LK_DDF1")
    bench.select("DF01")
    assert bench.send(bench.mac_only("STK_DF01", BLOCK)).sw == 0x6982
    bench.select("MF")
    assert bench.send(BLOCK + ZERO_MAC).sw == 0x6985  # the MF is no application


def test_card_block() -> None:
    bench = cb.card_in()
    bench.select("MF")
    assert bench.send(bench.mac_only("STM_MF", CARD_BLOCK)).sw == 0x6982
    bench.authenticate("BK_MF")
    assert bench.send(CARD_BLOCK + ZERO_MAC).sw == 0x6984
    assert bench.send(bench.mac_only("STK_DDF1", CARD_BLOCK)).sw == 0x6988
    bench.select("DDF1")
    assert bench.send(bench.mac_only("STM_MF", CARD_BLOCK)).sw == 0x6985  # not at the MF
    bench.block_card()
    for _ in range(2):
        assert bench.send("00A40000023F00").sw == 0x6A81
        assert bench.send("00A4040009" + b"WS.SYS.DD".hex()).sw == 0x6A81
        assert bench.send("0084000008").sw == 0x6985
        bench.card.power_off()
        assert bench.card.power_on() == bench.atr  # it still answers to reset


@pytest.mark.parametrize("header", [BLOCK, BLOCK_FOR_GOOD, CARD_BLOCK])
def test_forms(header: str) -> None:
    bench = cb.card_in()
    bench.select("DDF1")
    for lc in (0, 3, 5, 20):
        assert bench.send(bytes.fromhex(header) + (bytes((lc,)) + bytes(lc) if lc else b"")).sw == 0x6700
    assert bench.send(header[:4] + "0002" + ZERO_MAC).sw == 0x6A86
    assert bench.send(header[:4] + "0100" + ZERO_MAC).sw == 0x6A86
    assert bench.send("80" + header[2:] + ZERO_MAC).sw == 0x6E00


def test_forms_of_unblock() -> None:
    bench = cb.card_in()
    assert bench.send(UNBLOCK + ZERO_MAC).sw == 0x6985  # not blocked
    bench.block("DDF1/DF01")
    assert bench.send(UNBLOCK + "03000000").sw == 0x6700
    assert bench.send("84180001" + ZERO_MAC).sw == 0x6A86
    assert bench.send("80180000" + ZERO_MAC).sw == 0x6E00


def test_blocking_an_application_whose_keys_are_missing() -> None:
    cells = {c: v for c, v in cb.snapshot().items() if "STK_DF01" not in c}
    bench = cb.Bench(Card(cb.profile(), Memory(cells), cb.Random()))
    bench.enter("DDF1/DF01", "LK_DF01")
    assert bench.send(bench.mac_only("STK_DF01", BLOCK)).sw == 0x6A88


# --- bad MACs in a row ----------------------------------------------------------------------------------


def bad_mac(bench: cb.Bench) -> int:
    bench.challenge()
    return bench.send("04DC01040A" + "00" * 10).sw


def guessing(limit: int) -> cb.Bench:
    bench = cb.holder_card(bad_mac_limit=limit)
    bench.enter("DDF1/EF08", "UK1_DDF1")
    return bench


def test_without_a_limit_bad_macs_cost_nothing() -> None:
    bench = guessing(0)
    before = cb.without_tries(bench.card.memory.snapshot())
    assert {bad_mac(bench) for _ in range(20)} == {0x6988}
    assert cb.without_tries(bench.card.memory.snapshot()) == before


@pytest.mark.parametrize("limit", [1, 3, 5])
def test_so_many_bad_macs_in_a_row_block_the_application_for_good(limit: int) -> None:
    bench = guessing(limit)
    assert [bad_mac(bench) for _ in range(limit)] == [0x6988] * (limit - 1) + [0x9303]
    assert bench.send("0084000008").sw == 0x6985
    bench.card.reset()
    assert bench.send("00A4000002DDF1").sw == 0x6283
    assert bench.send("00B2010400").sw == 0x6985


def test_a_good_mac_starts_the_count_again() -> None:
    bench = guessing(3)
    record = bytes.fromhex("070420461231")
    for _ in range(4):
        assert [bad_mac(bench) for _ in range(2)] == [0x6988] * 2
        bench.do(bench.secure("STK_DDF1", "04DC0104", record))
    bench.card.reset()
    bench.select("DDF1")


def test_a_good_mac_over_data_that_is_refused_is_a_good_mac() -> None:
    # the refusal takes back what the command wrote, and must not take back the count
    bench = guessing(3)
    for _ in range(4):
        assert bad_mac(bench) == 0x6988
        wrong_tag = bench.secure("STK_DDF1", "04DC0104", bytes.fromhex("060420461231"))
        assert bench.send(wrong_tag).sw == 0x6A80
    assert "bad_macs:MF/DDF1" not in bench.card.memory.snapshot()
    bench.do(bench.secure("STK_DDF1", "04DC0104", bytes.fromhex("070420461231")))


def test_the_count_outlives_reset_and_is_kept_by_df() -> None:
    bench = guessing(3)
    for _ in range(2):
        assert bad_mac(bench) == 0x6988
        bench.card.reset()
        bench.enter("DDF1/EF08", "UK1_DDF1")
    bench.enter("DF01/EF05", "UK1_DF01")
    assert bad_mac(bench) == 0x6988  # counted for DF01
    bench.select("DDF1/EF08")
    bench.authenticate("UK1_DDF1")
    assert bad_mac(bench) == 0x9303


def test_a_cut_between_counting_and_comparing_is_no_free_guess() -> None:
    # spec: commands_and_crypto 3.6, 6.2 N1
    bench = guessing(3)
    answers = []
    for _ in range(4):
        bench.card.memory.on_step = lambda _: None
        bench.card.power_on()
        if bench.send("00A4000002DDF1").sw != 0x9000:
            break
        bench.authenticate("UK1_DDF1")
        bench.select("EF08")
        bench.challenge()

        def after_the_count(step: str) -> None:
            if step == "journal empty":
                raise PowerLoss(step)

        bench.card.memory.on_step = after_the_count
        with pytest.raises(PowerLoss):
            bench.send("04DC01040A" + "00" * 10)
        answers.append("cut")
    assert answers == ["cut"] * 3


def test_a_dead_application_takes_no_guess_by_way_of_the_mf() -> None:
    # the PIN commands need STK_DDF1 from wherever they are sent; spec: commands_and_crypto 1.5, 5.3
    bench = guessing(1)
    assert bad_mac(bench) == 0x9303
    bench.select("MF")
    before = cb.without_tries(bench.card.memory.snapshot())
    for _ in range(3):
        bench.challenge()
        assert bench.send("842400000400000000").sw == 0x9303
        assert bench.send(bench.mac_only("STK_DDF1", "84240000")).sw == 0x9303
    assert cb.without_tries(bench.card.memory.snapshot()) == before


def test_a_right_mac_to_unblock_leaves_the_block_until_it_is_taken_away() -> None:
    bench = cb.holder_card(bad_mac_limit=2)
    bench.block("DDF1/DF01")
    bench.challenge()
    assert bench.send(UNBLOCK + ZERO_MAC).sw == 0x6988
    bench.do(bench.mac_only("STK_DF01", UNBLOCK))
    bench.select("DF01")
    assert not any(c.startswith(("df_state:", "bad_macs:")) for c in bench.card.memory.snapshot())
