"""Resident records: what is accepted, how it is encoded, and every way to be refused."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from card_os.spec import loader
from card_os.spec.errors import PlainError, UnknownItemError, ValueRefusedError
from issuer.personalisation.photo import PhotoRefusedError
from issuer.personalisation.record import (
    MisplacedItemError,
    MissingItemError,
    RecordFormatError,
    TooManyEntriesError,
    read_record,
)

PROFILE = loader.load("health_card")
DEMO = sorted((Path(__file__).parents[1] / "lab" / "residents").glob("*.json"))
RECORD = {
    "format": "rhc-resident/1",
    "items": {
        "card_number": "110101190001010014",
        "holder_name": "张伟",
        "sex_code": "1",
        "birth_date": "1900-01-01",
        "resident_id_number": "110101190001010014",
        "address_type_1": "1",
        "asthma_flag": True,
    },
    "allergies": [{"allergen_name": "青霉素"}, {"allergen_name": "花生"}],
    "immunizations": [{"immunization_name": "BCG", "immunization_date": "1901-02-03"}],
    "inpatient_visits": [{"admission_date": "1950-06-07"}],
    "outpatient_visits": [{"visit_datetime": "1951-02-03T08:09:10", "outpatient_fee_amount_10": "12.5"}],
}
JPEG = b"\xff\xd8\xff\xe0"


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("RHC_LANG", "en")


def read(record, photo=None):
    return read_record(PROFILE, json.dumps(record).encode(), photo)


def changed(**items):
    record = copy.deepcopy(RECORD)
    record["items"].update(items)
    record["items"] = {name: value for name, value in record["items"].items() if value is not ...}
    return record


def test_the_bytes_of_a_record():
    record = read(RECORD, JPEG + bytes(10))
    assert record.card_number == "110101190001010014"
    # typed by hand; spec: terminal_interface 4.3, 5.2
    assert record.values["holder_name"] == bytes.fromhex("D5C5CEB0") + bytes(26)
    assert record.values["birth_date"] == bytes.fromhex("19000101")
    assert record.values["address_type_1"] == b"\x1f"
    assert record.values["sex_code"] == record.values["asthma_flag"] == b"\x01"
    assert len(record.values) == 7
    assert record.entries["allergies"][0] == bytes.fromhex("C7E0C3B9CBD8") + bytes(114)
    assert record.entries["immunizations"] == (b"BCG" + bytes(17) + bytes.fromhex("19010203"),)
    (stay,) = record.entries["inpatient_visits"]
    assert (len(stay), stay[80:84]) == (1639, bytes.fromhex("19500607"))
    (visit,) = record.entries["outpatient_visits"]
    assert (len(visit), visit[80:87]) == (3013, bytes.fromhex("19510203080910"))
    assert visit[3009:3013] == bytes.fromhex("1250FFFF")
    assert visit[:80] == bytes(80)
    assert record.photo == b"\x00\x0e" + JPEG + bytes(10)


def test_no_photo_is_no_content():
    assert read(RECORD).photo == b""


@pytest.mark.parametrize("path", DEMO, ids=lambda path: path.stem)
def test_the_demo_residents_are_accepted(path):
    given_record = json.loads(path.read_text("utf-8"))
    record = read_record(PROFILE, path.read_bytes())
    assert set(record.values) == set(given_record["items"])
    assert {name: len(entries) for name, entries in record.entries.items()} == {
        name: len(given_record[name]) for name in record.entries
    }


def test_a_resident_without_identity_number_is_known_by_the_document():
    foreigner = changed(resident_id_number=..., card_number="P190000007", id_document_number="P190000007")
    assert read(foreigner).card_number == "P190000007"
    with pytest.raises(ValueRefusedError, match="document number"):
        read(changed(resident_id_number=..., card_number="P190000008", id_document_number="P190000007"))
    with pytest.raises(MissingItemError, match="id_document_number"):
        read(changed(resident_id_number=...))


# the item's name, the value and the rule
@pytest.mark.parametrize(
    ("items", "told"),
    [
        ({"resident_id_number": "110101190001010015"}, r"resident_id_number: .*check character"),
        ({"birth_date": "1900-01-02"}, r"birth_date: '1900-01-02' .*another date"),
        ({"sex_code": "2"}, r"sex_code: '2' .*another sex"),
        ({"card_number": "110101190001010022"}, r"card_number: '110101190001010022' .*identity number"),
        ({"holder_name": "张" * 16}, r"holder_name: .*32 bytes in GBK, the field has 30"),
        ({"holder_name": "𠀀"}, r"holder_name: .*GBK has no character"),
        ({"ethnic_group_code": "99"}, r"ethnic_group_code: '99' .*not one of"),
        ({"asthma_flag": "yes"}, r"asthma_flag: 'yes' .*true or false"),
        ({"holder_phone_1": 5}, r"holder_phone_1: 5 .*text"),
    ],
)
def test_values_are_refused_with_item_value_and_rule(items, told):
    with pytest.raises(ValueRefusedError, match=told):
        read(changed(**items))


def test_entries_are_named_in_refusals():
    record = copy.deepcopy(RECORD)
    record["allergies"][1]["allergen_name"] = "A" * 21
    with pytest.raises(ValueRefusedError, match=r"allergies 2, allergen_name: .*21 bytes"):
        read(record)


def test_unknown_names_come_with_the_nearest_one():
    with pytest.raises(UnknownItemError, match="holder_nane: no such data item; holder_name is the nearest"):
        read(changed(holder_nane="张伟"))
    with pytest.raises(UnknownItemError, match=r"zzzzzzzz: no such data item$"):
        read(changed(zzzzzzzz="1"))


@pytest.mark.parametrize("name", ["issuer_name", "security_code", "allergen_name", "admission_date"])
def test_items_that_do_not_belong_to_the_person_are_refused(name):
    with pytest.raises(MisplacedItemError, match=f"{name}: does not belong in items"):
        read(changed(**{name: "1"}))


def test_signatures_are_not_given_by_a_record():
    record = copy.deepcopy(RECORD)
    record["inpatient_visits"][0]["inpatient_transaction_signature"] = "00" * 64
    with pytest.raises(MisplacedItemError, match="does not belong in inpatient_visits 1"):
        read(record)


@pytest.mark.parametrize("name", ["holder_name", "card_number"])
@pytest.mark.parametrize("value", [..., None])
def test_name_and_number_are_required(name, value):
    with pytest.raises(MissingItemError, match=name):
        read(changed(**{name: value}))


@pytest.mark.parametrize(
    ("section", "room"),
    [("allergies", 3), ("immunizations", 10), ("inpatient_visits", 3), ("outpatient_visits", 5)],
)
def test_lists_end_where_the_card_does(section, room):
    entry = RECORD[section][0]
    assert len(read(RECORD | {section: [entry] * room}).entries[section]) == room
    with pytest.raises(TooManyEntriesError, match=f"{section}: {room + 1} entries, .* {room}"):
        read(RECORD | {section: [entry] * (room + 1)})


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"\xff", "not UTF-8"),
        (b"{", "line 1, column 2 is not JSON"),
        (b"[" * 100_000, "nested"),
        (b"[]", "format"),
        (b'{"format": "rhc-resident/2"}', "format"),
        (b'{"format": "rhc-resident/1", "format": "rhc-resident/1"}', "format stands twice"),
        (b'{"format": "rhc-resident/1", "item": {}}', "item is no section"),
        (b'{"format": "rhc-resident/1"}', "items is no object"),
        (json.dumps(RECORD | {"allergies": {}}).encode(), "allergies is no list"),
        (json.dumps(RECORD | {"allergies": ["x"]}).encode(), "allergies 1 is no object"),
        (json.dumps(RECORD | {"allergies": [{}]}).encode(), "allergies 1 is empty"),
        (b'{"format": ' + b"9" * 5000 + b"}", "number"),
    ],
)
def test_what_is_no_record(raw, told):
    with pytest.raises(RecordFormatError, match=told):
        read_record(PROFILE, raw)


def test_a_photo_must_be_a_jpeg_that_fits():
    assert len(read(RECORD, JPEG + bytes(3066)).photo) == 3072
    with pytest.raises(PhotoRefusedError, match="3071 bytes, the card has room for 3070"):
        read(RECORD, JPEG + bytes(3067))
    for photo in (b"", b"\x89PNG" + bytes(100)):
        with pytest.raises(PhotoRefusedError, match="no JPEG"):
            read(RECORD, photo)


def test_nothing_personal_in_the_repr():
    shown = repr(read(RECORD, JPEG))
    assert "19000101" not in shown
    assert "holder_name" not in shown


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(sorted(PROFILE.items)),
    value=st.none() | st.booleans() | st.integers() | st.text(max_size=40) | st.lists(st.none(), max_size=1),
)
def test_any_value_is_taken_or_refused_plainly(name, value):
    try:
        record = read(changed(**{name: value}))
    except PlainError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert name not in record.values or len(record.values[name]) == PROFILE.items[name].length
