"""Values to bytes and back: typed vectors, round trips, and a named refusal for everything else."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import card_bench as cb
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from card_os.iso7816 import tlv
from card_os.spec import codecs, decoders, resident_id
from card_os.spec.codecs import Value
from card_os.spec.errors import UndecodableError, ValueRefusedError
from card_os.spec.model import DataItem

CARD = cb.profile()
ITEMS = CARD.items
RECORDS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "vectors" / "records.json").read_text("utf-8")
)["records"]
# typed from the byte tables; the code lists of issuance_and_ecard F.2 do not have these codes
NOT_IN_THE_CODE_LISTS = {("contact_relation_2", "10"), ("id_document_type", "01")}


def encode(name: str, value: Value) -> bytes:
    return codecs.encode(CARD, ITEMS[name], value)


def decode(name: str, raw: str) -> Value:
    return decoders.decode(CARD, ITEMS[name], bytes.fromhex(raw))


def payload(record: dict[str, Any]) -> bytes:
    if "raw" in record:
        return bytes.fromhex(record["raw"])
    tag, value = tlv.unpack(bytes.fromhex(record["tlv"]))
    assert tag == ITEMS[record["item"]].tag
    return value


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: f"{record['item']}={record['value']}")
def test_typed_vectors(record: dict[str, Any]) -> None:
    item = ITEMS[record["item"]]
    value = codecs.from_json(item, record["value"])
    if (item.name, record["value"]) in NOT_IN_THE_CODE_LISTS:
        with pytest.raises(ValueRefusedError, match="the code is not one of"):
            codecs.encode(CARD, item, value)
    else:
        assert codecs.encode(CARD, item, value) == payload(record)
    decoded = decoders.decode(CARD, item, payload(record))
    if record["item"] == "sex_code" and record["value"] is None:
        assert decoded == "0"  # the fill byte is the code for "unknown"
    elif isinstance(value, bool) or value is not None:
        assert decoded == value
        assert codecs.to_json(decoded) == record["value"]
    else:
        assert decoded is None


# --- round trips ----------------------------------------------------------------------------------------

TEXT = st.text(alphabet="测试甲乙丙丁阿依·医院ABCxyz 0189-/（）", min_size=1, max_size=50)
DATES = st.dates(min_value=date(1, 1, 1))
TIMES = st.datetimes(min_value=datetime(1000, 1, 1)).map(lambda moment: moment.replace(microsecond=0))


def choose(*wanted: str, coding: str) -> st.SearchStrategy[DataItem]:
    found = [
        item for item in ITEMS.values()
        if item.coding == coding and not item.codes and not item.rule and item.format.startswith(wanted)
    ]  # fmt: skip
    assert found
    return st.sampled_from(found)


def there_and_back(item: DataItem, value: Value) -> None:
    raw = codecs.encode(CARD, item, value)
    assert len(raw) == item.length
    assert decoders.decode(CARD, item, raw) == value
    assert codecs.from_json(item, json.loads(json.dumps(codecs.to_json(value)))) == value


@given(choose("A", coding="AN"), TEXT)
def test_text(item: DataItem, text: str) -> None:
    if len(text.encode("gbk")) <= item.length:
        there_and_back(item, text)
        return
    with pytest.raises(ValueRefusedError, match=f"{item.name}: .* bytes in GBK, the field has {item.length}"):
        codecs.encode(CARD, item, text)


@given(choose("N", coding="AN"), st.text(alphabet="0123456789", min_size=1, max_size=25))
def test_digits_as_text(item: DataItem, digits: str) -> None:
    assume(len(digits) <= item.length)
    there_and_back(item, digits)


@given(st.data(), choose("N", coding="CN"))
def test_packed_digits(data: st.DataObject, item: DataItem) -> None:
    assume("," not in item.format)
    most = min(int(item.format.removeprefix("N").removeprefix("..")), 2 * item.length)
    least = 1 if ".." in item.format else most
    there_and_back(item, data.draw(st.text(alphabet="0123456789", min_size=least, max_size=most)))


@given(choose("D8", coding="CN"), DATES)
def test_dates(item: DataItem, day: date) -> None:
    there_and_back(item, day)


@given(choose("DT15", coding="CN"), TIMES)
def test_times(item: DataItem, moment: datetime) -> None:
    there_and_back(item, moment)


AMOUNTS = [item for item in ITEMS.values() if "," in item.format]


@given(st.data(), st.sampled_from(AMOUNTS))
def test_amounts(data: st.DataObject, item: DataItem) -> None:
    most = int(item.format.split("..")[1].split(",")[0])
    cents = data.draw(st.integers(0, 10 ** min(most, 2 * item.length) - 1))
    there_and_back(item, Decimal(cents).scaleb(-2))


@given(choose("T/F", "A2", coding="B"), st.booleans())
def test_flags(item: DataItem, flag: bool) -> None:
    there_and_back(item, flag)


@given(st.sampled_from([item for item in ITEMS.values() if item.codes]), st.data())
def test_codes(item: DataItem, data: st.DataObject) -> None:
    codes = [
        code
        for code in CARD.table_of(item) or ()
        if len(code) <= item.length * (2 if item.coding == "CN" else 9)
    ]
    there_and_back(item, data.draw(st.sampled_from([c for c in codes if item.format != "N1" or len(c) == 1])))


@given(
    st.sampled_from([item for item in ITEMS.values() if item.coding == "B" and not item.format]), st.data()
)
def test_raw_bytes(item: DataItem, data: st.DataObject) -> None:
    raw = data.draw(st.binary(min_size=item.length, max_size=item.length))
    assume(raw not in (item.blank, b"\xff" * item.length))
    there_and_back(item, raw)


@given(
    st.sampled_from([item for item in cb.profile("sam").items.values() if item.format == "N1"]),
    st.integers(0, 255),
)
def test_a_digit_in_a_byte(item: DataItem, byte: int) -> None:
    raw = bytes((byte,))
    if 0 < byte < 10:
        assert decoders.decode(cb.profile("sam"), item, raw) == str(byte)
        assert codecs.encode(cb.profile("sam"), item, str(byte)) == raw
    elif byte not in (0, 255):
        with pytest.raises(UndecodableError, match=item.name):
            decoders.decode(cb.profile("sam"), item, raw)


@pytest.mark.parametrize("item", ITEMS.values(), ids=lambda item: item.name)
def test_an_empty_value_of_every_item(item: DataItem) -> None:
    raw = codecs.encode(CARD, item, None)
    assert raw == (b"\x00" if item.empty == 0 else b"\xff") * item.length
    decoded = decoders.decode(CARD, item, raw)
    if item.format in ("T/F", "A2"):  # 00 or FF of a flag is a value of its own
        assert decoded is (None if item.format == "T/F" and item.empty == 0xFF else False)
    else:
        assert decoded == ("0" if item.name == "sex_code" else None)


@given(st.sampled_from(list(ITEMS.values())), st.data())
def test_any_bytes_are_a_value_or_undecodable(item: DataItem, data: st.DataObject) -> None:
    raw = data.draw(st.binary(min_size=item.length, max_size=item.length))
    with suppress(UndecodableError):
        value = decoders.decode(CARD, item, raw)
        assert codecs.from_json(item, codecs.to_json(value)) == value


# --- refusals -------------------------------------------------------------------------------------------

ID = "210000190001010016"


@pytest.mark.parametrize(
    ("item", "value", "rule"),
    [
        ("holder_name", "测" * 16, "32 bytes in GBK, the field has 30"),
        ("holder_name", "a" + "测" * 15, "31 bytes in GBK, the field has 30"),  # never half a character
        ("holder_name", "测试\U0001f600", "GBK has no character '\U0001f600'"),
        ("holder_name", "测\n试", "control characters"),
        ("holder_name", "测\x00试", "control characters"),
        ("holder_name", "测\x7f试", "control characters"),
        ("holder_name", "", "an empty text"),
        ("holder_name", b"abc", "a text is expected"),
        ("holder_name", 7, "a text is expected"),
        ("holder_phone_1", "130-0000", "digits only"),
        ("holder_phone_1", "１３０", "digits only"),
        ("holder_phone_1", "1" * 21, "21 bytes in GBK, the field has 20"),
        ("issuer_code", "12A4", "digits only"),
        ("issuer_code", "٣", "digits only"),
        ("issuer_code", "", "digits only"),
        ("issuer_code", "1" * 23, "at most 22 digits"),
        ("application_city_code", 210000, "digits only"),
        ("admission_count", "12345", "at most 4 digits"),
        ("ethnic_group_code", "1", "exactly 2 digits"),
        ("ethnic_group_code", "57", "the code is not one of"),
        ("medical_payment_method_1", "9", "the code is not one of 1 2 3 4 5 6 7 8"),
        ("occupation_code", "Z", "the code is not one of"),
        ("abo_blood_type_code", "6", "the code is not one of"),
        ("abo_blood_type_code", "10", "one digit is expected"),
        ("abo_blood_type_code", "", "one digit is expected"),
        ("abo_blood_type_code", 1, "one digit is expected"),
        ("birth_date", "1900-01-01", "a date is expected"),
        ("birth_date", datetime(1900, 1, 1), "a date is expected"),
        ("visit_datetime", date(1900, 1, 1), "a date with a time of day"),
        ("visit_datetime", "20260304050607", "a date with a time of day"),
        ("inpatient_fee_amount_1", Decimal("-0.01"), "zero or more"),
        ("inpatient_fee_amount_1", Decimal("NaN"), "zero or more"),
        ("inpatient_fee_amount_1", Decimal("Infinity"), "zero or more"),
        ("inpatient_fee_amount_1", 12.5, "zero or more"),
        ("inpatient_fee_amount_1", Decimal("0.001"), "at most 2 decimals"),
        ("inpatient_fee_amount_1", Decimal("100000000.00"), "at most 10 digits"),
        ("drug_single_dose_1", Decimal("1000.00"), "at most 5 digits"),
        ("inpatient_fee_amount_1", Decimal("1E+999999999"), "at most 10 digits"),
        ("visit_datetime", datetime(1900, 1, 1, 0, 0, 0, 5), "in whole seconds"),
        ("visit_datetime", datetime(1900, 1, 1, tzinfo=UTC), "no zone"),
        ("asthma_flag", "true", "true or false"),
        ("asthma_flag", 1, "true or false"),
        ("issuer_certificate", bytes(179), "exactly 180 bytes"),
        ("issuer_certificate", "00" * 180, "exactly 180 bytes"),
        ("resident_id_number", "210000190001010017", "the check character is wrong"),
        ("resident_id_number", "21000019000230001X", "digits 7 to 14 are no date"),
        ("resident_id_number", "21000019000101001", "17 digits and a check character"),
        ("resident_id_number", "2100001900010100１6", "17 digits and a check character"),
        ("resident_id_number", b"210000190001010016", "a text is expected"),
    ],
)
def test_refusals_name_item_and_rule(item: str, value: Any, rule: str) -> None:
    with pytest.raises(ValueRefusedError) as caught:
        encode(item, value)
    assert str(caught.value).startswith(f"{item}: ")
    assert rule in str(caught.value)
    assert caught.value.fields["item"] == item


@pytest.mark.parametrize(
    ("item", "raw"),
    [
        ("birth_date", "19001301"),
        ("birth_date", "19000230"),
        ("birth_date", "190012FF"),  # a date that was cut
        ("birth_date", "1900111F"),
        ("birth_date", "1900010A"),
        ("birth_date", "F9000101"),
        ("visit_datetime", "20260304250607"),
        ("visit_datetime", "20260304FFFFFF"),
        ("visit_datetime", "2026030405060F"),
        ("admission_count", "1A3F"),
        ("admission_count", "F123"),
        ("abo_blood_type_code", "0A"),
        ("asthma_flag", "02"),
        ("autopsy_flag", "07"),
        ("inpatient_record_valid_flag", "01"),
        ("holder_name", "81" + "00" * 29),
        ("holder_name", "41FF" + "00" * 28),
    ],
)
def test_bytes_that_are_no_value(item: str, raw: str) -> None:
    with pytest.raises(UndecodableError, match=f"{item}: the card holds {raw}, which is no "):
        decode(item, raw)


def test_lenient_reading_of_what_terminals_leave_behind() -> None:
    # spec: terminal_interface 4.3: readers cut at the first 00 or F
    assert decode("holder_name", "B2E2CAD400" + "CC" * 25) == "测试"
    assert decode("holder_name", "00" + "CC" * 29) is None
    assert decode("issuer_code", "21F0" + "00" * 9) == "21"
    assert decode("spec_version", "FFFFFFFF") is None


def test_a_code_that_no_table_knows_is_shown_as_it_stands() -> None:
    assert decode("medical_payment_method_1", "9F") == "9"
    assert decode("ethnic_group_code", "60") == "60"


@pytest.mark.parametrize(
    ("item", "given_", "rule"),
    [
        ("birth_date", "1900-13-01", "a date such as 2026-01-02 is expected"),
        ("visit_datetime", "noon", "a time such as 2026-01-02T09:30:00 is expected"),
        ("asthma_flag", "yes", "true or false is expected"),
        ("inpatient_fee_amount_1", "much", "an amount such as 12.50 is expected"),
        ("issuer_certificate", "XY", "hex digits is expected"),
        ("holder_name", 7, "a text, true, false or null is expected"),
        ("holder_name", ["a"], "a text, true, false or null is expected"),
    ],
)
def test_json_that_is_no_value(item: str, given_: object, rule: str) -> None:
    with pytest.raises(ValueRefusedError) as caught:
        codecs.from_json(ITEMS[item], given_)
    assert f"{item}: " in str(caught.value)
    assert rule in str(caught.value)


def test_json_forms() -> None:
    assert codecs.to_json(None) is None
    assert codecs.to_json(True) is True
    assert codecs.to_json(b"\x0a\xff") == "0AFF"
    assert codecs.from_json(ITEMS["asthma_flag"], "true") is True
    assert codecs.from_json(ITEMS["asthma_flag"], False) is False
    assert codecs.from_json(ITEMS["holder_name"], None) is None


# --- resident identity numbers --------------------------------------------------------------------------


@given(st.dates(min_value=date(1800, 1, 1)), st.integers(0, 999), st.integers(0, 999999))
def test_every_other_check_character_is_refused(day: date, order: int, region: int) -> None:
    first = f"{region:06}{day:%Y%m%d}{order:03}"
    right = resident_id.check_character(first)
    assert resident_id.problem(first + right) is None
    for character in set("0123456789Xx") - {right}:
        assert str(resident_id.problem(first + character)) == "the check character is wrong"
    assert resident_id.birth_date(first + right) == day
    assert resident_id.sex_code(first + right) == ("1" if order % 2 else "2")


def test_a_number_as_typed() -> None:
    assert resident_id.problem(ID) is None
    assert resident_id.problem("21000019000102002X") is None
    assert encode("resident_id_number", ID) == ID.encode("ascii")
