"""Logs of other readers, typed by hand, and one that pcscd wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from card_os.trace import NoExchangeError, read_trace
from card_os.trace.foreign import parse_foreign
from card_os.trace.reading import profile_of

TRACES = Path(__file__).parent / "traces"
SELECT, FCI = bytes.fromhex("00A4000002DDF1"), bytes.fromhex("6F10840C57532E5359532E4444463031A5009000")
READ, RECORD = bytes.fromhex("00B2390005"), bytes.fromhex("39032100009000")
BOTH = [(SELECT, FCI), (READ, RECORD)]

LOGS = {
    "arrows": """\
>>00A4000002DDF1
<<6F10840C57532E5359532E4444463031A5009000
>>00B2390005
<<39032100009000
""",
    "arrows with time": """\
[2015-11-03 09:12:01.125] >> 00A4000002DDF1
[2015-11-03 09:12:01.250] << 6F10840C57532E5359532E4444463031A5009000
[2015-11-03 09:12:02.000] >> 00B2390005
[2015-11-03 09:12:02.500] << 39032100009000
""",
    "send and recv": """\
2015-11-03 09:12:01 SEND:00a4000002ddf1
2015-11-03 09:12:01 RECV:6f10840c57532e5359532e4444463031a5009000
2015-11-03 09:12:02 SEND: 00 b2 39 00 05
2015-11-03 09:12:02 RECV: 39 03 21 00 00 90 00
""",
    "apdu and sw": """\
APDU: 00 A4 00 00 02 DD F1
SW: 6F 10 84 0C 57 53 2E 53 59 53 2E 44 44 46 30 31 A5 00 90 00
APDU: 00 B2 39 00 05
SW: 39 03 21 00 00 90 00
""",
    "both on one line": """\
APDU: 00 A4 00 00 02 DD F1 / SW: 6F 10 84 0C 57 53 2E 53 59 53 2E 44 44 46 30 31 A5 00 90 00
APDU: 00 B2 39 00 05 / SW: 39 03 21 00 00 90 00
""",
    "bare lines": """\
# a comment

00A4000002DDF1
6F10840C57532E5359532E4444463031A5009000
00B2390005
39032100009000
""",
    "bare lines with time": """\
09:12:01 00 A4 00 00 02 DD F1
09:12:01 6F 10 84 0C 57 53 2E 53 59 53 2E 44 44 46 30 31 A5 00 90 00
09:12:02 00 B2 39 00 05
09:12:02 39 03 21 00 00 90 00
""",
    "pcscd": """\
00000000 APDU: 00 A4 00 00 02 DD F1 \n\
00000390 SW: 6F 10 84 0C 57 53 2E 53 59 53 2E 44 44 46 30 31 A5 00 90 00 \n\
00000186 APDU: 00 B2 39 00 05 \n\
00000225 SW: 39 03 21 00 00 90 00 \n\
""",
    "pcscd with threads": """\
00000012 [140032941340736] APDU: 00 A4 00 00 02 DD F1 \n\
00000234 [140032941340736] SW: 6F 10 84 0C 57 53 2E 53 59 53 2E 44 44 46 30 31 A5 00 90 00 \n\
00000012 [140032941340736] APDU: 00 B2 39 00 05 \n\
00000234 [140032941340736] SW: 39 03 21 00 00 90 00 \n\
""",
    "log framework": """\
09:12:01,100 DEBUG [main] reader - C-APDU: 00A4000002DDF1
09:12:01,200 DEBUG [main] reader - R-APDU: 6F10840C57532E5359532E4444463031A5009000
09:12:02,100 DEBUG [main] reader - C-APDU: 00B2390005
09:12:02,200 DEBUG [main] reader - R-APDU: 39032100009000
""",
    "chinese words": """\
发送：00A4000002DDF1
接收：6F10840C57532E5359532E4444463031A5009000
发送：00B2390005
接收：39032100009000
""",
    "hex with prefix": """\
-> 0x00 0xA4 0x00 0x00 0x02 0xDD 0xF1
<- 0x6F 0x10 0x84 0x0C 0x57 0x53 0x2E 0x53 0x59 0x53 0x2E 0x44 0x44 0x46 0x30 0x31 0xA5 0x00 0x90 0x00
-> 0x00,0xB2,0x39,0x00,0x05
<- 0x39,0x03,0x21,0x00,0x00,0x90,0x00
""",
}
SCRIPTOR = """\
Using T=1 protocol
> 00 A4 00 00 02 DD F1 \n\
< 6F 10 84 0C 57 53 2E 53 59 53 2E 44 44 46 30 31 \n\
A5 00 90 00 : Normal processing.
> 00 B2 39 00 05 \n\
< 39 03 21 00 00 90 00 : Normal processing.
"""
OPENSC = """\
P:1; T:0x1 00:41:59.993 [opensc-tool] reader-pcsc.c:326:pcsc_transmit: \n\
Outgoing APDU (7 bytes):
00 A4 00 00 02 DD F1 .......

