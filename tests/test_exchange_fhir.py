"""Cards as FHIR bundles and back.  # spec: issuance_and_ecard F.3, G.1"""

from __future__ import annotations

import copy
import json
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from exchange_cards import NAMES, contents_of, signed_contents
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from card_os.crypto import sm2
from card_os.spec.codecs import encode
from card_os.spec.errors import PlainError, ValueRefusedError
from card_os.spec.loader import load
from reader_client.contents import CardContents, CardValue, RawValue
from reader_client.exchange import fhir_json
from reader_client.exchange.fhir_check import FhirMissingError, FhirRefusedError, check, wrong_values
from reader_client.exchange.fhir_in import read_bundle
from reader_client.exchange.fhir_out import bundle
from reader_client.exchange.fhir_terms import OWN

PROFILE = load("health_card")
pytest.importorskip("fhir.resources")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHC_LANG", "en")


def of(found: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in found["entry"] if entry["resource"]["resourceType"] == kind]


def made(name: str, **options: bool) -> dict[str, Any]:
    return copy.deepcopy(bundle(PROFILE, contents_of(name), **options))


def with_items(name: str, **items: CardValue) -> CardContents:
    contents = contents_of(name)
    return replace(contents, items={**contents.items, **items})


# --- out ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_bundle_of_every_demo_resident_validates(name: str) -> None:
    found = made(name, mental_illness=True)
    check(PROFILE, found)
    text = fhir_json.write(found)
    assert fhir_json.read(text) == found
    assert text == fhir_json.write(bundle(PROFILE, contents_of(name), mental_illness=True))
    assert [one["name"][0]["text"] for one in of(found, "Patient")] == [
        contents_of(name).items["holder_name"]
    ]


def test_the_full_card() -> None:
    kinds = Counter(entry["resource"]["resourceType"] for entry in made("05")["entry"])
    assert kinds["Encounter"] == 8
    assert kinds["Claim"] == 8
    assert kinds["Observation"] == 2
    assert kinds["AllergyIntolerance"] == 3
    assert kinds["Immunization"] == 10
    assert min(kinds[kind] for kind in ("Condition", "Procedure", "Coverage", "Organization")) > 0


def test_blood_is_carried_by_meaning() -> None:
    abo, rh = of(made("02"), "Observation")
    assert [one["code"] for one in abo["valueCodeableConcept"]["coding"]] == ["LA28449-9", "4"]
    # code 2 on the card is negative, on a front sheet it would be positive
    assert [one["code"] for one in rh["valueCodeableConcept"]["coding"]] == ["LA6577-6", "2"]
    assert rh["valueCodeableConcept"]["coding"][0]["display"] == "Negative"


@pytest.mark.parametrize("value", ["7", RawValue("AA"), "3"])
def test_blood_that_nobody_knows_is_absent(value: str | RawValue) -> None:
    found = bundle(PROFILE, with_items("02", rh_blood_type_code=value))
    check(PROFILE, found)
    rh = of(found, "Observation")[1]
    assert "valueCodeableConcept" not in rh
    raw = value.hex if isinstance(value, RawValue) else str(value)
    assert rh["dataAbsentReason"]["text"] == ("不详" if raw == "3" else f"未知 (unknown): {raw}")


def test_amounts_keep_their_places() -> None:
    found = made("02")
    claim = of(found, "Claim")[0]
    assert claim["total"] == {"value": Decimal("43953.75"), "currency": "CNY"}
    text = fhir_json.write(found)
    assert '"value": 1860.00,' in text
    assert json.loads(text)["resourceType"] == "Bundle"


def test_mental_illness_only_where_it_is_asked_for() -> None:
    contents = with_items("08", mental_illness_flag=True)
    asked, plain = (bundle(PROFILE, contents, mental_illness=wish) for wish in (True, False))
    assert "mental_illness_flag" in fhir_json.write(asked)
    assert "mental_illness" not in fhir_json.write(plain)
    assert "精神病" not in fhir_json.write(plain)
    assert len(of(asked, "Flag")) == len(of(plain, "Flag")) + 1 == 14


@pytest.mark.skipif(not sm2.available(), reason="gmssl-pyx is not installed")
def test_a_signed_visit_has_its_signer() -> None:
    found = bundle(PROFILE, signed_contents())
    check(PROFILE, found)
    (provenance,) = of(found, "Provenance")
    assert provenance["agent"][0]["who"]["identifier"]["value"] == "0000000001"
    assert len(provenance["signature"][0]["data"]) == 88
    assert "recorded" not in provenance


