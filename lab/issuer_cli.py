"""`rhc issuer …` with what a laboratory has besides: simulated chips that a batch is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from command_line.failures import plain_errors
from issuer.cli import batch_chips, batches
from issuer.cli.app import app
from issuer.cli.desk import As, Home
from issuer.cli.shown import Json
from lab import card_desk
from lab.chip_store import ChipStore
from language import _

__all__ = ["app"]
card_desk.join()


@batches.app.command(
    "personalise", help=_("make the cards of a batch, or go on; exit code 1 where lines are left")
)
@plain_errors
def personalise(
    number: Annotated[str, typer.Argument(help=_("number of the batch"))],
    chips: Annotated[Path, typer.Option("--chips", file_okay=False, help=_("directory of simulated chips"))],
    *,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=64, help=_("processes that work at once"))
    ] = 1,
    every_write: Annotated[
        bool, typer.Option("--every-write", help=_("keep chips at every write, not when they are let go"))
    ] = False,
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """Personalise a batch."""
    source = ChipStore(chips, every_write)
    batch_chips.personalise(number, source, workers=workers, home=home, operator=operator, as_json=as_json)
