"""Reviews on the command line: passed, returned, refused for good, released; and numbers merged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from command_line.failures import plain_errors
from issuer.applications import merging, release, reviews
from issuer.applications.identity import PersonKey
from issuer.applications.reviews import Party, Verdict
from issuer.cli.asking import asked
from issuer.cli.broken_rules import problem_columns
from issuer.cli.desk import As, Home, Second, desk
from issuer.cli.shown import Json, progress, show_json, show_rows
from language import _

app = typer.Typer()
Number = Annotated[str, typer.Argument(help=_("number of an application"))]
Numbers = Annotated[list[str] | None, typer.Argument(help=_("numbers of applications"), show_default=False)]
Reason = Annotated[str, typer.Option("--reason", help=_("a reason for people, nothing personal"))]
County = Annotated[str, typer.Option("--county", help=_("one county only, six digits"))]
Waiting = Annotated[bool, typer.Option("--waiting", help=_("everything that waits for this step"))]


@app.command("review", help=_("pass, return or refuse applications for a party"))
@plain_errors
def review(
    party: Annotated[Party, typer.Argument(help=_("for whom"))],
    verdict: Annotated[Verdict, typer.Argument(help=_("what is said"))],
    numbers: Numbers = None,
    *,
    waiting: Waiting = False,
    county: County = "",
    reason: Reason = "",
    home: Home = None,
    operator: As = None,
) -> None:
    """Give one verdict on applications, all or none."""
    with desk(home, operator) as at, at.work() as work:
        chosen = _chosen(numbers, reviews.waiting(work, party, county) if waiting else None)
        reviews.give(work, party, verdict, chosen, reason)
    typer.echo(
        _("{count} applications: {party} {verdict}").format(count=len(chosen), party=party, verdict=verdict)
    )


@app.command("release", help=_("let applications that all parties passed be made"))
@plain_errors
def released(
    numbers: Numbers = None,
    *,
    waiting: Waiting = False,
    county: County = "",
    home: Home = None,
    operator: As = None,
    as_json: Json = False,
) -> None:
    """Release applications; those against which something stands by now are told and stay."""
    with desk(home, operator) as at, progress(_("applications")) as bar, at.work() as work:
        chosen = _chosen(numbers, release.waiting(work, county) if waiting else None)
        done = release.release(work, chosen, bar)
    held = [(number, problem) for number, found in done.held.items() for problem in found]
    rows = [{"number": number, **problem.as_json()} for number, problem in held]
    if as_json:
        show_json({"ready": done.ready, "held": rows})
        return
    typer.echo(_("{count} applications are ready to be made").format(count=len(done.ready)))
    if rows:
        show_rows(rows, {"number": _("number"), **problem_columns()}, as_json=False)


@app.command("instant", help=_("review at the desk for a card at once; takes the collector and a reviewer"))
@plain_errors
def instant(number: Number, *, home: Home = None, operator: As = None, second: Second = None) -> None:
    """Review and release an application of the mode instant."""
    with desk(home, operator, second) as at, at.work() as work:
        release.instant_pass(work, number)
    typer.echo(_("{count} applications are ready to be made").format(count=1))


@app.command("merge", help=_("let two numbers be those of one person; asked for; takes two reviewers"))
@plain_errors
def merge(
    old_type: Annotated[str, typer.Option("--old-type", help=_("type of the old number"))] = "NB",
    new_type: Annotated[str, typer.Option("--new-type", help=_("type of the new number"))] = "01",
    *,
    home: Home = None,
    operator: As = None,
    second: Second = None,
) -> None:
    """Merge two numbers in the master index."""
    with desk(home, operator, second) as at:
        old = PersonKey.known(old_type, asked(_("old number")))
        new = PersonKey.known(new_type, asked(_("new number")))
        with at.work() as work:
            merging.merge(work, old, new, new_type)
    typer.echo(_("the numbers are one person now"))


def _chosen(numbers: Sequence[str] | None, waiting: Sequence[str] | None) -> Sequence[str]:
    """The numbers that were given, or else everything that waits."""
    if bool(numbers) == (waiting is not None):
        raise typer.BadParameter(_("give numbers or --waiting"))
    return numbers or waiting or ()
