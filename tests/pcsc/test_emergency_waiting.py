"""`rhc emergency --wait` as it stands in an ambulance: the SAM is ready, then a card comes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab import demo
from lab.pcsc.client import wait_card
from lab.pcsc.private_stack import PrivateStack
from lab.pcsc.readers import Readers

pytestmark = pytest.mark.pcsc
WAITING = "put the card on the reader; Ctrl-C ends\n"
SECONDS = 30
USER, SAM = 0, 2


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("RHC_READER", "RHC_SAM_READER", "RHC_SAM_PIN", "RHC_ENVIRONMENT", "RHC_CARD_LIST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RHC_LANG", "en")
    monkeypatch.setenv("RHC_SWIPE_LOG", str(tmp_path / "log"))


@pytest.fixture
def sam(pcsc_stack: PrivateStack, pcsc_readers: Readers) -> Readers:
    """A SAM in its reader, no card."""
    pcsc_readers.insert(pcsc_readers.slots[SAM], demo.issue_sam(1))
    wait_card(pcsc_readers.slots[SAM].reader, True, 10)
    return pcsc_readers


@contextmanager
def waiting() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "lab", "emergency", "--wait", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        assert process.stderr.readline() == WAITING
        yield process
    finally:
        process.kill()
        process.communicate(timeout=SECONDS)


def test_the_card_that_comes_is_shown(sam: Readers, tmp_path: Path) -> None:
    with waiting() as process:
        assert process.poll() is None
        sam.insert(sam.slots[USER], demo.issue_card(demo.resident("01"), 1).card)
        shown, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, errors) == (0, "")
    told = json.loads(shown)
    assert (told["medical_read"], told["abo_blood_type_code"]) == (True, "1")
    (row,) = (tmp_path / "log" / "swipes.jsonl").read_text("utf-8").splitlines()[-1:]
    assert json.loads(row)["step"] == "emergency"


def test_the_interrupt_key_ends_the_waiting(sam: Readers, tmp_path: Path) -> None:
    with waiting() as process:
        process.send_signal(signal.SIGINT)
        shown, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, shown) == (130, "")
    assert "Traceback" not in errors
    assert not (tmp_path / "log" / "swipes.jsonl").exists()
