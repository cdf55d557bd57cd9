"""`rhc issuer application …`: people apply, reviewers review, and what passed is released to be made.

Personal data are read from files or asked for, never taken from the command line, where every user of the
machine could read them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from card_os.spec.errors import Phrase, PlainError
from command_line.failures import plain_errors
from issuer.applications import intake, list_file, list_intake
from issuer.applications.form import Form
from issuer.applications.photo_intake import MOST_BYTES
from issuer.applications.replacement import apply_for_replacement
from issuer.cli import application_reviews, application_views
from issuer.cli.broken_rules import show_entered, show_receipt
from issuer.cli.desk import As, Home, desk
from issuer.cli.shown import Json, progress
from issuer.printing import private_file
from language import _

app = typer.Typer(help=_("applications, their reviews and the master index"), no_args_is_help=True)
app.add_typer(application_reviews.app)
app.add_typer(application_views.app)
REFUSED = 1
STDIN = Path("-")

Number = Annotated[str, typer.Argument(help=_("number of an application"))]
Point = Annotated[str, typer.Option("--point", help=_("code of the collection point"))]
Reason = Annotated[str, typer.Option("--reason", help=_("a reason for people, nothing personal"))]
FormFile = Annotated[
    Path | None,
    typer.Option("--form", help=_("JSON file with texts by field; - for standard input"), allow_dash=True),
]
Photo = Annotated[
    Path | None, typer.Option("--photo", exists=True, dir_okay=False, help=_("a JPEG or PNG of the person"))
]


class FormFileError(PlainError):
    """A file that is no form."""

    template = "{file}: {reason}"


@app.command("enter", help=_("enter an application; what it lacks is told and may come later"))
@plain_errors
def enter(
    point: Point,
    form: FormFile = None,
    photo: Photo = None,
    *,
    mode: Annotated[str, typer.Option("--mode", help=_("single, batch or instant"))] = "single",
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """Enter an application."""
    given = Form(_read_form(form), _at_most(photo, MOST_BYTES) if photo else None)
    with desk(home, operator) as at, at.work() as work:
        entered = intake.enter(work, point, given, mode=mode)
    show_entered(entered, as_json=as_json)


@app.command("submit", help=_("send applications to the reviewers"))
@plain_errors
def submit(
    numbers: Annotated[list[str], typer.Argument(help=_("numbers of applications"))],
    *,
    home: Home = None,
    operator: As = None,
) -> None:
    """Submit applications, all or none."""
    with desk(home, operator) as at, at.work() as work:
        for number in numbers:
            intake.submit(work, number)
    typer.echo(_("{count} applications were submitted").format(count=len(numbers)))


@app.command("submit-file", help=_("take in a list rhc-applications/1 and submit what is in it"))
@plain_errors
def submit_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=_("CSV or JSON lines"))],
    *,
    photos: Annotated[
        Path | None,
        typer.Option(
            "--photos", exists=True, file_okay=False, help=_("where photos lie; else beside the list")
        ),
    ] = None,
    accept_good_lines: Annotated[
        bool, typer.Option("--accept-good-lines", help=_("take the good lines in, return the others"))
    ] = False,
    return_file: Annotated[
        Path | None, typer.Option("--return-file", dir_okay=False, help=_("write what became of each line"))
    ] = None,
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """Take in a list, all of it or nothing unless good lines are enough."""
    where = photos or file.parent
    with desk(home, operator) as at, progress(_("applicants")) as bar:
        try:
            with at.work() as work:
                receipt = list_intake.submit_file(
                    work,
                    _at_most(file, list_file.MOST_BYTES),
                    lambda name: _at_most(where / name, MOST_BYTES),
                    accept_good_lines=accept_good_lines,
                    progress=bar,
                )
                # a list whose return file cannot be kept was not taken in
                _give_back(receipt, return_file)
        except list_intake.LinesRefusedError as error:
            receipt = error.receipt
            _give_back(receipt, return_file)
    show_receipt(receipt, as_json=as_json)
    if receipt.problems:
        raise typer.Exit(REFUSED)


@app.command("correct", help=_("change fields of an application that is new or was returned"))
@plain_errors
def correct(
    number: Number,
    form: FormFile = None,
    photo: Photo = None,
    *,
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """Change fields; an empty text takes a field away."""
    changes = _read_form(form) if form else {}
    with desk(home, operator) as at, at.work() as work:
        entered = intake.correct(work, number, changes, _at_most(photo, MOST_BYTES) if photo else None)
    show_entered(entered, as_json=as_json)


@app.command("withdraw", help=_("end an application because the applicant wishes so"))
@plain_errors
def withdraw(number: Number, reason: Reason, home: Home = None, operator: As = None) -> None:
    """End an application."""
    with desk(home, operator) as at, at.work() as work:
        intake.withdraw(work, number, reason)
    typer.echo(_("{number} was withdrawn").format(number=number))


@app.command("replace", help=_("apply for another card in place of one that is cancelled or expired"))
@plain_errors
def replace(
    card: Annotated[str, typer.Argument(help=_("id of the card that is over"))],
    point: Point,
    business: Annotated[str, typer.Option("--business", help=_("05 lost, 06 change, 07 warranty"))] = "05",
    form: FormFile = None,
    *,
    home: Home = None,
    operator: As = None,
) -> None:
    """Apply for a replacement with what is on file; --form changes fields."""
    changes = _read_form(form) if form else {}
    with desk(home, operator) as at, at.work() as work:
        typer.echo(apply_for_replacement(work, card, business, point, changes))


def _read_form(file: Path | None) -> dict[str, str]:
    if file is None:
        raise typer.BadParameter(_("--form is needed"))
    try:
        text = sys.stdin.read() if file == STDIN else file.read_text("utf-8")
        given = json.loads(text)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise FormFileError(file=file, reason=Phrase("this is not JSON")) from None
    if not isinstance(given, dict) or not all(isinstance(text, str) for text in given.values()):
        raise FormFileError(file=file, reason=Phrase("a flat JSON object of texts is expected"))
    return {name: text.strip() for name, text in given.items()}


def _give_back(receipt: list_intake.Receipt, file: Path | None) -> None:
    if file is not None:
        private_file.write(file, receipt.return_file())


def _at_most(path: Path, most: int) -> bytes:
    """The content of a file, and a byte too many where it is longer than what is taken."""
    with path.open("rb") as stream:
        return stream.read(most + 1)
