"""Explanations of a scripted session in both languages, and the reasons of status words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from card_bench import PIN, mac_only, profile
from hypothesis import given
from hypothesis import strategies as st
from trace_bench import ExplainedBench, explained

from card_os.trace import Exchange, Explainer
from card_os.trace.reading import PROFILES

ENGLISH = """\
RESET  → ATR
SELECT  DDF1  → 9000 ok
SELECT  DDF1/EF06  → 9000 ok
READ RECORD  DDF1/EF06  record 1  姓名 holder_name  → 6982 security status not satisfied \
(needs RK1_DDF1, which is not authenticated)
GET CHALLENGE  DDF1  8 bytes  → 9000 ok
EXTERNAL AUTHENTICATE  DDF1  RK1_DDF1 version 1  → 9000 ok
READ RECORD  DDF1/EF06  record 1  姓名 holder_name  → 9000 ok
EXTERNAL AUTHENTICATE  DDF1  RK1_DDF1 version 1  → 6984 no challenge was drawn \
(the last challenge was used up by EXTERNAL AUTHENTICATE)
GET CHALLENGE  DDF1  8 bytes  → 9000 ok
EXTERNAL AUTHENTICATE  DDF1  RK1_DDF1 version 1  \
→ 63CE authentication failed, 14 tries left for this key \
(the cryptogram is not of RK1_DDF1, this card number, province code and the last challenge; \
14 of 15 tries are left)
READ RECORD  DDF1/EF06  record 1  姓名 holder_name  → 6982 security status not satisfied \
(needs RK1_DDF1, which a failed authentication took away)
SELECT  DDF1  EE01  → 6A82 file not found (EE01 is in DDF1/DF03 and not reachable from DDF1)
"""
CHINESE = """\
复位  → ATR
选择文件  DDF1  → 9000 成功
选择文件  DDF1/EF06  → 9000 成功
读记录  DDF1/EF06  记录 1  姓名 holder_name  → 6982 不满足安全状态 (需要 RK1_DDF1，尚未认证)
取随机数  DDF1  8 字节  → 9000 成功
外部认证  DDF1  RK1_DDF1 版本 1  → 9000 成功
读记录  DDF1/EF06  记录 1  姓名 holder_name  → 9000 成功
外部认证  DDF1  RK1_DDF1 版本 1  → 6984 没有取随机数 (上一个随机数已被 外部认证 用掉)
取随机数  DDF1  8 字节  → 9000 成功
外部认证  DDF1  RK1_DDF1 版本 1  → 63CE 认证失败，密钥还可试 14 次 \
(密文与 RK1_DDF1、本卡号、省代码或上一个随机数不符; 15 次中还剩 14 次)
读记录  DDF1/EF06  记录 1  姓名 holder_name  → 6982 不满足安全状态 (需要 RK1_DDF1，已因认证失败而失去)
选择文件  DDF1  EE01  → 6A82 找不到文件 (EE01 在 DDF1/DF03 中，从 DDF1 不可达)
"""


def session() -> ExplainedBench:
    bench = explained()
    bench.select("DDF1/EF06")
    bench.send("00B2010400")
    bench.authenticate("RK1_DDF1")
    bench.send("00B2010400")
    bench.send("0082000411" + "00" * 16 + "01")
    bench.fail(0x04)
    bench.send("00B2010400")
    bench.send("00A4000002EE01")
    return bench


@pytest.mark.parametrize(("language", "lines"), [("en", ENGLISH), ("zh", CHINESE)])
def test_a_session_in_words(language: str, lines: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHC_LANG", language)
    assert [told.line for told in session().told] == lines.splitlines()


@pytest.fixture
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHC_LANG", "en")


def at(*steps: str) -> Callable[[ExplainedBench], None]:
    """A path to select, then keys to authenticate or commands to send."""

    def walk(bench: ExplainedBench) -> None:
        bench.select(steps[0])
        for step in steps[1:]:
            bench.authenticate(step) if "_" in step else bench.send(step)

    return walk


WHY = [
    ("6982", at("DDF1/DF03/EF05", "RK1_DF03", "00A4000002DF02", "00A4000002DF03", "00A4000002EE01"),
     "00B0000010", "needs RK1_DF03, which was lost when DDF1/DF02 was selected"),
    ("6982", at("DDF1/EF06", "UK1_DDF1"), "00DC010403010131", "allowed only in state PERSO"),
    ("6982", at("DDF1/EF07"), "00D600000101", "needs UK1_DDF1, which is not authenticated"),
    ("6A82", at("DDF1"), "00A40000021234", "no file of this application has identifier 1234"),
    ("6A82", at("DDF1"), "00A40400054142434445", "no DF has this name"),
    ("6A82", at("DDF1"), "00B0910010", "DDF1 has no EF with short identifier 11"),
    ("6981", at("DDF1/EF05"), "00B0000010",
     "DDF1/EF05 is linear TLV; the command works on transparent"),
    ("6981", at("DDF1/DF02/EF07", "UK3_DF02"), "00DC010403070101",
     "records of a cyclic file are appended (P2 03), not replaced"),
    ("6986", at("DDF1"), "00B2010400", "no EF was selected since DDF1 was"),
    ("6A83", at("DDF1/EF05"), "00B20B0400", "DDF1/EF05 has records 1 to 10"),
    ("6A83", at("DDF1/EF05"), "00B2070000", "DDF1/EF05 has no record with tag 07"),
    ("6B00", at("DDF1/EF07", "RK1_DDF1"), "00B00C0210",
     "DDF1/EF07 ends at byte 3073, byte 3074 was asked for"),
    ("6A84", at("DDF1/EF07", "UK1_DDF1"), "00D60C0102AAAA", "DDF1/EF07 has 3074 bytes"),
    ("6C03", at("DDF1/EF05"), "00B2010404", "4 bytes were asked for, 3 are there"),
    ("6C02", at("DDF1/EF07", "RK1_DDF1"), "00B00C0010", "16 bytes were asked for, 2 are there"),
    ("6984", at("DDF1"), "0082000411" + "00" * 16 + "01", "no challenge was drawn since the last reset"),
    ("6984", at("DDF1", "0084000004"), "0082000411" + "00" * 16 + "01",
     "the last challenge was not of 8 bytes"),
    ("6A88", at("DDF1", "0084000008"), "0082008411" + "00" * 16 + "01", "DDF1 has no key 84"),
    ("6A88", at("DDF1", "0084000008"), "0082000411" + "00" * 16 + "05",
     "RK1_DDF1 has versions 1 to 4, version 5 was asked for"),
    ("6A88", at("DDF1", "0084000008"), "0082000211" + "00" * 16 + "01",
     "STK_DDF1 is no key to authenticate with"),
    ("6988", at("DDF1/EF08", "UK1_DDF1", "0084000008"), "04DC020414" + "00" * 20,
     "the MAC does not fit STK_DDF1, this header and the last challenge"),
    ("6987", at("DDF1/EF08", "UK1_DDF1"), "00DC02040A0210" + "FF" * 8,
     "DDF1/EF08 is written under secure messaging with STK_DDF1"),
    ("6882", at("DDF1/DF03/EE01", "UK1_DF03", "0084000008"), "04D6000014" + "00" * 20,
     "DDF1/DF03/EE01 is written plain"),
    ("6985", at("DDF1"), "00C0000010", "no answer is waiting"),
    ("6985", at("DDF1"), "8005000000", "allowed only in state PERSO"),
    ("6982", at("DDF1", "0084000008"), "841E000004" + "00" * 4, "needs LK_DDF1, which is not authenticated"),
    ("6988", at("DDF1", "LK_DDF1", "0084000008"), "841E000004" + "00" * 4,
     "the MAC does not fit STK_DDF1, this header and the last challenge"),
    ("6700", at("DDF1"), "008200040101", "17 bytes are due, 1 were sent"),
    ("6700", at("DDF1"), "0084000007", "challenges have 8, 4 bytes"),
    ("6700", at("DDF1/EF05"), "00B20104", "the command takes Le and no data"),
    ("6E00", at("DDF1"), "80B2010400", "the command has class 00"),
    ("6D00", at("DDF1"), "00F1000000", "Residents' Health Card has no such command"),
]  # fmt: skip


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(("sw", "before", "command", "reason"), WHY, ids=[f"{w[0]} {w[3][:30]}" for w in WHY])
def test_why_a_status_word_came(
    sw: str, before: Callable[[ExplainedBench], None], command: str, reason: str
) -> None:
    bench = explained()
    before(bench)
    told = bench.last(command)
    assert (told.outcome[:4], told.why) == (sw, reason)
    assert not told.ok


SAM_WHY = [
    ("6982", ("00A4000002DF01",), "80DE473118" + "00" * 24, "VERIFY must come first, since the last reset"),
    ("6985", ("0020000003123456",), "80DE473118" + "00" * 24, "the current DF is MF"),
    ("6985", ("0020000003123456",), "80FA000010" + "00" * 16, "80DE must come right before, each time"),
    ("6A86", ("0020000003123456", "00A4000002DF01"), "80DE273118" + "00" * 24, "P1 of RK1_DDF1 is 47"),
    ("6A88", ("0020000003123456", "00A4000002DF01"), "80DE473F18" + "00" * 24, "sam has no key 1F"),
    ("6A86", ("0020000003123456", "00A4000002DF01", "80DE473118" + "00" * 24),
     "80FA050020" + "00" * 32, "RK1_DDF1 computes no MAC"),
    ("63C9", (), "0020000003999999", "9 of 10 tries are left"),
    ("6983", ("0020000003999999",) * 10, "0020000003123456", "all tries of the PIN are used up"),
    ("6700", (), "0020000001AA", "a PIN has 2 to 6 bytes"),
]  # fmt: skip


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(("sw", "before", "command", "reason"), SAM_WHY, ids=[w[3][:30] for w in SAM_WHY])
def test_why_a_sam_refused(sw: str, before: tuple[str, ...], command: str, reason: str) -> None:
    bench = explained("sam")
    for one in before:
        bench.send(one)
    told = bench.last(command)
    assert (told.outcome[:4], told.why) == (sw, reason)


@pytest.mark.usefixtures("english")
def test_secure_messaging_names_its_key() -> None:
    bench = explained()
    bench.enter("DDF1/EF08", "UK1_DDF1")
    told = bench.last(bench.secure("STK_DDF1", "04DC0204", bytes.fromhex("0810") + b"\xff" * 16))
    assert told.detail == "record 2  本人电话1 holder_phone_1  protected by STK_DDF1"
    bench.enter("DDF1/DF03/EF05", "UK1_DF03")
    told = bench.last(mac_only(bench.session("STK_DF03"), "84D20104"))
    assert (
        told.line == "WRITE RECORD (mark valid)  DDF1/DF03/EF05  record 1  protected by STK_DF03  → 9000 ok"
    )


@pytest.mark.usefixtures("english")
def test_values_are_shown_only_where_they_are_asked_for() -> None:
    reading = ["00A4000002DDF1", "00A4000002EF05", "00B2390005"]
    hidden, shown = explained(), explained(values=True)
    for command in reading:
        hidden.send(command)
        shown.send(command)
    assert hidden.told[-1].detail == "tag 39  应用城市代码 application_city_code"
    assert shown.told[-1].detail == "tag 39  应用城市代码 application_city_code = -"


@pytest.mark.usefixtures("english")
def test_a_value_of_a_code_table_and_one_that_steers_terminals() -> None:
    explainer = Explainer(profile(), values=True)
    select = [("00A4000002DDF1", "9000"), ("00A4000002EF06", "9000")]
    lines = [
        explainer.explain(Exchange(bytes.fromhex(command), bytes.fromhex(answer), 0)).detail
        for command, answer in [
            *select,
            ("00B2020400", "1101019000"),
            ("00B2010400", "101E1B5B324A" + "00" * 26 + "9000"),
        ]
    ]
    assert lines[2] == "record 2  性别 sex_code = 1 (male)"
    assert lines[3] == "record 1  姓名 holder_name = \\x1B[2J"


@pytest.mark.usefixtures("english")
def test_the_answer_of_t0_is_told_as_what_it_answers() -> None:
    explainer = Explainer(profile("sam"), values=True)
    pairs = [("00A40000020016", "9000"), ("00B00000", "6106"), ("00C0000006", "2101010000019000")]
    told = [explainer.explain(Exchange(bytes.fromhex(c), bytes.fromhex(r), 0)) for c, r in pairs]
    assert told[-1].detail.startswith("answer to READ BINARY  bytes 0 to 5  ")
    assert "terminal_province_code = 21" in told[-1].detail


def test_no_explanation_holds_a_pin() -> None:
    bench = explained("sam")
    for command in ("0020000003", "805E010007", "0020", "00200000", "0021000004", "842400000B"):
        bench.send(bytes.fromhex(command) + PIN + b"\xff" + PIN)
    text = repr(bench.told)
    assert PIN.hex() not in text
    assert all(told.masked for told in bench.told[1:])


INSTRUCTIONS = sorted({spec.ins for name in PROFILES for spec in profile(name).commands.values()})
STATUS_WORDS = ["", "6110", "6C05", "63CF", *(f"{sw:04X}" for sw in sorted(profile().statuses["*"]))]
SELECTS = ["00A4000002DDF1", "00A4000002EF05", "00A4000002DF02", "00A4000002EF07", "00A4000002DF01"]
ANY_COMMAND = st.one_of(
    st.binary(max_size=12),
    st.builds(
        lambda cla, ins, rest: bytes((cla, ins)) + rest,
        st.sampled_from([0x00, 0x04, 0x80, 0x84]),
        st.sampled_from(INSTRUCTIONS),
        st.binary(min_size=2, max_size=24),
    ),
    st.sampled_from(SELECTS).map(bytes.fromhex),
)
ANY_EXCHANGE = st.tuples(
    ANY_COMMAND, st.binary(max_size=6), st.sampled_from(STATUS_WORDS).map(bytes.fromhex), st.integers(0, 9)
)


@given(st.sampled_from(PROFILES), st.lists(ANY_EXCHANGE, max_size=12), st.booleans())
def test_the_explainer_never_raises(
    name: str, rows: list[tuple[bytes, bytes, bytes, int]], values: bool
) -> None:
    explainer = Explainer(profile(name), values, hide_data=not values)
    for command, data, sw, masked in rows:
        assert explainer.explain(Exchange(command, data + sw, 0.0, masked=masked if command else 0)).line
