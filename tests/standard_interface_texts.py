"""What the standard interface must give for the values that the reader client reads, and its table script."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from card_os.spec.loader import load
from card_os.spec.model import DataItem
from reader_client.contents import CardContents, CardValue, Values, Visit

ROOT = Path(__file__).resolve().parents[1]
INTERFACE = ROOT / "standard_interface"
HEADER = INTERFACE / "include" / "rhc_standard_interface.h"
PROFILE = load("health_card")
BY_ABBREVIATION = {item.abbreviation: item for item in PROFILE.items.values()}

_SCRIPT = importlib.util.spec_from_file_location("generate_tables", INTERFACE / "generate.py")
assert _SCRIPT is not None
assert _SCRIPT.loader is not None
generate = importlib.util.module_from_spec(_SCRIPT)  # a script beside the C code, in no package
_SCRIPT.loader.exec_module(generate)


def text_of(item: DataItem, value: CardValue) -> str:
    """A value as the text that the interface gives for it."""
    match value:
        case None:
            text = item.blank.hex().upper() if item.coding == "B" else ""
        case bool():
            text = ("00" if value else "FF") if item.format == "A2" else f"{value:02d}"
        case datetime():
            text = value.strftime("%Y%m%d%H%M%S")
        case date():
            text = value.strftime("%Y%m%d")
        case Decimal():
            text = f"{value:.2f}"
        case bytes():
            text = value.hex().upper()
        case str():
            text = value.zfill(2) if item.coding == "B" else value
        case _:
            raise AssertionError(value)
    return text


def expected_lines(card: CardContents) -> dict[str, str]:
    """Every line that tests/standard_interface/program.c must print of a card."""
    named = {PROFILE.items[name].abbreviation: value for name, value in card.items.items()}
    expected = {name: text_of(BY_ABBREVIATION[name], value) for name, value in named.items()}
    expected["PHOTO"] = (card.photo or b"").hex().upper()
    expected |= _entries("GM", "DF02.EF07", 3, card.allergies)
    expected |= _entries("MY", "DF02.EF08", 10, card.immunizations)
    for name, flags, layout, records in (
        ("EE", "ZYBS", "DF03.EE", card.inpatient_visits),
        ("ED", "MZBS", "DF03.ED", card.outpatient_visits),
    ):
        expected[flags] = "".join("00" if record.valid else "FF" for record in records)
        expected |= {f"{name}{record.slot}": _visit(layout, record) for record in records if record.valid}
    return expected


def assert_same(printed: Mapping[str, str], card: CardContents) -> None:
    """Every value of the card was printed as it should be."""
    expected = expected_lines(card)
    assert len(expected) > 70
    assert {name: printed.get(name) for name in expected} == expected


def _entries(name: str, layout: str, room: int, entries: Sequence[Values]) -> dict[str, str]:
    items = PROFILE.by_layout[layout]
    filled = [*entries, *[{}] * (room - len(entries))]
    return {
        f"{name}{number}": "|".join(text_of(item, values.get(item.name)) for item in items)
        for number, values in enumerate(filled, start=1)
    }


def _visit(layout: str, record: Visit) -> str:
    return "|".join(_listed(item, record.items[item.name]) for item in generate.data_items(PROFILE, layout))


def _listed(item: DataItem, value: CardValue) -> str:
    """In a list an item that is blank is empty, whatever its coding.  # spec: terminal_interface 5.2"""
    blank = b"\x00" if item.coding == "AN" else b"\xff"
    return "" if value is None and item.blank.startswith(blank) else text_of(item, value)
