"""`rhc issuer sam …`: where SAMs are. Chips are spoken to by `rhc sam-chip`, which has a reader."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from command_line.failures import plain_errors
from issuer.cli.desk import As, Home, Second, desk
from issuer.cli.shown import Json, show_json, show_rows
from issuer.registry.work import Work
from issuer.sams import holding, online
from issuer.sams.roles import SamRole
from language import _, choose

app = typer.Typer(help=_("SAMs: ordered, issued, lost, recalled, destroyed"), no_args_is_help=True)
REFUSED = 1
Serial = Annotated[str, typer.Argument(help=_("serial number, ten digits"))]


@app.command("order", help=_("order SAMs; prints their serial numbers"))
@plain_errors
def order(
    role: Annotated[
        SamRole, typer.Option("--role", help=_("hospital reads and writes clinical data; issuing all"))
    ],
    *,
    city_code: Annotated[
        str | None, typer.Option("--city-code", help=_("six digits of GB/T 2260; ours where it is left out"))
    ] = None,
    count: Annotated[int, typer.Option("--count", help=_("how many"))] = 1,
    home: Home = None,
    operator: As = None,
) -> None:
    """Order SAMs."""
    with desk(home, operator) as at, at.work() as work:
        settings = at.office.settings
        wanted = holding.Order(role, city_code or settings.city_code, settings.code, count)
        serials = holding.order(work, wanted)
    for serial in serials:
        typer.echo(serial)


@app.command("list", help=_("list SAMs"))
@plain_errors
def listed(
    state: Annotated[str | None, typer.Option("--state", help=_("SAMs in one state only"))] = None,
    *,
    after: Annotated[str, typer.Option("--after", help=_("those after this serial number"))] = "",
    count: Annotated[int, typer.Option("--count", min=1, max=10_000, help=_("how many rows"))] = 1000,
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """List SAMs by serial number."""
    with desk(home, operator) as at, at.work() as work:
        rows = holding.listed(work, state, after, count)
    columns = {
        "serial": _("serial number"),
        "state": _("state"),
        "role": _("role"),
        "city_code": _("city code"),
        "institution": _("institution"),
        "device": _("device"),
        "valid_until": _("valid until"),
    }
    show_rows(rows, columns, as_json=as_json)


@app.command("issue", help=_("hand a SAM to an institution, for one device"))
@plain_errors
def issue(
    serial: Serial,
    institution: Annotated[str, typer.Option("--institution", help=_("who gets it"))],
    device: Annotated[str, typer.Option("--device", help=_("number of the device that it goes into"))],
    *,
    home: Home = None,
    operator: As = None,
) -> None:
    """Issue a SAM."""
    with desk(home, operator) as at, at.work() as work:
        holding.issue(work, serial, institution, device)
    typer.echo(_("{name} was changed").format(name=serial))


@app.command("check", help=_("what a terminal hears; exit code 1 where it must stop"))
@plain_errors
def check(
    serial: Serial,
    *,
    device: Annotated[str, typer.Option("--device", help=_("number of the device that asks"))] = "",
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """Ask as a terminal does."""
    with desk(home, operator) as at, at.work() as work:
        answer = online.check(work, serial, device)
    if as_json:
        show_json({"answer": answer.code, "meaning": choose(answer.meaning)})
    else:
        typer.echo(f"{answer.code}  {choose(answer.meaning)}")
    if not answer.goes_on:
        raise typer.Exit(REFUSED)


def _step(name: str, text: str, do: Callable[[Work, str], None]) -> None:
    """A command for a step that needs nothing but the serial number."""

    @app.command(name, help=text)
    @plain_errors
    def run(serial: Serial, home: Home = None, operator: As = None, second: Second = None) -> None:
        with desk(home, operator, second) as at, at.work() as work:
            do(work, serial)
        typer.echo(_("{name} was changed").format(name=serial))


_step("suspend", _("refuse a SAM for a while"), holding.suspend)
_step("resume", _("end the suspension of a SAM"), holding.resume)
_step("report-lost", _("refuse a SAM that is lost"), holding.report_lost)
_step("recall", _("take a SAM back"), holding.recall)
_step("destroy", _("write down that a SAM was destroyed; takes two key custodians"), holding.destroy)
