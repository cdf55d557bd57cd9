"""`rhc issuer card activate …`: acts on a card in a reader.

The issuer has no readers of its own: whoever puts this command line together joins them, by `readers.open`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from card_os.spec.errors import PlainError
from command_line.failures import plain_errors
from issuer.cards import chip_acts, life
from issuer.cards.chip_desk import ChipDesk
from issuer.cards.identity import Presence
from issuer.cli.cards import Card, Text, counter, tell_state
from issuer.cli.desk import As, Desk, Home, Second
from issuer.cli.people_shown import ShownFile, Who, shown_of
from issuer.cli.shown import Json, show_json
from language import _

PIN = "RHC_HOLDER_PIN"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the card is: in a reader, or a simulated chip in a directory; and which kind of card it is."""

    reader: str | None
    chips: Path | None
    variant: str


class NoReaderHereError(PlainError):
    """A command line that no reader was joined to."""

    template = "this command line has no readers; `rhc` of the laboratory has"


@dataclass(slots=True)
class Readers:
    """How a card is reached, by its serial number and place; None where nobody has said so."""

    open: Callable[[str, Place], AbstractContextManager[ChipDesk]] | None = None


readers = Readers()
app = typer.Typer()
InReader = Annotated[
    str | None, typer.Option("--reader", help=_("reader with the card, by a part of its name"))
]
Chips = Annotated[
    Path | None,
    typer.Option("--chips", file_okay=False, help=_("directory of simulated chips, instead of a reader")),
]
Variant = Annotated[str, typer.Option("--variant", help=_("kind of card, where it is a special one"))]
Application = Annotated[str, typer.Option("--application", help=_("DF01, DF02 or DF03"))]


def in_reader(at: Desk, card_id: str, place: Place) -> AbstractContextManager[ChipDesk]:
    """The card in its reader, freshly reset; raises NoReaderHereError and what the reader raises."""
    if readers.open is None:
        raise NoReaderHereError
    with at.work() as work:
        serial = life.card_row(work, card_id)["chip_serial"]
    return readers.open(serial, place)


@app.command("authenticate", help=_("see whether the card in the reader is this one, and genuine"))
@plain_errors
def authenticate(
    card: Card,
    reader: InReader = None,
    chips: Chips = None,
    variant: Variant = "",
    *,
    home: Home = None,
    operator: As = None,
) -> None:
    """See whether a card is genuine."""
    with (
        counter(home, operator, None, card) as (at, card_id),
        in_reader(at, card_id, Place(reader, chips, variant)) as chip,
    ):
        chip_acts.authenticate(at.work, card_id, chip)
    typer.echo(_("the card is genuine"))


@app.command("activate", help=_("activate the card in the reader"))
@plain_errors
def activate(
    card: Card,
    reader: InReader = None,
    chips: Chips = None,
    variant: Variant = "",
    *,
    with_pin: Annotated[
        bool, typer.Option("--pin", help=_("the holder chooses a PIN, which is asked for"))
    ] = False,
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """Activate a card."""
    with counter(home, operator, None, card) as (at, card_id):
        pin = _chosen_pin() if with_pin else None
        with in_reader(at, card_id, Place(reader, chips, variant)) as chip:
            state = chip_acts.activate(at.work, card_id, chip, pin)
    tell_state(state, as_json=as_json)


@app.command("lock", help=_("lock an application on the chip"))
@plain_errors
def lock(
    card: Card,
    application: Application,
    reason: Text,
    reader: InReader = None,
    chips: Chips = None,
    *,
    variant: Variant = "",
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """Lock an application."""
    with (
        counter(home, operator, None, card) as (at, card_id),
        in_reader(at, card_id, Place(reader, chips, variant)) as chip,
    ):
        state = chip_acts.lock(at.work, card_id, application, chip, reason)
    tell_state(state, as_json=as_json)


@app.command("unlock", help=_("unlock an application on the chip"))
@plain_errors
def unlock(
    card: Card,
    application: Application,
    reason: Text = "",
    reader: InReader = None,
    chips: Chips = None,
    *,
    variant: Variant = "",
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """Unlock an application."""
    with (
        counter(home, operator, None, card) as (at, card_id),
        in_reader(at, card_id, Place(reader, chips, variant)) as chip,
    ):
        state = chip_acts.unlock(at.work, card_id, application, chip, reason)
    tell_state(state, as_json=as_json)


@app.command("block", help=_("block the card on its chip for ever; takes two people"))
@plain_errors
def block(
    card: Card,
    reason: Text,
    reader: InReader = None,
    chips: Chips = None,
    *,
    variant: Variant = "",
    home: Home = None,
    operator: As = None,
    second: Second = None,
    as_json: Json = False,
) -> None:
    """Block a card."""
    with (
        counter(home, operator, second, card) as (at, card_id),
        in_reader(at, card_id, Place(reader, chips, variant)) as chip,
    ):
        state = chip_acts.block(at.work, card_id, chip, reason)
    tell_state(state, as_json=as_json)


@app.command("reset-pin", help=_("give the holder, who is there, a new PIN"))
@plain_errors
def reset_pin(
    card: Card,
    shown: ShownFile = None,
    presence: Who = Presence.HOLDER,
    reader: InReader = None,
    chips: Chips = None,
    *,
    variant: Variant = "",
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """Reset a PIN; in scripts it comes from RHC_HOLDER_PIN."""
    with counter(home, operator, None, card) as (at, card_id):
        people, pin = shown_of(shown, presence), _chosen_pin()
        with in_reader(at, card_id, Place(reader, chips, variant)) as chip:
            state = chip_acts.reset_pin(at.work, card_id, chip, pin, people)
    tell_state(state, as_json=as_json)


@app.command("settle", help=_("find out on the chip what became of an order that was cut off"))
@plain_errors
def settle(
    card: Card,
    reader: InReader = None,
    chips: Chips = None,
    variant: Variant = "",
    *,
    home: Home = None,
    operator: As = None,
    second: Second = None,
    as_json: Json = False,
) -> None:
    """Settle an order."""
    with (
        counter(home, operator, second, card) as (at, card_id),
        in_reader(at, card_id, Place(reader, chips, variant)) as chip,
    ):
        found = chip_acts.settle(at.work, card_id, chip)
    if as_json:
        show_json({"action": found.action, "target": found.target, "done": found.done} if found else None)
    elif found is None:
        typer.echo(_("no order to its chip was open"))
    else:
        text = _("{action} was done") if found.done else _("{action} was not done, and is withdrawn")
        typer.echo(text.format(action=found.action))


def _chosen_pin() -> str:
    """A new PIN, from RHC_HOLDER_PIN or asked for twice."""
    given = os.environ.get(PIN)
    if given is not None:
        return given
    return str(typer.prompt(_("new PIN of the holder"), hide_input=True, confirmation_prompt=True))
