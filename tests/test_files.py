"""SELECT, READ and UPDATE: navigation, addressing, limits."""

from __future__ import annotations

from dataclasses import replace

import card_bench as cb
import pytest

from card_os.kernel.card import Card
from card_os.kernel.memory import Memory

MF_FCI = "6F1484106A6D6A6B6B7979686A00000000000000A500"  # spec: terminal_interface 3
DDF1_FCI = "6F10840C57532E5359532E4444463031A500"
DF_FCI = {"DF01": "6F088406915600013200", "DF02": "6F088406915600013201", "DF03": "6F088406915600013202"}


@pytest.fixture
def bench() -> cb.Bench:
    return cb.card_in()


# --- SELECT ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["00A40000023F00", "00A40000023F0000", "00A4000000", "00A40000"])
def test_the_mf_from_anywhere(bench: cb.Bench, command: str) -> None:
    for path in ("MF", "DDF1", "DDF1/EF05", "DDF1/DF03/EE01"):
        bench.select(path)
        assert bench.do(command).hex().upper() == MF_FCI


@pytest.mark.parametrize("path", ["MF", "DDF1", "DDF1/EF08", "DDF1/DF01", "DDF1/DF02/EF07", "DDF1/DF03/ED05"])
def test_ddf1_from_anywhere(bench: cb.Bench, path: str) -> None:
    bench.select(path)
    assert bench.do("00A4000002DDF1").hex().upper() == DDF1_FCI


@pytest.mark.parametrize("path", ["DDF1", "DDF1/EF05", "DDF1/DF01", "DDF1/DF01/EF08", "DDF1/DF03/EE02"])
@pytest.mark.parametrize("df", DF_FCI)
def test_a_df_from_its_parent_its_siblings_and_their_efs(bench: cb.Bench, path: str, df: str) -> None:
    bench.select(path)
    assert bench.do("00A4000002" + df).hex().upper() == DF_FCI[df]


@pytest.mark.parametrize(
    ("path", "fid"),
    [
        ("MF", "DF01"),
        ("MF", "EF05"),
        ("DDF1", "EE01"),
        ("DDF1", "EF09"),
        ("DDF1/DF01", "EE01"),
        ("DDF1/DF01/EF05", "ED01"),
        ("DDF1/DF02", "EF09"),
        ("DDF1/DF03", "EF07"),
        ("DDF1/DF03", "DF04"),
        ("DDF1/DF03", "0000"),
        ("DDF1/DF03", "FFFF"),
    ],
)
def test_efs_of_other_dfs_are_out_of_reach(bench: cb.Bench, path: str, fid: str) -> None:
    bench.select(path)
    assert bench.send("00A4000002" + fid) == (b"", 0x6A82)


def test_an_ef_answers_nothing_and_belongs_to_the_current_df(bench: cb.Bench) -> None:
    for df in ("DF01", "DF02", "DF03"):
        bench.select("DDF1/" + df)
        assert bench.do("00A4000002EF05") == b""
        assert bench.card.volatile.ef is bench.card.files[f"MF/DDF1/{df}/EF05"]


@pytest.mark.parametrize(
    "name", ["57532E5359532E4444463031", "915600013200", "6A6D6A6B6B7979686A00000000000000"]
)
def test_by_name(bench: cb.Bench, name: str) -> None:
    command = f"00A40400{len(name) // 2:02X}{name}"
    assert name in bench.do(command).hex().upper()
    assert bench.send(command.replace("00A40400", "00A40402")).sw == 0x6A82  # there is no second one


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("00A4040006915600013209", 0x6A82),
        ("00A404000491560001", 0x6700),
        ("00A4040011" + "41" * 17, 0x6700),
        ("00A4040000", 0x6700),
        ("00A40000013F", 0x6700),
        ("00A40000033F0000", 0x6700),
        ("00A40100023F00", 0x6A86),
        ("00A4000C023F00", 0x6A86),
        ("00A4040106915600013200", 0x6A86),
        ("80A40000023F00", 0x6E00),
        ("00A40000023F0005", 0x6C16),
    ],
)
def test_refused_forms_of_select(bench: cb.Bench, command: str, sw: int) -> None:
    assert bench.send(command) == (b"", sw)


@pytest.mark.parametrize(
    ("form", "mf", "df01"),
    [("none", "", ""), ("plain", MF_FCI.replace("6F14", "6F12")[:-4], DF_FCI["DF01"])],
)
def test_other_makes_of_fci(form: str, mf: str, df01: str) -> None:
    bench = cb.Bench(Card(replace(cb.profile(), fci=form), Memory(cb.snapshot()), cb.Random()))
    assert bench.do("00A40000023F00").hex().upper() == mf
    bench.select("DDF1")
    assert bench.do("00A4000002DF01").hex().upper() == df01


