"""A plan of faults as typed values: when a rule strikes, and what happens then."""

from __future__ import annotations

import string
from dataclasses import dataclass
from enum import StrEnum

from card_os.spec.model import Meaning

HEADER_DIGITS = 8
ANY_DIGIT = "."
# VirtualSlot waits five seconds for a card that is pulled out while it is busy
LONGEST_DELAY = 4000


@dataclass(frozen=True, slots=True)
class HeaderMask:
    """Which commands are meant: eight hex digits of CLA INS P1 P2, a dot for any digit. `00D6....`."""

    text: str

    def __post_init__(self) -> None:
        digits = set(string.hexdigits + ANY_DIGIT)
        if len(self.text) != HEADER_DIGITS or not set(self.text) <= digits:
            raise ValueError("a header mask has eight hex digits or dots")

    def fits(self, command: bytes) -> bool:
        """Whether the first four bytes of a command fit; a shorter one fits nothing."""
        header = command[:4].hex().upper()
        return len(header) == HEADER_DIGITS and all(
            want in (ANY_DIGIT, digit) for want, digit in zip(self.text.upper(), header, strict=True)
        )


ANY_COMMAND = HeaderMask(ANY_DIGIT * HEADER_DIGITS)


@dataclass(frozen=True, slots=True)
class When:
    """The commands that a rule strikes; all conditions must hold.

    `nth` counts commands since power-on or reset, from 1. Of the commands that fit, every `every`-th is
    struck, with `probability`, and at most `times` of them while the plan is in force.
    """

    nth: int | None = None
    header: HeaderMask = ANY_COMMAND
    every: int = 1
    probability: float = 1.0
    times: int | None = None


class Moment(StrEnum):
    """Where in a command the power fails."""

    BEFORE = "before"  # the card never saw the command
    AFTER = "after"  # the command is done, its answer is lost


@dataclass(frozen=True, slots=True)
class Cut:
    """The power fails before or after the command."""

    moment: Moment = Moment.BEFORE


@dataclass(frozen=True, slots=True)
class CutAtStep:
    """The power fails right before the n-th write step of the command, from 1; with fewer steps never."""

    step: int


@dataclass(frozen=True, slots=True)
class Mute:
    """The card falls silent and keeps its power; the command is not carried out."""


@dataclass(frozen=True, slots=True)
class Delay:
    """The card takes some milliseconds longer."""

    milliseconds: int


@dataclass(frozen=True, slots=True)
class Flip:
    """One bit of the answer arrives wrong.

    Bit 0 is the highest bit of the first byte; negative bits count from the end, -1 is the last bit of SW2.
    An answer that is too short arrives as it is.
    """

    bit: int


@dataclass(frozen=True, slots=True)
class Status:
    """Another status word, without data; `executed` tells whether the command was carried out."""

    sw: int
    executed: bool = False


@dataclass(frozen=True, slots=True)
class Eject:
    """The card is taken out before the command; whoever holds the reader is told."""


@dataclass(frozen=True, slots=True)
class Swap:
    """The card is taken out before the command and another one put in; whoever holds the reader is told."""


Fault = Cut | CutAtStep | Mute | Delay | Flip | Status | Eject | Swap


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a plan; `number` counts from 1."""

    number: int
    when: When
    fault: Fault


@dataclass(frozen=True, slots=True)
class Plan:
    """Rules in their order: delays add up, of the others the first one that is due happens.

    `seed` makes chance the same in every run. `scene` names cards that are wrong from the start, where that
    is the fault; no rule is needed then.
    """

    meaning: Meaning
    rules: tuple[Rule, ...] = ()
    seed: int = 0
    scene: str = ""

    @property
    def needs_memory(self) -> bool:
        """Whether a rule speaks of write steps."""
        return any(isinstance(rule.fault, CutAtStep) for rule in self.rules)


NO_FAULTS = Plan(Meaning("无故障", "no faults"))
