"""Looking at applications on the command line: lists, one of them, counts, and find before make."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from command_line.failures import plain_errors
from issuer.applications import work_lists
from issuer.applications.documents import documents
from issuer.applications.fields import fields
from issuer.applications.identity import PersonKey
from issuer.applications.rules import rules
from issuer.cli.asking import asked
from issuer.cli.desk import As, Home, desk
from issuer.cli.shown import Json, show_json, show_rows
from language import _, choose

app = typer.Typer()
Number = Annotated[str, typer.Argument(help=_("number of an application"))]
County = Annotated[str, typer.Option("--county", help=_("one county only, six digits"))]
Limit = Annotated[int, typer.Option("--limit", min=1, help=_("how many at most"))]
_SEEN = ("number", "state", "collection_point", "state_since", "return_reason")


@app.command("list", help=_("list applications, without personal data"))
@plain_errors
def listed(
    *,
    state: Annotated[str, typer.Option("--state", help=_("one state only"))] = "",
    county: County = "",
    point: Annotated[str, typer.Option("--point", help=_("one collection point only"))] = "",
    limit: Limit = 100,
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """List applications, the longest waiting first."""
    with desk(home, operator) as at, at.work() as work:
        rows = work_lists.listed(work, state=state, county=county, point=point, limit=limit)
    _show(rows, as_json=as_json)


@app.command("waiting", help=_("list what waits for me"))
@plain_errors
def waiting_(
    *,
    limit: Limit = 100,
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """List what waits for the operator."""
    with desk(home, operator) as at, at.work() as work:
        rows = work_lists.work_list(work, limit)
    _show(rows, as_json=as_json)


@app.command("show", help=_("show one application with its personal data; this is written down"))
@plain_errors
def show(number: Number, *, home: Home = None, operator: As = None, as_json: Json = False) -> None:
    """Show one application."""
    with desk(home, operator) as at, at.work() as work:
        found = work_lists.shown(work, number)
    row = {name: found.row[name] for name in (*_SEEN, "mode", "business", "round", "applied_on")}
    if as_json:
        told = {"photo": bool(found.row["photo"]), "reviews": found.reviews, "possible": found.possible}
        show_json({**row, "values": found.row["form"], **told})
        return
    lines = [{"name": name, "value": value} for name, value in {**row, **found.row["form"]}.items()]
    show_rows(lines, {"name": _("field"), "value": _("value")}, as_json=False)
    columns = {"round": _("round"), "party": _("party"), "verdict": _("verdict"), "reason": _("reason")}
    show_rows(found.reviews, {**columns, "operator": _("operator"), "at": _("time")}, as_json=False)
    typer.echo(_("possible now: {actions}").format(actions=", ".join(found.possible) or "–"))


@app.command("find", help=_("find before make: whether a person is known; the number is asked for"))
@plain_errors
def find(
    document_type: Annotated[str, typer.Option("--type", help=_("type of the document"))] = "01",
    *,
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """Ask whether a person has a card or an open application."""
    with desk(home, operator) as at:
        key = PersonKey.known(document_type, asked(_("number of the document")))
        with at.work() as work:
            found = work_lists.find(work, key)
    told = {
        "known": found is not None,
        "card_state": found.card.state if found and found.card else None,
        "application": found.application if found else None,
        "may_apply": found is None or found.may_apply,
    }
    columns = {
        "known": _("known"),
        "card_state": _("card"),
        "application": _("open application"),
        "may_apply": _("may apply"),
    }
    show_rows([told], columns, as_json=as_json)


@app.command("stats", help=_("count applications by county and state"))
@plain_errors
def stats(home: Home = None, operator: As = None, as_json: Json = False) -> None:
    """Count applications."""
    with desk(home, operator) as at, at.work() as work:
        rows = work_lists.statistics(work)
    show_rows(rows, {"county": _("county"), "state": _("state"), "count": _("count")}, as_json=as_json)


@app.command("fields", help=_("list the fields of a form"))
@plain_errors
def fields_(as_json: Json = False) -> None:
    """List the fields."""
    rows = [{"name": f.name, "chinese": f.chinese, "english": f.english} for f in fields().values()]
    show_rows(rows, {"name": _("field"), "chinese": "中文", "english": "English"}, as_json=as_json)


@app.command("rules", help=_("list the rules, and the types of documents"))
@plain_errors
def rules_(as_json: Json = False) -> None:
    """List the rules."""
    rows = [{"name": name, "expected": choose(meaning)} for name, meaning in rules().items()]
    rows += [
        {"name": f"document_type {code}", "expected": choose(kind.meaning)}
        for code, kind in documents().items()
    ]
    show_rows(rows, {"name": _("rule"), "expected": _("what would be accepted")}, as_json=as_json)


def _show(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        show_json(rows)
        return
    seen = [{**row, "state_since": f"{row['state_since'].astimezone():%Y-%m-%d %H:%M}"} for row in rows]
    headings = (_("number"), _("state"), _("collection point"), _("since"), _("reason"))
    show_rows(seen, dict(zip(_SEEN, headings, strict=True)), as_json=False)