def test_a_contact_card_announces_only_where_le_is_absent() -> None:
    # spec: pcsc.md fact 13
    contact = replace(cb.profile(), transport="contact_t0")
    bench = cb.Bench(Card(contact, Memory(cb.snapshot()), cb.Random()))
    assert bench.atr.hex().upper() == "3B68000000A1A1A100000001"
    assert bench.send("00A4000002DDF1") == (b"", 0x6112)
    assert bench.do("00C0000012").hex().upper() == DDF1_FCI
    assert bench.do("00A4000002DDF100").hex().upper() == DDF1_FCI
    bench.select("EF05")
    assert len(bench.do("00B2390005")) == 5


def test_the_answer_to_reset_of_the_contactless_card(bench: cb.Bench) -> None:
    assert bench.atr.hex().upper() == "3B88800100A1A1A100000001A9"


# --- records --------------------------------------------------------------------------------------------


def test_number_and_tag_lead_to_the_same_record(bench: cb.Bench) -> None:
    bench.select("DDF1/EF05")
    tags = [1, 2, 3, 4, 5, 6, 8, 9, 10, 57]  # spec: terminal_interface 4.2
    lengths = [3, 6, 32, 13, 182, 6, 20, 5, 12, 5]
    for number, (tag, length) in enumerate(zip(tags, lengths, strict=True), start=1):
        by_number = bench.do(f"00B2{number:02X}0400")
        assert by_number[:2] == bytes((tag, length - 2))
        assert len(by_number) == length
        assert bench.do(f"00B2{tag:02X}0000") == by_number
        assert bench.do(f"00B2{tag:02X}00{length:02X}") == by_number
        assert bench.do(f"00B2{number:02X}2C00") == by_number  # SFI 05


def test_tag_39_before_any_authentication(bench: cb.Bench) -> None:
    bench.select("DDF1/EF05")
    assert bench.do("00B2390005").hex().upper() == "3903FFFFFF"


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("00B2000400", 0x6A83),
        ("00B20B0400", 0x6A83),
        ("00B2FF0400", 0x6A83),
        ("00B2000000", 0x6A83),
        ("00B2070000", 0x6A83),
        ("00B2010404", 0x6C03),
        ("00B2010402", 0x6C03),
        ("00B2050410", 0x6CB6),
        ("00B20104", 0x6700),
        ("00B20104010000", 0x6700),
        ("00B2010500", 0x6A86),
        ("00B2010300", 0x6A86),
        ("00B2012D00", 0x6A86),
        ("00B2014C00", 0x6A82),  # SFI 09
        ("04B2010400", 0x6E00),
        ("00B0000001", 0x6981),
    ],
)
def test_refused_forms_of_read_record(bench: cb.Bench, command: str, sw: int) -> None:
    bench.select("DDF1/EF05")
    assert bench.send(command) == (b"", sw)


def test_by_tag_finds_nothing_outside_tlv_files(bench: cb.Bench) -> None:
    bench.enter("DDF1/DF03/EF05", "RK1_DF03")
    assert bench.send("00B2010000").sw == 0x6A83
    assert bench.do("00B2010400") == b"\xff"
    bench.enter("DDF1/DF02/EF07", "RK1_DF02")
    assert bench.send("00B2010000").sw == 0x6A83


def test_without_a_current_ef(bench: cb.Bench) -> None:
    bench.select("DDF1")
    for command in ("00B2010400", "00B0000001", "00D600000101", "00DC01040101", "84D2010400", "840C010400"):
        assert bench.send(command).sw == 0x6986


def test_a_short_identifier_reaches_the_current_df_only(bench: cb.Bench) -> None:
    bench.select("DDF1")
    assert bench.do("00B2012C00")[0] == 1
    bench.select("DF01")
    assert bench.send("00B2012C00").sw == 0x6982  # EF05 of DF01, not of DDF1
    bench.select("MF")
    assert bench.send("00B2012C00").sw == 0x6A82


def test_update_record_forms(bench: cb.Bench) -> None:
    bench.enter("DDF1/DF03/EF05", "UK1_DF03", "RK1_DF03")
    for command, sw in {
        "00DC01040100": 0x6987,
        "00DC0104": 0x6700,
        "00DC0104010000": 0x6700,
        "00DC0104020000": 0x6987,
        "00DC010400": 0x6700,
        "00DC01020100": 0x6A86,
        "00DC01030100": 0x6A86,
        "00DC00030100": 0x6981,
        "00DC00040100": 0x6987,
        "80DC01040100": 0x6E00,
    }.items():
        assert bench.send(command).sw == sw, command
    assert bench.do("00B2010400") == b"\xff"


def test_update_of_a_record_that_is_not_there() -> None:
    bench = cb.card_in("PERSO")
    bench.enter("DDF1/EF05", "UK1_DDF1")
    assert bench.send("00DC00040100").sw == 0x6A83
    assert bench.send("00DC0B040100").sw == 0x6A83


def test_absolute_update_of_a_cyclic_file_is_refused(bench: cb.Bench) -> None:
    bench.enter("DDF1/DF02/EF08", "UK3_DF02")
    assert bench.send("00DC010418" + "41" * 24).sw == 0x6981


