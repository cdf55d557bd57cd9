"""What a card is expected to answer: status words, data, and a name to save the data under.

As case files write it behind `->`: `9000`, `6A82|6A83`, `63Cx`, `not 9000`, `gone` for a card that does not
answer any more; then, in this order, `length 8`, `= 3903.. or 3904*`, `as city`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from reader_client.conformance.template import Template

GONE = "gone"
_SW = re.compile(r"[0-9A-Fx]{4}|gone")
_FORM = re.compile(
    r"(?P<no>not )?(?P<sw>\S+)"
    r"(?: length (?P<length>\d+(?:\|\d+)*))?"
    r"(?: = (?P<data>.+?))?"
    r"(?: as (?P<name>[a-z_]\w*))?"
)


class ExpectationError(ValueError):
    """A text that is no expectation."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """Status words (x is any digit), or with `negated` all others; lengths and data that are due, if any."""

    text: str
    statuses: tuple[str, ...]
    negated: bool = False
    lengths: tuple[int, ...] = ()
    data: tuple[Template, ...] = ()
    save: str = ""

    @classmethod
    def parse(cls, text: str) -> Expectation:
        """Read an expectation; raises ExpectationError, TemplateError."""
        return _parsed(" ".join(text.split()))

    def takes_status(self, sw: int) -> bool:
        """Whether a status word is a right one."""
        return any(_fits(pattern, sw) for pattern in self.statuses) != self.negated

    def takes_length(self, length: int) -> bool:
        """Whether so many bytes of data are right."""
        return not self.lengths or length in self.lengths

    def takes_data(self, data: bytes, saved: Mapping[str, bytes]) -> bool:
        """Whether the data is right; raises TemplateError where it is compared with what was never saved."""
        return not self.data or any(pattern.matches(data, saved) for pattern in self.data)

    @property
    def takes_silence(self) -> bool:
        """Whether a card that does not answer any more is right."""
        return (GONE in self.statuses) != self.negated

    @property
    def names(self) -> tuple[str, ...]:
        """The saved values that it is compared with."""
        return tuple(name for pattern in self.data for name in pattern.names)


OK = Expectation("9000", ("9000",))


def _fits(pattern: str, sw: int) -> bool:
    shown = f"{sw:04X}"
    if pattern == shown:
        return True
    return "x" in pattern and all(want in ("x", have) for want, have in zip(pattern, shown, strict=True))


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Expectation:
    found = _FORM.fullmatch(text)
    if found is None:
        raise ExpectationError(f"{text!r} is no expectation")
    statuses = tuple(found["sw"].split("|"))
    for status in statuses:
        if not _SW.fullmatch(status):
            raise ExpectationError(f"{status!r} is no status word")
    lengths = tuple(map(int, found["length"].split("|"))) if found["length"] else ()
    data = tuple(Template.parse(one) for one in found["data"].split(" or ")) if found["data"] else ()
    return Expectation(text, statuses, bool(found["no"]), lengths, data, found["name"] or "")
