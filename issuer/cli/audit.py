"""`rhc audit …`: the audit log, and whether anybody has touched it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from command_line.failures import plain_errors
from issuer.cli.desk import As, Home, desk
from issuer.cli.shown import Json, progress, show_json, show_rows
from issuer.registry import auditing
from language import _, describe

app = typer.Typer(help=_("the audit log of the issuer"), no_args_is_help=True)
DAMAGED = 1
Checkpoints = Annotated[
    Path | None,
    typer.Option("--checkpoints", exists=True, dir_okay=False, help=_("checkpoints that left the house")),
]


@app.command("verify", help=_("find altered, removed and inserted rows; exit code 1 where there are any"))
@plain_errors
def verify(
    *, checkpoints: Checkpoints = None, home: Home = None, operator: As = None, as_json: Json = False
) -> None:
    """Verify the whole chain."""
    lines = checkpoints.read_text("utf-8").splitlines() if checkpoints else []
    with desk(home, operator) as at, progress(_("audit log")) as bar, at.work() as work:
        verdict = auditing.verify(work, lines, bar)
    found = [{"seq": finding.seq, "reason": describe(finding.reason)} for finding in verdict.findings]
    if as_json:
        show_json({"rows": verdict.rows, "checkpoints": verdict.checkpoints, "findings": found})
    else:
        for finding in found:
            typer.echo(_("row {seq}: {reason}").format(**finding), err=True)
        text = _("{rows} rows, {checkpoints} checkpoints, {count} findings")
        typer.echo(text.format(rows=verdict.rows, checkpoints=verdict.checkpoints, count=len(found)))
    if found:
        raise typer.Exit(DAMAGED)


@app.command("checkpoint", help=_("sign the end of the log; print the line that belongs outside the house"))
@plain_errors
def checkpoint(home: Home = None, operator: As = None) -> None:
    """Sign the end of the log."""
    with desk(home, operator) as at, at.work() as work:
        line = auditing.checkpoint(work).line()
    typer.echo(line)


@app.command("list", help=_("show the newest rows"))
@plain_errors
def listed(
    count: Annotated[int, typer.Option("--count", min=1, max=10_000, help=_("how many rows"))] = 20,
    *,
    subject: Annotated[str | None, typer.Option("--subject", help=_("rows of one id or name only"))] = None,
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """Show the newest rows."""
    with desk(home, operator) as at, at.work() as work:
        rows = auditing.newest(work, count, subject)
    columns = {
        "seq": _("row"),
        "at": _("time"),
        "operator": _("operator"),
        "second": _("second person"),
        "action": _("action"),
        "subject_id": _("subject"),
        "detail": _("detail"),
    }
    show_rows(rows, columns, as_json=as_json)
