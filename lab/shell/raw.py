"""Raw APDUs from hex texts, sent and explained in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from card_os.spec.errors import PlainError
from card_os.trace import Explanation
from card_os.trace.words import printable
from lab.shell.answer import Answer
from lab.shell.desk import Desk, Target
from lab.shell.errors import BadHexError, LineRefusedError, UnexpectedStatusError
from language import _

SHORTEST = 4  # CLA INS P1 P2; spec: ISO 7816-3
LONGEST = 65544  # header, three bytes of Lc, 65535 of data, two of Le
ACCEPTED = re.compile(r"9000|61[0-9A-F]{2}")
_EXPECTED = re.compile(r"[0-9A-FX]{4}", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s:_-]+")
_PAIR = re.compile(r"[0-9A-Fa-f]{2}")


def parse(words: Sequence[str]) -> tuple[bytes, ...]:
    """APDUs from words: each word is one, or all are the bytes of one (00 A4 00 00). Raises BadHexError."""
    if len(words) > 1 and all(_PAIR.fullmatch(word) for word in words):
        return (_apdu("".join(words)),)
    return tuple(_apdu(word) for word in words)


def send(desk: Desk, target: Target, apdus: Iterable[bytes], expected: str | None = None) -> Answer:
    """Send each APDU as it stands and explain it; the last one must answer `expected`, X fits any digit.

    Where nothing is expected, the last status word must be 9000 or 61xx.
    """
    pattern = _pattern(expected)
    told: list[Explanation] = []
    failure: PlainError | None = None
    channel = desk.channel(target)
    desk.touched(target)
    for apdu in apdus:
        sw = channel.transmit(apdu)[-2:].hex().upper()
        last = desk.views[target].last
        if last is not None:
            told.append(last)
        failure = None if pattern.fullmatch(sw) else UnexpectedStatusError(sw=sw, expected=expected or "9000")
    return Answer([asdict(one) for one in told], lambda console: _show(console, told), failure)


def _apdu(word: str) -> bytes:
    digits = _SEPARATORS.sub("", word)
    try:
        apdu = bytes.fromhex(digits)
    except ValueError:
        raise BadHexError(text=word[:8], reason=_("pairs of hex digits are expected")) from None
    if not SHORTEST <= len(apdu) <= LONGEST:
        raise BadHexError(text=word[:8], reason=_("an APDU has four bytes at least: CLA INS P1 P2"))
    return apdu


def _pattern(expected: str | None) -> re.Pattern[str]:
    if expected is None:
        return ACCEPTED
    if not _EXPECTED.fullmatch(expected):
        raise LineRefusedError(reason=_("--expect takes four hex digits, X for any: 6A82, 63CX"))
    return re.compile(re.sub("[Xx]", "[0-9A-F]", expected.upper()))


def _show(console: Console, told: Iterable[Explanation]) -> None:
    for one in told:
        console.print(Text(f"> {one.command}", style="dim"), soft_wrap=True)
        console.print(Text(f"< {one.response}", style="dim"), soft_wrap=True)
        console.print(Text(f"  {printable(one.line)}", style="" if one.ok else "red"), soft_wrap=True)
