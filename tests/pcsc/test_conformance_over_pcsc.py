"""The suite as a card maker runs it: card and SAM in readers, pcscd, vpcd and pyscard between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from conformance_cards import ISO_ATR, iso_card
from echo_card import EchoCard

from card_os.kernel.card import Card
from lab import demo
from lab.conformance_bench import RESIDENT
from lab.pcsc.client import SOCKET_VARIABLE
from lab.pcsc.private_stack import PrivateStack
from lab.pcsc.readers import Readers

pytestmark = pytest.mark.pcsc

ROOT = Path(__file__).parents[2]
# spec: the suite over PC/SC takes under five minutes, its quick part under fifteen seconds
FULL, QUICK = 300, 15


class IsoCard(EchoCard):
    """A card of another application."""

    atr = ISO_ATR

    def power_on(self) -> bytes:
        super().power_on()
        return ISO_ATR

    def reset(self) -> bytes:
        super().reset()
        return ISO_ATR

    def transmit(self, command: bytes) -> bytes:
        return iso_card(command)


@contextmanager
def laid_in(readers: Readers, card: Card | EchoCard, sam: Card | None) -> Iterator[tuple[str, str]]:
    """Card and SAM in their readers; the names of both."""
    card_slot, sam_slot = readers.slots[0], readers.slots[2]
    readers.insert(card_slot, card)
    if sam is not None:
        readers.insert(sam_slot, sam)
    yield card_slot.reader, sam_slot.reader


def conformance(stack: PrivateStack, *arguments: str) -> tuple[subprocess.CompletedProcess[str], float]:
    """Run `rhc conformance run` in a process of its own, which is bound to this stack."""
    command = [sys.executable, "-m", "lab", "conformance", "run", "--no-sign", "--json", *arguments]
    environment = {
        **os.environ,
        SOCKET_VARIABLE: str(stack.socket),
        "PYTHONPATH": str(ROOT),
        "RHC_LANG": "en",
    }
    begin = perf_counter()
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=FULL, check=False
    )
    return done, perf_counter() - begin


def failures(report: dict[str, Any]) -> list[str]:
    return [
        f"{row['id']} {row.get('finding') or row.get('reason')}"
        for row in report["cases"]
        if row["outcome"] in ("failed", "error")
    ]


def issued(variant: str) -> Card:
    return demo.issue_card(demo.resident(RESIDENT), 1, variant=variant).card


@pytest.mark.parametrize("variant", ["", "contact_t0"])
def test_the_quick_part_takes_seconds(
    pcsc_stack: PrivateStack, pcsc_readers: Readers, variant: str, record_property: Any
) -> None:
    with laid_in(pcsc_readers, issued(variant), demo.issue_sam(1)) as (card, sam):
        done, seconds = conformance(pcsc_stack, "--quick", "--reader", card, "--sam", sam)
    report = json.loads(done.stdout)
    assert failures(report) == []
    assert done.returncode == 0, done.stderr
    assert report["summary"]["passed"] > 150
    assert report["card"]["variant"] == variant  # a contact card is told by its ATR
    assert (report["environment"]["reader"], report["environment"]["sam_reader"]) == (card, sam)
    record_property("seconds", seconds)
    assert report["seconds"] < QUICK


@pytest.mark.timeout(FULL)
def test_the_whole_suite_that_leaves_a_card_as_it_was(
    pcsc_stack: PrivateStack, pcsc_readers: Readers, record_property: Any
) -> None:
    with laid_in(pcsc_readers, issued(""), demo.issue_sam(1)) as (card, sam):
        done, seconds = conformance(pcsc_stack, "--reader", card, "--sam", sam)
    report = json.loads(done.stdout)
    assert failures(report) == []
    assert done.returncode == 0, done.stderr
    assert report["summary"]["passed"] > 1000
    record_property("seconds", seconds)
    assert report["seconds"] < FULL


@pytest.mark.soak
@pytest.mark.timeout(2 * FULL)
def test_the_whole_suite_against_a_contact_card_until_it_is_used_up(
    pcsc_stack: PrivateStack, pcsc_readers: Readers
) -> None:
    with laid_in(pcsc_readers, issued("contact_t0"), demo.issue_sam(1)) as (card, sam):
        done, _seconds = conformance(pcsc_stack, "--destructive", "--reader", card, "--sam", sam)
    report = json.loads(done.stdout)
    assert failures(report) == []
    assert report["summary"]["passed"] > 1050


def test_a_card_that_is_no_health_card_gets_a_report(pcsc_stack: PrivateStack, pcsc_readers: Readers) -> None:
    with laid_in(pcsc_readers, IsoCard(), None) as (card, _sam):
        done, _seconds = conformance(pcsc_stack, "--reader", card)
    assert "Traceback" not in done.stdout + done.stderr
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["card"]["atr"] == ISO_ATR.hex().upper()
    assert report["card"]["trouble"]["en"].startswith("it has no application DDF1")
    assert report["summary"]["skipped"] > 500


def test_an_empty_reader_is_one_line(pcsc_stack: PrivateStack, pcsc_readers: Readers) -> None:
    done, _seconds = conformance(pcsc_stack, "--reader", pcsc_readers.slots[0].reader)
    assert done.returncode == 1
    assert done.stderr.startswith("no card answers in reader")
    assert done.stderr.count("\n") == 1
