"""`rhc issue …`: what an issuer does without a card in the reader.

Exit codes: 0 done, 1 something was refused, 2 the command was not understood.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from card_os.spec import loader
from card_os.spec.errors import PlainError
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.personalisation.record import read_record
from language import _, describe

REFUSED = 1

app = typer.Typer(no_args_is_help=True, add_completion=False)

RecordFiles = Annotated[
    list[Path],
    typer.Argument(exists=True, dir_okay=False, readable=True, metavar="FILE...", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help=_("Print JSON."))]


@app.callback(help=_("Issue cards."))
def issue() -> None:
    """Group of the issuer's commands."""


@app.command(help=_("Check resident records; nothing is written."))
def check(
    files: RecordFiles,
    photo: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help=_("A JPEG that goes with the records."))
    ] = None,
    as_json: AsJson = False,
) -> None:
    """One line per record that is refused; exit code 1 where there is one."""
    jpeg = photo.read_bytes() if photo else None
    problems = {file: _problem(file, jpeg) for file in files}
    if as_json:
        rows = [{"file": str(file), "ok": not why, "problem": why} for file, why in problems.items()]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for file, why in problems.items():
            typer.echo(f"{file}: {why or _('accepted')}", err=why is not None)
    if any(problems.values()):
        raise typer.Exit(REFUSED)


@app.command(help=_("List the published test keys by their check values."))
def keys(as_json: AsJson = False) -> None:
    """Name, version and check value of each root key."""
    rows = list(_key_rows())
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        typer.echo(f"{row['key']:<10} v{row['version']}  {row['check_value']}")


def _problem(file: Path, photo: bytes | None) -> str | None:
    try:
        read_record(loader.load("health_card"), file.read_bytes(), photo)
    except PlainError as error:
        return describe(error)
    return None


def _key_rows() -> Iterator[dict[str, str | int]]:
    custodian = PublishedTestCustodian()
    for key in loader.load("health_card").keys.values():
        for version in range(1, key.versions + 1):
            value = custodian.check_value(key.name, version).hex().upper()
            yield {"key": key.name, "version": version, "check_value": value}
