"""Acts on chips in distant readers, by a line over which the commands travel."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, Field, SecretStr

from card_os.spec import loader
from issuer.api.caller import Caller
from issuer.api.cards import Beginning, CardId
from issuer.api.chip_line import ChipLines, Turn
from issuer.api.refusals import responses
from issuer.api.shown_people import ShortText, ShownIn
from issuer.cards import chip_acts
from issuer.cards.chip_desk import ChipDesk
from issuer.personalisation.card_script import PROFILE
from issuer.personalisation.chip import Transmit

router = APIRouter(tags=["chips"])
Hex = Annotated[str, Field(max_length=600, pattern="^([0-9A-Fa-f]{2})*$")]


class InReader(BaseModel):
    """A card in a reader, freshly reset."""

    atr: Hex = Field(description="the answer to reset, in hex")
    variant: str = Field(default="", max_length=32, pattern="^[0-9a-z_]*$", description="kind of card")

    def desk(self, transmit: Transmit) -> ChipDesk:
        """What the acts take; raises UnknownVariantError."""
        return ChipDesk(transmit, bytes.fromhex(self.atr), loader.load(PROFILE, self.variant))


class ActivateIn(InReader):
    """A card to be activated, with the PIN that its holder chose where it has one."""

    pin: SecretStr | None = Field(default=None, max_length=16)


class ResetPinIn(InReader):
    """A new PIN for a holder who is there."""

    pin: SecretStr = Field(max_length=16)
    shown: ShownIn


class ReasonIn(InReader):
    """Why; nothing personal."""

    reason: ShortText


class ApplicationIn(ReasonIn):
    """An application on the chip, DF01, DF02 or DF03."""

    application: str = Field(max_length=4, pattern="^[0-9A-Z]*$")


class AnswerIn(BaseModel):
    """What the chip answered to the last command."""

    answer: Hex


class TurnOut(BaseModel):
    """The next command for the chip, or the state of the card where the act is over."""

    line: str
    command: str | None
    state: str | None


def lines_of(request: Request) -> ChipLines:
    """The lines of this application."""
    lines: ChipLines = request.app.state.chip_lines
    return lines


Lines = Annotated[ChipLines, Depends(lines_of)]


@router.post("/cards/{card_id}/authenticate", operation_id="card.authenticate", responses=responses(404, 409))
def authenticate(card_id: CardId, body: InReader, begin: Beginning, actor: Caller, lines: Lines) -> TurnOut:
    """Begin to see whether the card in the reader is genuine."""

    def act(transmit: Transmit) -> str:
        chip_acts.authenticate(begin, card_id, body.desk(transmit))
        return "genuine"

    return _turn(lines.begin(actor.name, act))


@router.post("/cards/{card_id}/activate", operation_id="card.activate", responses=responses(404, 409))
def activate(card_id: CardId, body: ActivateIn, begin: Beginning, actor: Caller, lines: Lines) -> TurnOut:
    """Begin to activate the card in the reader."""
    pin = body.pin.get_secret_value() if body.pin else None
    return _turn(
        lines.begin(actor.name, lambda line: chip_acts.activate(begin, card_id, body.desk(line), pin))
    )


@router.post("/cards/{card_id}/lock", operation_id="card.lock", responses=responses(404, 409))
def lock(card_id: CardId, body: ApplicationIn, begin: Beginning, actor: Caller, lines: Lines) -> TurnOut:
    """Begin to lock an application."""
    order = partial(chip_acts.lock, begin, card_id, body.application)
    return _turn(lines.begin(actor.name, lambda line: order(body.desk(line), body.reason)))


@router.post("/cards/{card_id}/unlock", operation_id="card.unlock", responses=responses(404, 409))
def unlock(card_id: CardId, body: ApplicationIn, begin: Beginning, actor: Caller, lines: Lines) -> TurnOut:
    """Begin to unlock an application."""
    order = partial(chip_acts.unlock, begin, card_id, body.application)
    return _turn(lines.begin(actor.name, lambda line: order(body.desk(line), body.reason)))


@router.post("/cards/{card_id}/block", operation_id="card.block", responses=responses(404, 409))
def block(card_id: CardId, body: ReasonIn, begin: Beginning, actor: Caller, lines: Lines) -> TurnOut:
    """Begin to block the card for ever; takes two people."""
    order = partial(chip_acts.block, begin, card_id)
    return _turn(lines.begin(actor.name, lambda line: order(body.desk(line), body.reason)))


@router.post("/cards/{card_id}/reset-pin", operation_id="card.reset_pin", responses=responses(404, 409))
def reset_pin(card_id: CardId, body: ResetPinIn, begin: Beginning, actor: Caller, lines: Lines) -> TurnOut:
    """Begin to give the holder a new PIN."""
    pin, shown = body.pin.get_secret_value(), body.shown.shown()
    return _turn(
        lines.begin(actor.name, lambda line: chip_acts.reset_pin(begin, card_id, body.desk(line), pin, shown))
    )


@router.post("/chip-lines/{line}", operation_id="card.chip_answer", responses=responses(404, 409))
def answer(
    line: Annotated[str, Path(max_length=64)], body: AnswerIn, _begin: Beginning, actor: Caller, lines: Lines
) -> TurnOut:
    """Pass on what the chip answered; get the next command, or the state of the card."""
    return _turn(lines.answer(actor.name, line, bytes.fromhex(body.answer)))


def _turn(turn: Turn) -> TurnOut:
    command = turn.command.hex().upper() if turn.command is not None else None
    return TurnOut(line=turn.line, command=command, state=turn.state)
