"""`rhc issuer batch reconcile`: whether a batch, or the whole house, adds up."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from command_line.failures import plain_errors
from issuer.batches import report
from issuer.batches.house import reconcile_house
from issuer.batches.reconciliation import reconcile
from issuer.batches.report import HouseReconciliation, Reconciliation
from issuer.cli.desk import As, Home, desk
from issuer.cli.shown import Json, show_json, show_rows
from language import _, describe

app = typer.Typer()
WRONG = 1


@app.command("reconcile", help=_("whether a batch adds up, or the whole house; exit code 1 where not"))
@plain_errors
def reconciled(
    number: Annotated[
        str | None, typer.Argument(help=_("number of the batch; all chips and outlets where it is left out"))
    ] = None,
    *,
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """Reconcile."""
    found: Reconciliation | HouseReconciliation
    with desk(home, operator) as at, at.work() as work:
        found = reconcile_house(work) if number is None else reconcile(work, number)
    if as_json:
        show_json(report.as_json(found))
    else:
        _show(found)
    if not found.adds_up:
        raise typer.Exit(WRONG)


def _show(found: Reconciliation | HouseReconciliation) -> None:
    if isinstance(found, Reconciliation):
        typer.echo(f"{found.number}  {found.state}  {found.environment}\n")
        columns = {
            "hop": _("hop"),
            "partner": _("partner"),
            "came": _("came"),
            "ok": _("through"),
            "failed": _("failed"),
            "open": _("open"),
            "waste": _("waste chips"),
        }
        show_rows([asdict(hop) for hop in found.hops], columns, as_json=False)
        typer.echo(_("{keys} keys on the cards").format(keys=len(found.keys)) + "\n")
    outlets = (found.outlet,) if isinstance(found, Reconciliation) else found.outlets
    chips = {
        "delivered": _("chips delivered"),
        "blank": _("blank"),
        "planned": _("given out"),
        "made": _("cards"),
        "waste": _("waste"),
    }
    show_rows([asdict(found.chips)], chips, as_json=False)
    places = {
        "outlet": _("outlet"),
        "delivered": _("cards delivered"),
        "handed_out": _("handed out"),
        "returned": _("returned"),
        "there": _("there"),
    }
    show_rows([asdict(one) for one in outlets], places, as_json=False)
    for phrase in found.discrepancies:
        typer.echo(describe(phrase), err=True)
    if found.adds_up:
        typer.echo(_("it adds up"))
