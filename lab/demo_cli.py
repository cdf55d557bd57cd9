"""`rhc demo`: whole stories in one command."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from command_line.failures import plain_errors
from issuer.cli.shown import Json, progress, show_json
from issuer.office import DATABASE
from lab import applicants_cli
from lab.issuer_demo import story
from lab.issuer_demo.stage import Wishes
from language import _

app = typer.Typer(help=_("whole stories in one command"), no_args_is_help=True)
app.add_typer(applicants_cli.app)
FAILED = 1


@app.callback()
def demo() -> None:
    """Group of the stories."""


@app.command("issuer", help=_("the whole story of an issuer, from an empty directory to a reckoning"))
@plain_errors
def issuer(
    directory: Annotated[
        Path | None,
        typer.Option(
            "--directory", file_okay=False, help=_("an empty directory that keeps everything; else a new one")
        ),
    ] = None,
    *,
    count: Annotated[int, typer.Option("--count", min=10, max=10_000, help=_("how many applicants"))] = 500,
    faults: Annotated[
        int, typer.Option("--faults", min=1, max=500, help=_("how many of them with a planted fault"))
    ] = 24,
    seed: Annotated[int, typer.Option("--seed", help=_("the same number gives the same applicants"))] = 7,
    database: Annotated[
        str, typer.Option("--database", help=_("sqlite:///FILE or postgresql+psycopg://…"))
    ] = DATABASE,
    as_json: Json = False,
) -> None:
    """Play the story; exit code 1 where something does not add up."""
    home = directory or Path(tempfile.mkdtemp(prefix="rhc-issuer-"))
    console = Console(stderr=as_json, highlight=False)
    wishes = Wishes(count, faults, seed, 1)

    def say(line: str) -> None:
        console.print(f"   {line}", soft_wrap=True, markup=False)

    def heading(line: str) -> None:
        console.print(line, style="bold", soft_wrap=True, markup=False)

    with progress(_("the story")) as bar, story.staged(home, wishes, database, say, progress=bar) as stage:
        ok = story.tell(stage, heading)
    if as_json:
        show_json({"ok": ok, "directory": str(home), "chapters": stage.facts})
    else:
        heading(_("Everything adds up.") if ok else _("Something does not add up."))
        console.print(_("What was made lies in {directory}").format(directory=home), soft_wrap=True)
    if not ok:
        raise typer.Exit(FAILED)
