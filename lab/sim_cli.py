"""`rhc sim`: the simulator, and what a running one is told from another terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from command_line.failures import plain_errors
from lab import control
from lab.in_process import prompt
from lab.once import Difference
from lab.sim import Options, Simulator
from language import _

FAILED = 1

sim_app = typer.Typer(help=_("put cards and SAMs into virtual PC/SC readers"), invoke_without_command=True)

AsJson = Annotated[bool, typer.Option("--json", help=_("print JSON"))]
CardName = Annotated[
    str, typer.Argument(metavar="CARD", help=_("user, user:RESIDENT, sam, or the file of a card"))
]
SlotName = Annotated[
    str | None, typer.Argument(metavar="[SLOT]", help=_("number of the slot, its reader or a part of it"))
]


@sim_app.callback()
def sim(
    ctx: typer.Context,
    *,
    slots: Annotated[
        str,
        typer.Option(
            "--slots",
            help=_("cards to insert, with commas: user, user:RESIDENT, sam, or the file of a card"),
        ),
    ] = "user,sam",
    card: Annotated[
        Path | None, typer.Option("--card", help=_("the user card of this file, which keeps what is written"))
    ] = None,
    resident: Annotated[
        str, typer.Option("--resident", help=_("demo resident: a name of `rhc residents`, or its start"))
    ] = "05",
    variant: Annotated[
        str, typer.Option("--profile", help=_("variant of the user card: a name of `rhc profiles`"))
    ] = "",
    faults: Annotated[
        str, typer.Option("--faults", help=_("plan of faults: a name of `rhc faults list`, or a file"))
    ] = "",
    ready_file: Annotated[
        Path | None, typer.Option("--ready-file", help=_("write a JSON file here once the cards answer"))
    ] = None,
    trace: Annotated[
        Path | None, typer.Option("--trace", help=_("write what passes into a file for each card"))
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help=_("run the whole demonstration, compare, and end"))
    ] = False,
    in_process: Annotated[
        bool, typer.Option("--in-process", help=_("without PC/SC: a prompt for the commands of the reader"))
    ] = False,
    page: Annotated[
        bool, typer.Option("--page/--no-page", help=_("serve the training page over these readers"))
    ] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help=_("do not tell what passes"))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=_("tell it as JSON lines"))] = False,
) -> None:
    """Run the simulator; with a command, tell the running one."""
    if ctx.invoked_subcommand is not None:
        return
    wishes = tuple(part.strip() for part in slots.split(","))
    if card is not None:
        wishes = tuple(str(card) if wish == "user" else wish for wish in wishes)
    options = Options(resident, wishes, variant, faults, ready_file, trace, as_json, quiet, page)
    _run(ctx, options, once, in_process)


@plain_errors
def _run(ctx: typer.Context, options: Options, once: bool, in_process: bool) -> None:
    simulator = Simulator(options, Console(highlight=False))
    if once:
        found = simulator.run_once_in_process() if in_process else simulator.run_once()
        _tell_result(found, options.as_json)
    elif in_process:
        with simulator.in_process() as channels:
            prompt(ctx.find_root().command.main, channels)
    else:
        simulator.run()


@sim_app.command("insert", help=_("put a card into a slot of the running simulator"))
@plain_errors
def insert(card: CardName, slot: SlotName = None, as_json: AsJson = False) -> None:
    """Insert a card."""
    _show(control.ask({"do": "insert", "card": _absolute(card), "slot": slot}), as_json)


@sim_app.command("eject", help=_("take a card out of the running simulator"))
@plain_errors
def eject(slot: SlotName = None, as_json: AsJson = False) -> None:
    """Eject a card."""
    _show(control.ask({"do": "eject", "slot": slot}), as_json)


@sim_app.command("swap", help=_("put another card in the place of one"))
@plain_errors
def swap(card: CardName, slot: SlotName = None, as_json: AsJson = False) -> None:
    """Swap a card."""
    _show(control.ask({"do": "swap", "card": _absolute(card), "slot": slot}), as_json)


@sim_app.command("faults", help=_("put another plan of faults in force, or none"))
@plain_errors
def change_faults(
    plan: Annotated[
        str, typer.Argument(metavar="PLAN", help=_("a name of `rhc faults list`, a file, or none"))
    ],
    as_json: AsJson = False,
) -> None:
    """Change the faults."""
    _show(control.ask({"do": "faults", "card": _absolute(plan), "slot": None}), as_json)


@sim_app.command("list", help=_("list the slots of the running simulator and the cards in them"))
@plain_errors
def list_slots(as_json: AsJson = False) -> None:
    """List the slots."""
    _show(control.ask({"do": "list"}), as_json)


def _absolute(card: str) -> str:
    """The simulator may run in another directory."""
    path = Path(card)
    return str(path.absolute()) if path.is_file() else card


def _show(answer: control.Answer, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(answer["slots"], ensure_ascii=False, indent=2))
        return
    for row in answer["slots"]:
        card = f"{row['card']:<6} {row['about']}" if row["card"] else "-"
        typer.echo(f"{row['slot']:>2}  {row['reader']:<26}  {card}")


def _tell_result(found: list[Difference], as_json: bool) -> None:
    if as_json:
        rows = [{"place": d.place, "written": str(d.written), "read": str(d.read)} for d in found]
        typer.echo(json.dumps({"ok": not found, "differences": rows}, ensure_ascii=False))
    else:
        for difference in found:
            text = _("{place}: {written!r} was written, {read!r} was read")
            typer.echo(text.format(place=difference.place, written=difference.written, read=difference.read))
        if not found:
            typer.secho(_("Everything came back as it was written."), bold=True)
    if found:
        raise typer.Exit(FAILED)
