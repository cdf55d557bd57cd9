"""CREATE FILE and ERASE DF on the maker's bench, APPEND RECORD, READ BINARY with MAC, GET CARD DATA.

The headers of the files are typed here from commands_and_crypto 1.2 and 5.1.
"""

from __future__ import annotations

import card_bench as cb
import pytest

from card_os.kernel import manufacture
from card_os.kernel.card import Card
from card_os.kernel.file_system import blank_contents

NAMES = {
    "DDF1": b"WS.SYS.DDF01".hex(),
    "DF01": "915600013200",
    "DF02": "915600013201",
    "DF03": "915600013202",
}
# DF: FID -> type, size 2 (records: count, length), read, change, SFI
TREE = {
    "DDF1": {
        "EF05": "EC {} 00 05 05",
        "EF06": "EC {} 04 05 06",
        "EF07": "28 0C02 04 05 07",
        "EF08": "EC {} 04 05 08",
    },
    "DF01": {f"EF0{n}": f"EC {{}} 84 85 0{n}" for n in (5, 6, 7, 8)},
    "DF02": {
        "EF05": "EC {} 84 85 05",
        "EF06": "EC {} 84 86 06",
        "EF07": "EE 0378 84 87 07",
        "EF08": "EE 0A18 84 87 08",
    },
    "DF03": {
        "EF05": "EA 0301 84 85 05",
        "EF06": "EA 0501 84 85 06",
        **{f"EE0{n}": f"28 0765 84 85 1{n}" for n in (1, 2, 3)},
        **{f"ED0{n}": f"28 0CC3 84 85 {0x18 + n:02X}" for n in (1, 2, 3, 4, 5)},
    },
}


def bare(name: str = "health_card") -> cb.Bench:
    return cb.Bench(manufacture.chip(cb.profile(name), cb.SERIAL, cb.Random(), tree=False))


def create(fid: str, header: str) -> str:
    return f"80E0{fid}{len(bytes.fromhex(header)):02X}{header.replace(' ', '')}"


def df_header(fid: str) -> str:
    return "38 0000 FF FF 00" + NAMES[fid]


def ef_header(df: str, fid: str) -> str:
    path = ("MF/DDF1" if df == "DDF1" else f"MF/DDF1/{df}") + f"/{fid}"
    return TREE[df][fid].format(f"{sum(cb.profile().files[path].record_lengths):04X}")


def build(bench: cb.Bench, order: tuple[str, ...] = ("DDF1", "DF01", "DF02", "DF03")) -> None:
    for df in order:
        if df != "DDF1":
            bench.select("DDF1")
        bench.do(create(df, df_header(df)))
        for fid in TREE[df]:
            bench.do(create(fid, ef_header(df, fid)))


@pytest.mark.parametrize("order", [("DDF1", "DF01", "DF02", "DF03"), ("DDF1", "DF03", "DF01", "DF02")])
def test_the_whole_tree_is_what_the_profile_makes_at_once(order: tuple[str, ...]) -> None:
    # spec: commands_and_crypto 1.2, 6.2 P1
    bench = bare()
    build(bench, order)
    assert bench.card.memory.snapshot() == cb.chip().card.memory.snapshot()


def test_the_tree_names_every_declared_file() -> None:
    typed = set(TREE) | {f"{df}/{fid}" for df in TREE for fid in TREE[df]}
    declared = {file.label.removeprefix("DDF1/") for file in cb.profile().files.values() if file.parent}
    assert typed - {f"DDF1/{fid}" for fid in TREE["DDF1"]} | set(TREE["DDF1"]) == declared


def test_a_card_that_was_built_by_commands_becomes_an_issued_one() -> None:
    bench = bare()
    build(bench)
    for name, row in cb.KEYS.items():
        bench.select(f"MF/{row.df}" if row.df != "MF" else "MF")
        for version in range(1, row.versions + 1):
            bench.do(cb.plain_write_key(row.reference, cb.key_record(name, version)))
    bench.select("MF")
    bench.do(cb.plain_write_key(0x01, cb.TRANSPORT_RECORD))
    bench.do("0044000000")
    assert bench.card.memory.snapshot() == cb.snapshot("TRANSPORT")


