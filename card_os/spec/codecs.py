"""Values of data items to bytes on the card; `decoders` has the way back.

AN is GBK text padded with 00; CN packed digits padded with F on the right (1 becomes 1F); B raw bytes.
Dates are CN YYYYMMDD, amounts CN without the point. Text is never cut: what does not fit is refused.
# spec: terminal_interface 4.3, 5.2
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from card_os.spec import resident_id
from card_os.spec.errors import Phrase, ValueRefusedError
from card_os.spec.model import DataItem, Profile

PADDING = "f"  # of packed digits, as bytes.hex() writes it

Value = str | bool | date | datetime | Decimal | bytes | None

_FORMAT = re.compile(r"(AN|A|N)(\.\.)?(\d+)(?:,(\d+))?")


def encode(profile: Profile, item: DataItem, value: Value) -> bytes:
    """The `item.length` bytes of a value; None gives the empty value.

    Raises ValueRefusedError with the item, the value and the rule.
    """
    if value is None:
        return item.blank
    if item.rule == "resident_id" and isinstance(value, str) and (why := resident_id.problem(value)):
        raise refusal(item, value, why)
    raw = _ENCODERS[item.coding](item, value)
    if item.codes and profile.code_meaning(item, str(value)) is None:
        known = " ".join(profile.table_of(item) or ())
        raise refusal(item, value, Phrase("the code is not one of {known}", known=known))
    return raw


def refusal(item: DataItem, value: object, rule: Phrase) -> ValueRefusedError:
    """The error for a value that an item does not take."""
    return ValueRefusedError(item=item.name, value=value, rule=rule)


# --- AN -------------------------------------------------------------------------------------------------


def _encode_text(item: DataItem, value: Value) -> bytes:
    if not isinstance(value, str):
        raise refusal(item, value, Phrase("a text is expected"))
    try:
        raw = value.encode("gbk")
    except UnicodeEncodeError as error:
        rule = Phrase("GBK has no character {character!r}", character=value[error.start])
        raise refusal(item, value, rule) from None
    if any(b < 0x20 or b == 0x7F for b in raw):
        raise refusal(item, value, Phrase("control characters do not belong in a text"))
    if len(raw) > item.length:
        rule = Phrase("{count} bytes in GBK, the field has {length}", count=len(raw), length=item.length)
        raise refusal(item, value, rule)
    if item.format.startswith("N") and not (value.isascii() and value.isdigit()):
        raise refusal(item, value, Phrase("digits only"))
    if not raw:
        raise refusal(item, value, Phrase("an empty text; leave the item out instead"))
    return raw.ljust(item.length, b"\x00")


# --- CN -------------------------------------------------------------------------------------------------


def pack_digits(digits: str, length: int) -> bytes:
    """Digits as packed nibbles, left aligned, padded with F to `length` bytes."""
    return bytes.fromhex(digits.ljust(2 * length, PADDING))


def unpack_digits(raw: bytes) -> str | None:
    """The digits before the first F; None where another nibble than 0 to 9 stands there."""
    digits = raw.hex().partition(PADDING)[0]
    return digits if digits.isdigit() or not digits else None


def _encode_digits(item: DataItem, value: Value) -> bytes:
    if item.format == "D8":
        return pack_digits(_date_digits(item, value), item.length)
    if item.format == "DT15":
        if not isinstance(value, datetime) or value.microsecond or value.tzinfo is not None:
            rule = Phrase("a date with a time of day in whole seconds is expected, no zone")
            raise refusal(item, value, rule)
        return pack_digits(f"{value:%Y%m%d%H%M%S}".zfill(14), item.length)
    most, decimals, exact = digit_format(item)
    if decimals:
        digits = _amount_digits(item, value, decimals)
    elif isinstance(value, str) and value.isascii() and value.isdigit():
        digits = value
    else:
        raise refusal(item, value, Phrase("digits only"))
    if exact and len(digits) != most:
        raise refusal(item, value, Phrase("exactly {count} digits", count=most))
    if len(digits) > most:
        raise refusal(item, value, Phrase("at most {count} digits", count=most))
    return pack_digits(digits, item.length)


def digit_format(item: DataItem) -> tuple[int, int, bool]:
    """Most digits, decimals among them, and whether exactly that many are due."""
    most, decimals, exact = _parsed(item.format)
    return min(most, 2 * item.length), decimals, exact


@cache
def _parsed(digit_format: str) -> tuple[int, int, bool]:
    match = _FORMAT.fullmatch(digit_format)
    assert match, f"{digit_format} is no format of digits; the loader lets none like it in"  # noqa: S101
    return int(match[3]), int(match[4] or 0), not match[2]


def _date_digits(item: DataItem, value: Value) -> str:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise refusal(item, value, Phrase("a date is expected"))
    return value.isoformat().replace("-", "")


def _amount_digits(item: DataItem, value: Value, decimals: int) -> str:
    if not isinstance(value, Decimal) or not value.is_finite() or value.is_signed():
        raise refusal(item, value, Phrase("an amount of zero or more is expected"))
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -decimals:
        raise refusal(item, value, Phrase("at most {count} decimals", count=decimals))
    if value.adjusted() >= 2 * item.length:  # before an exponent becomes a gigabyte of digits
        raise refusal(item, value, Phrase("at most {count} digits", count=2 * item.length))
    return f"{value:.{decimals}f}".replace(".", "")


# --- B --------------------------------------------------------------------------------------------------

FLAGS = {"T/F": {True: 0x01, False: 0x00}, "A2": {True: 0x00, False: 0xFF}}


def _encode_bytes(item: DataItem, value: Value) -> bytes:
    if item.format in FLAGS:
        if not isinstance(value, bool):
            raise refusal(item, value, Phrase("true or false is expected"))
        return bytes((FLAGS[item.format][value],))
    if item.format == "N1":
        if not (isinstance(value, str) and len(value) == 1 and value in "0123456789"):
            raise refusal(item, value, Phrase("one digit is expected"))
        return bytes((int(value),))
    if not isinstance(value, bytes) or len(value) != item.length:
        raise refusal(item, value, Phrase("exactly {count} bytes are expected", count=item.length))
    return value


_ENCODERS = {"AN": _encode_text, "CN": _encode_digits, "B": _encode_bytes}


# --- JSON -----------------------------------------------------------------------------------------------


def to_json(value: Value) -> str | bool | None:
    """A value as JSON has it: dates in ISO 8601, amounts as decimal text, bytes as hex."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value.hex().upper() if isinstance(value, bytes) else str(value)


