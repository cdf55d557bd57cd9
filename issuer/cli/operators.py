"""`rhc issuer operator …`: who works here, and in which roles."""

from __future__ import annotations

from typing import Annotated

import typer

from command_line.failures import plain_errors
from issuer.access import operators
from issuer.access.actor import Role
from issuer.cli.desk import As, Home, Second, desk, new_password
from issuer.cli.shown import Json, show_rows
from language import _

app = typer.Typer(help=_("operators and their roles"), no_args_is_help=True)

NEW_PASSWORD = "RHC_NEW_PASSWORD"  # noqa: S105  the name of a variable
Name = Annotated[str, typer.Argument(help=_("name for signing in"))]
Roles = Annotated[list[Role], typer.Option("--role", help=_("a role; may be given several times"))]


@app.command("add", help=_("add an operator; takes two administrators"))
@plain_errors
def add(
    name: Name,
    roles: Roles,
    *,
    display_name: Annotated[str, typer.Option("--display-name", help=_("name for people"))] = "",
    institution: Annotated[str, typer.Option("--institution", help=_("where the operator works"))] = "",
    home: Home = None,
    operator: As = None,
    second: Second = None,
) -> None:
    """Add an operator."""
    person = operators.NewOperator(name, display_name or name, institution, frozenset(roles))
    with desk(home, operator, second) as at:
        password = new_password(NEW_PASSWORD, name)
        with at.work() as work:
            operators.add(work, person, password)
    typer.echo(_("{name} was added").format(name=name))


@app.command("list", help=_("list the operators"))
@plain_errors
def listed(home: Home = None, operator: As = None, as_json: Json = False) -> None:
    """List the operators."""
    with desk(home, operator) as at, at.work() as work:
        rows = operators.listed(work)
    columns = {
        "name": _("name"),
        "display_name": _("name for people"),
        "institution": _("institution"),
        "roles": _("roles"),
        "disabled": _("disabled"),
    }
    show_rows(rows, columns, as_json=as_json)


@app.command("roles", help=_("give an operator other roles; takes two administrators"))
@plain_errors
def change_roles(
    name: Name, roles: Roles, *, home: Home = None, operator: As = None, second: Second = None
) -> None:
    """Give an operator other roles."""
    with desk(home, operator, second) as at, at.work() as work:
        operators.change_roles(work, name, frozenset(roles))
    typer.echo(_("{name} was changed").format(name=name))


@app.command("disable", help=_("shut an operator out"))
@plain_errors
def disable(name: Name, home: Home = None, operator: As = None) -> None:
    """Shut an operator out."""
    with desk(home, operator) as at, at.work() as work:
        operators.disable(work, name)
    typer.echo(_("{name} was changed").format(name=name))


@app.command("unlock", help=_("let an operator sign in again after too many wrong passwords"))
@plain_errors
def unlock(name: Name, home: Home = None, operator: As = None) -> None:
    """Let an operator sign in again."""
    with desk(home, operator) as at, at.work() as work:
        operators.unlock(work, name)
    typer.echo(_("{name} was changed").format(name=name))