def test_a_bare_chip_has_the_mf_only() -> None:
    bench = bare()
    assert bench.send("00A40000023F00").sw == 0x9000
    assert bench.send("00A4000002DDF1").sw == 0x6A82
    assert bench.send("00A404000C" + NAMES["DDF1"]).sw == 0x6A82


def test_a_created_df_is_current_and_a_created_ef_is_not() -> None:
    bench = bare()
    bench.do(create("DDF1", df_header("DDF1")))
    bench.do(create("EF05", ef_header("DDF1", "EF05")))
    assert bench.card.volatile.df.path == "MF/DDF1"
    assert bench.card.volatile.ef is None
    bench.select("EF05")
    assert bench.send("00A4000002EF06").sw == 0x6A82
    bench.select("MF")
    assert bench.send("00A4000002DF01").sw == 0x6A82


@pytest.mark.parametrize("position", range(6))
def test_any_other_header_is_refused(position: int) -> None:
    bench = bare()
    bench.do(create("DDF1", df_header("DDF1")))
    header = bytearray.fromhex(ef_header("DDF1", "EF07"))
    header[position] ^= 0x01
    before = bench.card.memory.snapshot()
    assert bench.send(create("EF07", header.hex())).sw == 0x6A80
    assert bench.send(create("EF07", ef_header("DDF1", "EF07")[:-2] + "07" + "00")).sw == 0x6A80
    assert bench.card.memory.snapshot() == before


def test_what_create_refuses() -> None:
    bench = bare()
    assert bench.send(create("DF01", df_header("DF01"))).sw == 0x6A82  # not below the MF
    assert bench.send(create("EF05", ef_header("DDF1", "EF05"))).sw == 0x6A82
    bench.do(create("DDF1", df_header("DDF1")))
    bench.select("MF")
    assert bench.send(create("DDF1", df_header("DDF1"))).sw == 0x6A84
    assert bench.send("80E0DDF1").sw == 0x6700
    assert bench.send("80E0DDF100").sw == 0x6700
    assert bench.send("80E0DDF106" + "00" * 6 + "00").sw == 0x6700
    assert bench.send("00E0DDF106" + "00" * 6).sw == 0x6E00
    assert bench.send(create("3F00", "38 0000 FF FF 00")).sw == 0x6A82
    bench.select("DDF1")
    assert bench.send(create("EF09", "28 0010 00 05 09")).sw == 0x6A82


@pytest.mark.parametrize("df", ["DDF1/DF01", "DDF1", "MF"])
def test_erase_df_takes_files_and_keys_below_and_the_tree_can_be_built_again(df: str) -> None:
    bench = cb.chip()
    for name in ("RK1_DF01", "RK1_DDF1", "BK_MF"):
        row = cb.KEYS[name]
        bench.select("MF" if row.df == "MF" else f"MF/{row.df}")
        bench.do(cb.plain_write_key(row.reference, cb.key_record(name, 1)))
    bench.select("MF")
    bench.do(cb.plain_write_key(0x00, cb.HOLDER_PIN_RECORD))
    bench.select(df)
    bench.do("800E000000")
    left = bench.card.memory.snapshot()
    inside = "MF" if df == "MF" else f"MF/{df}"
    assert not any(cell.startswith(f"file:{inside}/") for cell in left)
    keys = {cell for cell in left if cell.startswith("key:")}
    survivors = {"DDF1/DF01": {"RK1_DDF1", "BK_MF"}, "DDF1": {"BK_MF"}, "MF": set()}[df]
    assert keys == {f"key:{name}:1" for name in survivors}
    assert ("pin" in left) == (df != "MF")  # it stands at the MF as the keys there do
    if df == "MF":
        assert left == bare().card.memory.snapshot()
        build(bench)
        assert bench.card.memory.snapshot() == cb.chip().card.memory.snapshot()
    else:
        bench.select("MF/DDF1")  # the DF itself stays
        bench.select(df)
        assert bench.send("00A4000002EF05").sw == 0x6A82


