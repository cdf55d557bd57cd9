"""The PIN of the holder: loaded at the MF, verified, changed, reloaded, unblocked.

# spec: commands_and_crypto 1.1 rows 19 to 22, 1.5, 3.6
"""

from __future__ import annotations

import card_bench as cb
import field_oracle as oracle
import pytest

LIMIT = 6
WRONG = bytes.fromhex("999999")
OTHER = bytes.fromhex("13579753")


def verify(pin: bytes) -> bytes:
    return b"\x00\x20\x00\x00" + bytes((len(pin),)) + pin


def change(old: bytes, new: bytes) -> bytes:
    data = old + b"\xff" + new
    return b"\x80\x5e\x01\x00" + bytes((len(data),)) + data


def reload(bench: cb.Bench, pin: bytes) -> bytes:
    session = bench.session("STK_DDF1")
    message = b"\x80\x5e\x00\x00" + bytes((len(pin) + 4,)) + pin
    return message + oracle.mac(session, message)


def unblock(bench: cb.Bench) -> bytes:
    return bench.mac_only("STK_DDF1", "84240000")


def unblock_and_set(bench: cb.Bench, pin: bytes) -> bytes:
    return bench.secure("STK_DDF1", "84240001", pin)


@pytest.fixture
def bench() -> cb.Bench:
    return cb.holder_card()


def load(bench: cb.Bench, kid: int, record: bytes) -> int:
    return bench.send(bench.secure("KT_MF", f"84D401{kid:02X}", record)).sw


def perso() -> cb.Bench:
    bench = cb.card_in("PERSO")
    bench.authenticate("KT_MF")
    return bench


# --- loading --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", range(2, 9))
def test_a_pin_of_any_foreseen_length(length: int) -> None:
    pin = bytes.fromhex("1234567890123456")[:length]
    bench = perso()
    assert load(bench, 0x00, bytes.fromhex("3A00FF0106") + pin) == 0x9000
    bench.select("DDF1")
    bench.do("8005000000")
    assert bench.send(verify(pin)).sw == 0x9000


def test_a_pin_in_plain_on_the_bench_of_the_maker() -> None:
    bench = cb.chip()
    bench.do(cb.plain_write_key(0x00, cb.HOLDER_PIN_RECORD))
    assert bench.card.memory.snapshot()["pin"] == cb.HOLDER_PIN


@pytest.mark.parametrize(
    ("kid", "record", "sw"),
    [
        (0x00, "3A00FF010612", 0x6A80),
        (0x00, "3A00FF0106123456789012345678", 0x6A80),
        (0x00, "3A00FF0106", 0x6A80),
        (0x00, "3A00FF010612FF56", 0x6A80),
        (0x00, "3A00FF0206123456", 0x6A80),
        (0x00, "3A00FF010A123456", 0x6A80),
        (0x00, "3A01FF0106123456", 0x6A80),
        (0x01, "3A00FF0106123456", 0x6A88),
    ],
)
def test_records_of_a_pin_that_are_refused(kid: int, record: str, sw: int) -> None:
    bench = perso()
    assert load(bench, kid, bytes.fromhex(record)) == sw
    assert "pin" not in bench.card.memory


def test_the_pin_stands_at_the_mf_only() -> None:
    bench = perso()
    bench.select("DDF1")
    assert load(bench, 0x00, cb.HOLDER_PIN_RECORD) == 0x6A88


def test_a_card_that_got_none() -> None:
    bench = cb.card_in()
    assert bench.send(verify(cb.HOLDER_PIN)).sw == 0x6A88
    assert bench.send(change(cb.HOLDER_PIN, OTHER)).sw == 0x6A88
    assert bench.send(reload(bench, OTHER)).sw == 0x6A88
    assert bench.send(unblock(bench)).sw == 0x6A88
    assert bench.send(unblock_and_set(bench, OTHER)).sw == 0x6A88


