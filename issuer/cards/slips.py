"""Slips that people take home: the pick-up slip, and the loss slip whose number undoes a loss.

Numbers are ours: `LQ-20260302-000017` for a pick-up, counted; `GS-20260302-48392017-3` for a loss, with eight
random digits and a check digit (ISO/IEC 7064 MOD 11,10 over all digits before it), so that a slip of the pen
costs no try. Of a loss slip only the keyed digest is kept.
# spec: issuance_and_ecard A.5 S9 "loss slip number"; the form is ours
"""

from __future__ import annotations

import re
import secrets
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from card_os.spec.errors import PlainError
from issuer.printing.masking import masked
from issuer.registry.day import day_of
from issuer.registry.schema.applications import person
from issuer.registry.work import Row, Work

PICK_UP, LOSS = "LQ", "GS"
DIGEST = "loss_report.slip"
_LOSS_FORM = re.compile(rf"{LOSS}-(\d{{8}})-(\d{{8}})-(\d)")


class SlipFormError(PlainError):
    """A text that is no number of a loss slip; no try was taken."""

    template = "this is no number of a loss slip: GS-YYYYMMDD-8 digits-check digit is expected"


@dataclass(frozen=True, slots=True)
class PickUpSlip:
    """What a pick-up slip says."""

    number: str
    at: datetime
    holder_name: str = field(repr=False)
    card_number: str = field(repr=False)
    chip_serial: str
    outlet: str
    operator: str
    institution: str
    taken_by: str = field(repr=False)
    presence: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class LossSlip:
    """What a loss slip says; its number is known to nobody else from now on. `until` for an oral loss."""

    number: str = field(repr=False)
    part: str
    kind: str
    at: datetime
    until: datetime | None
    holder_name: str = field(repr=False)
    card_number: str = field(repr=False)
    chip_serial: str
    operator: str
    institution: str


def told(slip: PickUpSlip | LossSlip) -> dict[str, Any]:
    """What is told of a slip: what stands on the paper, where the card number is masked."""
    return {**asdict(slip), "card_number": masked(slip.card_number)}


def holder_name(work: Work, card: Row) -> str:
    """The name of the holder of a card."""
    return str(work.get(person, card["person_id"])["name"])


def pick_up_number(work: Work) -> str:
    """The next number of a pick-up slip."""
    return f"{PICK_UP}-{day_of(work.now):%Y%m%d}-{work.next_number('pick_up'):06d}"


def loss_number(work: Work) -> str:
    """A number for a loss slip, drawn at random."""
    day, drawn = f"{day_of(work.now):%Y%m%d}", f"{secrets.randbelow(100_000_000):08d}"
    return f"{LOSS}-{day}-{drawn}-{check_digit(day + drawn)}"


def in_form(given: str) -> str:
    """A number as it was typed, in its one form; raises SlipFormError."""
    text = given.strip().upper()
    found = _LOSS_FORM.fullmatch(text)
    if found is None or not text.isascii() or check_digit(found[1] + found[2]) != found[3]:
        raise SlipFormError
    return text


def check_digit(digits: str) -> str:
    """The check digit over digits, by ISO/IEC 7064 MOD 11,10."""
    product = 10
    for digit in digits:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)