def test_bytes_and_codes_that_are_no_values_never_stop_the_bundle() -> None:
    contents = contents_of("05")
    for odd in (RawValue("AA55"), "7", " x  y ", None):

        def all_odd(items: Any, odd: CardValue = odd) -> Any:
            return dict.fromkeys(items, odd)

        changed = replace(
            contents,
            items=all_odd(contents.items),
            allergies=tuple(map(all_odd, contents.allergies)),
            immunizations=tuple(map(all_odd, contents.immunizations)),
            inpatient_visits=tuple(replace(v, items=all_odd(v.items)) for v in contents.inpatient_visits),
            outpatient_visits=tuple(replace(v, items=all_odd(v.items)) for v in contents.outpatient_visits),
        )
        found = bundle(PROFILE, changed, mental_illness=True)
        check(PROFILE, found)
        if isinstance(odd, RawValue):
            assert "AA55" in of(found, "Flag")[0]["code"]["text"]


# --- the check ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("Patient", ("gender",), "wrong!!"),
        ("Patient", ("telecom", 0, "system"), "telephone"),
        ("Patient", ("maritalStatus", "coding", 0, "code"), "X"),
        ("Patient", ("maritalStatus", "coding", 0, "system"), "http://example.org/x"),
        ("Patient", ("maritalStatus", "coding", 1, "code"), "77"),
        ("Patient", ("extension", 0, "url"), f"{OWN}/no_such_item"),
        ("Observation", ("status",), "done"),
        ("Observation", ("code", "coding", 0, "code"), "883-8"),
        ("Observation", ("valueCodeableConcept", "coding", 0, "code"), "LA6576-9"),
        ("Observation", ("subject", "reference"), "urn:uuid:00000000-0000-0000-0000-000000000000"),
        ("Encounter", ("class", "code"), "INP"),
        ("Encounter", ("status",), "ended"),
        ("Flag", ("code", "coding", 0, "code"), "no_such_item"),
        ("AllergyIntolerance", ("clinicalStatus", "coding", 0, "code"), "yes"),
        ("Claim", ("total", "currency"), "RMB"),
    ],
)
def test_wrong_code_values_are_found(kind: str, path: tuple[Any, ...], value: str) -> None:
    found = made("02")
    assert list(wrong_values(PROFILE, found)) == []
    place = of(found, kind)[0]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert list(wrong_values(PROFILE, found))
    with pytest.raises(FhirRefusedError):
        check(PROFILE, found)


@pytest.mark.parametrize(
    "given", [None, [], {}, "x", {"resourceType": "Patient"}, {"resourceType": "Bundle"}]
)
def test_what_is_no_bundle_is_refused(given: object) -> None:
    with pytest.raises(FhirRefusedError):
        read_bundle(PROFILE, given)


def test_without_the_library_one_plain_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("importlib.import_module", missing)
    with pytest.raises(FhirMissingError, match="residents-health-card"):
        check(PROFILE, {})


# --- in -------------------------------------------------------------------------------------------------

