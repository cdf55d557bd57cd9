"""`rhc items` and `rhc watch`: what there is to read, and what happens at the readers. No card is touched."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console

from card_os.spec.loader import load
from command_line.failures import plain_errors
from language import _
from reader_client.channel import ChannelFactory
from reader_client.cli import Json
from reader_client.items import complete_items, find_items, item_row, print_items
from reader_client.watch import Seen, Snapshot, changes, watch
from reader_client.watch_view import Looks, show_lines, show_table

Pattern = Annotated[
    str,
    typer.Argument(
        metavar="[PATTERN]",
        help=_("a part of a name in either language, or one with * and ?"),
        autocompletion=complete_items,
    ),
]


def register(app: typer.Typer) -> None:
    """Put the commands into a command line."""
    app.command("items", help=_("list the data items: names, place, length, coding, codes"))(items)
    app.command("watch", help=_("show what happens at the readers, until Ctrl-C"))(show_watch)


@plain_errors
def items(pattern: Pattern = "", *, as_json: Json = False) -> None:
    """List the data items."""
    profile = load("health_card")
    found = find_items(profile, pattern)
    if as_json:
        rows = [item_row(profile, item) for item in found]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        print_items(Console(highlight=False, markup=False), profile, found)
    if not found:
        raise typer.Exit(1)


@plain_errors
def show_watch(
    ctx: typer.Context,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help=_("a JSON object in a line for each event"))
    ] = False,
) -> None:
    """Show what happens at the readers."""
    console = Console(highlight=False, markup=False, emoji=False)
    with suppress(KeyboardInterrupt):  # Ctrl-C is how it ends
        if as_json or not sys.stdout.isatty():
            show_lines(console, _looks(ctx.obj), as_json=as_json)
        else:
            show_table(console, _looks(ctx.obj))


def _looks(factory: ChannelFactory | None) -> Looks:
    """PC/SC as it changes; of readers in this process, which never change, one look."""
    if factory is None:
        return watch()
    seen: Snapshot = {state.name: Seen(state.atr is not None, state.atr) for state in factory.readers()}
    return [(seen, tuple(changes({}, seen)))]
