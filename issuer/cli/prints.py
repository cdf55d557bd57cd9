"""`rhc issuer print …`: faces of cards, forms, slips and reports; the files are for their owner only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from command_line.failures import plain_errors
from issuer.batches import paper
from issuer.cli.desk import As, Home, desk
from issuer.cli.shown import progress
from issuer.printing import faces, orders, papers, private_file
from issuer.printing.layouts import Layouts
from language import _

app = typer.Typer(help=_("print faces of cards, forms, slips and reports"), no_args_is_help=True)

Out = Annotated[Path, typer.Option("--out", dir_okay=False, help=_("the file to be written"))]
OwnLayouts = Annotated[
    Path | None,
    typer.Option("--layouts", exists=True, file_okay=False, help=_("a directory with layouts of your own")),
]
_PNG = ".png"


@app.command("face", help=_("the face of a card; FILE.png gives FILE.front.png and FILE.back.png"))
@plain_errors
def face(
    serial: Annotated[str, typer.Argument(help=_("serial number of the chip"))],
    out: Out,
    *,
    layouts: OwnLayouts = None,
    home: Home = None,
    operator: As = None,
) -> None:
    """Print the face of one card."""
    with desk(home, operator) as at, at.work() as work:
        (given,) = orders.faces(work, at.office.settings, [serial])
    if out.suffix.lower() != _PNG:
        _write(out, faces.face_pdf(given, Layouts(layouts)))
        return
    for side, png in zip(("front", "back"), faces.face_pngs(given, Layouts(layouts)), strict=True):
        _write(out.with_suffix(f".{side}{_PNG}"), png)


@app.command("batch", help=_("the faces of all cards of a batch in one PDF"))
@plain_errors
def batch(
    number: Annotated[str, typer.Argument(help=_("number of the batch"))],
    out: Out,
    *,
    layouts: OwnLayouts = None,
    home: Home = None,
    operator: As = None,
) -> None:
    """Print the faces of a batch."""
    with desk(home, operator) as at, at.work() as work:
        given = orders.faces_of_batch(work, at.office.settings, number)
    with progress(_("faces")) as bar:
        _write(out, faces.faces_pdf(given, Layouts(layouts), told=bar))


@app.command("form", help=_("the form of an application, to be signed"))
@plain_errors
def form(
    number: Annotated[str, typer.Argument(help=_("number of the application"))],
    out: Out,
    *,
    home: Home = None,
    operator: As = None,
) -> None:
    """Print the form of an application."""
    with desk(home, operator) as at, at.work() as work:
        given = orders.form(work, at.office.settings, number)
    _write(out, papers.application_form_pdf(given))


@app.command("pick-up", help=_("the slip with which a holder fetches a card"))
@plain_errors
def pick_up(
    serial: Annotated[str, typer.Argument(help=_("serial number of the chip"))],
    out: Out,
    *,
    address: Annotated[str, typer.Option("--address", help=_("address of the outlet"))] = "",
    hours: Annotated[str, typer.Option("--hours", help=_("opening hours of the outlet"))] = "",
    home: Home = None,
    operator: As = None,
) -> None:
    """Print a pick-up slip."""
    with desk(home, operator) as at, at.work() as work:
        given = orders.pick_up(work, at.office.settings, serial, orders.Outlet(address, hours))
    _write(out, papers.pick_up_slip_pdf(given))


@app.command("report", help=_("the report of a batch"))
@plain_errors
def report(
    number: Annotated[str, typer.Argument(help=_("number of the batch"))],
    out: Out,
    *,
    home: Home = None,
    operator: As = None,
) -> None:
    """Print the report of a batch."""
    with desk(home, operator) as at, at.work() as work:
        given = paper.report_of(work, number, at.office.settings.name)
    _write(out, papers.batch_report_pdf(given))


def _write(out: Path, data: bytes) -> None:
    private_file.write(out, data)
    typer.echo(_("{file} was written").format(file=out))
