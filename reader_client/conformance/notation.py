"""The notation of case files: one step a line, and what is expected behind `->`.

    reset | sam reset
    select DDF1/EF05 | sam select DF01
    send 00B2390005 -> 9000 = 3903* as city          also: sam …, raw …, sam raw …
    challenge c | sam challenge s
    authenticate RK1_DDF1 [version 2] [-> 6A88]
    open DDF1/EF06 read                              read, update, set_valid, erase
    value v = RK1_DDF1 {c} 1122334455667788 [version 2] [as province 32] [as card 00A1…]
    mac m = STK_DF03 {c} 84D20104 [BODY]
    protect p = STK_DDF1 {c} 04DC0604 060420260102
    secure STK_DDF1 04DC0604 060420260102 [-> 6988]
    maced STK_DF03 84D20104 [BODY] [-> 6988]
    let x = {a}{b} | same {a} {b} | differ {a} {b}
    file 1893 as image

More verbs stand in `procedures`. A line that begins with # says something to the reader of the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from reader_client.conformance import procedures
from reader_client.conformance.exchange import CARD, SAM
from reader_client.conformance.expectation import OK, Expectation, ExpectationError
from reader_client.conformance.steps import (
    Authenticate,
    Challenge,
    Compute,
    Let,
    Open,
    Protected,
    Reset,
    Same,
    Select,
    Send,
    Step,
    WholeFile,
)
from reader_client.conformance.template import Template, TemplateError

USES = ("read", "update", "set_valid", "erase")
_AUTHENTICATE = re.compile(r"(\w+)(?: version (\d))?")
_OPEN = re.compile(r"([\w/]+) (\w+)")
_COMPUTE = re.compile(
    r"(?P<name>[a-z_]\w*) = (?P<key>\w+) (?P<challenge>\S+) (?P<first>\S+)"
    r"(?: (?P<second>(?!version |as )\S+))?"
    r"(?: version (?P<version>\d))?(?: as province (?P<province>\S+))?(?: as card (?P<card>\S+))?"
)
_PROTECTED = re.compile(r"(\w+) (\S+)(?: (\S+))?")
_LET = re.compile(r"([a-z_]\w*) = (.+)")
_TWO = re.compile(r"(\S+) (\S+)")
_FILE = re.compile(r"(\d+) as ([a-z_]\w*)")


class NotationError(ValueError):
    """A line that is no step."""


def steps_of(text: str) -> tuple[Step, ...]:
    """The steps of a text, one a line; raises NotationError with the line."""
    lines = (line.strip() for line in text.splitlines())
    return tuple(step_of(line) for line in lines if line and not line.startswith("#"))


def step_of(line: str) -> Step:
    """One step; raises NotationError."""
    head, arrow, due = line.partition("->")
    words = head.split()
    if not words:
        raise NotationError(f"{line!r}: no step")
    who = CARD
    if words[0] == "sam":
        who, words = SAM, words[1:]
        if words and (words[0] == "raw" or words[0] not in _VERBS):
            words = ["send", *words] if words[0] != "raw" else words
    verb, rest = (words[0], " ".join(words[1:])) if words else ("", "")
    try:
        expected = Expectation.parse(due) if arrow else None
        read = _VERBS.get(verb) or procedures.reader_of(verb)
        if read is None:
            raise NotationError(f"{line!r}: there is no step {verb!r}")
        return read(" ".join(line.split()), who, rest, expected)
    except (ExpectationError, TemplateError, procedures.ProcedureError) as error:
        raise NotationError(f"{line!r}: {error}") from None


def _matched(form: re.Pattern[str], line: str, rest: str) -> re.Match[str]:
    found = form.fullmatch(rest)
    if found is None:
        raise NotationError(f"{line!r}: the words behind the verb are not as expected")
    return found


def _reset(line: str, who: str, rest: str, expected: Expectation | None) -> Step:
    if rest or expected:
        raise NotationError(f"{line!r}: reset stands alone")
    return Reset(line, who)


def _select(line: str, who: str, rest: str, expected: Expectation | None) -> Step:
    if expected:
        raise NotationError(f"{line!r}: a SELECT that is looked at is sent by hand")
    return Select(line, who, tuple(fid_of(part) for part in rest.split("/")))


def fid_of(name: str) -> bytes:
    """The two bytes of a file identifier, or of `MF`."""
    return bytes.fromhex("3F00" if name == "MF" else name)


def _send(line: str, who: str, rest: str, expected: Expectation | None) -> Step:
    return Send(line, who, Template.parse(rest), _due(line, expected), raw=False)


def _raw(line: str, who: str, rest: str, expected: Expectation | None) -> Step:
    return Send(line, who, Template.parse(rest), _due(line, expected), raw=True)


def _due(line: str, expected: Expectation | None) -> Expectation:
    if expected is None:
        raise NotationError(f"{line!r}: it does not say what is expected")
    return expected


def _challenge(line: str, who: str, rest: str, expected: Expectation | None) -> Step:
    if not re.fullmatch(r"[a-z_]\w*", rest) or expected:
        raise NotationError(f"{line!r}: a challenge is saved under one name")
    return Challenge(line, who, rest)


def _authenticate(line: str, who: str, rest: str, expected: Expectation | None) -> Step:
    found = _matched(_AUTHENTICATE, line, rest)
    return Authenticate(line, found[1], int(found[2] or 1), expected or OK)


def _open(line: str, who: str, rest: str, expected: Expectation | None) -> Step:
    found = _matched(_OPEN, line, rest)
    if found[2] not in USES or expected:
        raise NotationError(f"{line!r}: a file is opened for one of {' '.join(USES)}")
    return Open(line, found[1], found[2])


def _compute(what: str) -> Callable[[str, str, str, Expectation | None], Step]:
    def read(line: str, who: str, rest: str, expected: Expectation | None) -> Step:
        found = _matched(_COMPUTE, line, rest)
        province, card = (
            Template.parse(found[name]) if found[name] else None for name in ("province", "card")
        )
        return Compute(
            line,
            what,
            found["name"],
            found["key"],
            int(found["version"] or 1),
            Template.parse(found["challenge"]),
            Template.parse(found["first"]),
            Template.parse(found["second"] or ""),
            province,
            card,
        )

    return read


def _protected(enciphered: bool) -> Callable[[str, str, str, Expectation | None], Step]:
    def read(line: str, who: str, rest: str, expected: Expectation | None) -> Step:
        found = _matched(_PROTECTED, line, rest)
        header, data = Template.parse(found[2]), Template.parse(found[3] or "")
        return Protected(line, found[1], header, data, enciphered, expected or OK)

    return read


def _let(line: str, who: str, rest: str, expected: Expectation | None) -> Step:
    found = _matched(_LET, line, rest)
    return Let(line, found[1], Template.parse(found[2]))


def _compared(equal: bool) -> Callable[[str, str, str, Expectation | None], Step]:
    def read(line: str, who: str, rest: str, expected: Expectation | None) -> Step:
        found = _matched(_TWO, line, rest)
        return Same(line, Template.parse(found[1]), Template.parse(found[2]), equal)

    return read


def _file(line: str, who: str, rest: str, expected: Expectation | None) -> Step:
    found = _matched(_FILE, line, rest)
    return WholeFile(line, int(found[1]), found[2])


_VERBS: Mapping[str, Callable[[str, str, str, Expectation | None], Step]] = {
    "reset": _reset,
    "select": _select,
    "send": _send,
    "raw": _raw,
    "challenge": _challenge,
    "authenticate": _authenticate,
    "open": _open,
    "value": _compute("value"),
    "mac": _compute("mac"),
    "protect": _compute("protect"),
    "secure": _protected(enciphered=True),
    "maced": _protected(enciphered=False),
    "let": _let,
    "same": _compared(equal=True),
    "differ": _compared(equal=False),
    "file": _file,
}
