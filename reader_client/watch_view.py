"""The readers before the eyes of a person: a table that changes on a terminal, else a line for each event."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from language import _
from reader_client.watch import EventKind, ReaderEvent, Snapshot

LAST_EVENTS = 8
Looks = Iterable[tuple[Snapshot, tuple[ReaderEvent, ...]]]


class Clock(Protocol):
    """Tells the time of an event."""

    def __call__(self) -> datetime:
        """Now, with a zone."""
        ...


def local_time() -> datetime:
    """Now, in the zone of this computer."""
    return datetime.now().astimezone()


def show_lines(console: Console, looks: Looks, *, as_json: bool, clock: Clock = local_time) -> None:
    """A line, or a JSON object in a line, for each event."""
    for _snapshot, events in looks:
        for event in events:
            line = _json_line(event, clock()) if as_json else f"{clock():%H:%M:%S}  {event_words(event)}"
            console.print(line, soft_wrap=True)
            console.file.flush()


def show_table(console: Console, looks: Looks, clock: Clock = local_time) -> None:
    """A table of the readers that changes in place, with the last events below."""
    last: deque[str] = deque(maxlen=LAST_EVENTS)
    with Live(console=console, auto_refresh=False) as live:
        for snapshot, events in looks:
            last.extend(f"{clock():%H:%M:%S}  {event_words(event)}" for event in events)
            if events:
                live.update(readers_table(snapshot, last), refresh=True)


def readers_table(snapshot: Snapshot, last: Iterable[str]) -> Group:
    """Readers, the cards in them, the last events."""
    table = Table(box=None, pad_edge=False)
    table.add_column(_("reader"), overflow="fold")
    table.add_column(_("card"))
    table.add_column("ATR", overflow="fold")
    for name, seen in snapshot.items():
        card = Text(_("card"), style="green") if seen.present else Text(_("no card"), style="dim")
        table.add_row(Text(name), card, seen.atr.hex().upper() if seen.atr else "")
    if not snapshot:
        table.add_row(Text(_("no reader"), style="dim"), "", "")
    lines = [Text(line, style="dim") for line in last]
    return Group(table, Text(), *lines, Text(_("Ctrl-C ends it."), style="dim"))


def event_words(event: ReaderEvent) -> str:
    """An event in the reader's language."""
    template = {
        EventKind.READER_ADDED: _("{reader}: there is this reader"),
        EventKind.READER_GONE: _("{reader}: the reader is gone"),
        EventKind.CARD_INSERTED: _("{reader}: card in, ATR {atr}"),
        EventKind.CARD_REMOVED: _("{reader}: card out"),
    }[event.kind]
    return template.format(reader=event.reader, atr=event.atr.hex().upper() if event.atr else "-")


def _json_line(event: ReaderEvent, now: datetime) -> str:
    atr = event.atr.hex().upper() if event.atr else None
    row = {
        "time": now.isoformat(timespec="milliseconds"),
        "event": event.kind,
        "reader": event.reader,
        "atr": atr,
    }
    return json.dumps(row, ensure_ascii=False)
