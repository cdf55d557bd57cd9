"""`rhc issuer batch …`: batches from plan to close, and the files that go to partners and come from them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from card_os.spec.errors import PlainError
from command_line.failures import plain_errors
from issuer.batches import closing, listing, planning, receiving, sending
from issuer.batches.card_settings import card_settings
from issuer.batches.exchange.kinds import kinds
from issuer.batches.states import names
from issuer.cli import batch_chips, batch_reports
from issuer.cli.desk import As, Home, desk
from issuer.cli.shown import Json, show_json, show_rows
from issuer.printing import private_file
from language import _, cause, choose

app = typer.Typer(help=_("batches: applications on their way to cards"), no_args_is_help=True)
app.add_typer(batch_chips.app)
app.add_typer(batch_reports.app)

Number = Annotated[str, typer.Argument(help=_("number of the batch"))]
State = Annotated[str | None, typer.Option("--state", help=_("those in one state only"))]
Directory = Annotated[Path, typer.Option("--out", file_okay=False, help=_("directory for the file"))]


class FileRefusedError(PlainError):
    """A file that cannot be read or written."""

    template = "{file}: {reason}"


@app.command("plan", help=_("take applications that are ready into a new batch"))
@plain_errors
def plan(
    county: Annotated[str, typer.Option("--county", help=_("six digits of GB/T 2260"))],
    outlet: Annotated[str, typer.Option("--outlet", help=_("partner where cards are handed out"))] = "",
    bank: Annotated[str, typer.Option("--bank", help=_("partner that opens accounts"))] = "",
    maker: Annotated[str, typer.Option("--maker", help=_("partner that delivers chips"))] = "",
    centre: Annotated[
        str, typer.Option("--centre", help=_("partner that personalises; we where it is left out"))
    ] = "",
    *,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help=_("how many at most"))] = None,
    applications: Annotated[
        list[str] | None,
        typer.Option("--application", help=_("this one by number; may be given several times")),
    ] = None,
    stock: Annotated[bool, typer.Option("--stock", help=_("no applications: chips for the stock"))] = False,
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """Plan a batch."""
    with desk(home, operator) as at, at.work() as work:
        order = planning.BatchOrder(at.office.settings.code, county, outlet, bank, maker, centre, limit)
        if stock or applications:
            order = replace(order, application_ids=planning.ids_of(work, applications or []))
        made = planning.plan(work, order)
    if as_json:
        show_json({"number": made.number, "lines": made.lines})
    else:
        typer.echo(_("batch {number}: {count} lines").format(number=made.number, count=made.lines))


@app.command("list", help=_("list batches, the newest first"))
@plain_errors
def listed(state: State = None, *, home: Home = None, operator: As = None, as_json: Json = False) -> None:
    """List batches."""
    with desk(home, operator) as at, at.work() as work:
        rows = listing.listed(work, state)
    columns = {
        "number": _("number"),
        "state": _("state"),
        "lines": _("lines"),
        "county": _("county"),
        "outlet": _("outlet"),
        "made_at": _("made at"),
        "closed_at": _("closed at"),
    }
    show_rows(rows, columns, as_json=as_json)


@app.command("show", help=_("show a batch: its lines by state, and its files"))
@plain_errors
def show(number: Number, *, home: Home = None, operator: As = None, as_json: Json = False) -> None:
    """Show a batch."""
    with desk(home, operator) as at, at.work() as work:
        view = listing.shown(work, number)
    told = names("line")
    states = [
        {"state": state, "code": told[state].code, "meaning": choose(told[state].meaning), "lines": count}
        for state, count in view.states.items()
    ]
    if as_json:
        files = [
            {name: row[name] for name in ("kind", "sender", "receiver", "seq", "lines", "at")}
            for row in view.files
        ]
        show_json({"number": number, "state": view.batch["state"], "lines": states, "files": files})
        return
    typer.echo(f"{number}  {view.batch['state']}  {choose(names('batch')[view.batch['state']].meaning)}\n")
    show_rows(
        states, {"state": _("state"), "code": _("code"), "meaning": "", "lines": _("lines")}, as_json=False
    )
    columns = {
        "kind": _("file"),
        "seq": _("no."),
        "sender": _("from"),
        "receiver": _("to"),
        "lines": _("lines"),
        "at": _("at"),
    }
    show_rows(list(view.files), columns, as_json=False)


@app.command("lines", help=_("list the lines of a batch; nothing of the persons"))
@plain_errors
def lines(
    number: Number, state: State = None, *, home: Home = None, operator: As = None, as_json: Json = False
) -> None:
    """List the lines of a batch."""
    with desk(home, operator) as at, at.work() as work:
        rows = listing.lines(work, number, state)
    columns = {
        "line": _("line"),
        "application": _("application"),
        "state": _("state"),
        "chip_serial": _("chip"),
        "attempt": _("attempt"),
        "fault": _("fault"),
        "failed_as": _("failed as"),
    }
    show_rows(rows, columns, as_json=as_json)


@app.command("send", help=_("make the next file for a partner, and take the step that it stands for"))
@plain_errors
def send(
    number: Number,
    kind: Annotated[str, typer.Argument(help=_("APP, ACC-REQ, PRD-REQ, PER-REQ or DLV"))],
    out: Directory = Path(),
    *,
    spares: Annotated[int, typer.Option("--spares", min=0, help=_("chips beyond the lines"))] = 0,
    again: Annotated[
        int | None, typer.Option("--again", min=1, help=_("send the file with this number again"))
    ] = None,
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """Send a file."""
    with desk(home, operator) as at, at.work() as work:
        if again is not None:
            made = sending.send_again(work, number, kind.upper(), again)
        else:
            settings = card_settings(at.office)
            made = sending.send(work, number, kind.upper(), spares=spares, settings=settings)
        # a file that cannot be kept here was not sent: the step is undone with it
        file = _written(out / made.name, made.raw)
    if as_json:
        show_json(
            {
                "file": str(file),
                "kind": made.kind,
                "receiver": made.receiver,
                "seq": made.seq,
                "lines": made.lines,
            }
        )
    else:
        told = {"file": file, "count": made.lines, "receiver": made.receiver}
        typer.echo(_("{file}: {count} lines for {receiver}").format(**told))


@app.command("receive", help=_("take in files of partners, each whole or not at all"))
@plain_errors
def receive(
    files: Annotated[list[Path], typer.Argument(help=_("files that came in, in their order"))],
    *,
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """Take files in; the first one that is refused ends it."""
    taken = []
    with desk(home, operator) as at:
        for file in files:
            raw = _read(file)
            with at.work() as work:
                found = receiving.receive(work, raw)
            told = {"kind": found.kind, "batch": found.batch, "seq": found.seq, "sender": found.sender}
            taken.append(
                {
                    "file": str(file),
                    **told,
                    "lines": found.lines,
                    "results": dict(found.results),
                    "again": found.again,
                }
            )
            if not as_json:
                results = ", ".join(f"{name} {count}" for name, count in sorted(found.results.items()))
                line = _("{file}: {kind} of {sender}: {results}").format(
                    file=file, kind=found.kind, sender=found.sender, results=results
                )
                typer.echo(line + (" " + _("(taken in before)") if found.again else ""))
    if as_json:
        show_json(taken)


@app.command("give-up", help=_("take lines that failed out of a batch"))
@plain_errors
def give_up(
    number: Number,
    given: Annotated[list[int], typer.Argument(help=_("numbers of lines"), metavar="LINE...")],
    *,
    reason: Annotated[str, typer.Option("--reason", help=_("a reason for people, nothing personal"))],
    again: Annotated[
        bool, typer.Option("--again/--return", help=_("into the next batch, or back to the collection point"))
    ],
    home: Home = None,
    operator: As = None,
) -> None:
    """Give lines up."""
    with desk(home, operator) as at, at.work() as work:
        closing.give_up(work, number, given, reason, again=again)
    typer.echo(_("{name} was changed").format(name=number))


@app.command("close", help=_("end a batch; prints a checkpoint of the audit log to keep elsewhere"))
@plain_errors
def close(number: Number, *, home: Home = None, operator: As = None) -> None:
    """Close a batch."""
    with desk(home, operator) as at, at.work() as work:
        checkpoint = closing.close(work, number)
    typer.echo(checkpoint.line())


@app.command("kinds", help=_("list the kinds of exchange files and their fields"))
@plain_errors
def kinds_of_files(as_json: Json = False) -> None:
    """List the declaration of the files."""
    rows = [
        {
            "kind": kind.name,
            "from": kind.sender,
            "to": kind.receiver,
            "field": spec.name,
            "type": spec.type.value,
            "length": f"{spec.least}-{spec.most}",
            "personal": spec.personal,
            "meaning": choose(spec.meaning),
        }
        for kind in kinds().values()
        for spec in kind.fields.values()
    ]
    columns = {
        "kind": _("kind"),
        "from": _("from"),
        "to": _("to"),
        "field": _("field"),
        "type": _("type"),
        "length": _("length"),
        "personal": _("personal"),
        "meaning": _("meaning"),
    }
    show_rows(rows, columns, as_json=as_json)


def _written(file: Path, raw: bytes) -> Path:
    """Put a file into its place, for its owner only and whole; the same one may be there already."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileRefusedError(file=file, reason=cause(error)) from None
    private_file.write(file, raw)
    return file


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise FileRefusedError(file=file, reason=cause(error)) from None
