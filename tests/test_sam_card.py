"""The SAM: PIN, key delivery, ciphering, and its raw T=0 answers.  # spec: commands_and_crypto 2"""

from __future__ import annotations

import card_bench as cb
import field_oracle as oracle
import pytest

VERIFY = "0020000003123456"
WRONG = "0020000003654321"
FACTORS = cb.HISTORICAL + cb.CITY
CHALLENGE = bytes.fromhex("A0A1A2A3A4A5A6A7")


@pytest.fixture
def sam() -> cb.Bench:
    return cb.sam(verified=True)


def deliver(name: str, version: int = 1, *, field: int | None = None) -> bytes:
    """80DE for a key; the version field is 0 where the key has one version."""
    row = cb.KEYS[name]
    shown = field if field is not None else (version if row.versions > 1 else 0)
    factors = (FACTORS if row.p1 >> 5 == 2 else cb.HISTORICAL) + CHALLENGE
    return bytes((0x80, 0xDE, row.p1, shown << 5 | row.sam_id, len(factors))) + factors


def session(name: str, version: int = 1) -> bytes:
    return oracle.session_key(cb.card_value(name, version), CHALLENGE)


def cipher(data: bytes, p1: int = 0x00) -> bytes:
    return bytes((0x80, 0xFA, p1, 0x00, len(data))) + data


# --- files and T=0 --------------------------------------------------------------------------------------


def test_answers_of_select_are_announced() -> None:
    sam = cb.sam()
    assert sam.atr.hex().upper() == "3B68000000A1A15A00000001"
    assert sam.send("00A40000023F00") == (b"", 0x6109)
    assert sam.do("00C0000009").hex().upper() == "6F07840552" + "4853414D"
    assert sam.send("00A4000002DF01") == (b"", 0x6114)
    assert sam.do("00C0000014").hex().upper() == "6F12841052" + "48432E53414D2E4845414C54483031"
    assert sam.send("00A40000020015").sw == 0x6A82
    assert sam.do("00A4000002001A") == b""


def test_select_without_data_means_the_mf() -> None:
    sam = cb.sam()
    sam.select("DF01")
    assert sam.do("00A4000000").hex().upper() == "6F078405524853414D"
    assert sam.do("00A40000020016") == b""
    sam.select("DF01")
    assert sam.send("00A40000") == (b"", 0x6109)


def test_get_response_rules() -> None:
    sam = cb.sam()
    assert sam.send("00C0000000").sw == 0x6985
    sam.send("00A4000002DF01")
    assert sam.send("00C0000015").sw == 0x6C14
    assert sam.send("00C0010014").sw == 0x6A86
    assert sam.send("00C00000").sw == 0x6700
    first = sam.send("00C0000004")
    assert (len(first.data), first.sw) == (4, 0x6110)
    rest = sam.send("00C0000000")
    assert (len(rest.data), rest.sw) == (16, 0x9000)
    assert sam.send("00C0000001").sw == 0x6985


@pytest.mark.parametrize("between", ["0084000008", "00A4000002FFFF", "00B0950001"])
def test_any_other_command_discards_the_pending_answer(between: str) -> None:
    sam = cb.sam()
    sam.send("00A4000002DF01")
    sam.send(between)
    assert sam.send("00C0000000").sw == 0x6985


@pytest.mark.parametrize(
    ("df", "fid", "sfi", "size"),
    [
        ("MF", "0015", 0x95, 14),
        ("MF", "0016", 0x96, 6),
        ("DF01", "001A", 0x9A, 25),
        ("DF01", "001B", 0x9B, 180),
        ("DF01", "001C", 0x9C, 190),
    ],
)
def test_information_files_without_pin(df: str, fid: str, sfi: int, size: int) -> None:
    sam = cb.sam()
    sam.select(df)
    by_sfi = sam.do(bytes((0x00, 0xB0, sfi, 0x00, size)))
    sam.select(df)
    assert sam.do("00A4000002" + fid) == b""
    assert sam.do(bytes((0x00, 0xB0, 0x00, 0x00, size))) == by_sfi
    assert len(by_sfi) == size
    assert sam.send(bytes((0x00, 0xB0, size >> 8, size & 0xFF, 1))).sw == 0x6B00
    assert sam.send("00D600000100").sw == 0x6985  # only while personalised


def test_commands_that_no_sam_has(sam: cb.Bench) -> None:
    for command, sw in {
        "801A000000": 0x6D00,
        "8070000000": 0x6D00,
        "00B2010400": 0x6D00,
        "84D2010400": 0x6D00,
        "00DE470000": 0x6E00,
        "90B0000000": 0x6E00,
        "0082000111" + "00" * 17: 0x6985,
    }.items():
        assert sam.send(command).sw == sw, command


# --- PIN ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("df", ["MF", "DF01"])
def test_one_pin_for_mf_and_df01_until_reset(df: str) -> None:
    sam = cb.sam()
    sam.select(df)
    sam.do(VERIFY)
    for path in ("MF", "DF01", "DF01/001A", "MF", "DF01"):
        sam.select(path)
    sam.do(deliver("RK1_DDF1"))
    sam.card.reset()
    sam.select("DF01")
    assert sam.send(deliver("RK1_DDF1")).sw == 0x6982


