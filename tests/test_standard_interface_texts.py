"""Texts of the C library: each coding both ways, and agreement with the codecs of the project."""

import ctypes
import shutil
import subprocess
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standard_interface_texts import INTERFACE, PROFILE

from card_os.spec.codecs import encode
from card_os.spec.decoders import decode

AN, CN, B = range(3)
OK, PARAMETER = 0, 101
FEE = PROFILE.items["inpatient_fee_amount_1"]


class Item(ctypes.Structure):
    """struct rhc_item."""

    _fields_ = (
        ("id", ctypes.c_uint16),
        ("offset", ctypes.c_uint16),
        ("length", ctypes.c_uint16),
        ("record", ctypes.c_uint8),
        ("tag", ctypes.c_uint8),
        ("empty", ctypes.c_uint8),
        ("decimals", ctypes.c_uint8),
        ("coding", ctypes.c_int),
    )


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    if shutil.which("gcc") is None:
        pytest.skip("needs gcc")
    library = tmp_path_factory.mktemp("texts") / "texts.so"
    flags = ("-std=c11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", f"-I{INTERFACE / 'include'}")
    subprocess.run(["gcc", *flags, "-o", library, INTERFACE / "src" / "text.c"], check=True)
    return ctypes.CDLL(str(library))


def item(coding: int, length: int, decimals: int = 0) -> Item:
    return Item(0, 0, length, 0, 0, 0x00 if coding == AN else 0xFF, decimals, coding)


def text_of(texts: ctypes.CDLL, its: Item, value: bytes) -> str:
    text = ctypes.create_string_buffer(2 * its.length + 2)
    texts.rhc_text_of(text, ctypes.byref(its), value)
    return text.value.decode("gbk")


def value_of(texts: ctypes.CDLL, its: Item, text: str) -> bytes | None:
    raw, value = text.encode("gbk"), ctypes.create_string_buffer(its.length)
    code = texts.rhc_value_of(value, ctypes.byref(its), raw, ctypes.c_size_t(len(raw)))
    assert code in (OK, PARAMETER)
    return value.raw if code == OK else None


# typed by hand from terminal_interface 4.3 and 5.2
BOTH_WAYS = [
    (item(AN, 6), "测试", "B2E2CAD40000"),
    (item(AN, 3), "123", "313233"),
    (item(CN, 1), "1", "1F"),
    (item(CN, 1), "01", "01"),
    (item(CN, 4), "20240102", "20240102"),
    (item(CN, 2), "", "FFFF"),
    (item(CN, 4, 2), "12.50", "1250FFFF"),
    (item(CN, 4, 2), "0.05", "005FFFFF"),
    (item(CN, 4, 2), "999999.99", "99999999"),
    (item(B, 1), "02", "02"),
    (item(B, 3), "0102FF", "0102FF"),
]


@pytest.mark.parametrize(("its", "text", "raw"), BOTH_WAYS)
def test_both_ways(texts: ctypes.CDLL, its: Item, text: str, raw: str) -> None:
    assert text_of(texts, its, bytes.fromhex(raw)) == text
    assert value_of(texts, its, text) == bytes.fromhex(raw)


@pytest.mark.parametrize(
    ("its", "raw", "text"),
    [
        (item(AN, 6), "310041424344", "1"),  # bytes that a terminal left behind the 00
        (item(CN, 3), "12F456", "12"),
        (item(CN, 4, 2), "5FFFFFFF", "0.05"),
        (item(CN, 4, 2), "50FFFFFF", "0.50"),
        (item(CN, 4, 2), "FFFFFFFF", ""),
    ],
)
def test_reading_alone(texts: ctypes.CDLL, its: Item, raw: str, text: str) -> None:
    assert text_of(texts, its, bytes.fromhex(raw)) == text


@pytest.mark.parametrize(
    ("its", "text", "raw"),
    [
        (item(AN, 2), "", "0000"),
        (item(CN, 4, 2), "12.5", "1250FFFF"),
        (item(CN, 4, 2), "12.", "1200FFFF"),
        (item(CN, 4, 2), "1250", "1250FFFF"),
        (item(CN, 2), "1fff", "1FFF"),
        (item(B, 1), "1", "01"),
        (item(B, 1), "a", "0A"),
        (item(B, 3), "01", "010000"),
        (item(AN, 2), "123", None),
        (item(CN, 1), "123", None),
        (item(CN, 4), "2024-1-2", None),
        (item(CN, 4, 2), "1.234", None),
        (item(CN, 4, 2), ".50", None),
        (item(CN, 4, 2), "1234567.89", None),
        (item(CN, 4, 2), "1.2.3", None),
        (item(CN, 4, 2), "9" * 100, None),
        (item(B, 1), "G", None),
        (item(B, 1), "0102", None),
        (item(B, 2), "012", None),
    ],
)
def test_writing_alone(texts: ctypes.CDLL, its: Item, text: str, raw: str | None) -> None:
    assert value_of(texts, its, text) == (None if raw is None else bytes.fromhex(raw))


@given(cents=st.integers(0, 10**10 - 1))
def test_amounts_are_those_of_the_codecs(texts: ctypes.CDLL, cents: int) -> None:
    amount = Decimal(cents).scaleb(-2)
    raw, its = encode(PROFILE, FEE, amount), item(CN, FEE.length, 2)
    assert text_of(texts, its, raw) == f"{amount:.2f}"
    assert value_of(texts, its, f"{amount:.2f}") == raw
    assert decode(PROFILE, FEE, raw) == amount
