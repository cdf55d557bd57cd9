"""Short APDUs of cases 1 to 4 and status words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from card_os.iso7816.apdu import ApduFormatError, CommandApdu, ResponseApdu
from card_os.iso7816.status import SW, base, tries_left

BYTE = st.integers(0, 255)


@pytest.mark.parametrize(
    ("raw", "data", "le"),
    [
        ("00A40000", "", None),
        ("00B2390005", "", 5),
        ("84D2010400", "", 256),
        ("00A40000023F00", "3F00", None),
        ("00A40000023F0000", "3F00", 256),
        ("00A40000023F0016", "3F00", 0x16),
        ("00D60000FF" + "41" * 255, "41" * 255, None),
        ("00D60000FF" + "41" * 255 + "00", "41" * 255, 256),
    ],
)
def test_the_four_cases(raw: str, data: str, le: int | None) -> None:
    apdu = CommandApdu.parse(bytes.fromhex(raw))
    assert (apdu.data.hex().upper(), apdu.le) == (data, le)
    assert apdu.header.hex().upper() == raw[:8]
    assert apdu.to_bytes().hex().upper() == raw


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "00",
        "00A400",
        "00A400000000",
        "00A40000000002",
        "00A40000023F",
        "00A40000013F0000",
        "00D60000FF00",
    ],
)
def test_bytes_that_are_no_short_apdu(raw: str) -> None:
    with pytest.raises(ApduFormatError):
        CommandApdu.parse(bytes.fromhex(raw))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ((256, 0, 0, 0), "cla"),
        ((0, -1, 0, 0), "ins"),
        ((0, 0, 256, 0), "p1"),
        ((0, 0, 0, 256), "p2"),
        ((0, 0, 0, 0, bytes(256)), "256 data bytes"),
        ((0, 0, 0, 0, b"", 0), "Le 0"),
        ((0, 0, 0, 0, b"", 257), "Le 257"),
    ],
)
def test_values_that_do_not_fit(fields: tuple[int, int, int, int], reason: str) -> None:
    with pytest.raises(ApduFormatError, match=reason):
        CommandApdu(*fields)


APDUS = st.builds(
    CommandApdu, BYTE, BYTE, BYTE, BYTE, st.binary(max_size=255), st.none() | st.integers(1, 256)
)


@given(APDUS)
def test_round_trip(apdu: CommandApdu) -> None:
    raw = apdu.to_bytes()
    assert 4 <= len(raw) <= 261
    assert CommandApdu.parse(raw) == apdu


@given(st.binary(max_size=300))
def test_any_bytes_are_an_apdu_or_refused(raw: bytes) -> None:
    try:
        apdu = CommandApdu.parse(raw)
    except ApduFormatError:
        return
    assert apdu.to_bytes() == raw


@given(st.binary(max_size=256), st.integers(0, 0xFFFF))
def test_responses(data: bytes, sw: int) -> None:
    response = ResponseApdu(data, sw)
    assert ResponseApdu.parse(response.to_bytes()) == response
    assert response.ok is (sw == 0x9000)


@pytest.mark.parametrize("raw", [b"", b"\x90"])
def test_a_response_without_status_word(raw: bytes) -> None:
    with pytest.raises(ApduFormatError, match="no status word"):
        ResponseApdu.parse(raw)


def test_status_words_with_a_parameter() -> None:
    assert [tries_left(sw) for sw in (0x63CE, 0x63C0, 0x6300, 0x9000, 0x6983)] == [14, 0, None, None, None]
    assert base(0x6114) == SW.BYTES_WAITING
    assert base(0x6C05) == SW.WRONG_LE
    assert base(0x63CE) == SW.TRIES_LEFT
    assert base(0x6300) == SW.VERIFICATION_FAILED
    assert base(0x9000) == SW.OK
