"""`rhc issuer place …`: counties that take part, and their collection points."""

from __future__ import annotations

from typing import Annotated

import typer

from command_line.failures import plain_errors
from issuer.applications import places
from issuer.cli.desk import As, Home, desk
from issuer.cli.shown import Json, show_rows
from language import _

app = typer.Typer(help=_("counties and collection points"), no_args_is_help=True)
Name = Annotated[str, typer.Option("--name", help=_("name for people"))]
Institution = Annotated[str, typer.Option("--institution", help=_("the institution that works there"))]


@app.command("add-county", help=_("register a county with the institution that answers for it"))
@plain_errors
def add_county(
    code: Annotated[str, typer.Argument(help=_("six digits of GB/T 2260"))],
    name: Name,
    institution: Institution,
    *,
    home: Home = None,
    operator: As = None,
) -> None:
    """Register a county."""
    with desk(home, operator) as at, at.work() as work:
        places.add_county(work, code, name, institution)
    typer.echo(_("{name} was added").format(name=code))


@app.command("add-point", help=_("register a collection point in a county"))
@plain_errors
def add_point(
    code: Annotated[str, typer.Argument(help=_("up to 16 letters, digits and dashes"))],
    county: Annotated[str, typer.Option("--county", help=_("the county, six digits"))],
    name: Name,
    institution: Institution,
    *,
    home: Home = None,
    operator: As = None,
) -> None:
    """Register a collection point."""
    with desk(home, operator) as at, at.work() as work:
        places.add_point(work, code, county, name, institution)
    typer.echo(_("{name} was added").format(name=code))


@app.command("list", help=_("list counties and their collection points"))
@plain_errors
def listed(home: Home = None, operator: As = None, as_json: Json = False) -> None:
    """List all places."""
    with desk(home, operator) as at, at.work() as work:
        rows = places.listed(work)
    columns = {
        "kind": _("kind"),
        "code": _("code"),
        "county": _("county"),
        "name": _("name for people"),
        "institution": _("institution"),
    }
    show_rows(rows, columns, as_json=as_json)