# what a bundle does not hold, or what the issuer gives
NOT_CARRIED = {
    "card_class", "spec_version", "issuer_name", "issuer_code", "issuer_certificate", "issue_date",
    "card_expiry_date", "security_code", "chip_serial_number", "application_city_code",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_what_fhir_carries_comes_back(name: str) -> None:
    contents = contents_of(name)
    back = read_bundle(PROFILE, fhir_json.read(fhir_json.write(made(name, mental_illness=True))))
    # a warning that is not set is not in the bundle, for FHIR has no word for it
    expected = {
        item: value
        for item, value in contents.items.items()
        if value not in (None, False) and item not in NOT_CARRIED
    }
    assert back.items == expected
    assert back.left_out == []
    for entries, expected_entries in (
        (back.allergies, contents.allergies),
        (back.immunizations, contents.immunizations),
    ):
        assert entries == [{n: v for n, v in entry.items() if v is not None} for entry in expected_entries]


def test_a_foreign_bundle_without_our_codes() -> None:
    found = made("02")
    patient = of(found, "Patient")[0]
    patient["extension"] = []
    del patient["extension"]
    patient["maritalStatus"]["coding"].pop(1)
    rh = of(found, "Observation")[1]["valueCodeableConcept"]
    rh["coding"].pop(1)
    back = read_bundle(PROFILE, found)
    assert back.items["sex_code"] == "1"
    assert back.items["marital_status_code"] == "20"
    assert back.items["rh_blood_type_code"] == "2"
    patient["gender"] = "other"
    assert read_bundle(PROFILE, found).left_out == ["Patient.gender"]


def test_codes_that_contradict_each_other_are_refused() -> None:
    found = made("02")
    rh = of(found, "Observation")[1]["valueCodeableConcept"]
    rh["coding"][1]["code"] = "1"
    with pytest.raises(FhirRefusedError, match="10331-7"):
        read_bundle(PROFILE, found)
    found = made("02")
    of(found, "Patient")[0]["gender"] = "female"
    with pytest.raises(FhirRefusedError, match="gender"):
        read_bundle(PROFILE, found)


def test_text_that_does_not_fit_is_refused_not_cut() -> None:
    found = made("02")
    of(found, "AllergyIntolerance")[0]["code"]["text"] = "很" * 11
    with pytest.raises(ValueRefusedError, match="22 bytes"):
        read_bundle(PROFILE, found)
    found = made("02")
    of(found, "Patient")[0]["birthDate"] = "1900-11"
    with pytest.raises(ValueRefusedError, match="birth_date"):
        read_bundle(PROFILE, found)


def test_what_was_taken_back_is_left_out() -> None:
    found = made("02")
    of(found, "Observation")[1]["status"] = "entered-in-error"
    first, second = of(found, "AllergyIntolerance")
    first["verificationStatus"] = {"coding": [{"system": "http://example.org/x", "code": "refuted"}]}
    second["clinicalStatus"]["coding"][0]["code"] = "resolved"
    of(found, "Immunization")[0]["status"] = "not-done"
    back = read_bundle(PROFILE, found)
    assert "rh_blood_type_code" not in back.items
    assert (back.allergies, back.immunizations) == ([], [])
    assert back.left_out == ["Observation", "AllergyIntolerance", "AllergyIntolerance", "Immunization"]


def test_more_than_the_card_has_room_for_is_refused() -> None:
    found = made("02")
    of(found, "Patient")[0]["telecom"] *= 2
    with pytest.raises(FhirRefusedError, match="telecom"):
        read_bundle(PROFILE, found)


def test_two_people_are_refused() -> None:
    found = made("06")
    other = copy.deepcopy(found["entry"][0])
    other["fullUrl"] = "urn:uuid:00000000-0000-0000-0000-000000000001"
    found["entry"].append(other)
    with pytest.raises(FhirRefusedError, match="one person"):
        read_bundle(PROFILE, found)


def test_codes_of_systems_that_we_do_not_know_are_not_guessed() -> None:
    found = made("02")
    patient = of(found, "Patient")[0]
    patient["maritalStatus"] = {"coding": [{"system": "http://example.org/x", "code": "10"}]}
    of(found, "Observation")[1]["valueCodeableConcept"]["coding"] = [
        {"system": "http://loinc.org", "code": "LA6576-9"},
        {"system": "http://example.org/rh", "code": "1"},
    ]
    back = read_bundle(PROFILE, found)
    assert "marital_status_code" not in back.items
    assert "rh_blood_type_code" not in back.items
    assert back.left_out == ["Patient.maritalStatus", "Observation 10331-7"]


ODD = st.sampled_from([None, [], {}, "", "x", " ", 0, 7, True, Decimal("1.5"), [None], {"a": 1}, ["x"]])


@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_stands_in_a_bundle_the_error_is_plain(data: st.DataObject) -> None:
    found: Any = made("02")
    place, step = found, "entry"
    while True:
        inner = place[step]
        if not isinstance(inner, (dict, list)) or not inner or not data.draw(st.integers(0, 5)):
            break
        place, step = (
            inner,
            data.draw(st.sampled_from(list(inner) if isinstance(inner, dict) else range(len(inner)))),
        )
    place[step] = data.draw(ODD)
    with suppress(PlainError):
        back = read_bundle(PROFILE, found)
        assert all(encode(PROFILE, PROFILE.items[name], value) for name, value in back.items.items())
