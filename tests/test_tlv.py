"""Records are tag, length, value in single bytes; they are not BER.  # spec: terminal_interface 4.2"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from card_os.iso7816 import tlv


@pytest.mark.parametrize(
    ("tag", "length"),
    [(0x1F, 30), (0x39, 3), (0x05, 0xB4), (0x20, 1), (0x3F, 0x81), (0xFF, 0xFF), (0x01, 0)],
)
def test_one_byte_tag_and_one_byte_length(tag: int, length: int) -> None:
    record = tlv.pack(tag, b"\x41" * length)
    assert record[:2] == bytes((tag, length))
    assert len(record) == length + 2
    assert tlv.unpack(record) == (tag, b"\x41" * length)


def test_the_city_code_as_seen() -> None:
    assert tlv.unpack(bytes.fromhex("3903210000")) == (57, bytes.fromhex("210000"))


@pytest.mark.parametrize("record", ["", "39", "390321", "390321000000", "05820000"])
def test_a_length_that_does_not_agree(record: str) -> None:
    raw = bytes.fromhex(record)
    with pytest.raises(tlv.TlvError):
        tlv.unpack(raw)


@pytest.mark.parametrize(("tag", "length"), [(0, 1), (256, 1), (1, 256)])
def test_what_fits_no_record(tag: int, length: int) -> None:
    with pytest.raises(tlv.TlvError):
        tlv.pack(tag, bytes(length))


def test_fci() -> None:
    name = bytes.fromhex("915600013200")
    assert tlv.fci(name, proprietary=False).hex().upper() == "6F088406915600013200"
    assert tlv.fci(name).hex().upper() == "6F0A8406915600013200A500"


@given(st.integers(1, 255), st.binary(max_size=255))
def test_round_trip(tag: int, value: bytes) -> None:
    assert tlv.unpack(tlv.pack(tag, value)) == (tag, value)