def test_ten_tries_then_blocked() -> None:
    sam = cb.sam()
    assert [sam.send(WRONG).sw for _ in range(10)] == [0x63C0 | left for left in range(9, -1, -1)]
    assert sam.send(WRONG).sw == 0x6983
    assert sam.send(VERIFY).sw == 0x6983
    sam.card.reset()
    assert sam.send(VERIFY).sw == 0x6983
    assert sam.send("805E010007123456FF654321").sw == 0x6983


def test_success_gives_the_tries_back_and_a_failure_takes_the_right() -> None:
    sam = cb.sam()
    assert [sam.send(WRONG).sw for _ in range(9)][-1] == 0x63C1
    sam.do(VERIFY)
    assert sam.send(WRONG).sw == 0x63C9
    sam.select("DF01")
    assert sam.send(deliver("RK1_DDF1")).sw == 0x6982


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("0020000000", 0x6700),
        ("00200000", 0x6700),
        ("002000000112", 0x6700),
        ("002000000712345678901234", 0x6700),
        ("0020010003123456", 0x6A86),
        ("0020000103123456", 0x6A86),
        ("8020000003123456", 0x6E00),
        ("00200000021234", 0x63C9),
        ("002000000412345600", 0x63C9),
    ],
)
def test_forms_of_verify(command: str, sw: int) -> None:
    assert cb.sam().send(command) == (b"", sw)


def test_change_pin() -> None:
    sam = cb.sam()
    sam.do("805E010006123456FF4321")
    assert sam.send(VERIFY).sw == 0x63C9
    sam.do("00200000024321")


@pytest.mark.parametrize(
    ("body", "sw"),
    [
        ("123456654321", 0x6A80),
        ("123456FF", 0x6700),
        ("FF654321", 0x6700),
        ("123456FF6543FF", 0x6A80),
        ("123456FF01", 0x6700),
        ("123456FF01020304050607", 0x6700),
        ("654321FF111111", 0x63C9),
    ],
)
def test_refused_changes_leave_the_pin(body: str, sw: int) -> None:
    sam = cb.sam()
    assert sam.send(f"805E0100{len(body) // 2:02X}{body}").sw == sw
    sam.do(VERIFY)


def test_a_change_keeps_the_right_and_a_failed_change_takes_it(sam: cb.Bench) -> None:
    # spec: commands_and_crypto 5.2: a wrong authentication removes the right
    sam.do("805E010007123456FF123456")
    sam.do(deliver("RK1_DDF1"))
    assert sam.send("805E010007111111FF654321").sw == 0x63C9
    assert sam.send(deliver("RK1_DDF1")).sw == 0x6982
    sam.do("805E010007123456FF123456")
    assert sam.send(deliver("RK1_DDF1")).sw == 0x6982  # a change is no verification


def test_change_pin_parameters_and_tries() -> None:
    sam = cb.sam()
    assert sam.send("805E000007123456FF654321").sw == 0x6A86
    assert [sam.send("805E010007111111FF654321").sw for _ in range(10)][-1] == 0x63C0
    assert sam.send(VERIFY).sw == 0x6983


def test_a_sam_that_got_no_pin() -> None:
    sam = cb.chip("sam")
    sam.do(cb.plain_write_key(0x01, cb.TRANSPORT_RECORD))
    sam.do("0044000000")
    sam.authenticate("KT_MF")
    sam.do("0044000000")
    assert sam.send(VERIFY).sw == 0x6A88
    assert sam.send("805E010007123456FF654321").sw == 0x6A88


# --- 80DE and 80FA --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "version"), [(n, v) for n, row in cb.KEYS.items() for v in range(1, row.versions + 1)]
)
def test_every_key_and_version_is_delivered(sam: cb.Bench, name: str, version: int) -> None:
    assert sam.send(deliver(name, version)) == (b"", 0x9000)
    text = cb.TERMINAL_DATA + bytes(8)
    assert sam.send(cipher(text)) == (b"", 0x6110)
    assert sam.do("00C0000010") == oracle.encrypt(session(name, version), text)


def test_a_single_version_may_be_named(sam: cb.Bench) -> None:
    assert sam.send(deliver("STK_DDF1", field=1)).sw == 0x9000
    assert sam.send(deliver("STK_DDF1", field=2)).sw == 0x6A88


def test_conditions_in_order() -> None:
    # spec: commands_and_crypto 2.3; one condition more is met in every step
    sam = cb.sam()
    good = deliver("RK1_DDF1")
    length = good[:4] + b"\x17" + good[5:-1]
    unknown = good[:3] + b"\x3f" + good[4:]
    version = good[:3] + bytes((5 << 5 | 0x11,)) + good[4:]
    no_version = good[:3] + b"\x11" + good[4:]
    usage = good[:2] + b"\x27" + good[3:]
    factors = good[:4] + b"\x10" + good[5:-8]
    assert sam.send(length).sw == 0x6700
    assert sam.send("80DE4731").sw == 0x6700
    assert sam.send(unknown).sw == 0x6982
    sam.do(VERIFY)
    assert sam.send(unknown).sw == 0x6985
    sam.select("DF01")
    for command in (unknown, version, no_version):
        assert sam.send(command).sw == 0x6A88
    assert sam.send(usage).sw == 0x6A86
    assert sam.send(factors).sw == 0x6A80
    assert sam.send(good).sw == 0x9000


