"""A window: a place of a hospital or of an issuing office where a trainee works with a form and a card."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from card_os.spec.codecs import Value
from card_os.spec.model import Meaning
from reader_client.contents import CardValue
from reader_client.hospital.validity import Check

if TYPE_CHECKING:
    from lab.training.seat import Seat


class House(StrEnum):
    """Whose window it is."""

    HOSPITAL = "hospital"
    OFFICE = "office"


class Tone(StrEnum):
    """How an outcome is to be taken at a glance."""

    DONE = "done"
    WARNING = "warning"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form: `name` in the form, the data `item` whose rule, length and codes it has.

    `label` and `hint` are shown; without a label the name of the item is. `first` is what stands there first.
    """

    name: str
    item: str = ""
    label: Meaning | None = None
    hint: Meaning | None = None
    required: bool = False
    first: str = ""
    kind: str = ""
    """checkbox, choice, text or password for a field that is no data item; else empty."""
    choices: Mapping[str, Meaning] = field(default_factory=dict)
    most: int = 100


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under a heading; `folded` until it is opened."""

    title: Meaning
    fields: tuple[Field, ...]
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A value as it is shown: label, value, meaning of a code; `name` is the data item where it is one."""

    name: str
    label: str
    value: str
    meaning: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under a heading, or a picture (`photo` as JPEG bytes)."""

    title: str
    rows: tuple[Row, ...] = ()
    photo: bytes | None = field(default=None, repr=False)
    note: str = ""
    tone: Tone = Tone.DONE


@dataclass(frozen=True, slots=True)
class Choice:
    """A button under an outcome that sends `values` to the window `window`."""

    label: str
    window: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a window shows after its work. `headline` is one plain line, `answer` the driver's number.

    `next_step` says what to do now. `choices` are buttons. `errors` are plain lines for fields of the form,
    by their names. `raw` is for a template of the window's own.
    """

    headline: str
    tone: Tone = Tone.DONE
    answer: str = ""
    advice: str = ""
    checks: tuple[Check, ...] = ()
    groups: tuple[Group, ...] = ()
    notices: tuple[str, ...] = ()
    next_step: str = ""
    choices: tuple[Choice, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    raw: object = None


Given = Mapping[str, Value]
Work = Callable[["Seat", Given], Outcome]


@dataclass(frozen=True, slots=True)
class Window:
    """A window. `work` does what the form asks for, `sections` make the form anew each time it is shown.

    `reads` and `writes` say in words what the window may do with the card; the template `page` shows the
    outcome.
    """

    id: str
    house: House
    title: Meaning
    about: Meaning
    button: Meaning
    work: Work
    sections: Callable[[Seat], Sequence[Section]] = lambda _seat: ()
    reads: Meaning | None = None
    writes: Meaning | None = None
    needs_card: bool = True
    page: str = "outcome.html"


Values = Mapping[str, CardValue]
