"""Values of data items to bytes on the card and back.

AN is GBK text padded with 00; CN packed digits padded with F on the right (1 becomes 1F); B raw bytes.
Dates are CN YYYYMMDD, amounts CN without the point. Text is never cut: what does not fit is refused.
# spec: terminal_interface 4.3, 5.2
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from card_os.spec import resident_id
from card_os.spec.errors import Phrase, UndecodableError, ValueRefusedError
from card_os.spec.model import DataItem, Profile

_ERASED = 0xFF

Value = str | bool | date | datetime | Decimal | bytes | None
Decoder = Callable[[bytes], Value]

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


def decode(profile: Profile, item: DataItem, raw: bytes) -> Value:
    """The value of `item.length` bytes, None for an empty one; raises UndecodableError.

    A code that no table knows is returned as it stands: what it means is for the reader to say.
    """
    return decoder(profile, item)(raw)


def decoder(profile: Profile, item: DataItem) -> Decoder:
    """What `decode` does for one item, as a function of the bytes alone.

    All that the declaration decides is decided here, once; whoever reads many values keeps the function.
    """
    if item.format in _FLAGS:
        return _flag_decoder(item)
    return _DECODERS[item.coding](item, _empty_values(profile, item))


def _empty_values(profile: Profile, item: DataItem) -> tuple[bytes, ...]:
    """The bytes of no value; where a code has the same byte, the code counts."""
    empty = (item.blank, bytes((_ERASED,)) * item.length)
    if item.coding != "B":
        return empty
    return tuple(raw for raw in empty if profile.code_meaning(item, str(raw[0])) is None)


def refusal(item: DataItem, value: object, rule: Phrase) -> ValueRefusedError:
    """The error for a value that an item does not take."""
    return ValueRefusedError(item=item.name, value=value, rule=rule)


def _undecodable(item: DataItem, raw: bytes) -> UndecodableError:
    return UndecodableError(item=item.name, raw=raw.hex().upper(), format=f"{item.coding} {item.format}")


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


def _text_decoder(item: DataItem, empty: tuple[bytes, ...]) -> Decoder:
    def decoded(raw: bytes) -> Value:
        if raw in empty:
            return None
        try:
            return texts([raw])[0]
        except UnicodeDecodeError:
            raise _undecodable(item, raw) from None

    return decoded


def texts(raws: Sequence[bytes]) -> list[Value]:
    """The values of texts that are filled up with 00, all at once: a call of the codec outweighs its text.

    Raises UnicodeDecodeError where one of them is no text.
    """
    if not raws:
        return []
    # terminals leave bytes of their own behind the first 00; spec: terminal_interface 4.3
    joined = b"\x00".join([raw.partition(b"\x00")[0] for raw in raws])
    return [text or None for text in joined.decode("gbk").split("\x00")]


# --- CN -------------------------------------------------------------------------------------------------


def pack_digits(digits: str, length: int) -> bytes:
    """Digits as packed nibbles, left aligned, padded with F to `length` bytes."""
    return bytes.fromhex(digits.ljust(2 * length, "F"))


def unpack_digits(raw: bytes) -> str | None:
    """The digits before the first F; None where another nibble than 0 to 9 stands there."""
    digits = raw.hex().partition("f")[0]
    return digits if digits.isdigit() or not digits else None


def _encode_digits(item: DataItem, value: Value) -> bytes:
    if item.format == "D8":
        return pack_digits(_date_digits(item, value), item.length)
    if item.format == "DT15":
        if not isinstance(value, datetime) or value.microsecond or value.tzinfo is not None:
            rule = Phrase("a date with a time of day in whole seconds is expected, no zone")
            raise refusal(item, value, rule)
        return pack_digits(f"{value:%Y%m%d%H%M%S}".zfill(14), item.length)
    most, decimals, exact = _digit_format(item)
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


def _digit_format(item: DataItem) -> tuple[int, int, bool]:
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


def _digits_decoder(item: DataItem, empty: tuple[bytes, ...]) -> Decoder:
    def digits(raw: bytes) -> str | None:
        if raw in empty:
            return None
        found = unpack_digits(raw)
        if not found:
            raise _undecodable(item, raw)
        return found

    if item.format in _TIMES:
        return _time_decoder(item, digits)
    _most, decimals, _exact = _digit_format(item)
    exponent = f"E-{decimals}"

    def amount(raw: bytes) -> Value:
        found = digits(raw)
        return None if found is None else Decimal(found + exponent)

    return amount if decimals else digits


def _time_decoder(item: DataItem, digits: Callable[[bytes], str | None]) -> Decoder:
    time_of = _TIMES[item.format]

    def time(raw: bytes) -> Value:
        found = digits(raw)
        if found is None:
            return None
        try:
            if len(found) == 2 * item.length:
                return time_of(found)
        except ValueError:
            pass
        raise _undecodable(item, raw)

    return time


def _time(digits: str) -> datetime:
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    return datetime(year, month, day, int(digits[8:10]), int(digits[10:12]), int(digits[12:]))


_TIMES: dict[str, Callable[[str], date]] = {"D8": date.fromisoformat, "DT15": _time}


# --- B --------------------------------------------------------------------------------------------------

_FLAGS = {"T/F": {True: 0x01, False: 0x00}, "A2": {True: 0x00, False: 0xFF}}


def _encode_bytes(item: DataItem, value: Value) -> bytes:
    if item.format in _FLAGS:
        if not isinstance(value, bool):
            raise refusal(item, value, Phrase("true or false is expected"))
        return bytes((_FLAGS[item.format][value],))
    if item.format == "N1":
        if not (isinstance(value, str) and len(value) == 1 and value in "0123456789"):
            raise refusal(item, value, Phrase("one digit is expected"))
        return bytes((int(value),))
    if not isinstance(value, bytes) or len(value) != item.length:
        raise refusal(item, value, Phrase("exactly {count} bytes are expected", count=item.length))
    return value


def _flag_decoder(item: DataItem) -> Decoder:
    known: dict[bytes, Value] = {item.blank: None}
    known |= {bytes((byte,)): meaning for meaning, byte in _FLAGS[item.format].items()}

    def decoded(raw: bytes) -> Value:
        if raw not in known:
            raise _undecodable(item, raw)
        return known[raw]

    return decoded


def _bytes_decoder(item: DataItem, empty: tuple[bytes, ...]) -> Decoder:
    def digit(raw: bytes) -> Value:
        if raw in empty:
            return None
        if raw[0] > 9:
            raise _undecodable(item, raw)
        return str(raw[0])

    def whole(raw: bytes) -> Value:
        return None if raw in empty else raw

    return digit if item.format == "N1" else whole


_ENCODERS = {"AN": _encode_text, "CN": _encode_digits, "B": _encode_bytes}
_DECODERS = {"AN": _text_decoder, "CN": _digits_decoder, "B": _bytes_decoder}


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
    if item.format in _FLAGS:
        return {"true": True, "false": False}.__getitem__, Phrase("true or false")
    if item.coding == "CN" and "," in item.format:
        return Decimal, Phrase("an amount such as 12.50")
    if item.coding == "B" and not item.format:
        return bytes.fromhex, Phrase("hex digits")
    return str, Phrase("a text")
