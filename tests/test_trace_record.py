"""The file format of traces: what stands in a file, who may read it, and what never stands in it."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from card_bench import PIN, TRANSPORT_RECORD, Random, plain_write_key, profile, snapshot

from card_os.kernel import manufacture
from card_os.kernel.card import Card
from card_os.kernel.memory import Memory
from card_os.trace import (
    Exchange,
    NoExchangeError,
    TracedCard,
    TraceFile,
    TraceFileError,
    card_path,
    read_trace,
    without_secrets,
)

VERIFY = b"\x00\x20\x00\x00\x03" + PIN
HEADER = '{"format": "rhc-trace/1", "profile": "sam", "atr": "3B00", "card": "x"}'


def record_sam(path: Path, *commands: bytes, secrets: bool = False) -> None:
    sam = Card(profile("sam"), Memory(snapshot("ISSUED", "sam")), Random())
    with TraceFile(path, profile("sam"), "SAM", secrets=secrets) as file:
        card = TracedCard(sam, file.listener)
        card.power_on()
        for command in commands:
            card.transmit(command)


def test_a_header_then_a_line_for_each_exchange(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    record_sam(path, bytes.fromhex("00A40000023F00"))
    header, reset, select = (json.loads(line) for line in path.read_text("utf-8").splitlines())
    atr = "3B68000000A1A15A00000001"
    assert header == {"format": "rhc-trace/1", "profile": "sam", "atr": atr, "card": "SAM"}
    assert reset["reset"] == atr
    assert (select["c"], select["r"]) == ("00A40000023F00", "6109")
    assert 0 <= reset["t"] <= select["t"]
    assert isinstance(select["us"], int)
    assert set(select) == {"t", "c", "r", "us"}


def test_each_line_is_there_at_once_and_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text("old")
    path.chmod(0o644)
    file = TraceFile(path, profile(), "card")
    file.listener(Exchange(b"", b"\x3b\x00", 0.0))
    assert len(path.read_text("utf-8").splitlines()) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    file.close()
    file.listener(Exchange(b"\x00\x84\x00\x00\x08", b"\x90\x00", 0.0))
    assert len(path.read_text("utf-8").splitlines()) == 2


@pytest.mark.parametrize(
    "command",
    [
        VERIFY,
        b"\x00\x20\x00\x00" + PIN,
        b"\x00\x20\x00\x00\x09" + PIN,
        b"\x80\x5e\x01\x00\x07" + PIN + b"\xff" + PIN,
        b"\x80\x5e\x00\x00\x07" + PIN + bytes(4),
        b"\x00\x20\x00\x00\x00\x00\x03" + PIN,
        b"\x84\x24\x00\x01\x07" + PIN + bytes(4),
    ],
)
def test_a_pin_stands_nowhere_in_a_trace(command: bytes, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    record_sam(path, command)
    raw = path.read_bytes()
    assert PIN.hex().encode() not in raw
    assert PIN not in raw
    exchange = read_trace(path).exchanges[-1]
    assert exchange.masked > 0
    assert len(exchange.whole_command) == len(command)
    assert command.startswith(exchange.command)


def test_a_key_stands_nowhere_in_a_trace(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    chip = manufacture.chip(profile(), bytes(4), Random())
    with TraceFile(path, profile(), "card") as file:
        card = TracedCard(chip, file.listener)
        card.power_on()
        assert card.transmit(plain_write_key(0x01, TRANSPORT_RECORD)) == b"\x90\x00"
    assert TRANSPORT_RECORD[5:].hex().upper() not in path.read_text("utf-8").upper()


def test_secrets_are_kept_where_they_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    record_sam(path, VERIFY, secrets=True)
    assert read_trace(path).exchanges[-1].command == VERIFY


def test_what_holds_no_secret_is_not_masked() -> None:
    for command in ("00A4000002DDF1", "80DE473118" + "00" * 24, "0084000008", "00"):
        exchange = Exchange(bytes.fromhex(command), b"\x90\x00", 0.0)
        assert without_secrets(exchange) == exchange
    assert without_secrets(Exchange(bytes.fromhex("0020000000"), b"\x63\xca", 0.0)).masked == 0


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    told = [
        Exchange(b"", b"\x3b\x00", 0.001),
        Exchange(b"\x00\x84\x00\x00\x08", bytes(8) + b"\x90\x00", 0.002),
    ]
    with TraceFile(path, profile(), "my card") as file:
        for exchange in told:
            file.listener(exchange)
    trace = read_trace(path)
    assert trace.header is not None
    assert (trace.header.profile, trace.header.card, trace.header.atr) == (
        "health_card",
        "my card",
        b"\x3b\x00",
    )
    assert [(e.command, e.response, e.seconds) for e in trace.exchanges] == [
        (e.command, e.response, e.seconds) for e in told
    ]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"c": "00A4"}',
        '{"c": "0", "r": "9000"}',
        '{"c": "", "r": "9000"}',
        '{"c": "00", "r": 1}',
        '{"c": "00", "r": "9000", "masked": -1}',
        '{"c": "00", "r": "9000", "masked": 1e9}',
        '{"c": "00", "r": "9000", "t": NaN}',
        '{"c": "00", "r": "9000", "us": "x"}',
        '{"c": "00", "r": "9000", "us": -1}',
        '{"reset": "3B00", "masked": 1}',
        "[" * 100_000,
    ],
)
def test_a_broken_line_is_counted(line: str, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(f'{HEADER}\n{{"reset": "3B00"}}\n\n{line}\n{line}\n')
    trace = read_trace(path)
    assert (len(trace.exchanges), trace.lines, trace.unreadable, trace.first_unreadable) == (1, 5, 2, 4)


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        (HEADER.replace("/1", "/2"), TraceFileError, "rhc-trace/2"),
        (HEADER.replace("sam", "../../etc"), TraceFileError, "no profile"),
        (HEADER, NoExchangeError, "no exchange"),
        ("", NoExchangeError, "0 lines"),
        ("nothing\nhere", NoExchangeError, "2 lines"),
    ],
)
def test_a_file_that_is_no_trace(
    text: str, error: type[Exception], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RHC_LANG", "en")
    path = tmp_path / "t.jsonl"
    path.write_text(text)
    with pytest.raises(error, match=words):
        read_trace(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(TraceFileError):
            read_trace(path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_ends_the_recording_and_not_the_card() -> None:
    file = TraceFile(Path("/dev/full"), profile(), "card")
    card = TracedCard(manufacture.chip(profile(), bytes(4)), file.listener)
    assert card.power_on()
    assert card.transmit(bytes.fromhex("0084000008"))[-2:] == b"\x90\x00"
    assert file.failure is not None


def test_several_listeners_hear_the_same_in_their_order() -> None:
    heard: list[tuple[str, Exchange]] = []
    card = TracedCard(
        manufacture.chip(profile(), bytes(4)),
        lambda exchange: heard.append(("first", exchange)),
        lambda exchange: heard.append(("second", exchange)),
    )
    card.power_on()
    card.transmit(b"\x00")
    assert [name for name, _ in heard] == ["first", "second"] * 2
    assert heard[2][1] is heard[3][1]
    assert heard[3][1].start >= heard[1][1].start


def test_each_card_of_several_has_its_file() -> None:
    assert card_path(Path("a/run.jsonl"), "sam") == Path("a/run.sam.jsonl")
