"""The README on issuing, as it is written: every line is run, then PC/SC reads the card."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from card_os import image
from card_os.kernel.card import Card
from lab import demo
from lab.pcsc.configuration import SAM_READER, USER_READER

README = Path(__file__).parents[2] / "README.md"
pytestmark = [pytest.mark.pcsc, pytest.mark.timeout(600)]


def commands() -> str:
    """The block of the section, without its first line, which sets the machine up."""
    section = README.read_text("utf-8").partition("## Issue a card")[2].partition("\n## ")[0]
    block = re.search(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert block is not None
    first, _newline, rest = block[1].partition("\n")
    assert first.startswith("make setup-issuer")
    return rest


def test_from_nothing_to_a_card_in_a_reader(tmp_path, pcsc_stack, pcsc_readers):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands()],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "it adds up" in done.stdout
    assert "the card is ACTIVE now" in done.stdout
    where = tmp_path / "try-issuing"
    who = json.loads((where / "applicants.jsonl").read_text().splitlines()[1])
    assert who["document_number"] not in done.stdout
    with image.open_card(where / "chips" / "0000000001.card") as kept:
        assert read_holder(pcsc_readers, kept.card) == who["holder_name"]


def read_holder(readers, card: Card) -> str:
    """The name on a card that lies in a PC/SC reader, read by `rhc read` with a SAM beside it."""
    slots = [readers.free_slots(name)[0] for name in (USER_READER, SAM_READER)]
    for slot, chip in zip(slots, (card, demo.issue_sam(77)), strict=True):
        readers.insert(slot, chip)
    try:
        command = [
            "rhc",
            "read",
            "holder_name",
            "--json",
            "--reader",
            slots[0].reader,
            "--sam",
            slots[1].reader,
        ]
        read = subprocess.run(
            [str(Path(sys.executable).with_name(command[0])), *command[1:]],
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
    finally:
        for slot in slots:
            readers.eject(slot)
    return str(json.loads(read.stdout)["holder_name"])