@pytest.mark.parametrize(("fid", "count", "length"), [("EF07", 3, 120), ("EF08", 10, 24)])
def test_a_cyclic_file_keeps_the_newest_first(bench: cb.Bench, fid: str, count: int, length: int) -> None:
    bench.enter("DDF1/DF02/" + fid, "UK3_DF02", "RK1_DF02")
    blank = bytes(length) if fid == "EF07" else bytes(20) + b"\xff" * 4
    model = [blank] * count
    for turn in range(1, 2 * count + 2):
        record = bytes((turn,)) * length
        bench.do(bytes((0x00, 0xDC, 0x00, 0x03, length)) + record)
        model = [record, *model[:-1]]
        assert [bench.do(f"00B2{n:02X}0400") for n in range(1, count + 1)] == model
    assert bench.send(f"00B2{count + 1:02X}0400").sw == 0x6A83
    assert bench.send(bytes((0x00, 0xDC, 0x00, 0x03, length - 1)) + bytes(length - 1)).sw == 0x6700


# --- transparent files ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("fid", "size"), [("EE01", 1893), ("ED05", 3267)])
def test_a_whole_visit_record_in_blocks(bench: cb.Bench, fid: str, size: int) -> None:
    bench.enter("DDF1/DF03", "UK1_DF03", "RK1_DF03")
    bench.select(fid)
    image = bytes(n * 7 % 251 for n in range(size))
    for start in range(0, size, 0x80):
        block = image[start : start + 0x80]
        bench.do(bytes((0x00, 0xD6)) + start.to_bytes(2, "big") + bytes((len(block),)) + block)
    for step in (0x80, 0xFA, 0x100):
        read = b""
        while len(read) < size:
            le = min(step, size - len(read))
            read += bench.do(bytes((0x00, 0xB0)) + len(read).to_bytes(2, "big") + bytes((le % 0x100,)))
        assert read == image


@pytest.mark.parametrize(
    ("command", "sw", "length"),
    [
        ("00B0000000", 0x9000, 256),
        ("00B00764" + "01", 0x9000, 1),  # the last byte, 1892
        ("00B0076500", 0x6B00, 0),
        ("00B0076501", 0x6B00, 0),
        ("00B07FFF01", 0x6B00, 0),
        ("00B0076402", 0x6C01, 0),
        ("00B0076400", 0x9000, 1),
        ("00B0000001", 0x9000, 1),
        ("00B091FF01", 0x9000, 1),  # SFI 11, offset FF
        ("00B09F0001", 0x6A82, 0),
        ("00B0A00001", 0x6A86, 0),
        ("00B0C00001", 0x6A86, 0),
        ("00B00000", 0x6700, 0),
        ("00B00000020000", 0x6700, 0),
        ("04B0000001", 0x6700, 0),
        ("04B000000400000000", 0x6882, 0),  # EE01 has no secure messaging
        ("00B2010400", 0x6981, 0),
    ],
)
def test_read_binary_forms(bench: cb.Bench, command: str, sw: int, length: int) -> None:
    bench.enter("DDF1/DF03", "RK1_DF03")
    bench.select("EE01")
    answer = bench.send(command)
    assert (answer.sw, len(answer.data)) == (sw, length)


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("00D607640141", 0x9000),
        ("00D607650141", 0x6A84),
        ("00D607660141", 0x6B00),
        ("00D60764024141", 0x6A84),
        ("00D6000000", 0x9000),  # spec: commands_and_crypto 1.3 rule 6
        ("00D60000", 0x9000),
        ("00D6000005", 0x6700),
        ("00D60000014100", 0x6700),
        ("00D6910001AA", 0x9000),
        ("00D6810001AA", 0x6A82),
        ("00D6E00001AA", 0x6A86),
        ("80D600000141", 0x6E00),
    ],
)
def test_update_binary_forms(bench: cb.Bench, command: str, sw: int) -> None:
    bench.enter("DDF1/DF03", "UK1_DF03")
    bench.select("EE01")
    before = bench.card.memory.snapshot()
    assert bench.send(command) == (b"", sw)
    if sw != 0x9000:
        assert bench.card.memory.snapshot() == before


def test_blank_contents_follow_the_codings(bench: cb.Bench) -> None:
    for fid in ("EE02", "ED02"):
        content = bench.card.files.contents(bench.card.files["MF/DDF1/DF03/" + fid])
        layout = f"DF03.{fid[:2]}"
        for item in cb.profile().by_layout[layout]:
            start = item.offset or 0
            assert (
                content[start : start + item.length]
                == (b"\x00" if item.coding == "AN" else item.blank[:1]) * item.length
            )
    for path, count in {"MF/DDF1/DF03/EF05": 3, "MF/DDF1/DF03/EF06": 5}.items():
        assert bench.card.files.contents(bench.card.files[path]) == b"\xff" * count
