"""What calls about cards carry, in both directions."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, Field

from issuer.api.shown_people import PLAIN_TEXT, ShortText, ShownIn

Serial = Annotated[str, Field(max_length=10, pattern=PLAIN_TEXT)]


class PersonIn(BaseModel):
    """A person by a document."""

    document_type: str = Field(max_length=2, pattern=PLAIN_TEXT)
    document_number: str = Field(max_length=32, pattern=PLAIN_TEXT)


class CardOut(BaseModel):
    """A card; its number is masked."""

    id: str
    card_number: str
    chip_serial: str
    state: str
    locked: str
    has_pin: bool
    issued_on: date
    expires_on: date
    outlet: str
    replaces: str | None


class EventOut(BaseModel):
    """What happened to a card, with its operation code."""

    at: datetime
    code: str
    action: str
    reason: str
    operator: str


class EntryOut(BaseModel):
    """What was written of a card on the black or grey list."""

    seq: int
    mark: str
    operation: str
    reason: str
    text: str
    at: datetime


class OpenActOut(BaseModel):
    """An order to the chip of which nobody knows whether it was obeyed."""

    action: str
    target: str
    at: datetime


class CardViewOut(CardOut):
    """A card with both its parts and what happened to it."""

    bank_state: str | None
    possible: list[str]
    events: list[EventOut]
    list: list[EntryOut]
    open_act: OpenActOut | None


class StatusIn(BaseModel):
    """A card in a terminal."""

    card_number: str = Field(max_length=18, pattern=PLAIN_TEXT)
    chip_serial: Serial


class StatusOut(BaseModel):
    """Whether a card may be used; else the answer that drivers give, and why."""

    usable: bool
    answer: str
    meaning: str


class PickUpOut(BaseModel):
    """What the pick-up slip says; the card number is masked."""

    number: str
    at: datetime
    holder_name: str
    card_number: str
    chip_serial: str
    outlet: str
    operator: str
    institution: str
    taken_by: str
    presence: str
    expires_on: date


class LossOut(BaseModel):
    """What the loss slip says: its number is kept nowhere, and undoes the loss. The card number is masked."""

    number: str
    part: str
    kind: str
    at: datetime
    until: datetime | None
    holder_name: str
    card_number: str
    chip_serial: str
    operator: str
    institution: str


class SlipIn(BaseModel):
    """The number of a loss slip."""

    slip: str = Field(max_length=40, pattern=PLAIN_TEXT)


class StateOut(BaseModel):
    """The state that a part of a card has now."""

    state: str


class CancelIn(BaseModel):
    """Why a card is cancelled, and who asks for it or what proves it."""

    reason: str = Field(max_length=16, description="one of damaged, lost, moved, death, misused, blocked …")
    shown: ShownIn | None = None
    proof: ShortText = ""


class TextIn(BaseModel):
    """Why; nothing personal."""

    text: ShortText


class ReplaceIn(BaseModel):
    """Where the new card is applied for, and whether its maker answers for the old one."""

    collection_point: str = Field(max_length=16, pattern=PLAIN_TEXT)
    warranty: bool = False


class ReplaceOut(BaseModel):
    """The application for the new card, and the fee in yuan."""

    application: str
    business: str
    fee: Decimal


class CountOut(BaseModel):
    """How many."""

    count: int


class RuleOut(BaseModel):
    """A clock, fee or limit: what is in force, what it is by default, and where that comes from."""

    name: str
    value: Decimal
    default: Decimal
    unit: str
    meaning: str
    source: str


class ValueIn(BaseModel):
    """A figure as text."""

    value: str = Field(max_length=16)


class ValueOut(BaseModel):
    """A figure."""

    value: Decimal


class NoticeOut(BaseModel):
    """What the bank is told of a card."""

    seq: int
    chip_serial: str
    action: str
    at: datetime


class MismatchOut(BaseModel):
    """A card of which one part is over and the other not."""

    chip_serial: str
    state: str
    bank_state: str


class PlatformIn(BaseModel):
    """A call of the card platform; which fields a method takes stands with it in the documentation."""

    method: str = Field(max_length=16, description="find, save, report_loss, undo_loss, cancel …")
    agency: str = Field(max_length=32, pattern=PLAIN_TEXT)
    operator: str = Field(max_length=32, pattern=PLAIN_TEXT)
    day: date
    reason: ShortText = ""
    chip_serial: Serial = ""
    document_type: str = Field(default="", max_length=2, pattern=PLAIN_TEXT)
    document_number: str = Field(default="", max_length=32, pattern=PLAIN_TEXT)
    name: str = Field(default="", max_length=64, pattern=PLAIN_TEXT)
    slip: str = Field(default="", max_length=40, pattern=PLAIN_TEXT)
    collection_point: str = Field(default="", max_length=16, pattern=PLAIN_TEXT)
    warranty: bool = False


class PlatformOut(BaseModel):
    """Fault code 0 and what was asked for, or 1 and why not."""

    faultcode: int
    faultstring: str
    result: dict[str, Any]
