"""`rhc issuer check`: records of residents, looked at without any card. Exit code 1 where one is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from card_os.spec import loader
from card_os.spec.errors import PlainError
from issuer.cli.shown import Json, show_json
from issuer.personalisation.record import read_record
from language import _, describe

REFUSED = 1

RecordFiles = Annotated[
    list[Path],
    typer.Argument(exists=True, dir_okay=False, readable=True, metavar="FILE...", show_default=False),
]


def check(
    files: RecordFiles,
    photo: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help=_("A JPEG that goes with the records."))
    ] = None,
    as_json: Json = False,
) -> None:
    """One line per record that is refused; exit code 1 where there is one."""
    jpeg = photo.read_bytes() if photo else None
    problems = {file: _problem(file, jpeg) for file in files}
    if as_json:
        show_json([{"file": str(file), "ok": not why, "problem": why} for file, why in problems.items()])
    else:
        for file, why in problems.items():
            typer.echo(f"{file}: {why or _('accepted')}", err=why is not None)
    if any(problems.values()):
        raise typer.Exit(REFUSED)


def _problem(file: Path, photo: bytes | None) -> str | None:
    try:
        read_record(loader.load("health_card"), file.read_bytes(), photo)
    except PlainError as error:
        return describe(error)
    return None
