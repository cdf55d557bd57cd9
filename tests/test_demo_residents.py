"""The demo residents: valid, invented, and covering what a demonstration needs."""

import json
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from card_os.spec import codecs, decoders, loader
from lab.portrait import draw_portrait

FOLDER = Path(__file__).parents[1] / "lab" / "residents"
FILES = sorted(FOLDER.glob("*.json"))
RESIDENTS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FILES}
STAYS = [stay for resident in RESIDENTS.values() for stay in resident["inpatient_visits"]]
KEYS = {"format", "items", "portrait", "allergies", "immunizations", "inpatient_visits", "outpatient_visits"}
GIVEN_BY_THE_ISSUER = {
    "issuer_name", "issuer_code", "issuer_certificate", "issue_date", "security_code", "chip_serial_number",
    "card_class", "spec_version", "application_city_code", "card_expiry_date",
}  # fmt: skip
ALWAYS = {"card_number", "holder_name", "sex_code", "birth_date"}
FEE_GROUPS = (
    "bed", "nursing", "western_medicine", "chinese_medicine", "laboratory", "treatment", "surgery",
    "examination", "other",
)  # fmt: skip
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
FULL = RESIDENTS["05-zhuge-chengsheng"]
FULL_INPATIENT_BYTES = {
    "inpatient_org_name": 70, "inpatient_org_code": 10, "medical_record_number": 18,
    "admission_department": 50, "hospital_infection_name": 50, "injury_poisoning_cause": 7,
    "discharge_department": 50,
}  # fmt: skip
FULL_INPATIENT_NUMBERED_BYTES = {
    "diagnosis_name": (50, 3), "diagnosis_code": (7, 3), "diagnosis_agreement_text": (20, 3),
    "diagnosis_type_text": (20, 3), "procedure_name": (80, 3), "procedure_code": (5, 3),
    "anesthesia_method": (50, 3), "transfusion_unit": (10, 4), "inpatient_fee_category": (20, 20),
    "inpatient_fee_category_code": (1, 20),
}  # fmt: skip
FULL_OUTPATIENT_BYTES = {
    "outpatient_org_name": 70, "outpatient_org_code": 10, "outpatient_number": 18, "visit_department": 50,
}  # fmt: skip
FULL_OUTPATIENT_NUMBERED_BYTES = {
    "symptom_name": (50, 5), "symptom_code": (5, 5), "outpatient_diagnosis_name": (50, 5),
    "outpatient_diagnosis_code": (7, 5), "exam_item_name": (80, 10), "exam_result_unit": (20, 10),
    "exam_item_code": (20, 10), "drug_name": (50, 5), "drug_frequency": (20, 5), "drug_dose_unit": (6, 5),
    "outpatient_procedure_name": (80, 3), "outpatient_procedure_code": (5, 3),
    "outpatient_fee_category": (20, 10),
}  # fmt: skip

every_resident = pytest.mark.parametrize("resident", RESIDENTS.values(), ids=RESIDENTS)


def records(resident):
    """Return every mapping of item names to values in a resident's file."""
    lists = ("allergies", "immunizations", "inpatient_visits", "outpatient_visits")
    return [resident["items"], *(record for name in lists for record in resident[name])]


def check_character(digits):
    # spec: issuance_and_ecard F.5
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True)) % 11]


def gbk_length(text):
    return len(text.encode("gbk"))


def expected_lengths(single, numbered):
    series = {f"{name}_{n}": size for name, (size, count) in numbered.items() for n in range(1, count + 1)}
    return single | series


def test_there_are_residents_enough():
    assert len(RESIDENTS) >= 6
    assert sum(bool(resident["outpatient_visits"]) for resident in RESIDENTS.values()) >= 2
    assert sum(bool(resident["inpatient_visits"]) for resident in RESIDENTS.values()) >= 2
    assert sum("resident_id_number" not in resident["items"] for resident in RESIDENTS.values()) >= 1


def test_no_two_residents_share_a_card_number():
    assert len({resident["items"]["card_number"] for resident in RESIDENTS.values()}) == len(RESIDENTS)


@pytest.mark.parametrize(
    ("digits", "last"), [("11010119000101001", "4"), ("11010119000101002", "2"), ("65010119000229001", "7")]
)
def test_the_check_character_agrees_with_the_vectors(digits, last):
    assert check_character(digits) == last


@every_resident
def test_the_file_has_the_format(resident):
    assert resident["format"] == "rhc-resident/1"
    assert set(resident) | {"portrait"} == KEYS
    assert len(resident["allergies"]) <= 3
    assert len(resident["immunizations"]) <= 10
    assert len(resident["inpatient_visits"]) <= 3
    assert len(resident["outpatient_visits"]) <= 5


@every_resident
def test_the_items_are_those_of_the_person(resident):
    assert set(resident["items"]) >= ALWAYS
    assert not set(resident["items"]) & GIVEN_BY_THE_ISSUER


