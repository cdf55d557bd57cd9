"""`rhc demo applicants`: a list of synthetic applicants as a village would hand it in."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from card_os.spec.errors import PlainError
from command_line.failures import plain_errors
from issuer.registry.day import day_of
from issuer.registry.registry import utc_now
from lab.applicant_list import make_list
from lab.applicants import COUNTIES
from language import _

app = typer.Typer()
MOST = 20_000


class TooManyFaultsError(PlainError):
    """More faults than a list of this length has room for."""

    template = "{count} applicants are too few for {faults} faults"


@app.command("applicants", help=_("write a list of synthetic applicants, with faults if wanted"))
@plain_errors
def applicants(
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help=_("the list; .csv or .jsonl"))],
    count: Annotated[int, typer.Option("--count", min=1, max=MOST, help=_("how many applicants"))] = 500,
    seed: Annotated[int, typer.Option("--seed", help=_("the same number, the same applicants"))] = 7,
    *,
    faults: Annotated[int, typer.Option("--faults", min=0, help=_("how many of them to spoil"))] = 0,
    faults_file: Annotated[
        Path | None,
        typer.Option("--faults-file", dir_okay=False, help=_("write which line has which fault, as JSON")),
    ] = None,
    point: Annotated[
        str, typer.Option("--point", help=_("code of the collection point"))
    ] = f"{COUNTIES[0]}-01",
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help=_("day of the application, today by default")),
    ] = None,
) -> None:
    """Write a list; a CSV has its photos beside it, JSON lines have them inside."""
    day = on.date() if on else day_of(utc_now())
    try:
        made = make_list(
            count, seed, day, point=point, county=point[:6], faults=faults, as_csv=out.suffix == ".csv"
        )
    except ValueError:
        raise TooManyFaultsError(count=count, faults=faults) from None
    out.write_bytes(made.raw)
    for name, jpeg in made.photos.items():
        (out.parent / name).write_bytes(jpeg)
    if faults_file is not None:
        faults_file.write_bytes(made.faults_file())
    text = _("{count} applicants, {faults} with a fault: {file}")
    typer.echo(text.format(count=count, faults=len(made.faults), file=out))
