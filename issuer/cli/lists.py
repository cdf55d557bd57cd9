"""`rhc issuer list …`: the black and grey list, and who holds which version of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from command_line.failures import plain_errors
from issuer.cli.desk import As, Home, desk
from issuer.cli.shown import Json, show_json, show_rows
from issuer.keys.certificates import LIST_KEY
from issuer.lists import alarms, delivery, publishing
from issuer.printing import private_file
from language import _

app = typer.Typer(help=_("the black and grey list, and front servers"), no_args_is_help=True)
Count = Annotated[int, typer.Option("--count", min=1, max=1000, help=_("how many rows"))]


@app.command("publish", help=_("publish what is new, signed; the newest version is told"))
@plain_errors
def publish(*, home: Home = None, operator: As = None, as_json: Json = False) -> None:
    """Publish the list."""
    with desk(home, operator) as at, at.work() as work:
        made = publishing.publish(work)
    if as_json:
        show_json({"version": made.number, "entries": made.entries, "expires": made.expires})
    else:
        text = _("list {version}: {entries} entries, to be renewed by {expires}")
        expires = made.expires.astimezone().isoformat(timespec="minutes")
        typer.echo(text.format(version=made.number, entries=made.entries, expires=expires))


@app.command("show", help=_("show the newest versions"))
@plain_errors
def show(count: Count = 20, *, home: Home = None, operator: As = None, as_json: Json = False) -> None:
    """Show versions."""
    with desk(home, operator) as at, at.work() as work:
        rows = [
            {**row, "digest": bytes(row["digest"]).hex().upper()} for row in publishing.listed(work, count)
        ]
    columns = {
        "version": _("version"),
        "at": _("at"),
        "expires": _("to be renewed by"),
        "entries": _("entries"),
        "digest": _("digest"),
    }
    show_rows(rows, columns, as_json=as_json)


@app.command("key", help=_("print the public key that signs lists, for front servers and terminals"))
@plain_errors
def key(*, home: Home = None, operator: As = None) -> None:
    """Print the key."""
    with desk(home, operator) as at:
        typer.echo(at.office.custodian.public_key(LIST_KEY).hex().upper())


@app.command("export", help=_("write the newest list to a file that is carried to a front server"))
@plain_errors
def export(
    file: Annotated[Path, typer.Argument(dir_okay=False, help=_("the file to be written"))],
    *,
    home: Home = None,
    operator: As = None,
) -> None:
    """Export the list."""
    with desk(home, operator) as at, at.work() as work:
        work.permit("list.publish")
        row, text = publishing.whole(work)
        work.record("list.export", "list_version", str(row["version"]))
    private_file.write(file, text.encode())
    typer.echo(_("list {version} was written to {file}").format(version=row["version"], file=file))


@app.command("add-server", help=_("register a front server and the operator that it signs in as"))
@plain_errors
def add_server(
    name: Annotated[str, typer.Argument(help=_("name of the front server"))],
    institution: Annotated[str, typer.Option("--institution", help=_("where it stands"))],
    signs_in_as: Annotated[str, typer.Option("--signs-in-as", help=_("operator; else the same name"))] = "",
    *,
    home: Home = None,
    operator: As = None,
) -> None:
    """Register a front server."""
    with desk(home, operator) as at, at.work() as work:
        delivery.add_server(work, name, institution, signs_in_as or name)
    typer.echo(_("{name} was added").format(name=name))


@app.command("servers", help=_("which front server holds which version; who is behind or silent"))
@plain_errors
def servers(*, home: Home = None, operator: As = None, as_json: Json = False) -> None:
    """Show front servers."""
    with desk(home, operator) as at, at.work() as work:
        rows = delivery.servers(work)
    columns = {
        "name": _("name"),
        "institution": _("institution"),
        "version": _("version"),
        "behind": _("behind"),
        "asked_at": _("asked at"),
        "late": _("late"),
    }
    show_rows(rows, columns, as_json=as_json)


@app.command("alarms", help=_("black-listed cards that were accepted although the list was there"))
@plain_errors
def show_alarms(count: Count = 100, *, home: Home = None, operator: As = None, as_json: Json = False) -> None:
    """Show alarms."""
    with desk(home, operator) as at, at.work() as work:
        rows = alarms.listed(work, count)
    columns = {
        "swiped_at": _("at"),
        "server": _("front server"),
        "chip_serial": _("chip"),
        "step": _("step"),
        "version": _("version"),
        "found_at": _("found at"),
    }
    show_rows(rows, columns, as_json=as_json)
