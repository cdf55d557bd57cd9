"""`rhc`: one command line for the simulator, the issuer and the reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

import issuer.cli
import reader_client.cli
from card_os.spec.errors import PlainError
from card_os.vpcd import VpcdError
from lab import demo
from lab.in_process import prompt
from lab.once import Difference
from lab.pcsc.errors import PcscStackError
from lab.sim import Options, Simulator, parse_slots
from language import _, describe

FAILED = 1

app = typer.Typer(
    help=_("A Residents' Health Card, its SAM, issuer and reader in software."),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
reader_client.cli.register(app)
app.add_typer(issuer.cli.app, name="issue")


@app.command("sim", help=_("put an issued card and its SAM into virtual PC/SC readers"))
def sim(
    *,
    slots: Annotated[
        str, typer.Option("--slots", help=_("cards to insert, in the order of the slots"))
    ] = "user,sam",
    resident: Annotated[
        str, typer.Option("--resident", help=_("demo resident: a file name of `rhc residents`, or its start"))
    ] = "05",
    ready_file: Annotated[
        Path | None, typer.Option("--ready-file", help=_("write a JSON file here once both cards answer"))
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help=_("run the whole demonstration, compare, and end"))
    ] = False,
    in_process: Annotated[
        bool, typer.Option("--in-process", help=_("without PC/SC: a prompt for the commands of the reader"))
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help=_("do not tell what passes"))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=_("tell it as JSON lines"))] = False,
) -> None:
    """Run the simulator."""
    console = Console(highlight=False)
    try:
        options = Options(resident, parse_slots(slots), ready_file, as_json, quiet)
        simulator = Simulator(options, console)
        if once:
            found = simulator.run_once_in_process() if in_process else simulator.run_once()
            _tell_result(found, console, as_json)
        elif in_process:
            with simulator.in_process() as channels:
                prompt(app, channels, console)
        else:
            simulator.run()
    except (PlainError, PcscStackError, VpcdError) as error:
        _fail(describe(error))
    except OSError as error:
        _fail(f"{error.filename or ''}: {error.strerror or error}".lstrip(": "))


@app.command("residents", help=_("list the demo residents"))
def residents(
    as_json: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
) -> None:
    """List the demo residents."""
    rows = []
    for name in demo.resident_names():
        record = json.loads(demo.resident(name).raw)
        rows.append(
            {
                "name": name,
                "holder_name": record["items"]["holder_name"],
                "card_number": record["items"]["card_number"],
                "inpatient_visits": len(record["inpatient_visits"]),
                "outpatient_visits": len(record["outpatient_visits"]),
            }
        )
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        visits = f"{row['inpatient_visits']}+{row['outpatient_visits']}"
        typer.echo(f"{row['name']:<28} {row['card_number']:<18}  {visits:>3}  {row['holder_name']}")


def _tell_result(found: list[Difference], console: Console, as_json: bool) -> None:
    if as_json:
        rows = [{"place": d.place, "written": str(d.written), "read": str(d.read)} for d in found]
        typer.echo(json.dumps({"ok": not found, "differences": rows}, ensure_ascii=False))
    else:
        for difference in found:
            text = _("{place}: {written!r} was written, {read!r} was read")
            console.print(
                text.format(place=difference.place, written=difference.written, read=difference.read),
                markup=False,
            )
        if not found:
            console.print(_("Everything came back as it was written."), style="bold green")
    if found:
        raise typer.Exit(FAILED)


def _fail(line: str) -> None:
    typer.echo(line, err=True)
    raise typer.Exit(FAILED)


def main() -> None:
    """Entry point of `rhc`."""
    app(prog_name="rhc")
