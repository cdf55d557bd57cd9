"""Lists of cards as text.

JSON, one object:

    {"format": "rhc-card-list/1", "version": "7", "date": "2026-01-31T06:00:00Z",
     "expires": "2026-02-07T06:00:00Z", "signer": "…", "signature": "…", "entries": [
      {"card_number": "…", "chip_serial": "…", "mark": "0", "operation": "1", "reason": "1", "text": "…"}]}

`expires`, `signer` (a public key) and `signature` (both in hex) may be left out: then the list says neither
when it should have been renewed nor who made it. A delta has the format `rhc-card-list-delta/1` and a `base`
more, the version it begins at.

CSV, UTF-8, for lists that are not signed: the first line is `rhc-card-list/1,VERSION,DATE`, the second names
the columns, an entry a line. Columns and keys of an entry, all texts:

- `card_number`: item 8, up to 18 characters; required
- `chip_serial`: item 10; where it is given, only the card with this chip is meant, for a replacement keeps
  the number of the lost card
- `mark`: 0 black, 1 grey; `operation`: 1 add, 2 delete
- `reason`: 1 loss, 2 loss undone, 3 cancelled, 4 illegal use
- `text`: free, may be left out; further columns (name, ID, organisation) are not read

Entries count in their order; a deletion takes an earlier entry of the same card and mark away. A date without
a zone is local time.
# spec: issuance_and_ecard D.1 front-server list table, A.5; the format is ours
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from card_os.spec.card_list import (
    DELTA_FORMAT,
    FORMAT,
    CardList,
    Change,
    Delta,
    Entry,
    Mark,
    Operation,
    Reason,
    moment_text,
    standing,
)
from card_os.spec.errors import Phrase, PlainError

_encode = json.JSONEncoder(ensure_ascii=False).encode
_MALFORMED = (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError)


class CardListFormatError(PlainError):
    """A text that is no list of cards; `reason` says why."""


def parse_json(text: str) -> CardList:
    """A whole list; raises CardListFormatError."""
    found = _object(text, FORMAT)
    return _whole(found, _rows(found))


def parse_delta(text: str) -> Delta:
    """A delta; raises CardListFormatError."""
    found = _object(text, DELTA_FORMAT)
    changes = _changes(_rows(found))
    try:
        base = _text(found, "base")
        version, date, expires, signer, signature = _head(found)
    except _MALFORMED:
        raise _no_list() from None
    return Delta(base, version, date, changes, expires, signer, signature)


def is_delta(text: str) -> bool:
    """Whether a text calls itself a delta."""
    try:
        return bool(json.loads(text)["format"] == DELTA_FORMAT)
    except _MALFORMED:
        return False


def parse_csv(text: str) -> CardList:
    """A whole list that nobody signed; raises CardListFormatError."""
    first, _newline, rest = text.partition("\n")
    head = [part.strip() for part in first.split(",")]
    if head[0] != FORMAT:
        raise _other_format(FORMAT)
    try:
        rows = list(csv.DictReader(rest.splitlines()))
        found = {"version": head[1], "date": head[2]}
    except (LookupError, csv.Error):
        raise _no_list() from None
    return _whole(found, rows)


def write_json(card_list: CardList) -> str:
    """A whole list as text that `parse_json` takes."""
    return _written({"format": FORMAT}, card_list, (Change(Operation.ADD, e) for e in card_list.entries))


def write_delta(delta: Delta) -> str:
    """A delta as text that `parse_delta` takes."""
    return _written({"format": DELTA_FORMAT, "base": delta.base}, delta, delta.changes)


def _written(first: Mapping[str, str], of: CardList | Delta, changes: Iterable[Change]) -> str:
    head: dict[str, object] = {**first, "version": of.version, "date": moment_text(of.date)}
    if of.expires:
        head["expires"] = moment_text(of.expires)
    if of.signature:
        head |= {"signer": of.signer.hex().upper(), "signature": of.signature.hex().upper()}
    rows = ",\n".join([_encode(_row(change)) for change in changes])
    opening = json.dumps(head, ensure_ascii=False)[:-1]
    return f'{opening}, "entries": [\n{rows}\n]}}\n'


def _row(change: Change) -> dict[str, str]:
    entry = change.entry
    return {
        "card_number": entry.card_number,
        "chip_serial": entry.chip_serial,
        "mark": entry.mark.value,
        "operation": change.operation.value,
        "reason": entry.reason.value,
        "text": entry.text,
    }


def _object(text: str, due: str) -> Mapping[str, Any]:
    try:
        found: dict[str, Any] = json.loads(text)
        name = found["format"]
    except _MALFORMED:
        raise _no_list() from None
    if name != due:
        raise _other_format(due)
    return found


def _whole(found: Mapping[str, Any], rows: Sequence[Mapping[str, str]]) -> CardList:
    try:
        version, date, expires, signer, signature = _head(found)
    except _MALFORMED:
        raise _no_list() from None
    return CardList(version, date, standing(_changes(rows)), expires, signer, signature)


def _head(found: Mapping[str, Any]) -> tuple[str, datetime, datetime | None, bytes, bytes]:
    expires = found.get("expires")
    _whole_characters(str(found["version"]))
    return (
        str(found["version"]),
        _moment(_text(found, "date")),
        _moment(_text(found, "expires")) if expires is not None else None,
        bytes.fromhex(found.get("signer") or ""),
        bytes.fromhex(found.get("signature") or ""),
    )


def _rows(found: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    rows = found.get("entries")
    if not isinstance(rows, list):
        raise _no_list()
    return rows


def _changes(rows: Sequence[Mapping[str, str]]) -> tuple[Change, ...]:
    changes = []
    for number, row in enumerate(rows, start=1):
        try:
            changes.append(_change(row))
        except _MALFORMED:
            raise CardListFormatError(reason=Phrase("entry {number} is wrong", number=number)) from None
    return tuple(changes)


def _change(row: Mapping[str, str]) -> Change:
    number = row["card_number"].strip()
    if not number:
        raise ValueError
    serial, text = ((row.get(name) or "").strip() for name in ("chip_serial", "text"))
    _whole_characters(number, serial, text)
    entry = Entry(number, serial, Mark(row["mark"]), Reason(row["reason"]), text)
    return Change(Operation(row["operation"]), entry)


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found[name]
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole_characters(*texts: str) -> None:
    """JSON can name halves of characters, which no signature is over; raises ValueError."""
    "".join(texts).encode()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone()


def _no_list() -> CardListFormatError:
    return CardListFormatError(reason=Phrase("this is no list of cards"))


def _other_format(due: str) -> CardListFormatError:
    return CardListFormatError(reason=Phrase("the format {due} is expected", due=due))