def test_forms_of_erase_df() -> None:
    bench = cb.chip()
    before = bench.card.memory.snapshot()
    assert bench.send("800E000001").sw == 0x6700
    assert bench.send("800E000100").sw == 0x6A86
    assert bench.send("800E00000100").sw == 0x6700
    assert bench.send("000E000000").sw == 0x6E00
    assert bench.card.memory.snapshot() == before


@pytest.mark.parametrize("state", ["TRANSPORT", "PERSO", "ISSUED"])
def test_after_the_maker_nobody_creates_or_erases(state: str) -> None:
    bench = cb.card_in(state)
    assert bench.send("800E000000").sw == 0x6985
    assert bench.send(create("DDF1", df_header("DDF1"))).sw == 0x6985


# --- APPEND RECORD --------------------------------------------------------------------------------------


def perso(path: str, *keys: str) -> cb.Bench:
    bench = cb.card_in("PERSO")
    bench.enter(path, *keys)
    return bench


@pytest.mark.parametrize(("file", "length", "count"), [("EF07", 120, 3), ("EF08", 24, 10)])
def test_append_makes_record_one(file: str, length: int, count: int) -> None:
    bench = perso("DDF1/DF02", "UK3_DF02", "RK1_DF02")
    sfi = int(file[-1]) << 3
    records = [bytes((number,)) * length for number in range(1, count + 3)]
    for number, record in enumerate(records):
        if number % 2:
            bench.do(bytes((0x00, 0xE2, 0x00, sfi, length)) + record)
        else:
            bench.select(file)
            bench.do(bench.secure("STK_DF02", "04E20000", record))
    found = [bench.do(f"00B2{number:02X}0400") for number in range(1, count + 1)]
    assert found == records[: -count - 1 : -1]
    assert bench.send(f"00B2{count + 1:02X}0400").sw == 0x6A83


def test_what_append_refuses() -> None:
    bench = perso("DDF1/DF02", "UK3_DF02", "UK1_DF02")
    entry = bytes(24)
    plain = bytes.fromhex("00E2004018") + entry
    assert bench.send("00E2000001AA").sw == 0x6986
    assert bench.send("00E2006801AA").sw == 0x6A82
    assert bench.send("00E2000101AA").sw == 0x6A86
    assert bench.send("00E2010001AA").sw == 0x6A86
    assert bench.send("00E20040").sw == 0x6700
    assert bench.send(plain + b"\x00").sw == 0x6700
    assert bench.send(bytes.fromhex("00E2004017") + entry[1:]).sw == 0x6700
    assert bench.send("80E20040").sw == 0x6E00
    bench.select("EF05")  # a TLV file has no room for another record
    assert bench.send(bench.secure("STK_DF02", "04E20000", bytes.fromhex("2A0101"))).sw == 0x6A84
    assert bench.send("00E20000032A0101").sw == 0x6987
    bench.enter("DDF1/EF07", "UK1_DDF1")
    assert bench.send("00E2000001AA").sw == 0x6981
    bench.select("DDF1/DF02")
    assert bench.send(plain).sw == 0x6982
    bench.authenticate("UK3_DF02")
    bad = bytearray(bench.secure("STK_DF02", "04E20040", entry))
    bad[-1] ^= 1
    assert bench.send(bytes(bad)).sw == 0x6988
    assert bench.send(bytes(bad)).sw == 0x6984
    bench.challenge()
    assert bench.send("04E200400200AA").sw == 0x6987


def test_a_card_that_takes_no_plain_entry() -> None:
    bench = cb.card_with({"plain_cyclic_append": False}, "PERSO")
    bench.enter("DDF1/DF02", "UK3_DF02")
    assert bench.send(bytes.fromhex("00E2004018") + bytes(24)).sw == 0x6987


# --- READ BINARY with MAC -------------------------------------------------------------------------------


