"""JSON Schemas of `rhc-card/1` and `rhc-resident/1`, made from the declaration.

`python -m reader_client.exchange.schema [DIRECTORY]` writes them to docs/schemas. A schema counts characters
where a card counts bytes of GBK: what a schema takes, the card may still refuse.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from card_os.spec.loader import load
from card_os.spec.model import DataItem, Profile
from reader_client.contents import FORMAT as CARD_FORMAT
from reader_client.exchange.card_json import single_items
from reader_client.places import COLLECTIONS, slots
from reader_client.signatures import integrity_items
from reader_client.visits import VisitKind

RESIDENT_FORMAT = "rhc-resident/1"
DIRECTORY = Path("docs/schemas")
Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
# a name, not an address: the host is one that can never exist
_BASE = "https://residents-health-card.example/schemas"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_UNKNOWN = {
    "type": "object",
    "description": "bytes that are no value of their item",
    "properties": {"unknown": {"type": "string", "pattern": "^([0-9A-F]{2})+$"}},
    "required": ["unknown"],
    "additionalProperties": False,
}
_REFERENCE = {"$ref": "#/$defs/unknown"}
_TIME = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"


def card_schema(profile: Profile) -> Schema:
    """What `rhc read --format json` prints of a whole card."""
    visits = [kind.collection for kind in VisitKind]
    properties: Schema = {
        "format": {"const": CARD_FORMAT},
        "items": _object(_read(profile, item) for item in single_items(profile)),
    }
    for name, (layout, *_flags) in COLLECTIONS.items():
        entry = _object(_read(profile, item) for item in profile.by_layout[layout])
        properties[name] = _list(entry, slots(profile, layout))
    numbers = {
        name: {
            "type": "array",
            "items": {"type": "integer", "minimum": 1, "maximum": slots(profile, COLLECTIONS[name][0])},
            "uniqueItems": True,
        }
        for name in visits
    }
    properties["slots"] = _closed(numbers, visits)
    properties["photo"] = {
        "type": ["string", "null"],
        "contentEncoding": "base64",
        "contentMediaType": "image/jpeg",
    }
    return _titled(
        "rhc-card-1", "A Residents' Health Card as it was read", _closed(properties, properties)
    ) | {"$defs": {"unknown": _UNKNOWN}}


def resident_schema(profile: Profile) -> Schema:
    """What a card is issued from."""
    properties: Schema = {
        "format": {"const": RESIDENT_FORMAT},
        "items": _object(_written(profile, item) for item in resident_items(profile))
        | {"required": ["card_number", "holder_name"]},
        "portrait": _closed({"seed": {"type": "integer"}}, ["seed"]),
    }
    for name, (layout, *_flags) in COLLECTIONS.items():
        entry = _object(_written(profile, item) for item in _data_items(profile, name, layout))
        properties[name] = _list(entry | {"minProperties": 1}, slots(profile, layout))
    return _titled(
        "rhc-resident-1", "The record from which a card is issued", _closed(properties, ["format", "items"])
    )


def resident_items(profile: Profile) -> list[DataItem]:
    """The items that the resident brings; of the issuer's own file and the expiry only the card number."""
    return [
        item
        for item in single_items(profile)
        if item.name == "card_number" or (item.layout != "DDF1.EF05" and item.name != "card_expiry_date")
    ]


def _data_items(profile: Profile, collection: str, layout: str) -> list[DataItem]:
    """The items of an entry, of a visit without signature and certificate."""
    items = list(profile.by_layout[layout])
    if collection not in {kind.collection for kind in VisitKind}:
        return items
    seal = integrity_items(profile, layout)
    return [item for item in items if item not in (seal.signature, seal.certificate)]


def _read(profile: Profile, item: DataItem) -> tuple[str, Schema]:
    """What may be read: a code that no table knows as it stands, bytes that are no value as hex."""
    return item.name, _described(profile, item, {"anyOf": [_value(item, written=False), _REFERENCE]})


def _written(profile: Profile, item: DataItem) -> tuple[str, Schema]:
    """What may be written: only codes of the table; null leaves the item empty."""
    value = _value(item, written=True)
    table = profile.table_of(item)
    if table is not None:
        width = item.codes.partition("[")[2].rstrip("]")
        value |= {"pattern": f"^[{''.join(table)}]"} if width else {"enum": list(table)}
    return item.name, _described(profile, item, {"anyOf": [value, {"type": "null"}]})


def _value(item: DataItem, *, written: bool) -> Schema:
    if item.format in ("T/F", "A2"):
        return {"type": "boolean"}
    if item.coding == "AN":
        # a terminal may have written anything there; what we write has only digits where the format says so
        digits = {"pattern": "^[0-9]+$"} if written and item.format.startswith("N") else {}
        return {"type": "string", "minLength": 1, "maxLength": item.length, **digits}
    return {"type": "string", "pattern": f"^{_pattern(item, written)}$"}


def _pattern(item: DataItem, written: bool) -> str:
    if item.coding == "B":
        return "[0-9]" if item.format == "N1" else f"([0-9A-Fa-f]{{2}}){{{item.length}}}"
    if item.format == "D8":
        return _DATE
    if item.format == "DT15":
        return f"{_DATE}T{_TIME}"
    if "," in item.format:
        return r"[0-9]+(\.[0-9]{1,2})?" if written else r"[0-9]+\.[0-9]{2}"
    return f"[0-9]{{1,{2 * item.length}}}"


def _described(profile: Profile, item: DataItem, schema: Schema) -> Schema:
    table = profile.table_of(item) or {}
    codes = "; ".join(f"{code} {meaning.chinese} {meaning.english}" for code, meaning in table.items())
    size = f"{item.coding} {item.format}".strip() + f", {item.length} bytes"
    return {"title": item.chinese, "description": f"{size}. {codes}".rstrip(". "), **schema}


def _object(properties: Iterable[tuple[str, Schema]]) -> Schema:
    return _closed(dict(properties), [])


def _closed(properties: Schema, required: Iterable[str]) -> Schema:
    names = list(required)
    return {
        "type": "object",
        "properties": properties,
        **({"required": names} if names else {}),
        "additionalProperties": False,
    }


def _list(entry: Schema, room: int) -> Schema:
    return {"type": "array", "items": entry, "maxItems": room}


def _titled(name: str, title: str, schema: Schema) -> Schema:
    return {"$schema": _DIALECT, "$id": f"{_BASE}/{name}.schema.json", "title": title, **schema}


def text(schema: Schema) -> str:
    """A schema as the file holds it."""
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def written_files(profile: Profile) -> dict[str, str]:
    """The files by name, with their text."""
    return {
        "rhc-card-1.schema.json": text(card_schema(profile)),
        "rhc-resident-1.schema.json": text(resident_schema(profile)),
    }


def main(directory: Path) -> None:
    """Write both files."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in written_files(load("health_card")).items():
        (directory / name).write_text(content, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DIRECTORY)
