"""How the issuer's commands show what they found: JSON for programs, tables and progress for people."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from language import _

Json = Annotated[bool, typer.Option("--json", help=_("print JSON"))]


def show_json(value: object) -> None:
    """Print a value as JSON; moments and days as ISO 8601."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_as_text))


def show_rows(rows: Sequence[Mapping[str, object]], columns: Mapping[str, str], *, as_json: bool) -> None:
    """Print rows as JSON, or as a table of `columns`: the key in the row and its heading."""
    if as_json:
        show_json([{name: row[name] for name in columns} for row in rows])
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in columns.values():
        table.add_column(heading, overflow="fold")
    for row in rows:
        # as plain text: what partners and applicants wrote is no markup, and steers no terminal
        table.add_row(*(Text(_harmless(_cell(row[name]))) for name in columns))
    Console().print(table)
    if not rows:
        typer.echo(_("none"))


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on the screen, on standard error and only for people; give it done and total."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(str(part) for part in value)
    return _as_text(value) if isinstance(value, date | datetime) else str(value)


def _harmless(text: str) -> str:
    return "".join(
        sign if sign.isprintable() or sign == "\n" else "\N{REPLACEMENT CHARACTER}" for sign in text
    )


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone().isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else str(value)
