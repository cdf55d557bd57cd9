"""Whatever a terminal sends: an answer with a declared status word, and nothing changed without a right."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import card_bench as cb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import base
from card_os.kernel.commands import COMMANDS

GENERAL = {0x9000, 0x6700, 0x6985, 0x6D00, 0x6E00}
FIDS = [
    fid.to_bytes(2, "big")
    for fid in (
        *(0x3F00, 0xDDF1, 0xDF01, 0xDF02, 0xDF03, 0xEF05, 0xEF06, 0xEF07, 0xEF08, 0xEE01, 0xEE03),
        *(0xED01, 0xED05, 0x0015, 0x0016, 0x001A, 0x001B, 0x001C, 0xFFFF),
    )
]
INSTRUCTIONS = sorted(
    {spec.ins for name in ("health_card", "sam") for spec in cb.profile(name).commands.values()}
    | {0x88, 0x24}
)
BYTE = st.integers(0, 255)
LIKELY = st.one_of(st.sampled_from([0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x27, 0x2C, 0x47, 0x81, 0x95]), BYTE)
FEW = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def structured(draw: st.DrawFn) -> bytes:
    """An APDU of a form that a card may know."""
    cla = draw(st.sampled_from([0x00, 0x00, 0x80, 0x84, 0x04, 0x0C]))
    ins = draw(st.sampled_from(INSTRUCTIONS))
    head = bytes((cla, ins, draw(LIKELY), draw(LIKELY)))
    data = draw(
        st.one_of(st.just(b""), st.sampled_from(FIDS), st.binary(max_size=40), st.binary(max_size=255))
    )
    tail = draw(st.sampled_from([b"", b"\x00", b"\x01", b"\x08"]))
    return head + (bytes((len(data),)) + data if data else b"") + tail


USEFUL = st.one_of(
    st.sampled_from(FIDS).map(lambda fid: b"\x00\xa4\x00\x00\x02" + fid),
    st.sampled_from(
        ["0084000008", "00C0000000", "00B2010400", "00B0000001", "84D2010400", "00DC01040100"]
    ).map(bytes.fromhex),
)
APDUS = st.lists(
    st.one_of(st.binary(max_size=300), structured(), structured(), USEFUL), min_size=1, max_size=30
)


def without_tries(cells: Mapping[str, bytes]) -> dict[str, bytes]:
    return {cell: value for cell, value in cells.items() if not cell.startswith("tries:")}


def check(bench: cb.Bench, command: bytes) -> int:
    """The status word of an answer that has the right shape and is declared."""
    answer = bench.card.transmit(command)
    assert 2 <= len(answer) <= 258
    sw = int.from_bytes(answer[-2:], "big")
    profile = bench.card.profile
    spec = profile.command_of(command[1], command[2]) if len(command) > 2 else None
    declared = set(profile.statuses[spec.name]) if spec else set()
    assert base(sw) in declared | GENERAL, (spec and spec.name, f"{sw:04X}", command.hex())
    assert sw != 0x6F00
    if sw >> 8 not in (0x61, 0x90):
        assert len(answer) == 2
    return sw


@pytest.mark.parametrize("name", ["health_card", "sam"])
@given(commands=APDUS)
@FEW
def test_any_bytes_without_a_right(name: str, commands: list[bytes]) -> None:
    bench = cb.card_in("ISSUED", name)
    before = without_tries(bench.card.memory.snapshot())
    for command in commands:
        check(bench, command)
        assert bench.card.volatile.keys == frozenset()
        assert not bench.card.volatile.pin_verified
    assert without_tries(bench.card.memory.snapshot()) == before


@pytest.mark.parametrize("state", ["TRANSPORT", "ISSUED"])
@given(commands=APDUS)
@FEW
def test_tries_only_ever_fall_without_a_right(state: str, commands: list[bytes]) -> None:
    bench = cb.card_in(state)
    tries: dict[str, int] = {}
    for command in commands:
        check(bench, command)
        now = {cell: v[0] for cell, v in bench.card.memory.snapshot().items() if cell.startswith("tries:")}
        assert all(left <= tries.get(cell, 15) for cell, left in now.items())
        tries = now
    assert without_tries(bench.card.memory.snapshot()) == without_tries(cb.snapshot(state))


@pytest.mark.parametrize("df", ["DDF1", "DDF1/DF02", "DDF1/DF03"])
@given(commands=APDUS)
@FEW
def test_any_bytes_with_every_right_of_a_df(df: str, commands: list[bytes]) -> None:
    bench = cb.card_in()
    keys = [name for name, row in cb.KEYS.items() if row.df == df and row.authenticates]
    bench.enter(df, *keys)
    sizes = {cell: len(value) for cell, value in without_tries(cb.snapshot()).items()}
    for command in commands:
        check(bench, command)
    after = without_tries(bench.card.memory.snapshot())
    assert {cell: len(value) for cell, value in after.items()} == sizes
    changed = {cell for cell, value in after.items() if value != cb.snapshot()[cell]}
    assert all(cell.startswith("file:") for cell in changed)


@pytest.mark.parametrize(("name", "state"), [("health_card", "PERSO"), ("sam", "PERSO"), ("sam", "ISSUED")])
@given(commands=APDUS)
@FEW
def test_any_bytes_while_personalised_and_at_an_open_sam(
    name: str, state: str, commands: list[bytes]
) -> None:
    bench = cb.sam(verified=True) if state == "ISSUED" else cb.card_in(state, name)
    if state == "PERSO":
        bench.authenticate("KT_MF")
    for command in commands:
        check(bench, command)
    if state == "ISSUED":
        assert without_tries(bench.card.memory.snapshot()) == without_tries(cb.snapshot(state, name))


@pytest.mark.parametrize("name", ["health_card", "sam"])
@given(commands=APDUS)
@FEW
def test_any_bytes_at_a_chip(name: str, commands: list[bytes]) -> None:
    bench = cb.chip(name)
    for command in commands:
        check(bench, command)


@pytest.mark.parametrize("length", [0, 1, 2, 3])
def test_shorter_than_a_header(length: int) -> None:
    for bench in (cb.card_in(), cb.sam()):
        assert bench.send(bytes(length)) == (b"", 0x6700)


@given(command=st.binary(max_size=300))
@FEW
def test_a_card_without_power_refuses(command: bytes) -> None:
    bench = cb.card_in()
    bench.card.power_off()
    assert bench.send(command) == (b"", 0x6985)
    with pytest.raises(RuntimeError, match="no power"):
        _ = bench.card.volatile


def test_every_instruction_and_class() -> None:
    bench = cb.card_in()
    known = {spec.ins: set(spec.classes) for spec in cb.profile().commands.values()}
    classes = set().union(*known.values())
    for cla in range(256):
        for ins in range(256):
            sw = bench.send(bytes((cla, ins, 0xFE, 0xFE))).sw
            if cla not in classes:
                assert sw == 0x6E00
            elif ins not in known:
                assert sw == 0x6D00
            else:
                assert (sw == 0x6E00) == (cla not in known[ins])


def test_every_declared_command_is_there_and_the_other_way_round() -> None:
    declared = set(cb.profile().commands) | set(cb.profile("sam").commands)
    assert declared == set(COMMANDS)


def test_an_error_of_ours_answers_6f00_and_is_logged_without_data(caplog: pytest.LogCaptureFixture) -> None:
    bench = cb.card_in()

    def broken(_: int) -> bytes:
        raise OSError("no random")

    bench.card.random = broken
    with caplog.at_level(logging.ERROR):
        assert bench.send("0084000008") == (b"", 0x6F00)
    assert "6F00" in caplog.text
    bench.card.random = cb.Random()
    assert bench.send("0084000008").sw == 0x9000


def test_no_key_and_no_pin_in_what_python_shows() -> None:
    sam = cb.sam(verified=True)
    factors = cb.HISTORICAL + cb.CITY + bytes(8)
    sam.do(bytes((0x80, 0xDE, 0x47, 0x31, len(factors))) + factors)
    shown = [repr(sam.card.volatile), repr(sam.card), repr(sam.card.keys)]
    for command in ("0020000003123456", "805E010007123456FF654321", "80D401000B3A00FF010A123456"):
        apdu = CommandApdu.parse(bytes.fromhex(command[:8] + f"{len(command) // 2 - 5:02X}" + command[10:]))
        name = next(spec.name for spec in sam.card.profile.commands.values() if spec.ins == apdu.ins)
        shown.append(repr(COMMANDS[name].parse(apdu)))
    delivered = sam.card.volatile.delivered
    assert delivered is not None
    assert repr(delivered.session) not in shown[0]
    assert not any(repr(bytes.fromhex("123456"))[2:-1] in text for text in shown)