def from_json(item: DataItem, given: object) -> Value:
    """The value that a JSON text stands for; raises ValueRefusedError where it cannot be one."""
    if given is None or isinstance(given, bool):
        return given
    if not isinstance(given, str):
        raise refusal(item, given, Phrase("a text, true, false or null is expected"))
    convert, expected = _json_form(item)
    try:
        return convert(given)
    except (ValueError, ArithmeticError, KeyError):
        raise refusal(item, given, Phrase("{expected} is expected", expected=expected)) from None


def _iso_date(text: str) -> date:
    return datetime.strptime(text, "%Y-%m-%d").date()


def _iso_datetime(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S")


def _json_form(item: DataItem) -> tuple[Callable[[str], Value], Phrase]:
    if item.format == "D8":
        return _iso_date, Phrase("a date such as 2026-01-02")
    if item.format == "DT15":
        return _iso_datetime, Phrase("a time such as 2026-01-02T09:30:00")
    if item.format in FLAGS:
        return {"true": True, "false": False}.__getitem__, Phrase("true or false")
    if item.coding == "CN" and "," in item.format:
        return Decimal, Phrase("an amount such as 12.50")
    if item.coding == "B" and not item.format:
        return bytes.fromhex, Phrase("hex digits")
    return str, Phrase("a text")
