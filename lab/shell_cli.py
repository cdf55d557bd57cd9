"""`rhc shell`, `rhc script` and `rhc apdu`: one card and its SAM by hand, from a file, or byte by byte."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from command_line.failures import plain_errors
from lab.shell import raw
from lab.shell.desk import Desk, Target
from lab.shell.history import LineHistory, history_path
from lab.shell.scripts import Step
from lab.shell.start import shell_at
from language import _
from reader_client.cli import DEFAULT_PIN, Json, Pin, Reader, Sam, channels_of, given_pin


def register(app: typer.Typer) -> None:
    """Put the commands into a command line."""
    app.command("shell", help=_("a prompt for one card: read, write, files, raw commands, scripts"))(shell)
    app.command("script", help=_("run a file of shell commands, up to the first that fails"))(script)
    app.command("apdu", help=_("send raw commands, each explained in words"))(apdu)


@plain_errors
def shell(
    ctx: typer.Context,
    *,
    reader: Reader = None,
    sam: Sam = None,
    pin: Pin = DEFAULT_PIN,
    as_json: Json = False,
) -> None:
    """Open the shell."""
    desk = Desk(channels_of(ctx), reader, sam, given_pin(pin))
    with shell_at(desk, LineHistory(history_path()), as_json=as_json) as prompt:
        if as_json:
            prompt.intro = ""
        prompt.cmdloop()


@plain_errors
def script(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("one command of `rhc shell` a line"))],
    *,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help=_("go on after a command that fails"))
    ] = False,
    reader: Reader = None,
    sam: Sam = None,
    pin: Pin = DEFAULT_PIN,
    as_json: Annotated[
        bool, typer.Option("--json", help=_("a JSON object in a line for each command"))
    ] = False,
) -> None:
    """Run a file of commands."""
    desk = Desk(channels_of(ctx), reader, sam, given_pin(pin))
    with shell_at(desk, LineHistory(None), silent=as_json) as prompt:
        report = _tell_step if as_json else None
        done = prompt.scripts.run(prompt, file, keep_going=keep_going, report=report)
        if done.failure is not None:
            raise done.failure


@plain_errors
def apdu(
    ctx: typer.Context,
    hexes: Annotated[
        list[str], typer.Argument(metavar="HEX", help=_("each word an APDU, or each a byte of one"))
    ],
    *,
    to: Annotated[Target, typer.Option("--to", help=_("which card is meant"))] = Target.CARD,
    expect: Annotated[
        str | None,
        typer.Option("--expect", metavar="SW", help=_("the status word that the last answer must have")),
    ] = None,
    reader: Reader = None,
    sam: Sam = None,
    as_json: Json = False,
) -> None:
    """Send raw commands."""
    apdus = raw.parse(hexes)
    desk = Desk(channels_of(ctx), reader, sam)
    try:
        answer = raw.send(desk, to, apdus, expect)
    finally:
        desk.drop()
    if as_json:
        typer.echo(json.dumps(answer.data, ensure_ascii=False, indent=1))
    else:
        answer.show(Console(highlight=False, markup=False))
    if answer.failure is not None:
        raise answer.failure


def _tell_step(step: Step) -> None:
    row = asdict(step)
    row.pop("error" if step.ok else "result")
    typer.echo(json.dumps(row, ensure_ascii=False))
