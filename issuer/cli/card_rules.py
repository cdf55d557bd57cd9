"""`rhc issuer card expire`, `rules`, `set-rule`: what the calendar asks for, and the figures behind it."""

from __future__ import annotations

from typing import Annotated

import typer

from command_line.failures import plain_errors
from issuer.cards import ending, losses, rules
from issuer.cli.desk import As, Desk, Home, Second, desk
from issuer.cli.shown import Json, show_json, show_rows
from language import _, choose

app = typer.Typer()


@app.command("expire", help=_("let cards past their last day expire, and oral losses lapse"))
@plain_errors
def expire(*, home: Home = None, operator: As = None, as_json: Json = False) -> None:
    """Do what the calendar asks for."""
    with desk(home, operator) as at:
        with at.work() as work:
            lapsed = losses.lapse_due(work)
        expired = 0
        while done := _expire_some(at):
            expired += done
    if as_json:
        show_json({"expired": expired, "lapsed": lapsed})
    else:
        typer.echo(
            _("{expired} cards expired, {lapsed} oral losses lapsed").format(expired=expired, lapsed=lapsed)
        )


@app.command("rules", help=_("show clocks, fees and limits, and where they come from"))
@plain_errors
def show_rules(*, home: Home = None, operator: As = None, as_json: Json = False) -> None:
    """Show the rules."""
    with desk(home, operator) as at, at.work() as work:
        rows = [{**row, "meaning": choose(row["meaning"])} for row in rules.listed(work)]
    columns = {
        "name": _("name"),
        "value": _("value"),
        "default": _("default"),
        "unit": _("unit"),
        "meaning": "",
        "source": _("source"),
    }
    show_rows(rows, columns, as_json=as_json)


@app.command("set-rule", help=_("set a clock, fee or limit otherwise; takes two administrators"))
@plain_errors
def set_rule(
    name: Annotated[str, typer.Argument(help=_("name of the rule"))],
    value: Annotated[str, typer.Argument(help=_("the new value"))],
    *,
    home: Home = None,
    operator: As = None,
    second: Second = None,
) -> None:
    """Set a rule."""
    with desk(home, operator, second) as at, at.work() as work:
        kept = rules.set_rule(work, name, value)
    typer.echo(f"{name} = {kept}")


def _expire_some(at: Desk) -> int:
    with at.work() as work:
        return ending.expire_due(work)