def test_read_binary_under_a_mac() -> None:
    # spec: commands_and_crypto 1.1 row 4
    bench = cb.card_in()
    bench.enter("DDF1/EF07", "RK1_DDF1", "UK1_DDF1")
    photo = bytes(range(200))
    bench.do(bytes.fromhex("00D60000C8") + photo)
    command = bench.mac_only("STK_DDF1", "04B00000")
    assert bench.do(command + b"\x80") == photo[:128]
    assert bench.do(bench.mac_only("STK_DDF1", "04B00008")) == photo[8:] + bytes(64)
    bench.select("DDF1")
    bench.authenticate("RK1_DDF1")
    assert bench.do(bench.mac_only("STK_DDF1", "04B08708") + b"\x04") == photo[8:12]


def test_what_read_binary_under_a_mac_refuses() -> None:
    bench = cb.card_in()
    bench.select("DDF1")
    assert bench.send("04B000000400000000").sw == 0x6986
    bench.select("EF07")
    assert bench.send(bench.mac_only("STK_DDF1", "04B00000")).sw == 0x6982
    bench.authenticate("RK1_DDF1")
    assert bench.send("04B000000400000000").sw == 0x6984
    good = bench.mac_only("STK_DDF1", "04B00000")
    assert bench.send(good[:3] + b"\x01" + good[4:]).sw == 0x6988
    assert bench.send(good).sw == 0x6984
    bench.challenge()
    assert bench.send("04B0000003000000").sw == 0x6700
    assert bench.send("04B0000010").sw == 0x6700
    assert bench.send(bench.mac_only("STK_DF01", "04B00000")).sw == 0x6988
    assert bench.send(bench.mac_only("STK_DDF1", "04B00C02")).sw == 0x6B00
    assert bench.send(bench.mac_only("STK_DDF1", "04B00C00") + b"\x10").sw == 0x6C02
    bench.enter("DDF1/DF03", "RK1_DF03")
    bench.select("EE01")
    assert bench.send(bench.mac_only("STK_DF03", "04B00000")).sw == 0x6882


# --- GET CARD DATA --------------------------------------------------------------------------------------


def states() -> dict[int, cb.Bench]:
    blocked, application = cb.card_in(), cb.card_in()
    blocked.block_card()
    application.block("DDF1")
    return {
        0x00: cb.chip(),
        0x01: cb.card_in("TRANSPORT"),
        0x02: cb.card_in("PERSO"),
        0x03: application,
        0xFF: blocked,
    }


def test_card_data_in_every_state() -> None:
    for state, bench in states().items():
        assert len(bench.do("80CA000100")) == 2
        assert bench.do("80CA000204") == cb.SERIAL
        assert bench.do("80CA000300") == bytes((state,))
        assert len(bench.do("80CA000400")) == 4


def test_free_memory_falls_by_what_is_stored() -> None:
    bench = bare()
    free = int.from_bytes(bench.do("80CA000400"), "big")
    build(bench)
    left = int.from_bytes(bench.do("80CA000400"), "big")
    files = [file for file in cb.profile().files.values() if file.kind.is_ef]
    stored = sum(len(blank_contents(cb.profile(), file)) for file in files)
    assert free - left == stored - sum(1 for file in cb.profile().files.values() if file.parent)


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("80CA0001", 0x6700),
        ("80CA000000", 0x6A86),
        ("80CA000500", 0x6A86),
        ("80CA010100", 0x6A86),
        ("80CA000201", 0x6C04),
        ("80CA00010100", 0x6700),
        ("00CA000100", 0x6E00),
    ],
)
def test_forms_of_get_card_data(command: str, sw: int) -> None:
    assert cb.card_in().send(command).sw == sw


def test_card_data_is_no_secret_and_no_right() -> None:
    bench: cb.Bench = cb.card_in()
    card: Card = bench.card
    values = [value for cell, value in card.memory.snapshot().items() if cell.startswith("key:")]
    answers = b"".join(bench.do(f"80CA000{about}00") for about in (1, 2, 3, 4))
    assert not any(value in answers for value in values)
    assert card.volatile.keys == frozenset()
