"""`rhc train`: the training page alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
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
) -> None:
    """Serve the training page until Ctrl-C."""
    if ctx.invoked_subcommand is None:
        _serve(
            host=host,
            port=port,
            seats=seats,
            data=data,
            password=trainer_password_file,
            tls=(certfile, keyfile),
        )


@plain_errors
def _serve(
    *,
    host: str,
    port: int,
    seats: int,
    data: Path | None,
    password: Path | None,
    tls: tuple[Path | None, Path | None],
) -> None:
    from lab.training.classroom import Classroom, trainer_password  # noqa: PLC0415  the web parts are slow
    from lab.training.server import Address, TrainingServer  # noqa: PLC0415

    trainer = trainer_password(password) if password is not None else ""
    classroom = Classroom(data or home(), seats=seats, trainer=trainer)
    server = TrainingServer(classroom, Address(host, port, *tls))
    typer.echo(_("The training page: {url}  (Ctrl-C ends it)").format(url=server.url))
    server.run()


def home(environment: Mapping[str, str] | None = None) -> Path:
    """Where classes are kept by default: below XDG_STATE_HOME, else ~/.local/state."""
    given = os.environ if environment is None else environment
    if given.get(VARIABLE):
        return Path(given[VARIABLE])
    state = given.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "residents-health-card" / "training"
