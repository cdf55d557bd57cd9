"""`rhc issuer card bank …`: the bank part of co-branded cards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from command_line.failures import plain_errors
from issuer.cards import bank, life, listing
from issuer.cli.desk import As, Home, desk
from issuer.cli.shown import Json, show_json, show_rows
from language import _

app = typer.Typer(help=_("the bank part: locked, reopened and closed apart"), no_args_is_help=True)
Card = Annotated[str, typer.Argument(help=_("serial number of the chip, or id of the card"))]
Text = Annotated[str, typer.Option("--reason", help=_("why; nothing personal"))]


def _act(service: Callable[..., str]) -> Callable[..., None]:
    @plain_errors
    def command(
        card: Card, reason: Text, *, home: Home = None, operator: As = None, as_json: Json = False
    ) -> None:
        with desk(home, operator) as at, at.work() as work:
            state = service(work, life.id_of(work, card), reason)
        if as_json:
            show_json({"bank_state": state})
        else:
            typer.echo(_("the bank part is {state} now").format(state=state))

    return command


app.command("lock", help=_("lock the bank part"))(_act(bank.lock))
app.command("unlock", help=_("reopen the bank part"))(_act(bank.unlock))
app.command("close", help=_("close the bank part for good"))(_act(bank.close))


@app.command("notices", help=_("what the bank is told of its cards"))
@plain_errors
def notices(
    after: Annotated[int, typer.Option("--after", min=0, help=_("behind this notice"))] = 0,
    *,
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """Show notices."""
    with desk(home, operator) as at, at.work() as work:
        rows = listing.notices(work, after)
    columns = {"seq": _("no."), "chip_serial": _("chip"), "action": _("action"), "at": _("at")}
    show_rows(rows, columns, as_json=as_json)


@app.command("mismatches", help=_("cards of which one part is over and the other not"))
@plain_errors
def mismatches(*, home: Home = None, operator: As = None, as_json: Json = False) -> None:
    """Show mismatches."""
    with desk(home, operator) as at, at.work() as work:
        rows = listing.mismatches(work)
    columns = {"chip_serial": _("chip"), "state": _("state"), "bank_state": _("bank part")}
    show_rows(rows, columns, as_json=as_json)