@pytest.mark.parametrize("p1", [0x00, 0x07, 0x27, 0x28, 0x48, 0x67, 0xC7])
def test_the_usage_byte_must_be_that_of_the_key(sam: cb.Bench, p1: int) -> None:
    command = bytearray(deliver("RK1_DDF1"))
    command[2] = p1
    assert sam.send(bytes(command)).sw == 0x6A86


@pytest.mark.parametrize("blocks", [1, 2, 14, 15])
def test_encipher(sam: cb.Bench, blocks: int) -> None:
    data = bytes(n % 256 for n in range(16 * blocks))
    sam.do(deliver("STK_DF02"))
    assert sam.send(cipher(data)).sw == 0x6100 | 16 * blocks
    assert sam.do("00C0000000") == oracle.encrypt(session("STK_DF02"), data)


@pytest.mark.parametrize("length", [0, 5, 11, 21, 53, 200])
def test_mac(sam: cb.Bench, length: int) -> None:
    message = bytes(n % 256 for n in range(length))
    sam.do(deliver("STK_DF03"))
    assert sam.send(cipher(oracle.mac_input(message), 0x05)) == (b"", 0x6104)
    assert sam.do("00C0000004") == oracle.mac(session("STK_DF03"), message)


def test_the_initial_vector_of_a_mac_counts(sam: cb.Bench) -> None:
    sam.do(deliver("STK_DF03"))
    sam.send(cipher(b"\x01" * 32, 0x05))
    assert sam.do("00C0000004") == oracle.encrypt(session("STK_DF03"), bytes(16))[:4]


def test_a_key_is_used_once(sam: cb.Bench) -> None:
    sam.do(deliver("STK_DF03"))
    sam.send(cipher(bytes(16)))
    sam.do("00C0000010")
    assert sam.send(cipher(bytes(16))).sw == 0x6985
    assert sam.send(cipher(bytes(32), 0x05)).sw == 0x6985


@pytest.mark.parametrize("name", [name for name, row in cb.KEYS.items() if row.p1 & 0x1F == 7])
def test_a_type_7_key_makes_no_mac(sam: cb.Bench, name: str) -> None:
    sam.do(deliver(name))
    assert sam.send(cipher(bytes(32), 0x05)).sw == 0x6A86
    assert sam.send(cipher(bytes(16))).sw == 0x6985


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("80FA0000", 0x6700),
        ("80FA000000", 0x6700),
        ("80FA00000F" + "00" * 15, 0x6700),
        ("80FA000011" + "00" * 17, 0x6700),
        ("80FA050010" + "00" * 16, 0x6700),
        ("80FA010010" + "00" * 16, 0x6A86),
        ("80FA060020" + "00" * 32, 0x6A86),
        ("80FA040020" + "00" * 32, 0x6A86),
        ("80FA000110" + "00" * 16, 0x6A86),
        ("80FA0000101100", 0x6700),
        ("00A4000002FFFF", 0x6A82),
        ("00A40000023F00", 0x6109),
        ("00FF000000", 0x6D00),
        ("0084000007", 0x6700),
    ],
)
def test_an_error_and_a_select_forget_the_key(sam: cb.Bench, command: str, sw: int) -> None:
    # spec: commands_and_crypto 2.3: clear at SELECT, reset, error
    sam.do(deliver("STK_DF03"))
    assert sam.send(command).sw == sw
    assert sam.send(cipher(bytes(16))).sw == 0x6985


def test_reset_forgets_the_key(sam: cb.Bench) -> None:
    sam.do(deliver("STK_DF03"))
    sam.card.reset()
    assert sam.send(cipher(bytes(16))).sw == 0x6985


def test_sam_and_card_understand_each_other(sam: cb.Bench) -> None:
    card = cb.card_in()
    card.select("DDF1/EF08")
    for name, reference in (("RK1_DDF1", 0x04), ("UK1_DDF1", 0x05)):
        command = deliver(name)
        sam.do(command[:-8] + card.challenge())
        sam.send(cipher(cb.TERMINAL_DATA + bytes(8)))
        value = oracle.fold(sam.do("00C0000010"))
        card.do(bytes((0x00, 0x82, 0x00, reference, 0x11)) + value + cb.TERMINAL_DATA + b"\x01")
    record = bytes.fromhex("070420461231")
    stk = deliver("STK_DDF1")[:-8] + card.challenge()
    sam.do(stk)
    sam.send(cipher(oracle.pad_always(bytes((len(record),)) + record)))
    body = sam.do("00C0000000")
    head = bytes.fromhex("04DC010414")
    sam.do(stk)
    sam.send(cipher(oracle.mac_input(head + body), 0x05))
    card.do(head + body + sam.do("00C0000004"))
    assert card.do("00B2070000") == record
