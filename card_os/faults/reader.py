"""A plan of faults out of its TOML text. What is not understood is refused, with what would do.

format = "rhc-faults/1"
chinese = "写入时拔卡"
english = "the card is pulled during a write"

[[rule]]
header = "00D6...."
times = 1
fault = "cut"
step = 2
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Never

from card_os.faults.errors import FaultPlanError, FaultRuleError
from card_os.faults.plan import (
    LONGEST_DELAY,
    Cut,
    CutAtStep,
    Delay,
    Eject,
    Fault,
    Flip,
    HeaderMask,
    Moment,
    Mute,
    Plan,
    Rule,
    Status,
    Swap,
    When,
)
from card_os.spec.model import Meaning
from language import _, cause

FORMAT = "rhc-faults/1"
_LONGEST = 1024 * 1024
_MOST = 1_000_000
_FARTHEST_BIT = 258 * 8
_WHEN = ("nth", "header", "every", "probability", "times")


def read_plan(path: Path) -> Plan:
    """Read a plan; raises FaultPlanError and FaultRuleError, also for a file that cannot be read."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(_LONGEST + 1)
    except OSError as error:
        raise FaultPlanError(plan=path, reason=cause(error)) from None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise FaultPlanError(plan=path, reason=_("this is no TOML")) from None
    if len(raw) > _LONGEST:
        raise FaultPlanError(plan=path, reason=_("a plan has at most {most} bytes").format(most=_LONGEST))
    return parse_plan(text, str(path))


def parse_plan(text: str, plan: str = "<text>") -> Plan:
    """Read the text of a plan; `plan` names it in errors. Raises FaultPlanError and FaultRuleError."""
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError):
        raise FaultPlanError(plan=plan, reason=_("this is no TOML")) from None
    top = _Entries(content, lambda reason: FaultPlanError(plan=plan, reason=reason))
    if content.get("format") != FORMAT:
        top.refuse(_('format = "{known}" is expected').format(known=FORMAT))
    top.only("format", "chinese", "english", "seed", "scene", "rule")
    tables = content.get("rule", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        top.refuse(_("rules stand under [[rule]]"))
    return Plan(
        meaning=Meaning(top.text("chinese"), top.text("english")),
        rules=tuple(_rule(plan, number, table) for number, table in enumerate(tables, 1)),
        seed=top.number("seed", 0, _MOST, default=0),
        scene=top.text("scene", default=""),
    )


class _Entries:
    """The entries of one table, each refused in words where it is not what it must be."""

    def __init__(self, content: Mapping[str, object], error: Callable[[str], FaultPlanError]) -> None:
        self._content, self._error = content, error

    def __contains__(self, name: str) -> bool:
        return name in self._content

    def refuse(self, reason: str) -> Never:
        raise self._error(reason) from None

    def only(self, *known: str) -> None:
        for name in self._content:
            if name not in known:
                shown = "".join(char if char.isprintable() else "?" for char in name[:40])
                text = _("{name} is not known here; there are {known}")
                self.refuse(text.format(name=shown, known=" ".join(known)))

    def text(self, name: str, default: str | None = None) -> str:
        value = self._content.get(name, default)
        if not isinstance(value, str):
            self.refuse(_('{name} = "text" is expected').format(name=name))
        return value

    def number(self, name: str, least: int, most: int, default: int | None = None) -> int:
        value = self._content.get(name, default)
        # true is a number to Python and none to a reader
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            text = _("{name} = a whole number from {least} to {most} is expected")
            self.refuse(text.format(name=name, least=least, most=most))
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self._content.get(name, default)
        if not isinstance(value, bool):
            self.refuse(_("{name} = true or false is expected").format(name=name))
        return value

    def probability(self) -> float:
        value = self._content.get("probability", 1.0)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 1:
            self.refuse(_("probability = a number above 0 and up to 1 is expected"))
        return float(value)

    def header(self) -> HeaderMask:
        try:
            return HeaderMask(self.text("header", default="........"))
        except ValueError:
            self.refuse(_('header = eight hex digits or dots is expected, such as "00D6...."'))

    def status_word(self) -> int:
        text = self.text("sw")
        try:
            value = bytes.fromhex(text)
        except ValueError:
            value = b""
        if len(value) != 2 or len(text) != 4:
            self.refuse(_('sw = four hex digits is expected, such as "6F00"'))
        return int.from_bytes(value, "big")

    def moment(self) -> Moment:
        text = self.text("at", default=Moment.BEFORE)
        if text not in list(Moment):
            self.refuse(_("at = one of these is expected: {known}").format(known=" ".join(Moment)))
        return Moment(text)


def _rule(plan: str, number: int, table: Mapping[str, object]) -> Rule:
    entries = _Entries(table, lambda reason: FaultRuleError(plan=plan, rule=number, reason=reason))
    kind = entries.text("fault", default="")
    if kind not in _FAULTS:
        entries.refuse(_("fault = one of these is expected: {known}").format(known=" ".join(_FAULTS)))
    own, make = _FAULTS[kind]
    entries.only("fault", *_WHEN, *own)
    when = When(
        nth=entries.number("nth", 1, _MOST) if "nth" in entries else None,
        header=entries.header(),
        every=entries.number("every", 1, _MOST, default=1),
        probability=entries.probability(),
        times=entries.number("times", 1, _MOST) if "times" in entries else None,
    )
    return Rule(number, when, make(entries))


def _cut(entries: _Entries) -> Fault:
    if "step" not in entries:
        return Cut(entries.moment())
    if "at" in entries:
        entries.refuse(_("a cut has either at or step"))
    return CutAtStep(entries.number("step", 1, _MOST))


_FAULTS: Mapping[str, tuple[tuple[str, ...], Callable[[_Entries], Fault]]] = {
    "cut": (("at", "step"), _cut),
    "mute": ((), lambda entries: Mute()),
    "delay": (("milliseconds",), lambda entries: Delay(entries.number("milliseconds", 1, LONGEST_DELAY))),
    "flip": (("bit",), lambda entries: Flip(entries.number("bit", -_FARTHEST_BIT, _FARTHEST_BIT - 1))),
    "status": (
        ("sw", "executed"),
        lambda entries: Status(entries.status_word(), entries.flag("executed", default=False)),
    ),
    "eject": ((), lambda entries: Eject()),
    "swap": ((), lambda entries: Swap()),
}
