"""The typed bytes of records agree with themselves; they serve the tests of the codecs."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from field_plan import TLV_FILES

RECORDS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "vectors" / "records.json").read_text("utf-8")
)["records"]
LENGTH_OF_TAG = {tag: length for plan in TLV_FILES.values() for tag, length in plan}
TLV_RECORDS = [record for record in RECORDS if "tlv" in record]


def value_bytes(record: dict[str, Any]) -> bytes:
    return bytes.fromhex(record["tlv"])[2:] if "tlv" in record else bytes.fromhex(record["raw"])


def readings(data: bytes) -> set[object]:
    """Every way in which a terminal could read the bytes: text, digits, number of a byte, flag."""
    digits = data.hex().upper().split("F")[0]
    found: set[object] = {digits}
    if len(digits) == 8:
        found.add(f"{digits[:4]}-{digits[4:6]}-{digits[6:]}")
    if len(digits) == 14:
        date = f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}"
        found.add(f"{date}T{digits[8:10]}:{digits[10:12]}:{digits[12:]}")
    if len(digits) > 2:
        found.add(f"{digits[:-2]}.{digits[-2:]}")
    if len(data) == 1:
        found |= {str(data[0]), data == b"\x01"}
    with suppress(UnicodeDecodeError):
        found.add(data.split(b"\x00")[0].decode("gbk"))
    return found


def test_there_are_enough_records_of_either_form() -> None:
    assert len(RECORDS) >= 40
    assert len(TLV_RECORDS) >= 20
    assert len(RECORDS) - len(TLV_RECORDS) >= 20


def test_no_record_is_typed_twice() -> None:
    keys = [(record["item"], record["value"]) for record in RECORDS]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("record", TLV_RECORDS, ids=lambda record: f"{record['item']}={record['value']}")
def test_tag_and_length(record: dict[str, Any]) -> None:
    data = bytes.fromhex(record["tlv"])
    assert len(data) == LENGTH_OF_TAG[data[0]]
    assert data[1] == len(data) - 2


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: f"{record['item']}={record['value']}")
def test_the_bytes_read_as_the_value(record: dict[str, Any]) -> None:
    data = value_bytes(record)
    if record["value"] is None:
        assert data in (bytes(len(data)), b"\xff" * len(data))
    else:
        assert record["value"] in readings(data)