# --- verify ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("df", ["MF", "DDF1", "DDF1/DF01", "DDF1/DF03"])
def test_verify_from_every_df(bench: cb.Bench, df: str) -> None:
    bench.select(df)
    bench.do(verify(cb.HOLDER_PIN))


def test_wrong_pins_count_down_and_block_for_good(bench: cb.Bench) -> None:
    answers = [bench.send(verify(WRONG)).sw for _ in range(LIMIT + 1)]
    assert answers == [0x63C5, 0x63C4, 0x63C3, 0x63C2, 0x63C1, 0x63C0, 0x6983]
    bench.card.reset()
    assert bench.send(verify(cb.HOLDER_PIN)).sw == 0x6983
    assert bench.send(change(cb.HOLDER_PIN, OTHER)).sw == 0x6983


def test_a_right_pin_gives_all_tries_back(bench: cb.Bench) -> None:
    for _ in range(3):
        for left in (5, 4, 3, 2, 1):
            assert bench.send(verify(WRONG)).sw == 0x63C0 | left
        bench.do(verify(cb.HOLDER_PIN))


def test_the_count_outlives_a_reset(bench: cb.Bench) -> None:
    for left in (5, 4, 3, 2, 1, 0):
        assert bench.send(verify(WRONG)).sw == 0x63C0 | left
        bench.card.power_off()
        bench.card.power_on()
    assert bench.send(verify(cb.HOLDER_PIN)).sw == 0x6983


@pytest.mark.parametrize(
    "wrong",
    [cb.HOLDER_PIN[:-1], cb.HOLDER_PIN + b"\x00", cb.HOLDER_PIN + b"\xff", bytes(3), cb.HOLDER_PIN[::-1]],
)
def test_only_the_whole_pin_is_right(bench: cb.Bench, wrong: bytes) -> None:
    assert bench.send(verify(wrong)).sw == 0x63C5


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("00200000", 0x6700),
        ("0020000000", 0x6700),
        ("002000000124", 0x6700),
        ("0020000009" + "12" * 9, 0x6700),
        ("0020000103246813", 0x6A86),
        ("0020010003246813", 0x6A86),
        ("8020000003246813", 0x6E00),
    ],
)
def test_forms_of_verify_cost_no_try(bench: cb.Bench, command: str, sw: int) -> None:
    assert bench.send(command).sw == sw
    assert bench.send(verify(WRONG)).sw == 0x63C5


# --- change ---------------------------------------------------------------------------------------------


def test_change(bench: cb.Bench) -> None:
    bench.do(change(cb.HOLDER_PIN, OTHER))
    assert bench.send(verify(cb.HOLDER_PIN)).sw == 0x63C5
    bench.do(verify(OTHER))
    bench.do(change(OTHER, cb.HOLDER_PIN))
    bench.do(verify(cb.HOLDER_PIN))


def test_a_wrong_old_pin_costs_a_try_of_the_same_counter(bench: cb.Bench) -> None:
    assert bench.send(change(WRONG, OTHER)).sw == 0x63C5
    assert bench.send(verify(WRONG)).sw == 0x63C4
    assert bench.send(change(WRONG, OTHER)).sw == 0x63C3
    bench.do(verify(cb.HOLDER_PIN))
    assert bench.send(change(WRONG, OTHER)).sw == 0x63C5
    assert bench.card.volatile.pin_verified is False


@pytest.mark.parametrize(
    ("data", "sw"),
    [
        ("246813", 0x6A80),
        ("246813FF", 0x6700),
        ("246813FF12", 0x6700),
        ("246813FF" + "12" * 9, 0x6700),
        ("246813FF12FF34", 0x6A80),
        ("FF1234", 0x6700),
        ("24FF1234", 0x6700),
    ],
)
def test_forms_of_change_cost_no_try(bench: cb.Bench, data: str, sw: int) -> None:
    assert bench.send(f"805E0100{len(data) // 2:02X}{data}").sw == sw
    assert bench.send(verify(WRONG)).sw == 0x63C5


