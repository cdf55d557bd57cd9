"""84D2 and 840C: the flags of the visit records.  # spec: commands_and_crypto 1.1 rows 13, 14"""

from __future__ import annotations

from dataclasses import replace

import card_bench as cb
import pytest

from card_os.kernel.card import Card
from card_os.kernel.memory import Memory
from card_os.spec.access import NEVER

FILES = {"EF05": 3, "EF06": 5}


@pytest.fixture(params=FILES)
def fid(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def bench(fid: str) -> cb.Bench:
    bench = cb.card_in()
    bench.enter("DDF1/DF03/" + fid, "UK1_DF03", "UK2_DF03", "RK1_DF03")
    return bench


def flags(bench: cb.Bench, fid: str) -> bytes:
    return b"".join(bench.do(f"00B2{n:02X}0400") for n in range(1, FILES[fid] + 1))


@pytest.mark.parametrize("with_mac", [False, True])
def test_each_flag_on_and_off(bench: cb.Bench, fid: str, with_mac: bool) -> None:
    count = FILES[fid]
    for number in range(1, count + 1):
        for instruction, value in (("84D2", 0x00), ("840C", 0xFF)):
            header = f"{instruction}{number:02X}04"
            bench.do(cb.mac_only(bench.session("STK_DF03"), header) if with_mac else header + "00")
            expected = bytearray(b"\xff" * count)
            expected[number - 1] = value
            assert flags(bench, fid) == expected


@pytest.mark.parametrize("instruction", ["84D2", "840C"])
def test_every_flipped_byte_is_refused(bench: cb.Bench, fid: str, instruction: str) -> None:
    if instruction == "840C":
        bench.do("84D2010400")
    before = flags(bench, fid)
    for position in range(9):
        command = bytearray(cb.mac_only(bench.session("STK_DF03"), instruction + "0104"))
        command[position] ^= 0x01
        answer = bench.send(bytes(command))
        assert answer.sw != 0x9000
        if position >= 5:
            assert answer.sw == 0x6988
        assert flags(bench, fid) == before


def test_a_mac_for_the_other_command_does_not_fit(bench: cb.Bench, fid: str) -> None:
    command = bytearray(cb.mac_only(bench.session("STK_DF03"), "84D20104"))
    command[1] = 0x0C
    assert bench.send(bytes(command)).sw == 0x6988


def test_a_mac_serves_once(bench: cb.Bench) -> None:
    command = cb.mac_only(bench.session("STK_DF03"), "84D20104")
    bench.do(command)
    assert bench.send(command).sw == 0x6984


def test_a_mac_by_another_key(bench: cb.Bench) -> None:
    assert bench.send(cb.mac_only(bench.session("STK_DF02"), "84D20104")).sw == 0x6988


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("84D2000400", 0x6A83),
        ("84D2060400", 0x6A83),
        ("840C0604" + "04" + "00" * 4, 0x6A83),
        ("84D2010300", 0x6A86),
        ("84D2010000", 0x6A86),
        ("84D2010405" + "00" * 5, 0x6700),
        ("84D2010403" + "00" * 3, 0x6700),
        ("84D2010404", 0x6700),
        ("84D2010404" + "00" * 4, 0x6984),
        ("00D2010400", 0x6E00),
        ("04D2010400", 0x6E00),
        ("84D20104", 0x9000),
    ],
)
def test_forms(bench: cb.Bench, command: str, sw: int) -> None:
    bench.card.volatile.challenge = None
    assert bench.send(command) == (b"", sw)


def test_the_form_without_mac_is_an_option(fid: str) -> None:
    off = cb.card_with({"macless_index": False})
    off.enter("DDF1/DF03/" + fid, "UK1_DF03", "UK2_DF03", "RK1_DF03")
    for command in ("84D2010400", "840C010400", "00DC01040100"):
        assert off.send(command).sw == 0x6987
    assert flags(off, fid) == b"\xff" * FILES[fid]
    off.do(cb.mac_only(off.session("STK_DF03"), "84D20104"))
    assert flags(off, fid)[0] == 0x00


def test_each_command_has_its_own_key(fid: str) -> None:
    bench = cb.card_in()
    bench.enter("DDF1/DF03/" + fid, "UK1_DF03")
    assert bench.send("840C010400").sw == 0x6982
    bench.do("84D2010400")
    bench.enter("DDF1/DF03/" + fid, "UK2_DF03")
    assert bench.send("84D2010400").sw == 0x6982
    bench.do("840C010400")


@pytest.mark.parametrize("path", ["DDF1/DF03/EE01", "DDF1/EF05", "DDF1/DF02/EF07"])
def test_other_files_have_no_flags(path: str) -> None:
    bench = cb.card_in()
    bench.select(path)
    assert bench.send("84D2010400").sw == 0x6981


def test_a_fixed_record_without_a_rule_has_no_flags() -> None:
    declared = cb.profile()
    file = replace(declared.files["MF/DDF1/DF03/EF05"], set_valid=NEVER)
    declared = replace(declared, files={**declared.files, file.path: file})
    bench = cb.Bench(Card(declared, Memory(cb.snapshot()), cb.Random()))
    bench.enter("DDF1/DF03/EF05", "UK1_DF03")
    assert bench.send("84D2010400").sw == 0x6981