P:1; T:0x1 00:41:59.993 [opensc-tool] reader-pcsc.c:244:pcsc_internal_transmit: called
Incoming APDU (20 bytes):
6F 10 84 0C 57 53 2E 53 59 53 2E 44 44 46 30 31 o...WS.SYS.DDF01
A5 00 90 00                                     ....

Outgoing APDU (5 bytes):
00 B2 39 00 05 ..9..
Incoming APDU (7 bytes):
39 03 21 00 00 90 00 9.!....
"""


@pytest.mark.parametrize("log", LOGS.values(), ids=LOGS)
def test_a_log_by_hand(log: str) -> None:
    trace = parse_foreign(log.splitlines())
    assert [(one.command, one.response) for one in trace.exchanges] == BOTH
    assert (trace.unreadable, trace.header) == (0, None)


@pytest.mark.parametrize(("log", "unreadable", "first"), [(SCRIPTOR, 1, 1), (OPENSC, 2, 1)])
def test_a_log_whose_values_go_over_lines(log: str, unreadable: int, first: int) -> None:
    trace = parse_foreign(log.splitlines())
    assert [(one.command, one.response) for one in trace.exchanges] == BOTH
    assert (trace.unreadable, trace.first_unreadable) == (unreadable, first)


@pytest.mark.parametrize(
    ("log", "seconds"),
    [("arrows with time", [0.125, 0.5]), ("pcscd", [0.00039, 0.000225]), ("log framework", [0.1, 0.1])],
)
def test_times_come_from_the_log(log: str, seconds: list[float]) -> None:
    trace = parse_foreign(LOGS[log].splitlines())
    assert [one.seconds for one in trace.exchanges] == pytest.approx(seconds)


def test_a_command_without_an_answer_is_told() -> None:
    trace = parse_foreign([">> 00A4000002DDF1", ">> 00B2390005", "<< 39032100009000", ">> 0084000008"])
    assert [one.response for one in trace.exchanges] == [b"", RECORD, b""]


def test_bare_lines_find_their_way_after_a_lost_answer() -> None:
    trace = parse_foreign(["00A4000002DDF1", "00B2390005", "39032100009000"])
    assert [(one.command, one.response) for one in trace.exchanges] == [(SELECT, b""), (READ, RECORD)]


def test_an_atr_is_a_reset() -> None:
    trace = parse_foreign(["ATR: 3B 68 00 00 00 A1 A1 A1 00 00 00 01", "> 0084000008", "< 9000"])
    assert trace.exchanges[0].is_reset
    assert trace.exchanges[0].response.hex() == "3b68000000a1a1a100000001"


def test_lines_that_hold_no_exchange_are_counted() -> None:
    trace = parse_foreign(["reader opened", ">> 00A4000002DDF1", "<< 9000", "<< 9000", "bye", ">> 00"])
    assert (len(trace.exchanges), trace.unreadable, trace.first_unreadable) == (1, 4, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk"])
def test_windows_encodings(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "Reader.log"
    path.write_bytes(("读卡器\r\n>>00A4000002DDF1\r\n<<9000\r\n").encode(encoding))
    trace = read_trace(path)
    assert [(one.command, one.response) for one in trace.exchanges] == [(SELECT, b"\x90\x00")]
    assert trace.unreadable == 1


def test_the_profile_is_told_from_the_commands() -> None:
    assert profile_of(parse_foreign(LOGS["arrows"].splitlines())) == "health_card"
    assert profile_of(parse_foreign([">> 80DE473118" + "00" * 24, "<< 9000"])) == "sam"


def test_what_pcscd_wrote_is_read() -> None:
    trace = read_trace(TRACES / "pcscd-apdu.log")
    assert [one.response[-2:].hex() for one in trace.exchanges] == (
        ["9000", "9000", "6a83", "9000", "9000", "6982", "9000"] + ["9000"] * 4
    )
    assert trace.exchanges[2].command == bytes.fromhex("00B2390400")
    assert trace.exchanges[0].response == FCI
    assert trace.unreadable == 8


def test_a_file_of_words_is_an_error_and_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader,\nall is well.\nYours\n")
    with pytest.raises(NoExchangeError):
        read_trace(path)


ANY_LINE = st.one_of(
    st.text(max_size=40),
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["", ">> ", "<< ", "APDU: ", "SW: ", "ATR: ", "12:00:00 ", "00000012 APDU: ", "< ",
                         "Outgoing APDU (7 bytes):", "Incoming APDU (99999 bytes):"]),
        st.binary(max_size=20).map(bytes.hex),
        st.sampled_from(["", " ", " : x", " / SW: 9000", "0", " zz"]),
    ),
)  # fmt: skip


@given(st.lists(ANY_LINE, max_size=20))
def test_any_lines_are_taken(lines: list[str]) -> None:
    trace = parse_foreign(lines)
    assert 0 <= trace.unreadable <= len(lines)
    assert all(one.command or one.response for one in trace.exchanges)
