"""What is said of the readers: from two looks, as lines, as JSON lines, as a table."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest
import typer
from reader_cards import Desk
from rich.console import Console
from typer.testing import CliRunner

from reader_client import lookup_cli
from reader_client.watch import EventKind, ReaderEvent, Seen, changes
from reader_client.watch_view import event_words, readers_table, show_lines

ATR = bytes.fromhex("3B00")
OTHER = bytes.fromhex("3B01FF")
EMPTY, FULL = Seen(False, None, 2), Seen(True, ATR, 3)
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHC_LANG", "en")


@pytest.mark.parametrize(
    ("before", "after", "happened"),
    [
        ({}, {}, []),
        ({"a": FULL}, {"a": FULL}, []),
        ({}, {"a": EMPTY}, ["reader_added"]),
        ({}, {"a": FULL}, ["reader_added", "card_inserted"]),
        ({"a": EMPTY}, {"a": FULL}, ["card_inserted"]),
        ({"a": FULL}, {"a": Seen(False, None, 4)}, ["card_removed"]),
        ({"a": FULL}, {"a": Seen(True, ATR, 5)}, ["card_removed", "card_inserted"]),
        ({"a": FULL}, {"a": Seen(True, OTHER, 3)}, ["card_removed", "card_inserted"]),
        ({"a": FULL}, {}, ["reader_gone"]),
        ({"a": FULL}, {"b": EMPTY}, ["reader_gone", "reader_added"]),
    ],
)
def test_changes(before: dict[str, Seen], after: dict[str, Seen], happened: list[str]) -> None:
    assert [event.kind for event in changes(before, after)] == happened


def test_an_insertion_brings_the_atr() -> None:
    (event,) = changes({"a": EMPTY}, {"a": FULL})
    assert event == ReaderEvent(EventKind.CARD_INSERTED, "a", ATR)


def test_every_event_has_words() -> None:
    words = {event_words(ReaderEvent(kind, "a reader")) for kind in EventKind}
    assert len(words) == len(EventKind)
    assert all("a reader" in text for text in words)


def lines(*, as_json: bool) -> list[str]:
    out = io.StringIO()
    looks = [({"a": FULL}, tuple(changes({}, {"a": FULL}))), ({"a": EMPTY}, ()), ({}, ())]
    show_lines(Console(file=out, width=40), looks, as_json=as_json, clock=lambda: NOON)
    return out.getvalue().splitlines()


def test_lines() -> None:
    assert lines(as_json=False) == ["12:00:00  a: there is this reader", "12:00:00  a: card in, ATR 3B00"]
    assert json.loads(lines(as_json=True)[1]) == {
        "time": "2026-11-22T12:00:00.000+00:00",
        "event": "card_inserted",
        "reader": "a",
        "atr": "3B00",
    }


def test_the_table() -> None:
    out = io.StringIO()
    console = Console(file=out, width=80)
    console.print(readers_table({"reader [a]": FULL, "b": EMPTY}, ["12:00:00  b: card out"]))
    console.print(readers_table({}, []))
    shown = out.getvalue()
    assert "reader [a]" in shown
    assert "3B00" in shown
    assert "no card" in shown
    assert "b: card out" in shown
    assert "no reader" in shown


def test_readers_of_this_process_are_told_once() -> None:
    app = typer.Typer()
    lookup_cli.register(app)
    done = CliRunner().invoke(app, ["watch", "--json"], obj=Desk())
    events = [(row["event"], row["reader"]) for row in map(json.loads, done.stdout.splitlines())]
    assert events == [
        ("reader_added", "desk contactless"),
        ("card_inserted", "desk contactless"),
        ("reader_added", "desk SAM"),
        ("card_inserted", "desk SAM"),
    ]
