"""A card through JSON and back: nothing gets lost, nothing is believed unchecked."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from exchange_cards import NAMES, contents_of

from card_os.spec.errors import PlainError, UnknownItemError, ValueRefusedError
from card_os.spec.loader import load
from reader_client.contents import CardValue, RawValue
from reader_client.exchange.card_json import CardJsonError, read_card

PROFILE = load("health_card")


def through_text(value: object) -> object:
    return json.loads(json.dumps(value, ensure_ascii=False))


@pytest.mark.parametrize("name", NAMES)
def test_every_demo_card_comes_back_whole(name: str) -> None:
    contents = contents_of(name)
    assert contents.items["holder_name"]
    assert read_card(PROFILE, through_text(contents.to_json())) == contents


def test_amounts_stay_decimal_and_odd_values_stay_as_they_are() -> None:
    contents = contents_of("02")
    odd: dict[str, CardValue] = {
        "rh_blood_type_code": "7",
        "birth_date": RawValue("19001340"),
        "asthma_flag": RawValue("55"),
    }
    changed = replace(contents, items={**contents.items, **odd})
    back = read_card(PROFILE, through_text(changed.to_json()))
    assert back == changed
    total = back.inpatient_visits[0].items["inpatient_fee_total"]
    assert isinstance(total, Decimal)
    assert str(total) == "43953.75"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"format": "rhc-card/2"}, CardJsonError),
        ({"items": {"no_such_item": "1"}}, UnknownItemError),
        ({"items": {"allergen_name": "1"}}, UnknownItemError),
        ({"items": {"birth_date": "1900-02-30"}}, ValueRefusedError),
        ({"items": {"birth_date": 19000101}}, ValueRefusedError),
        ({"items": {"birth_date": {"unknown": "XY"}}}, CardJsonError),
        ({"items": []}, CardJsonError),
        ({"allergies": [{}] * 5}, CardJsonError),
        ({"slots": {"inpatient_visits": [1]}}, CardJsonError),
        ({"slots": {"inpatient_visits": [], "outpatient_visits": [1, 1]}}, CardJsonError),
        ({"slots": {"inpatient_visits": [], "outpatient_visits": [1, 6]}}, CardJsonError),
        ({"photo": "!"}, CardJsonError),
        ({"photo": 1}, CardJsonError),
    ],
)
def test_what_is_no_card_is_refused(change: dict[str, object], error: type[PlainError]) -> None:
    card = contents_of("01").to_json() | change
    with pytest.raises(error):
        read_card(PROFILE, card)
