"""The counter of a hospital played from its recording: every step with no reader, no card and no SAM."""

from __future__ import annotations

from pathlib import Path

import pytest
from hospital_bench import INPATIENT, OUTPATIENT, Counter

from card_os.trace import TracedCard, TraceFile, read_trace
from lab import demo
from reader_client.channel import Channel
from reader_client.hospital import genuine, steps
from reader_client.hospital.emergency import emergency
from reader_client.hospital.swipe_log import SwipeLog
from reader_client.hospital.terminal import Post, ready
from reader_client.in_process import InProcessChannel
from reader_client.replay import ReplayChannel
from reader_client.visits import VisitKind


def day_at_the_counter(post: Post, card: Channel, sam: Channel) -> list[object]:
    """One patient from registration to discharge, and an emergency."""
    terminal = ready(post, card, sam, demo.SAM_PIN)
    session = terminal.session
    return [
        steps.register(terminal).to_json(),
        steps.doctor(terminal, {"other_medical_alert": "青霉素过敏"}).to_json(),
        steps.laboratory(terminal).to_json(),
        steps.cashier(terminal, OUTPATIENT).to_json(),
        steps.pharmacy(terminal).to_json(),
        steps.admit(terminal).to_json(),
        steps.discharge(terminal, INPATIENT).to_json(),
        emergency(terminal).to_json(),
        [session.verify_visit(kind, 1).status for kind in VisitKind],
    ]


def test_a_day_at_the_counter_without_any_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # the terminal's own random is no answer of a card: a program that is played again must draw the same
    monkeypatch.setattr(genuine.secrets, "token_bytes", bytes)
    counter = Counter(tmp_path / "live")
    files = tmp_path / "card.jsonl", tmp_path / "sam.jsonl"
    with (
        TraceFile(files[0], counter.card.profile, "card") as card_file,
        TraceFile(files[1], counter.sam.profile, "SAM") as sam_file,
    ):
        live = day_at_the_counter(
            counter.post,
            InProcessChannel(TracedCard(counter.card, card_file.listener)),
            InProcessChannel(TracedCard(counter.sam, sam_file.listener)),
        )
    channels = [ReplayChannel(read_trace(file).exchanges) for file in files]
    played = Counter(tmp_path / "played")
    assert day_at_the_counter(played.post, *channels) == live
    assert [channel.left for channel in channels] == [0, 0]
    rows = [SwipeLog(tmp_path / name).read().rows for name in ("live", "played")]
    assert rows[0] == rows[1]
    assert len(rows[0]) == 8
