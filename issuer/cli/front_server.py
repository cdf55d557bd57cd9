"""`rhc front-server …`: the black and grey list near the terminals."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from command_line.failures import plain_errors
from issuer.cli.shown import Json, show_json
from issuer.front_server import home as homes
from issuer.front_server import serving, syncing
from issuer.front_server.answering import Desk
from issuer.front_server.home import HOME_VARIABLE, PASSWORD_VARIABLE, FrontServerSettings
from issuer.front_server.store import ListRefusedError
from issuer.front_server.syncing import DELTA, NOTHING, Synced
from issuer.front_server.upstream import UpstreamError
from language import _, describe

app = typer.Typer(
    help=_("a front server: keeps the black and grey list near the terminals"), no_args_is_help=True
)
FAILED = 1

Home = Annotated[Path, typer.Option("--home", envvar=HOME_VARIABLE, help=_("directory of the front server"))]
DEFAULT_HOME = Path("front-server-home")


@app.command("init", help=_("make the home of a front server"))
@plain_errors
def init(
    name: Annotated[str, typer.Option("--name", help=_("its name as the issuer knows it"))],
    issuer: Annotated[str, typer.Option("--issuer", help=_("address of the issuer, https://…"))],
    key: Annotated[str, typer.Option("--key", help=_("public key that signs lists, 128 hex digits"))],
    *,
    operator: Annotated[str, typer.Option("--operator", help=_("name for signing in; else --name"))] = "",
    warn_after_hours: Annotated[
        float, typer.Option("--warn-after-hours", help=_("age from which the list is called old"))
    ] = 48,
    sync_seconds: Annotated[
        float, typer.Option("--sync-seconds", help=_("seconds between two synchronisations"))
    ] = 300,
    home: Home = DEFAULT_HOME,
) -> None:
    """Make the home; the password is asked for, or comes from RHC_FRONT_SERVER_PASSWORD."""
    password = os.environ.get(PASSWORD_VARIABLE)
    if password is None:
        password = typer.prompt(_("password of {name}").format(name=operator or name), hide_input=True)
    settings = FrontServerSettings(
        name, issuer, operator or name, key, f"{warn_after_hours:g}", f"{sync_seconds:g}"
    )
    homes.make(home, settings, password)
    typer.echo(_("{home} was made").format(home=home))


@app.command("sync", help=_("fetch what is new from the issuer, or take it from a file carried by hand"))
@plain_errors
def sync(
    file: Annotated[
        Path | None, typer.Option("--file", exists=True, dir_okay=False, help=_("a list or a delta"))
    ] = None,
    *,
    home: Home = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Synchronise once; where that fails, say how old the list is that stays."""
    settings = homes.read(home)
    try:
        done = syncing.from_file(home, settings, file) if file else syncing.from_issuer(home, settings)
    except (UpstreamError, ListRefusedError) as error:
        typer.echo(describe(error), err=True)
        _tell_state(home, settings)
        raise typer.Exit(FAILED) from None
    if as_json:
        show_json({"before": done.before, "version": done.version, "how": done.how})
    else:
        typer.echo(_told(done))


@app.command("status", help=_("version and age of the list; exit code 1 where it is missing or old"))
@plain_errors
def status(home: Home = DEFAULT_HOME, *, as_json: Json = False) -> None:
    """Show what is held."""
    settings = homes.read(home)
    state = Desk(home, settings).state()
    if as_json:
        show_json({"name": settings.name, "list": state.to_json()})
    else:
        _tell_state(home, settings)
    if state.warning:
        raise typer.Exit(FAILED)


@app.command("swipes", help=_("hand in a swipe log of the terminals, to be held against the black list"))
@plain_errors
def swipes(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=_("a swipe log, swipes.jsonl"))],
    *,
    home: Home = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Hand in a log; the same one twice does no harm."""
    found = syncing.report_swipes(home, homes.read(home), file)
    if as_json:
        show_json(found)
    else:
        text = _("{rows} rows, {alarms} new alarms, {ahead} ahead of the list, {damaged} lines that are none")
        typer.echo(text.format(**found))


@app.command("run", help=_("answer terminals on this machine, and synchronise from time to time"))
@plain_errors
def run(
    port: Annotated[int, typer.Option("--port", help=_("port on the loopback address; 0 for any"))] = 8444,
    *,
    home: Home = DEFAULT_HOME,
) -> None:
    """Run until Ctrl-C or SIGTERM."""
    settings = homes.read(home)
    front = serving.FrontServer(home, settings, Desk(home, settings))
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_any: stop.set())

    def ready(bound: int) -> None:
        typer.echo(_("http://{host}:{port} answers until Ctrl-C").format(host=serving.HOST, port=bound))

    serving.serve(front, port, ready, stop)


def _tell_state(home: Path, settings: FrontServerSettings) -> None:
    state = Desk(home, settings).state()
    if state.version:
        text = _("list {version} of {date}, {entries} entries")
        date = state.date.astimezone().isoformat(timespec="minutes") if state.date else ""
        typer.echo(text.format(version=state.version, date=date, entries=state.entries))
    if state.warning:
        typer.echo(state.warning, err=True)


def _told(done: Synced) -> str:
    if done.how == NOTHING:
        return _("version {version} is the newest").format(version=done.version)
    if done.how == DELTA:
        text = _("version {before} became {version} by a delta")
        return text.format(before=done.before, version=done.version)
    return _("version {version} was taken").format(version=done.version)
