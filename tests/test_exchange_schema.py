"""The published schemas are those of the declaration, and what we print and issue fits them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from exchange_cards import NAMES, contents_of, odd_card, signed_contents

from card_os.spec.loader import load
from issuer.personalisation.issuance import ISSUER_ITEMS
from issuer.personalisation.record import FORMAT
from lab import demo
from reader_client.exchange.schema import (
    RESIDENT_FORMAT,
    card_schema,
    main,
    resident_items,
    resident_schema,
    written_files,
)

jsonschema = pytest.importorskip("jsonschema")
PROFILE = load("health_card")
PUBLISHED = Path(__file__).parents[1] / "docs" / "schemas"


@pytest.fixture(scope="module")
def card() -> Any:
    return jsonschema.Draft202012Validator(card_schema(PROFILE))


@pytest.fixture(scope="module")
def resident() -> Any:
    return jsonschema.Draft202012Validator(resident_schema(PROFILE))


def test_published_files_are_up_to_date(tmp_path: Path) -> None:
    main(tmp_path)
    names = sorted(written_files(PROFILE))
    assert len(names) == 2
    for name in names:
        assert (tmp_path / name).read_text("utf-8") == (PUBLISHED / name).read_text("utf-8")
        jsonschema.Draft202012Validator.check_schema(json.loads((PUBLISHED / name).read_text("utf-8")))


@pytest.mark.parametrize("name", NAMES)
def test_demo_residents_and_their_cards_fit(name: str, card: Any, resident: Any) -> None:
    resident.validate(json.loads(demo.resident(name).raw))
    card.validate(contents_of(name).to_json())


def test_a_signed_and_an_odd_card_fit(card: Any) -> None:
    card.validate(signed_contents().to_json())
    card.validate(odd_card().to_json())


def test_what_the_issuer_gives_is_no_part_of_a_resident() -> None:
    names = {item.name for item in resident_items(PROFILE)}
    assert not names & set(ISSUER_ITEMS)
    assert "card_number" in names
    assert RESIDENT_FORMAT == FORMAT


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        ("items", "rh_blood_type_code", "4"),
        ("items", "sex_code", 1),
        ("items", "birth_date", "19000101"),
        ("items", "holder_name", ""),
        ("items", "holder_name", "x" * 31),
        ("items", "asthma_flag", "yes"),
        ("items", "occupation_code", "Z"),
        ("items", "card_class", "1"),
        ("inpatient_visits", "inpatient_fee_total", "1.234"),
        ("inpatient_visits", "inpatient_fee_total", 12.5),
        ("inpatient_visits", "inpatient_transaction_signature", "00" * 64),
    ],
)
def test_wrong_records_are_told(resident: Any, section: str, name: str, value: object) -> None:
    record = copy.deepcopy(json.loads(demo.resident("02").raw))
    assert resident.is_valid(record)
    place = record[section][0] if section != "items" else record[section]
    place[name] = value
    assert not resident.is_valid(record)


@pytest.mark.parametrize(
    "change",
    [
        {"items": {"birth_date": {"unknown": "xyz"}}},
        {"items": {"no_such_item": "1"}},
        {"allergies": [{}] * 4},
        {"slots": {"inpatient_visits": [4], "outpatient_visits": []}},
        {"photo": 1},
        {"more": 1},
    ],
)
def test_what_is_no_card_is_told(card: Any, change: dict[str, Any]) -> None:
    assert not card.is_valid(contents_of("01").to_json() | change)
