"""Black and grey list of cards in a file: read at the counter, never written there, no network needed.

JSON, one object:

    {"format": "rhc-card-list/1", "version": "7", "date": "2026-01-31T06:00:00+08:00", "entries": [
      {"card_number": "…", "chip_serial": "…", "mark": "0", "operation": "1", "reason": "1", "text": "…"}]}

CSV (the file name ends in .csv), UTF-8: the first line is `rhc-card-list/1,VERSION,DATE`, the second names
the columns, an entry a line. Columns and keys, all texts:

- `card_number`: item 8, up to 18 characters; required
- `chip_serial`: item 10; where it is given, only the card with this chip is meant, for a replacement keeps
  the number of the lost card
- `mark`: 0 black, 1 grey; `operation`: 1 add, 2 delete
- `reason`: 1 loss, 2 loss undone, 3 cancelled, 4 illegal use
- `text`: free, may be left out; further columns (name, ID, organisation) are not read

Entries count in the order of the file; a deletion takes an earlier entry of the same card and mark away. A
date without a zone is local time.
# spec: issuance_and_ecard D.1 front-server list table, A.5; the format is ours
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from card_os.spec.errors import Phrase
from language import cause
from reader_client.errors import ReaderClientError

FORMAT = "rhc-card-list/1"
_ADD, _DELETE = "1", "2"


class CardListError(ReaderClientError):
    """A list file that cannot be read or is no such list."""

    template = "card list {file}: {reason}"


class Mark(StrEnum):
    """Black: refused. Grey: ask for the ID document."""

    BLACK = "0"
    GREY = "1"


class Reason(StrEnum):
    """Why a card is listed."""

    LOSS = "1"
    LOSS_UNDONE = "2"
    CANCELLED = "3"
    ILLEGAL_USE = "4"


@dataclass(frozen=True, slots=True)
class Entry:
    """A listed card; `chip_serial` is empty where every card of the number is meant."""

    card_number: str
    chip_serial: str
    mark: Mark
    reason: Reason
    text: str = ""


@dataclass(frozen=True, slots=True)
class CardList:
    """The list as it was downloaded last."""

    version: str
    date: datetime
    entries: tuple[Entry, ...]

    def find(self, card_number: str | None, chip_serial: str | None) -> Entry | None:
        """The entry for a card, a black one before a grey one."""
        hits = [
            entry
            for entry in self.entries
            if entry.card_number == card_number and entry.chip_serial in ("", chip_serial or "")
        ]
        return min(hits, key=lambda entry: entry.mark, default=None)

    def age_days(self, now: datetime) -> int:
        """Whole days since the list was made; `now` has a zone."""
        return (now - self.date).days


def read_list(path: Path) -> CardList:
    """Read a list file; raises CardListError."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise CardListError(file=path, reason=cause(error)) from None
    except UnicodeDecodeError:
        raise CardListError(file=path, reason=Phrase("the file is not in UTF-8")) from None
    try:
        head, rows = _csv(text) if path.suffix.lower() == ".csv" else _json(text)
        if head[0] != FORMAT:
            raise CardListError(file=path, reason=Phrase("the format {due} is expected", due=FORMAT))
        date = datetime.fromisoformat(head[2]).astimezone()
    except (ValueError, LookupError, TypeError, AttributeError):
        raise CardListError(file=path, reason=Phrase("this is no list of cards")) from None
    return CardList(head[1], date, _entries(path, rows))


def _json(text: str) -> tuple[Sequence[str], Sequence[Mapping[str, str]]]:
    found = json.loads(text)
    return (found["format"], str(found["version"]), found["date"]), found["entries"]


def _csv(text: str) -> tuple[Sequence[str], Sequence[Mapping[str, str]]]:
    first, _newline, rest = text.partition("\n")
    return [part.strip() for part in first.split(",")], list(csv.DictReader(rest.splitlines()))


def _entries(path: Path, rows: Sequence[Mapping[str, str]]) -> tuple[Entry, ...]:
    standing: dict[tuple[str, str, Mark], Entry] = {}
    for number, row in enumerate(rows, start=1):
        try:
            operation, entry = _entry(row)
        except (ValueError, LookupError, TypeError, AttributeError):
            raise CardListError(file=path, reason=Phrase("entry {number} is wrong", number=number)) from None
        key = (entry.card_number, entry.chip_serial, entry.mark)
        if operation == _ADD:
            standing[key] = entry
        else:
            standing.pop(key, None)
    return tuple(standing.values())


def _entry(row: Mapping[str, str]) -> tuple[str, Entry]:
    number, operation = row["card_number"].strip(), row["operation"]
    if not number or operation not in (_ADD, _DELETE):
        raise ValueError
    serial, text = (row.get(name) or "" for name in ("chip_serial", "text"))
    return operation, Entry(number, serial.strip(), Mark(row["mark"]), Reason(row["reason"]), text)
