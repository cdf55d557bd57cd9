"""Answers to reset.  # spec: commands_and_crypto 4.1, terminal_interface 2.1"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from card_os.iso7816.atr import Atr, AtrError, contact_atr, contactless_atr

H8 = bytes.fromhex("00A1A1A100000001")


def test_both_forms_as_typed() -> None:
    assert contactless_atr(H8).hex().upper() == "3B88800100A1A1A100000001A9"
    assert contact_atr(H8).hex().upper() == "3B68000000A1A1A100000001"


def test_the_card_factor_stands_at_bytes_4_to_11_of_both() -> None:
    for raw in (contactless_atr(H8), contact_atr(H8)):
        assert raw[4:12] == H8
        assert Atr.parse(raw).card_factor == H8
    assert contact_atr(H8)[-8:] == H8


def test_protocols() -> None:
    assert Atr.parse(contactless_atr(H8)).protocols == (0, 1)
    assert Atr.parse(contact_atr(H8)).protocols == (0,)
    assert Atr.parse(bytes.fromhex("3B00")).protocols == (0,)


def test_the_first_eight_of_longer_historical_bytes() -> None:
    assert Atr.parse(contact_atr(H8 + b"more")).card_factor == H8


def test_too_few_historical_bytes() -> None:
    with pytest.raises(AtrError, match="7 historical bytes"):
        _ = Atr.parse(contact_atr(H8[:7])).card_factor


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "3B",
        "3C00",
        "3B01",
        "3B0000",
        "3B80",
        "3BF0",
        "3B88800100A1A1A100000001A8",
        "3B88800100A1A1A100000001",
        "3B68000000A1A1A1000000",
        "3B6F0000" + "00" * 30,
        "3B801F" + "9F",
    ],
)
def test_refused(raw: str) -> None:
    with pytest.raises(AtrError):
        Atr.parse(bytes.fromhex(raw))


def test_t15_first() -> None:
    with pytest.raises(AtrError, match="T=15"):
        Atr.parse(bytes.fromhex("3B800F8F"))


@pytest.mark.parametrize("build", [contactless_atr, contact_atr])
def test_more_than_fifteen_historical_bytes(build: object) -> None:
    with pytest.raises(AtrError):
        build(bytes(16))  # type: ignore[operator]


@given(st.binary(max_size=15))
def test_round_trip(historical: bytes) -> None:
    assert Atr.parse(contactless_atr(historical)).historical == historical
    assert Atr.parse(contact_atr(historical)).historical == historical


@given(st.binary(max_size=40))
def test_any_bytes(raw: bytes) -> None:
    try:
        atr = Atr.parse(b"\x3b" + raw)
    except AtrError:
        return
    assert len(atr.historical) == raw[0] & 0x0F
    assert atr.raw == b"\x3b" + raw
