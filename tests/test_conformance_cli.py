"""`rhc conformance` as a person and a CI meet it: output, files, exit codes, one plain line for a failure."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from conformance_cards import StrangeCard, TwoReaders, iso_card
from typer.testing import CliRunner

from card_os.crypto import sm2
from lab import demo
from lab.cli import app
from reader_client.channel import Channel, ReaderState
from reader_client.errors import NoReaderError

ROOT = Path(__file__).parents[1]
TRACES = ROOT / "tests" / "traces"
QUICK = ("conformance", "run", "--simulated", "--quick", "--no-sign")


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RHC_LANG", "en")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("RHC_READER", "RHC_SAM_READER", "RHC_SAM_PIN"):
        monkeypatch.delenv(name, raising=False)


def rhc(*arguments: object, readers: object = None) -> Any:
    return CliRunner().invoke(app, [str(one) for one in arguments], obj=readers)


class Readers:
    """A `ChannelFactory` with one card, and a SAM where there is one."""

    def __init__(self, card: Channel, sam: Channel | None = None) -> None:
        self._card, self._sam = card, sam

    def readers(self) -> tuple[ReaderState, ...]:
        return ()

    def user_card(self, reader: str | None, sam_reader: str | None) -> Channel:
        return self._card

    def sam(self, reader: str | None, sam_reader: str | None) -> Channel:
        if self._sam is None:
            raise NoReaderError(wanted=sam_reader or "SAM", known="Contactless")
        return self._sam


def desk_readers() -> Readers:
    desk = TwoReaders()
    assert desk.bench.sam is not None
    return Readers(desk.bench.card, desk.bench.sam)


# --- run --------------------------------------------------------------------------------------------------


def test_the_quick_part_of_the_simulated_card():
    done = rhc(*QUICK, "--json")
    assert done.exit_code == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["summary"]["passed"] > 150
    assert report["summary"]["failed"] == report["summary"]["error"] == 0
    assert report["selected"] == {"quick": True}
    assert "signature" not in report
    told = rhc(*QUICK)
    assert told.exit_code == 0
    assert told.stdout.startswith(f"passed {report['summary']['passed']}, failed 0, left out 0")


def test_a_card_in_a_reader_with_a_sam():
    done = rhc(
        "conformance", "run", "--group", "A1-00,A5,U1,M7-51", "--json", "--no-sign", readers=desk_readers()
    )
    assert done.exit_code == 0, done.stderr
    report = json.loads(done.stdout)
    outcomes = {row["id"]: row["outcome"] for row in report["cases"]}
    assert set(outcomes.values()) == {"passed"}
    assert {"A1-00", "A5-01", "U1-01", "M7-51"} <= set(outcomes)
    files = demo.issue_sam(1).files
    assert report["card"]["sam_serial"] == files.contents(files["MF/0015"])[:10].decode()
    assert not any("exchanges" in row for row in report["cases"])


def test_exchanges_of_what_passed_are_told_where_wanted(tmp_path):
    done = rhc(
        "conformance", "run", "--simulated", "--group", "S1", "--exchanges", "--out", tmp_path, "--no-sign"
    )
    assert done.exit_code == 0, done.output
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert report["cases"]
    assert all(row["exchanges"] for row in report["cases"])
    sent = {exchange["command"] for row in report["cases"] for exchange in row["exchanges"]}
    assert "00A4000002DDF1" in sent
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page.count("<details><summary>") >= len(report["cases"])


@pytest.mark.parametrize("keys", ["test", "file"])
def test_keys_from_elsewhere(keys, tmp_path):
    desk = TwoReaders()
    if keys == "file":
        # the key of this one card, made through the SAM's roots by nobody: a key that does not fit
        keys = str(tmp_path / "keys.json")
        table = {"format": "rhc-test-keys/1", "province": "11", "keys": {"RK1_DDF1": {"root": ["00" * 16]}}}
        Path(keys).write_text(json.dumps(table))
    done = rhc("conformance", "run", "--keys", keys, "--group", "A1-00,A4-RK1_DDF1", "--json", "--no-sign",
               readers=Readers(desk.bench.card))  # fmt: skip
    outcomes = {row["id"]: row["outcome"] for row in json.loads(done.stdout)["cases"]}
    if keys == "test":
        assert done.exit_code == 0
        assert outcomes == {"A1-00": "passed", "A4-RK1_DDF1": "passed"}
    else:
        assert done.exit_code == 1
        assert outcomes == {"A1-00": "failed", "A4-RK1_DDF1": "skipped"}


def test_a_card_without_the_application_gets_a_report_and_no_traceback(tmp_path):
    done = rhc("conformance", "run", "--out", tmp_path, "--no-sign", readers=Readers(StrangeCard(iso_card)))
    assert done.exit_code == 1
    assert done.stdout.startswith("this is no Residents' Health Card: it has no application DDF1: 6A82")
    assert "Traceback" not in done.output
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert report["card"]["variant"] == "contact_t0"  # told by its ATR
    assert not report["card"]["is_health_card"]
    assert report["summary"]["skipped"] > 1000
    assert "This is no Residents" in (tmp_path / "report.html").read_text("utf-8")


def test_all_reports_are_written_and_signed(tmp_path):
    if not sm2.available():
        pytest.skip("no library for SM2")
    done = rhc("conformance", "run", "--simulated", "--group", "R,G1", "--out", tmp_path / "r")
    assert done.exit_code == 0, done.output
    for name in ("report.json", "junit.xml", "report.html", "badge.svg"):
        assert f"written: {tmp_path / 'r' / name}" in done.stdout
    for name in ("report.json", "report.html"):
        verified = rhc("conformance", "report", "--verify", tmp_path / "r" / name)
        assert verified.exit_code == 0
        assert verified.stdout.startswith("the signature is right; public key ")
    other = rhc("conformance", "report", tmp_path / "r" / "report.json", "--public-key", "AA" * 64)
    assert other.exit_code == 1
    assert "another key has signed it" in other.stderr


def test_without_the_library_the_report_is_unsigned_and_says_so(monkeypatch):
    def missing() -> None:
        raise sm2.Sm2UnavailableError

    monkeypatch.setattr(sm2, "_library", missing)
    done = rhc("conformance", "run", "--simulated", "--group", "R1", "--json")
    assert done.exit_code == 0
    assert "the report is not signed: SM2 needs the Python package gmssl-pyx" in done.stderr
    assert "signature" not in json.loads(done.stdout)


def test_failures_are_told_with_their_step(monkeypatch):
    from lab.conformance_bench import simulated  # noqa: PLC0415
    from lab.conformance_cli import TestCentre  # noqa: PLC0415

    def mistaken(self: TestCentre, variant: str) -> Any:
        bench = simulated("fci_plain")
        bench.profile = simulated("").profile
        return bench

    monkeypatch.setattr(TestCentre, "bench", mistaken)
    done = rhc(*QUICK, "--group", "R4")
    assert done.exit_code == 1
    assert "R4-01  FCI of MF and DDF1" in done.stdout
    assert "step 2, send 00A4000002DDF1 -> 9000 = 6F10" in done.stdout
    assert "came 9000 ok, 16 bytes" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "--simulated", "--group", "Q"), "Q: no such group, item or case; groups are R S B C"),
        (("run", "--simulated", "--profile", "nonsense"), "nonsense: no such variant"),
        (("list", "--group", "A5-77"), "A5-77: no such group, item or case"),
        (("show", "A5-77"), "A5-77: no such case"),
        (("report", "missing.json"), "missing.json: No such file"),
        (("diff", "missing.json", "missing.json"), "missing.json: No such file"),
        (("terminal", "missing.jsonl"), "missing.jsonl"),
    ],
)
def test_what_cannot_be_is_one_line(arguments, told):
    done = rhc("conformance", *arguments)
    assert done.exit_code == 1
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_everything_is_said_in_chinese_too(monkeypatch):
    monkeypatch.setenv("RHC_LANG", "zh")
    done = rhc(*QUICK, "--group", "R")
    assert done.stdout.startswith("通过 ")
    assert "没有取随机数" in rhc("conformance", "show", "A5-01").stdout
    assert "所有文件均可选择" in rhc("conformance", "list", "--group", "S1").stdout
    assert "没有此分组" in rhc("conformance", "list", "--group", "Q").stderr


# --- stop and go on ---------------------------------------------------------------------------------------


def test_ctrl_c_stops_and_the_same_command_goes_on(tmp_path):
    state = tmp_path / "run.jsonl"
    command = [sys.executable, "-m", "lab", "conformance", "run", "--simulated", "--destructive", "--group",
               "N,R", "--no-sign", "--state", str(state)]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    # the long case comes after the short ones: once they are kept, it is running
    while not state.exists() or "N4-02" not in state.read_text("utf-8"):
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert "stopped on request" in out
    assert "the same command goes on where this run stopped" in err
    kept = len(state.read_text("utf-8").splitlines()) - 1
    again = subprocess.run(
        [*command, "--json"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert again.returncode == 0, again.stderr
    report = json.loads(again.stdout)
    assert report["stopped"] is None
    assert len(report["cases"]) > kept > 10
    assert report["summary"]["failed"] == report["summary"]["skipped"] == 0


def test_a_state_file_of_another_choice_is_refused(tmp_path):
    state = tmp_path / "run.jsonl"
    assert (
        rhc("conformance", "run", "--simulated", "--no-sign", "--group", "R1", "--state", state).exit_code
        == 0
    )
    done = rhc("conformance", "run", "--simulated", "--no-sign", "--group", "R2", "--state", state)
    assert done.exit_code == 1
    assert "it is of another run: selected differs" in done.stderr


# --- list, show, report, diff, terminal ---------------------------------------------------------------------


def test_cases_are_listed_and_shown():
    listed = json.loads(rhc("conformance", "list", "--json").stdout)
    assert len(listed) > 1000
    quick = rhc("conformance", "list", "--quick", "--group", "A").stdout.splitlines()
    assert quick[-1] == f"{len(quick) - 1} cases"
    shown = rhc("conformance", "show", "C6-DF03.EF05-1").stdout
    assert "proves: C6 marks of visits: 84D2 writes 00" in shown
    assert "afterwards:\n  reset\n  open DDF1/DF03/EF05 update" in shown
    row = json.loads(rhc("conformance", "show", "A5-01", "--json").stdout)
    assert row["certainty"] == "related"
    assert row["steps"][0] == "select DDF1"
    assert "K1-54" in rhc("conformance", "list", "--profile", "no_blocking", "--group", "K").stdout


def test_reports_are_compared_and_made_anew(tmp_path):
    for name, group in (("a", "R,A5"), ("b", "R,G1")):
        run = ("conformance", "run", "--simulated", "--no-sign", "--group", group)
        assert rhc(*run, "--out", tmp_path / name).exit_code == 0
    first, second = (tmp_path / name / "report.json" for name in "ab")
    same = rhc("conformance", "diff", first, first)
    assert (same.exit_code, same.stdout) == (0, "0 cases came out otherwise\n")
    changed = json.loads(second.read_text("utf-8"))
    changed["cases"][0] = {
        **changed["cases"][0],
        "outcome": "error",
        "reason": {"zh": "断", "en": "broke"},
        "exchanges": [],
    }
    second.write_text(json.dumps(changed))
    worse = rhc("conformance", "diff", first, second)
    assert worse.exit_code == 1
    assert "! R1-01" in worse.stdout
    rows = json.loads(rhc("conformance", "diff", first, second, "--json").stdout)
    assert {"id": "A5-01", "before": "passed", "after": None, "worse": False} in rows
    made = rhc("conformance", "report", first, "--html", tmp_path / "p.html", "--junit", tmp_path / "j.xml",
               "--badge", tmp_path / "b.svg", "--to-json", tmp_path / "r.json")  # fmt: skip
    assert made.exit_code == 0
    assert json.loads((tmp_path / "r.json").read_text("utf-8")) == json.loads(first.read_text("utf-8"))
    assert (tmp_path / "p.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert rhc("conformance", "report", first).stdout.startswith("passed ")
    unsigned = rhc("conformance", "report", "--verify", first)
    assert unsigned.exit_code == 1
    assert "it is not signed" in unsigned.stderr


def test_a_report_is_signed_afterwards_with_a_key_of_ones_own(tmp_path):
    if not sm2.available():
        pytest.skip("no library for SM2")
    assert (
        rhc("conformance", "run", "--simulated", "--no-sign", "--group", "R1", "--out", tmp_path).exit_code
        == 0
    )
    signed = tmp_path / "signed.html"
    key = tmp_path / "keys" / "mine.json"
    made = rhc("conformance", "report", tmp_path / "report.json", "--sign-key", key, "--html", signed)
    assert made.exit_code == 0, made.stderr
    public = json.loads(key.read_text())["public"]
    assert rhc("conformance", "report", signed, "--public-key", public).exit_code == 0


def test_terminals_are_judged_by_their_traces(tmp_path):
    traces = (TRACES / "read.card.jsonl", TRACES / "read.sam.jsonl")
    done = rhc("conformance", "terminal", *traces)
    assert done.exit_code == 0
    assert "✓ T04 the last challenge is the one that is used (6 times)" in done.stdout
    assert json.loads(rhc("conformance", "terminal", *traces, "--json").stdout)["passed"] is True
    bad = tmp_path / "bad.jsonl"
    lines = traces[0].read_text("utf-8").splitlines()
    bad.write_text("\n".join((*lines[:4], '{"t": 1, "c": "00A4000002EF06", "r": "9000", "us": 1}',
                              '{"t": 1, "c": "00B2010400", "r": "6982", "us": 1}')))  # fmt: skip
    done = rhc("conformance", "terminal", bad)
    assert done.exit_code == 1
    assert done.stdout.startswith("✗ T05 it was read without the right: card 5")


def test_the_log_of_another_reader_is_judged_as_well():
    done = rhc("conformance", "terminal", TRACES / "pcscd-apdu.log")
    assert done.exit_code in (0, 1)
    assert "exchanges" in done.stdout
    assert "Traceback" not in done.output


def test_the_command_line_of_others_stays_light():
    script = "import sys, lab.cli; print('reader_client.conformance.catalogue' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "False\n"
