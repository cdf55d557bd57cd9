"""`rhc train`: the training page alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from command_line.failures import plain_errors
from language import _

VARIABLE = "RHC_TRAINING"

app = typer.Typer(
    help=_("the training page: a reader and cards for people who learn"), invoke_without_command=True
)


@app.callback(invoke_without_command=True)
def train(
    ctx: typer.Context,
    *,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help=_("port, 0 for any free one"))] = 8765,
    host: Annotated[
        str, typer.Option("--host", help=_("address; another than loopback needs TLS and password"))
    ] = "127.0.0.1",
    seats: Annotated[int, typer.Option("--seats", min=1, max=500, help=_("how many trainees at most"))] = 60,
    data: Annotated[
        Path | None, typer.Option("--data", envvar=VARIABLE, help=_("directory of the class, which is kept"))
    ] = None,
    trainer_password_file: Annotated[
        Path | None,
        typer.Option("--trainer-password-file", help=_("file of mode 600 with the trainer's password")),
    ] = None,
    certfile: Annotated[Path | None, typer.Option("--certfile", help=_("certificate for TLS, PEM"))] = None,
    keyfile: Annotated[Path | None, typer.Option("--keyfile", help=_("its private key, PEM"))] = None,
    pcsc: Annotated[
        bool, typer.Option("--pcsc", help=_("the first seat has PC/SC readers, which all programs see"))
    ] = False,
) -> None:
    """Serve the training page until Ctrl-C."""
    if ctx.invoked_subcommand is None:
        where = Place(host, port, certfile, keyfile)
        _serve(where, seats, data or home(), trainer_password_file, pcsc)


@app.command(
    "check", help=_("Check exercises in text files: what is wrong is named with file, line and key.")
)
@plain_errors
def check(
    files: Annotated[list[Path], typer.Argument(help=_("text files with exercises"), show_default=False)],
) -> None:
    """Read each file, and say how many steps and hints it has."""
    from lab.training.exercise_files import read_file  # noqa: PLC0415  the windows are slow to load

    for file in files:
        exercise = read_file(file)
        text = _("{file}: {steps} steps, {hints} hints, in order")
        typer.echo(text.format(file=file, steps=len(exercise.steps), hints=len(exercise.hints)))


@dataclass(frozen=True, slots=True)
class Place:
    """Where the page is to be served."""

    host: str
    port: int
    certificate: Path | None
    key: Path | None


@plain_errors
def _serve(where: Place, seats: int, folder: Path, password: Path | None, pcsc: bool) -> None:
    # half a second, which the other commands need not wait for
    from lab.training.classroom import Classroom, trainer_password  # noqa: PLC0415
    from lab.training.server import Address, TrainingServer  # noqa: PLC0415
    from lab.training.slot import own_pcsc_slots  # noqa: PLC0415

    trainer = trainer_password(password) if password is not None else ""
    address = Address(where.host, where.port, where.certificate, where.key)
    with own_pcsc_slots(typer.echo) if pcsc else nullcontext() as slots:
        server = TrainingServer(Classroom(folder, seats=seats, trainer=trainer, first_slots=slots), address)
        typer.echo(_("The training page: {url}  (Ctrl-C ends it)").format(url=server.url))
        server.run()


def home(environment: Mapping[str, str] | None = None) -> Path:
    """Where classes are kept by default: below XDG_STATE_HOME, else ~/.local/state."""
    given = os.environ if environment is None else environment
    if given.get(VARIABLE):
        return Path(given[VARIABLE])
    state = given.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "residents-health-card" / "training"
