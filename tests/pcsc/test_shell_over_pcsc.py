"""The shell, scripts, raw commands and the watch as a user runs them, over the private stack."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("cmd2")

from lab import demo
from lab.pcsc.client import wait_card
from lab.pcsc.private_stack import PrivateStack
from lab.pcsc.readers import Readers
from lab.shell.desk import Desk
from lab.shell.history import LineHistory
from lab.shell.start import shell_at
from reader_client.pcsc import PcscChannels

pytestmark = pytest.mark.pcsc
RHC = [sys.executable, "-m", "lab"]
SECONDS = 30
USER, SAM = 0, 2


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RHC_LANG", "en")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def cards(pcsc_readers: Readers) -> Readers:
    """A demo card and a SAM in their readers."""
    insert_user(pcsc_readers)
    pcsc_readers.insert(pcsc_readers.slots[SAM], demo.issue_sam(2))
    wait_card(pcsc_readers.slots[SAM].reader, True, 10)
    return pcsc_readers


def insert_user(readers: Readers) -> None:
    readers.insert(readers.slots[USER], demo.issue_card(demo.resident("05"), 1).card)
    wait_card(readers.slots[USER].reader, True, 10)


def eject_user(readers: Readers) -> None:
    readers.eject(readers.slots[USER])
    wait_card(readers.slots[USER].reader, False, 10)


def run_rhc(*arguments: str, keys: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RHC, *arguments], input=keys, capture_output=True, text=True, timeout=SECONDS, check=False
    )


def test_the_shell_outlives_its_card(cards: Readers, capfd: Any) -> None:
    with shell_at(Desk(PcscChannels(), pin=demo.SAM_PIN), LineHistory(None), silent=True) as shell:
        first = shell.run("read card_number")
        assert first.ok, first.error
        eject_user(cards)
        gone = shell.run("read holder_name")
        assert not gone.ok
        assert cards.slots[USER].reader in gone.error
        assert not shell.run("apdu 00A4000002DDF1").ok
        insert_user(cards)
        again = shell.run("read card_number")
        assert (again.ok, again.data) == (True, first.data)
    assert "Traceback" not in capfd.readouterr().err


def test_a_script_and_its_exit_code(cards: Readers, tmp_path: Path) -> None:
    file = tmp_path / "check.rhc"
    file.write_text("auth RK1_DDF1\nselect DDF1/EF06\napdu 00B20C0003\nread sex_code\n", "utf-8")
    done = run_rhc("script", str(file), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows[-1]["result"] == {"sex_code": "1"}
    file.write_text("read nothing\nread sex_code\n", "utf-8")
    assert run_rhc("script", str(file)).returncode == 1


def test_raw_commands(cards: Readers) -> None:
    done = run_rhc("apdu", "00A4000002DDF1", "00A4000002EF05", "00B2390005", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[-1]["response"] == "39031100009000"


def test_the_shell_from_a_pipe(cards: Readers) -> None:
    done = run_rhc("shell", "--json", keys="read sex_code\nread nothing\nselect MF\n")
    assert done.returncode == 0
    assert [json.loads(line) for line in done.stdout.splitlines()] == [{"sex_code": "1"}, {"selected": "MF"}]
    assert done.stderr.count("\n") == 1


@contextmanager
def watching() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*RHC, "watch", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_watch(pcsc_stack: PrivateStack, pcsc_readers: Readers) -> None:
    reader = pcsc_readers.slots[USER].reader
    with watching() as process:
        events = (json.loads(line) for line in process.stdout)
        known = [next(events) for _slot in pcsc_readers.slots]
        assert {event["event"] for event in known} == {"reader_added"}
        insert_user(pcsc_readers)
        inserted = next(events)
        assert (inserted["event"], inserted["reader"]) == ("card_inserted", reader)
        assert inserted["atr"].startswith("3B")
        eject_user(pcsc_readers)
        assert (next(events) | {"time": ""}) == {
            "time": "",
            "event": "card_removed",
            "reader": reader,
            "atr": None,
        }
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, rest, errors) == (0, "", "")
