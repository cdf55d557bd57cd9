"""`rhc issuer card …`: cards at the counter.

A card is named by the serial number of its chip, or by its id; what takes a card in a reader stands in
`card_chips`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from command_line.failures import plain_errors
from issuer.cards import ending, hand_over, life, listing, losses, slips
from issuer.cards.identity import Presence
from issuer.cards.life import BANK, HEALTH
from issuer.cards.slips import LossSlip
from issuer.cli import bank_parts
from issuer.cli.desk import As, Desk, Home, Second, desk
from issuer.cli.people_shown import ShownFile, Who, asked_document, shown_of
from issuer.cli.shown import Json, show_json, show_rows
from language import _, choose

app = typer.Typer(help=_("cards: handed out, lost, cancelled, replaced, destroyed"), no_args_is_help=True)
app.add_typer(bank_parts.app, name="bank")
SLIP = "RHC_LOSS_SLIP"

Card = Annotated[str, typer.Argument(help=_("serial number of the chip, or id of the card"))]
Text = Annotated[str, typer.Option("--reason", help=_("why; nothing personal"))]
OfBank = Annotated[bool, typer.Option("--bank", help=_("the bank part instead of the health part"))]


@contextmanager
def counter(
    home: Path | None, operator: str | None, second: str | None, named: str
) -> Iterator[tuple[Desk, str]]:
    """The desk and the id of a card."""
    with desk(home, operator, second) as at:
        with at.work() as work:
            card_id = life.id_of(work, named)
        yield at, card_id


@app.command("find", help=_("find the cards of a person, whose document is asked for"))
@plain_errors
def find(*, home: Home = None, operator: As = None, as_json: Json = False) -> None:
    """Find cards."""
    with desk(home, operator) as at:
        person = asked_document(_("holder"))
        with at.work() as work:
            rows = listing.find(work, person.type, person.number)
    if as_json:
        show_json(rows)
    else:
        show_rows(rows, _columns(), as_json=False)


@app.command("show", help=_("show a card and what happened to it"))
@plain_errors
def show(card: Card, *, home: Home = None, operator: As = None, as_json: Json = False) -> None:
    """Show a card."""
    with counter(home, operator, None, card) as (at, card_id), at.work() as work:
        found = listing.show(work, card_id)
    if as_json:
        show_json(found)
        return
    show_rows([found], {**_columns(), "bank_state": _("bank part")}, as_json=False)
    typer.echo("\n" + _("possible now: {actions}").format(actions=", ".join(found["possible"]) or "–"))
    if found["open_act"]:
        text = _("an order to its chip is open: {action} {target}; put the card into a reader")
        typer.echo(text.format(**found["open_act"]), err=True)
    columns = {
        "at": _("at"),
        "code": _("code"),
        "meaning": "",
        "reason": _("reason"),
        "operator": _("operator"),
    }
    events = [{**row, "meaning": choose(life.operations()[row["action"]].meaning)} for row in found["events"]]
    show_rows(events, columns, as_json=False)


@app.command("count", help=_("count cards by state"))
@plain_errors
def count(
    outlet: Annotated[str | None, typer.Option("--outlet", help=_("of one outlet only"))] = None,
    *,
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """Count cards."""
    with desk(home, operator) as at, at.work() as work:
        found = listing.counts(work, outlet)
    rows = [{"state": state, "cards": number} for state, number in sorted(found.items())]
    show_rows(rows, {"state": _("state"), "cards": _("cards")}, as_json=as_json)


@app.command("pick-up", help=_("hand a card out to its holder or a guardian"))
@plain_errors
def pick_up(
    card: Card,
    shown: ShownFile = None,
    presence: Who = Presence.HOLDER,
    *,
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """Hand a card out."""
    with counter(home, operator, None, card) as (at, card_id):
        people = shown_of(shown, presence)
        with at.work() as work:
            slip = hand_over.pick_up(work, card_id, people)
    if as_json:
        show_json(slips.told(slip))
    else:
        text = _("pick-up slip {number}: card {serial} was handed to {name}")
        typer.echo(text.format(number=slip.number, serial=slip.chip_serial, name=slip.taken_by))


@app.command("loss", help=_("take a loss report; its slip number is told once"))
@plain_errors
def loss(
    card: Card,
    shown: ShownFile = None,
    presence: Who = Presence.HOLDER,
    *,
    oral: Annotated[bool, typer.Option("--oral", help=_("by telephone: grey list, lapses"))] = False,
    bank: OfBank = False,
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """Take a loss report."""
    with counter(home, operator, None, card) as (at, card_id):
        people = shown_of(shown, presence)
        if oral:
            slip = losses.report_oral(at.work, card_id, people, BANK if bank else HEALTH)
        else:
            with at.work() as work:
                report = losses.report_formal_bank if bank else losses.report_formal
                slip = report(work, card_id, people)
    _tell_loss(slip, as_json=as_json)


@app.command("undo-loss", help=_("undo a loss by the number of its slip, which is asked for"))
@plain_errors
def undo_loss(
    card: Card, *, bank: OfBank = False, home: Home = None, operator: As = None, as_json: Json = False
) -> None:
    """Undo a loss; in scripts the number comes from RHC_LOSS_SLIP."""
    with counter(home, operator, None, card) as (at, card_id):
        slip = os.environ.get(SLIP) or str(typer.prompt(_("number of the loss slip")))
        state = losses.undo_loss(at.work, card_id, slip, BANK if bank else HEALTH)
    tell_state(state, as_json=as_json)


@app.command("cancel", help=_("cancel a card for good: black list"))
@plain_errors
def cancel(
    card: Card,
    reason: Annotated[str, typer.Option("--reason", help=_("one of damaged, lost, moved, death, …"))],
    shown: ShownFile = None,
    presence: Who = Presence.HOLDER,
    *,
    proof: Annotated[str, typer.Option("--proof", help=_("what proves it, where no person is there"))] = "",
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """Cancel a card."""
    with counter(home, operator, None, card) as (at, card_id):
        known = ending.reasons().get(reason)
        asks = shown is not None or (known is not None and known.needs == "person")
        people = shown_of(shown, presence) if asks else None
        with at.work() as work:
            ending.cancel(work, card_id, reason, shown=people, proof=proof)
    tell_state("CANCELLED", as_json=as_json)


@app.command("blacklist", help=_("put a misused card on the black list"))
@plain_errors
def blacklist(
    card: Card, reason: Text, *, home: Home = None, operator: As = None, as_json: Json = False
) -> None:
    """Black-list a card."""
    with counter(home, operator, None, card) as (at, card_id), at.work() as work:
        ending.blacklist(work, card_id, reason)
    tell_state("BLACKLISTED", as_json=as_json)


@app.command("replace", help=_("apply for a card in place of one that is over, or was lost"))
@plain_errors
def replace(
    card: Card,
    point: Annotated[str, typer.Option("--point", help=_("collection point of the application"))],
    *,
    warranty: Annotated[bool, typer.Option("--warranty", help=_("its maker answers for it: no fee"))] = False,
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """Replace a card."""
    with counter(home, operator, None, card) as (at, card_id), at.work() as work:
        made = ending.replace(work, card_id, point, warranty=warranty)
    if as_json:
        show_json({"application": made.application, "business": made.business, "fee": str(made.fee)})
    else:
        text = _("application {number}; the fee is {fee} yuan")
        typer.echo(text.format(number=made.application, fee=made.fee))


@app.command("destroy", help=_("record the destruction of a card that is over; takes two people"))
@plain_errors
def destroy(
    card: Card,
    reason: Text = "",
    *,
    home: Home = None,
    operator: As = None,
    second: Second = None,
    as_json: Json = False,
) -> None:
    """Destroy a card."""
    with counter(home, operator, second, card) as (at, card_id), at.work() as work:
        ending.destroy(work, card_id, reason)
    tell_state("DESTROYED", as_json=as_json)


def tell_state(state: str, *, as_json: bool) -> None:
    """Say in which state a card is now."""
    if as_json:
        show_json({"state": state})
    else:
        typer.echo(_("the card is {state} now").format(state=state))


def _tell_loss(slip: LossSlip, *, as_json: bool) -> None:
    if as_json:
        show_json(slips.told(slip))
        return
    typer.echo(_("loss slip {number}: keep it, it undoes the loss").format(number=slip.number))
    if slip.until:
        until = slip.until.astimezone().isoformat(timespec="minutes")
        typer.echo(_("the report lapses on {until}").format(until=until))


def _columns() -> dict[str, str]:
    return {
        "chip_serial": _("chip"),
        "card_number": _("card number"),
        "state": _("state"),
        "locked": _("locked"),
        "expires_on": _("expires on"),
        "outlet": _("outlet"),
    }