@every_resident
def test_the_name_fits_its_field(resident):
    assert 0 < gbk_length(resident["items"]["holder_name"]) <= 30


@every_resident
def test_the_person_is_invented(resident):
    assert date.fromisoformat(resident["items"]["birth_date"]).year == 1900


@every_resident
def test_the_identity_is_consistent(resident):
    items = resident["items"]
    number = items.get("resident_id_number")
    if number is None:
        assert items["card_number"] == items["id_document_number"]
        assert items["id_document_type"] != "1"
        return
    assert items["card_number"] == number
    assert re.fullmatch(r"\d{17}[\dX]", number)
    assert number[17] == check_character(number[:17])
    assert number[6:14] == items["birth_date"].replace("-", "")
    assert items["sex_code"] == ("1" if int(number[16]) % 2 else "2")


@every_resident
def test_every_value_has_the_form_of_its_kind(resident):
    for record in records(resident):
        for name, value in record.items():
            if name.endswith("_flag"):
                assert isinstance(value, bool), name
                continue
            assert isinstance(value, str), name
            assert value, name
            assert gbk_length(value) <= 100, name
            if "_datetime" in name:
                assert datetime.fromisoformat(value).isoformat() == value
            elif "_date" in name:
                assert date.fromisoformat(value).isoformat() == value
            elif re.search(r"_fee_(?!category)|_dose_\d", name):
                assert re.fullmatch(r"\d+\.\d\d", value), name
            elif "holder_phone" in name or "contact_phone" in name:
                assert re.fullmatch(r"1990000\d{4,13}", value), name
            elif name in {"sex_code", "abo_blood_type_code", "rh_blood_type_code", "rural_insurance_number"}:
                assert re.fullmatch(r"\d+", value), name


@every_resident
def test_every_value_goes_on_the_card_and_comes_back(resident):
    profile = loader.load("health_card")
    for record in records(resident):
        for name, value in record.items():
            item = profile.items[name]
            raw = codecs.encode(profile, item, codecs.from_json(item, value))
            assert codecs.to_json(decoders.decode(profile, item, raw)) == value, name


@every_resident
def test_the_lists_begin_with_the_newest(resident):
    for name, key in (
        ("immunizations", "immunization_date"),
        ("inpatient_visits", "admission_date"),
        ("outpatient_visits", "visit_datetime"),
    ):
        dates = [record[key] for record in resident[name]]
        assert dates == sorted(dates, reverse=True)


@pytest.mark.parametrize("stay", STAYS, ids=[stay["medical_record_number"] for stay in STAYS])
def test_the_ward_stay_adds_up(stay):
    total = Decimal(stay["inpatient_fee_total"])
    assert total == sum(Decimal(stay.get(f"inpatient_fee_{group}", "0")) for group in FEE_GROUPS)
    amounts = [Decimal(value) for name, value in stay.items() if name.startswith("inpatient_fee_amount_")]
    assert not amounts or sum(amounts) == total
    length = date.fromisoformat(stay["discharge_date"]) - date.fromisoformat(stay["admission_date"])
    assert stay["inpatient_days"] == str(length.days)


def test_the_full_card_uses_every_slot():
    assert len(FULL["allergies"]) == 3
    assert len(FULL["immunizations"]) == 10
    assert len(FULL["inpatient_visits"]) == 3
    assert len(FULL["outpatient_visits"]) == 5


@pytest.mark.parametrize("slot", range(3))
def test_the_full_card_fills_every_text_field_of_a_ward_stay(slot):
    stay = FULL["inpatient_visits"][slot]
    expected = expected_lengths(FULL_INPATIENT_BYTES, FULL_INPATIENT_NUMBERED_BYTES)
    assert {name: gbk_length(stay[name]) for name in expected} == expected


@pytest.mark.parametrize("slot", range(5))
def test_the_full_card_fills_every_text_field_of_an_outpatient_visit(slot):
    visit = FULL["outpatient_visits"][slot]
    expected = expected_lengths(FULL_OUTPATIENT_BYTES, FULL_OUTPATIENT_NUMBERED_BYTES)
    assert {name: gbk_length(visit[name]) for name in expected} == expected


def test_the_names_cover_the_hard_cases():
    names = [resident["items"]["holder_name"] for resident in RESIDENTS.values()]
    dotted = [name for name in names if "·" in name]
    assert [gbk_length(name) for name in dotted] == [30]
    assert "·".encode("gbk") == b"\xa1\xa4"
    assert {2, 3, 4} <= {len(name) for name in names}
    assert any(name.isascii() for name in names)


def test_the_portraits_can_be_drawn_and_differ():
    seeds = [resident["portrait"]["seed"] for resident in RESIDENTS.values() if "portrait" in resident]
    assert len({draw_portrait(seed) for seed in seeds}) == len(seeds) >= 6
