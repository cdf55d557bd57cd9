"""`rhc keys segment …`: ranges of numbers."""

from __future__ import annotations

from typing import Annotated

import typer

from command_line.failures import plain_errors
from issuer.cli.desk import As, Home, Second, desk
from issuer.cli.shown import Json, show_rows
from issuer.keys import segments
from language import _

app = typer.Typer(help=_("segments of numbers"), no_args_is_help=True)


@app.command("give", help=_("give a range of numbers to an owner; takes two key custodians"))
@plain_errors
def give(
    kind: Annotated[str, typer.Argument(help=_("sam_serial, terminal, certificate …"))],
    owner: Annotated[str, typer.Argument(help=_("who gets it"))],
    first: Annotated[int, typer.Argument(help=_("first number"))],
    last: Annotated[int, typer.Argument(help=_("last number, included"))],
    *,
    giver: Annotated[str, typer.Option("--from", help=_("owner of the range that it is cut out of"))] = "",
    home: Home = None,
    operator: As = None,
    second: Second = None,
) -> None:
    """Give a range."""
    with desk(home, operator, second) as at, at.work() as work:
        segments.give(work, segments.Grant(kind, owner, first, last, giver))
    typer.echo(
        _("{owner} has {kind} {first} to {last}").format(owner=owner, kind=kind, first=first, last=last)
    )


@app.command("list", help=_("list the ranges and what is left of them"))
@plain_errors
def listed(
    kind: Annotated[str | None, typer.Option("--kind", help=_("ranges of one kind only"))] = None,
    *,
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """List ranges."""
    with desk(home, operator) as at, at.work() as work:
        rows = segments.listed(work, kind)
    columns = {
        "kind": _("kind"),
        "owner": _("owner"),
        "first": _("first number"),
        "last": _("last number, included"),
        "left": _("left"),
        "given_at": _("since"),
    }
    show_rows(rows, columns, as_json=as_json)