@pytest.mark.parametrize("p1p2", ["0200", "0101", "FF00"])
def test_other_parameters_of_805e(bench: cb.Bench, p1p2: str) -> None:
    assert bench.send(f"805E{p1p2}07246813FF135797").sw == 0x6A86


# --- reload and unblock ---------------------------------------------------------------------------------


def exhaust(bench: cb.Bench) -> None:
    for _ in range(LIMIT):
        bench.send(verify(WRONG))
    assert bench.send(verify(cb.HOLDER_PIN)).sw == 0x6983


@pytest.mark.parametrize("df", ["MF", "DDF1", "DDF1/DF02"])
def test_reload_gives_a_new_pin_with_all_tries(bench: cb.Bench, df: str) -> None:
    exhaust(bench)
    bench.select(df)
    bench.do(reload(bench, OTHER))
    assert bench.send(verify(cb.HOLDER_PIN)).sw == 0x63C5
    bench.do(verify(OTHER))


def test_unblock_keeps_the_pin(bench: cb.Bench) -> None:
    exhaust(bench)
    bench.do(unblock(bench))
    assert bench.send(verify(WRONG)).sw == 0x63C5
    bench.do(verify(cb.HOLDER_PIN))


def test_unblock_and_set(bench: cb.Bench) -> None:
    exhaust(bench)
    bench.do(unblock_and_set(bench, OTHER))
    assert bench.send(verify(cb.HOLDER_PIN)).sw == 0x63C5
    bench.do(verify(OTHER))


@pytest.mark.parametrize("command", [reload, unblock_and_set], ids=["reload", "unblock_and_set"])
@pytest.mark.parametrize("pin", [b"\x12\xff\x34", b"\xff\x12"])
def test_a_new_pin_never_holds_what_parts_two_pins(bench: cb.Bench, command, pin: bytes) -> None:
    # CHANGE PIN could not name such a PIN any more; spec: commands_and_crypto 1.1 row 20
    before = bench.card.memory.snapshot()
    assert bench.send(command(bench, pin)).sw == 0x6A80
    assert bench.card.memory.snapshot() == before


@pytest.mark.parametrize("length", [1, 9, 15])
def test_a_new_pin_of_another_length(bench: cb.Bench, length: int) -> None:
    assert bench.send(reload(bench, bytes(length))).sw == 0x6700
    if length < 15:
        assert bench.send(unblock_and_set(bench, bytes(length))).sw == 0x6A80
    bench.do(verify(cb.HOLDER_PIN))


@pytest.mark.parametrize(
    "command",
    [lambda b: reload(b, OTHER), unblock, lambda b: unblock_and_set(b, OTHER)],
    ids=["reload", "unblock", "unblock and set"],
)
def test_without_the_right_mac_nothing_changes(bench: cb.Bench, command) -> None:
    exhaust(bench)
    before = bench.card.memory.snapshot()
    good = command(bench)
    for position in range(5, len(good)):
        bench.challenge()
        broken = bytearray(good)
        broken[position] ^= 0x10
        assert bench.send(bytes(broken)).sw == 0x6988
    good = command(bench)
    bench.challenge()
    assert bench.send(good).sw == 0x6988  # of an older challenge
    assert bench.send(good).sw == 0x6984  # without any
    assert bench.card.memory.snapshot() == before


def test_a_mac_of_another_key(bench: cb.Bench) -> None:
    for key in ("STM_MF", "STK_DF01", "STK_DF03"):
        assert bench.send(bench.mac_only(key, "84240000")).sw == 0x6988


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("842400000300000000"[:16], 0x6700),
        ("8424000014" + "00" * 20, 0x6700),
        ("842400010400000000", 0x6700),
        ("842400020400000000", 0x6A86),
        ("842401000400000000", 0x6A86),
        ("802400000400000000", 0x6E00),
        ("805E00000400000000", 0x6700),
        ("805E00010600000000" + "1234", 0x6A86),
    ],
)
def test_forms_of_reload_and_unblock(bench: cb.Bench, command: str, sw: int) -> None:
    bench.challenge()
    assert bench.send(command).sw == sw
