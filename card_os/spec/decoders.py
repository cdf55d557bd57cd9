"""Bytes on the card to values of data items: what `codecs` wrote, and everything else that a card may hold.

What the declaration decides of an item is decided once, when its decoder is made: a whole card has some 1,400
values, and nobody waits for them gladly.
# spec: terminal_interface 4.3, 5.2
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal

from card_os.spec.codecs import FLAGS, PADDING, Value, digit_format
from card_os.spec.errors import UndecodableError
from card_os.spec.model import DataItem, Profile

_ERASED = 0xFF

ItemDecoder = Callable[[bytes], Value]


def decode(profile: Profile, item: DataItem, raw: bytes) -> Value:
    """The value of `item.length` bytes, None for an empty one; raises UndecodableError.

    A code that no table knows is returned as it stands: what it means is for the reader to say.
    """
    return decoder(profile, item)(raw)


def decoder(profile: Profile, item: DataItem) -> ItemDecoder:
    """What `decode` does for one item, as a function of the bytes alone.

    All that the declaration decides is decided here, once; whoever reads many values keeps the function.
    """
    if item.format in FLAGS:
        return _flag_decoder(item)
    return _DECODERS[item.coding](profile, item)


def _empty_values(profile: Profile, item: DataItem) -> tuple[bytes, ...]:
    """The bytes of no value; where a code has the same byte, the code counts."""
    empty = tuple(dict.fromkeys((item.blank, bytes((_ERASED,)) * item.length)))
    if item.coding != "B":
        return empty
    return tuple(raw for raw in empty if profile.code_meaning(item, str(raw[0])) is None)


def _undecodable(item: DataItem, raw: bytes) -> UndecodableError:
    return UndecodableError(item=item.name, raw=raw.hex().upper(), format=f"{item.coding} {item.format}")


# --- AN -------------------------------------------------------------------------------------------------


def _text_decoder(profile: Profile, item: DataItem) -> ItemDecoder:
    empty = _empty_values(profile, item)

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


def nibbles_decoder(profile: Profile, item: DataItem) -> Callable[[str], Value]:
    """What `decoder` gives for a CN item, as a function of its nibbles: hex digits in small letters."""
    empty = tuple(raw.hex() for raw in _empty_values(profile, item))

    def digits(nibbles: str) -> str | None:
        if nibbles in empty:
            return None
        found = nibbles.partition(PADDING)[0]
        if not found.isdigit():
            raise _undecodable(item, bytes.fromhex(nibbles))
        return found

    if item.format in _TIMES:
        return _time_decoder(item, digits)
    _most, decimals, _exact = digit_format(item)
    exponent = f"E-{decimals}"

    def amount(nibbles: str) -> Value:
        found = digits(nibbles)
        return None if found is None else Decimal(found + exponent)

    return amount if decimals else digits


def _time_decoder(item: DataItem, digits: Callable[[str], str | None]) -> Callable[[str], Value]:
    time_of = _TIMES[item.format]

    def time(nibbles: str) -> Value:
        found = digits(nibbles)
        if found is None:
            return None
        try:
            if len(found) == 2 * item.length:
                return time_of(found)
        except ValueError:
            pass
        raise _undecodable(item, bytes.fromhex(nibbles))

    return time


def _digits_decoder(profile: Profile, item: DataItem) -> ItemDecoder:
    of_nibbles = nibbles_decoder(profile, item)
    return lambda raw: of_nibbles(raw.hex())


def _time(digits: str) -> datetime:
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    return datetime(year, month, day, int(digits[8:10]), int(digits[10:12]), int(digits[12:]))


_TIMES: dict[str, Callable[[str], date]] = {"D8": date.fromisoformat, "DT15": _time}


# --- B --------------------------------------------------------------------------------------------------


def _flag_decoder(item: DataItem) -> ItemDecoder:
    known: dict[bytes, Value] = {item.blank: None}
    known |= {bytes((byte,)): meaning for meaning, byte in FLAGS[item.format].items()}

    def decoded(raw: bytes) -> Value:
        if raw not in known:
            raise _undecodable(item, raw)
        return known[raw]

    return decoded


def _bytes_decoder(profile: Profile, item: DataItem) -> ItemDecoder:
    empty = _empty_values(profile, item)

    def digit(raw: bytes) -> Value:
        if raw in empty:
            return None
        if raw[0] > 9:
            raise _undecodable(item, raw)
        return str(raw[0])

    def whole(raw: bytes) -> Value:
        return None if raw in empty else raw

    return digit if item.format == "N1" else whole


_DECODERS = {"AN": _text_decoder, "CN": _digits_decoder, "B": _bytes_decoder}
