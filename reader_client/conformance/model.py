"""What a case is, where its rule comes from, and what it needs of a card."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from card_os.spec.model import Meaning
from reader_client.conformance.steps import Step

_MARK = re.compile(r"\[([^\]]+)\]")
_FACT = re.compile(r"\b(HC-[TCD]|T|S|D|B)\b")
# spec: terminal_interface 9 "Card SW seen in real life"
_SEEN = frozenset({"9000", "61xx", "6109", "6110", "6114", "6116", "6104", "63Cx", "63CE", "63CD", "6A88"})
_RELATED = re.compile(r"\bREL\b")


class Group(StrEnum):
    """The groups of cases.  # spec: commands_and_crypto 6.2"""

    RESET = "R"
    SELECT = "S"
    BINARY = "B"
    RECORD = "C"
    AUTHENTICATION = "A"
    SECURE_MESSAGING = "M"
    BLOCKING = "K"
    PERSONALISATION = "P"
    ROBUSTNESS = "N"
    CRYPTOGRAPHY = "G"
    SAM = "U"
    INTEGRATION = "I"


class Certainty(StrEnum):
    """How sure the rule behind a case is.  # spec: commands_and_crypto 0.1"""

    FACT = "fact"  # seen in traffic, done by terminal code, or said in a document of this card
    RELATED = "related"  # from a related card, or from ISO 7816
    OURS = "ours"  # inferred, or a design choice of ours


class Need(StrEnum):
    """What a case cannot do without."""

    TEST_KEYS = "test_keys"
    DESTRUCTIVE = "destructive"
    CONTACT = "contact"
    CONTACTLESS = "contactless"
    SAM = "sam"
    # a card in another state than issued; only a factory, or a card of the user's, has it
    KEYED = "keyed"
    BLANK = "blank"
    CHIP = "chip"
    BARE = "bare"
    SAM_BLANK = "sam_blank"
    POWER_CUTS = "power_cuts"
    FIXED_CHALLENGES = "fixed_challenges"


class CardState(StrEnum):
    """The state in which a case wants its card.

    KEYED has keys and no data (state PERSO), BLANK left its maker with a transport key, CHIP has a file tree
    and no key, BARE not even files.  # spec: commands_and_crypto 5.3
    """

    ISSUED = "issued"
    KEYED = "keyed"
    BLANK = "blank"
    CHIP = "chip"
    BARE = "bare"


def certainty_of(source: str, statuses: Iterable[str] = ()) -> Certainty:
    """The strongest mark of a source; a source without marks is ours.

    Commands and what they do were seen in the field, refusals hardly ever: a rule that expects a status word
    which no recorded card gave is no fact, whatever its source says.  # spec: terminal_interface 9
    """
    marks = " ".join(_MARK.findall(source))
    if _FACT.search(marks):
        return Certainty.FACT if set(statuses) <= _SEEN else Certainty.RELATED
    return Certainty.RELATED if _RELATED.search(marks) else Certainty.OURS


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the list of what is to be proved: `A5`; `covered` is False where this suite has no case.

    `proves` says what a card that passes has shown, or why there is no case.
    """

    id: str
    title: Meaning
    proves: Meaning
    source: str
    covered: bool

    @property
    def group(self) -> Group:
        """Its group: the letter."""
        return Group(self.id[0])


@dataclass(frozen=True, slots=True)
class Case:
    """One case: what it proves, by which rule, and the steps. The part of `id` before the dash is its item.

    `leaves` names what a destructive case spoils: `df:DF02`, `key:RK1_DDF1`, `pin`, `sam`, `card`; a case
    that is not destructive leaves the card as it found it. `tries` are the keys that it proves wrongly.
    `challenges` are what the card has to draw, 8 bytes each. `restore` runs whatever comes out. `any_card`
    asks for no application on the card.
    """

    id: str
    title: Meaning
    source: str
    steps: tuple[Step, ...]
    needs: frozenset[Need] = frozenset()
    leaves: tuple[str, ...] = ()
    quick: bool = False
    tries: tuple[str, ...] = ()
    restore: tuple[Step, ...] = ()
    challenges: tuple[bytes, ...] = ()
    any_card: bool = False

    @property
    def item(self) -> str:
        """The item that it belongs to: `A5`."""
        return self.id.partition("-")[0]

    @property
    def group(self) -> Group:
        """Its group: the letter."""
        return Group(self.id[0])

    @property
    def certainty(self) -> Certainty:
        """Whether a failure contradicts a fact or our reading."""
        statuses = (status for step in (*self.steps, *self.restore) for status in step.statuses)
        return certainty_of(self.source, statuses)

    @property
    def state(self) -> CardState:
        """The state in which its card has to be."""
        found = (state for state in CardState if state.value in self.needs)
        return next(found, CardState.ISSUED)

    @property
    def keys(self) -> frozenset[str]:
        """The names of the keys that its steps use."""
        return used_keys((*self.steps, *self.restore))

    @property
    def uses_pin(self) -> bool:
        """Whether it needs the PIN of the SAM."""
        return any("{pin" in step.line for step in (*self.steps, *self.restore))

    @property
    def uses_sam(self) -> bool:
        """Whether its steps talk to the SAM themselves."""
        return any(step.uses_sam for step in (*self.steps, *self.restore))

    @property
    def lines(self) -> tuple[str, ...]:
        """Its steps in the notation of the case files."""
        return tuple(step.line for step in self.steps)


def used_keys(steps: Iterable[Step]) -> frozenset[str]:
    """The names of the keys in steps."""
    return frozenset(name for step in steps for name in step.keys)
