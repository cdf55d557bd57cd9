"""`rhc trace` as a person types it."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lab.trace_cli import trace_app

TRACES = Path(__file__).parent / "traces"
CARD, SAM = TRACES / "read.card.jsonl", TRACES / "read.sam.jsonl"
NAME = "张伟"


def run(*arguments: str | Path, language: str = "en", code: int = 0) -> str:
    result = CliRunner().invoke(
        trace_app, [str(one) for one in arguments], env={"RHC_LANG": language, "COLUMNS": "400"}
    )
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.output


def test_explain_hides_values_and_their_hex() -> None:
    text = run("explain", CARD)
    assert "姓名 holder_name  → 9000 ok" in text
    assert NAME not in text
    rows = [json.loads(line) for line in run("explain", "--json", CARD).splitlines()]
    assert len(rows) == sum(1 for _ in CARD.open("rb")) - 1
    name = NAME.encode("gbk").hex().upper()
    assert name in CARD.read_text("utf-8")
    assert name not in json.dumps(rows)


def test_explain_shows_values_where_asked() -> None:
    assert f"姓名 holder_name = {NAME}" in run("explain", "--values", CARD)


def test_explain_speaks_chinese() -> None:
    text = run("explain", CARD, language="zh")
    assert "读记录  DDF1/EF06  记录 1  姓名 holder_name  → 9000 成功" in text


def test_a_masked_pin_is_told() -> None:
    line = next(line for line in run("explain", SAM).splitlines() if "VERIFY" in line)
    assert line.split() == ["6", "0020000003…", "VERIFY", "DF01", "→", "9000", "ok", "[masked]"]


def test_secrets_are_hidden_in_what_holds_them(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(">> 0020000003987654\n<< 9000\n")
    for options in ((), ("--values",), ("--json",)):
        assert "987654" not in run("explain", *options, log)
    assert "0020000003987654" in run("explain", "--secrets", log)


def test_a_log_of_another_reader_with_lines_that_say_nothing() -> None:
    text = run("explain", TRACES / "pcscd-apdu.log")
    assert "needs RK1_DDF1, which is not authenticated" in text
    assert "8 of 30 lines hold no exchange, line 15 first." in text


def test_the_profile_of_a_log_can_be_given(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(">> 00A4000002DF01\n<< 6114\n>> 00A4000002001A\n<< 9000\n")
    assert "DF01/001A" in run("explain", "--profile", "sam", log)
    assert "there are health_card, sam" in run("explain", "--profile", "bank", log, code=1)


def test_replay_counts_what_it_played() -> None:
    assert json.loads(run("replay", "--json", SAM)) == {"ok": True, "resets": 1, "commands": 34, "masked": 1}
    assert "34 commands and 1 resets were played" in run("replay", SAM)


def test_replay_refuses_a_recording_with_gaps(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(SAM.read_text("utf-8") + '{"t": 1, "c": "00A4')
    assert "line 37 first; a replay needs them all" in run("replay", path, code=1)
    assert "1 of 37 lines hold no exchange" in run("explain", path)


def test_time_has_a_line_for_each_speed() -> None:
    rows = [json.loads(line) for line in run("time", "--json", CARD).splitlines()]
    assert [(row["protocol"], row["speed"]) for row in rows] == [
        *(("T=0", baud) for baud in (9600, 19200, 38400, 57600, 115200)),
        ("T=CL", 106000),
    ]
    seconds = [row["seconds"] for row in rows[:5]]
    assert seconds == sorted(seconds, reverse=True)
    assert "T=CL " in run("time", CARD)


@pytest.mark.parametrize("command", ["explain", "replay", "time"])
@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00", b'{"format": "rhc-trace/9"}', b"hello\n"])
def test_what_is_no_trace_is_one_plain_line(command: str, content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "t"
    if content is not None:
        path.write_bytes(content)
    assert len(run(command, path, code=1).splitlines()) == 1


def test_a_hostile_header_does_not_steer_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    header = {"format": "rhc-trace/1", "profile": "sam\x1b[2J", "atr": "", "card": "\ud800"}
    path.write_text(json.dumps(header) + '\n{"c": "00A40000023F00", "r": "9000"}\n')
    assert "\x1b" not in run("explain", path, code=1)


def test_the_kept_traces_are_readable_by_all() -> None:
    assert stat.S_IMODE(CARD.stat().st_mode) & 0o044
