"""`rhc keys …`: keys by their check values, and the ceremony in which they are made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from command_line.failures import plain_errors
from issuer.cli import certificates, key_ceremony, key_deliveries, segments
from issuer.cli.desk import As, Home, Second, desk
from issuer.cli.key_ceremony import key_room
from issuer.cli.shown import Json, show_json, show_rows
from issuer.keys import versions
from issuer.keys.ceremony.record import House, record_of
from issuer.keys.file_custodian import check_values, level_of
from issuer.keys.hierarchy import NATION
from issuer.keys.test_custodian import PublishedTestCustodian
from language import _

app = typer.Typer(help=_("keys and their ceremony"), no_args_is_help=True)
app.command("ceremony", help=_("make the keys of an office from three people's components"))(
    plain_errors(key_ceremony.ceremony)
)
app.command("shares", help=_("hand out recovery shares of the master secret"))(
    plain_errors(key_ceremony.shares)
)
app.command("recover", help=_("make the key file again of recovery shares"))(
    plain_errors(key_ceremony.recover)
)
app.command("export", help=_("deliver the keys of a province or a city"))(plain_errors(key_deliveries.export))
app.command("import", help=_("take a delivery of keys"))(plain_errors(key_deliveries.take_in))
app.command("certify", help=_("sign the certificate of an issuer with the national root"))(
    plain_errors(certificates.certify)
)
app.command("keep-certificate", help=_("check the certificate of this office and keep it"))(
    plain_errors(certificates.keep)
)
app.command("public", help=_("show the public keys of this office"))(plain_errors(certificates.public))
app.add_typer(segments.app, name="segment")


@app.callback()
def keys() -> None:
    """Group of the commands for keys."""


@app.command("published", help=_("List the published test keys by their check values."))
@plain_errors
def published(as_json: Json = False) -> None:
    """Name, version and check value of each root key."""
    rows = check_values(PublishedTestCustodian())
    if as_json:
        show_json(rows)
        return
    for row in rows:
        typer.echo(f"{row['key']:<10} v{row['version']}  {row['check_value']}")


@app.command("list", help=_("list the keys of this office by their check values, and the versions in use"))
@plain_errors
def listed(home: Home = None, operator: As = None, as_json: Json = False) -> None:
    """List the keys of an office."""
    with desk(home, operator) as at:
        with at.work() as work:
            in_use = versions.listed(work)
        rows = check_values(at.office.custodian)
    if as_json:
        show_json({"keys": rows, "versions": in_use})
        return
    show_rows(
        rows, {"key": _("key"), "version": _("version"), "check_value": _("check value")}, as_json=False
    )
    columns = {"version": _("version"), "state": _("state"), "since": _("since")}
    show_rows(in_use, columns, as_json=False)


@app.command("rotate", help=_("make the next version of the keys the current one"))
@plain_errors
def rotate(
    version: Annotated[int | None, typer.Option("--version", help=_("another version than the next"))] = None,
    *,
    home: Home = None,
    operator: As = None,
    second: Second = None,
) -> None:
    """Rotate to the next version; the former one stays valid until it is destroyed."""
    with desk(home, operator, second) as at, at.work() as work:
        now = versions.rotate(work, version)
    valid = ", ".join(str(number) for number in now.valid)
    typer.echo(_("version {current} is current; valid are {valid}").format(current=now.current, valid=valid))


@app.command("destroy", help=_("destroy a version of the keys, or the whole key file, for good"))
@plain_errors
def destroy(
    version: Annotated[int | None, typer.Option("--version", help=_("the version to be destroyed"))] = None,
    *,
    everything: Annotated[bool, typer.Option("--everything", help=_("the whole key file"))] = False,
    yes: Annotated[bool, typer.Option("--yes", help=_("do not ask"))] = False,
    home: Home = None,
    operator: As = None,
    second: Second = None,
) -> None:
    """Destroy keys; nothing brings them back but recovery shares, and a version not even those."""
    if (version is None) != everything:
        raise typer.BadParameter(_("--version or --everything"))
    with key_room(home, operator, second) as (_at, room):
        what = _("the whole key file {file}") if everything else _("version {version}")
        what = what.format(file=room.path, version=version)
        if not yes:
            typer.confirm(_("destroy {what} for good?").format(what=what), abort=True)
        if version is None:
            room.destroy_all()
        else:
            room.destroy_version(version)
    typer.echo(_("destroyed: {what}").format(what=what))


@app.command("record", help=_("print the record of a ceremony, by the number of its last audit row"))
@plain_errors
def record(
    row: Annotated[int, typer.Argument(help=_("number of the audit row in which the step was done"))],
    out: Annotated[Path, typer.Argument(help=_("PDF file"))],
    *,
    place: Annotated[str, typer.Option("--place", help=_("where the ceremony was held"))] = "–",
    home: Home = None,
    operator: As = None,
) -> None:
    """Print the record of a ceremony, to be signed by all who took part."""
    from issuer.printing import papers, private_file  # noqa: PLC0415  only this command prints

    with desk(home, operator) as at, at.work() as work:
        settings = at.office.settings
        level = level_of(at.office.custodian) or NATION
        made = record_of(work, row, House(settings.name, settings.environment, level, place))
    private_file.write(out, papers.ceremony_record_pdf(made))
    typer.echo(_("{file} was written").format(file=out))
