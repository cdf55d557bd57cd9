"""Answers in words, in both languages: what was due and what came."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from card_os.iso7816.apdu import ApduFormatError, CommandApdu
from card_os.iso7816.status import tries_left
from card_os.spec.model import Meaning, Profile
from language import _, choose, describe, speaking
from reader_client.conformance.expectation import GONE, Expectation

LONGEST_SHOWN = 40


def both(make: Callable[[], str]) -> Meaning:
    """A text in both languages; `make` is called once for each."""
    with speaking("zh"):
        chinese = make()
    with speaking("en"):
        english = make()
    return Meaning(chinese, english)


def both_of(told: object) -> Meaning:
    """An error, or a phrase of one, in both languages."""
    return both(lambda: describe(told))


def status_words(profile: Profile, command: str, sw: int) -> str:
    """A status word and what it means to a command, in the reader's language."""
    meaning = profile.status(command, sw)
    text = choose(meaning) if meaning else _("a status word that is not declared")
    left = tries_left(sw)
    if left is not None:
        text = re.sub(r"\bx\b", str(left), text)
    elif sw >> 8 in (0x61, 0x6C):
        text = re.sub(r"\bxx\b", str(sw & 0xFF or 256), text)
    return f"{sw:04X} {text}"


def command_name(profile: Profile, command: bytes) -> str:
    """The name of a command in the declaration; empty where it has none."""
    try:
        apdu = CommandApdu.parse(command)
    except ApduFormatError:
        return ""
    spec = profile.command_of(apdu.ins, apdu.p1)
    return spec.name if spec else ""


def expected_words(
    profile: Profile, command: str, expected: Expectation, saved: Mapping[str, bytes], *, with_data: bool
) -> Meaning:
    """What an expectation asks for; `with_data` names the bytes that were read from the card before."""
    return both(lambda: _expected(profile, command, expected, saved if with_data else {}))


def _expected(profile: Profile, command: str, expected: Expectation, saved: Mapping[str, bytes]) -> str:
    named = [_status_pattern(profile, command, pattern) for pattern in expected.statuses]
    text = " / ".join(named)
    if expected.negated:
        text = _("anything but {status}").format(status=text)
    if expected.lengths:
        text += ", " + _("{count} bytes").format(count=" / ".join(map(str, expected.lengths)))
    if expected.data:
        shown = " / ".join(_cut(pattern.shown(saved)) for pattern in expected.data)
        text += ", " + _("data {data}").format(data=shown or _("none"))
    return text


def _status_pattern(profile: Profile, command: str, pattern: str) -> str:
    if pattern == GONE:
        return _("no answer")
    if "x" not in pattern:
        return status_words(profile, command, int(pattern, 16))
    meaning = profile.status(command, int(pattern.replace("x", "0"), 16))
    return f"{pattern} {choose(meaning)}" if meaning else pattern


def actual_words(profile: Profile, command: str, response: bytes | None, *, with_data: bool) -> Meaning:
    """What came; without `with_data` only how many bytes."""
    return both(lambda: _actual(profile, command, response, with_data=with_data))


def _actual(profile: Profile, command: str, response: bytes | None, *, with_data: bool) -> str:
    if response is None:
        return _("no answer")
    if len(response) < 2:
        return _("{count} bytes without a status word").format(count=len(response))
    text = status_words(profile, command, int.from_bytes(response[-2:], "big"))
    data = response[:-2]
    if not data:
        return text
    text += ", " + _("{count} bytes").format(count=len(data))
    return text + ", " + _("data {data}").format(data=hex_cut(data)) if with_data else text


def hex_cut(data: bytes) -> str:
    """Hex of not too many bytes."""
    return _cut(data.hex().upper())


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
