"""`rhc conformance`: play the suite, list its cases, judge a terminal; see also `report_cli`.

Exit codes: 0 all went well, 1 a case failed or one line on standard error says why, 2 wrong usage, 130
stopped by Ctrl-C. The module is imported when the group is called.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from card_os.spec.loader import load
from card_os.spec.model import Meaning
from command_line.failures import plain_errors
from language import _, choose
from reader_client.cli import DEFAULT_PIN, Json, Pin, Reader, Sam, given_pin
from reader_client.conformance import catalogue, choosing, playing, report_cli
from reader_client.conformance.bench import Bench
from reader_client.conformance.exchange import Exchange
from reader_client.conformance.laboratory import has_laboratory, laboratory_of
from reader_client.conformance.model import Case, Certainty
from reader_client.conformance.report.document import About, Document, Explain, explain_nothing
from reader_client.conformance.setting_up import CARD_PROFILE, Wish, set_up
from reader_client.conformance.terminal import showing
from reader_client.conformance.terminal.judge import judged
from reader_client.pcsc import PcscChannels

FAILED, STOPPED = 1, 130

conformance_app = typer.Typer(
    help=_("test any card, SAM or terminal against the rules"), no_args_is_help=True
)
report_cli.register(conformance_app)

Variant = Annotated[
    str, typer.Option("--profile", help=_("variant that the card is meant to be: a name of `rhc profiles`"))
]
Groups = Annotated[
    str, typer.Option("--group", help=_("groups, items or cases, with commas: A,M or A5 or A5-01"))
]
Quick = Annotated[bool, typer.Option("--quick", help=_("a part that takes seconds"))]
Keys = Annotated[
    str,
    typer.Option(
        "--keys", help=_("file of test keys, or `test` for the published ones; else those of the SAM")
    ),
]
Simulated = Annotated[
    bool, typer.Option("--simulated", help=_("play against a simulated card in this process"))
]
Destructive = Annotated[
    bool, typer.Option("--destructive", help=_("play what uses a card up, too; it is of no use afterwards"))
]
Blank = Annotated[
    bool, typer.Option("--blank", help=_("the card in the reader is blank; the keys hold its transport key"))
]
State = Annotated[
    Path | None,
    typer.Option(
        "--state", metavar="FILE", help=_("keep results here, and go on with a run that was stopped")
    ),
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIRECTORY", help=_("write JSON, JUnit, HTML and badge here"))
]
SignKey = Annotated[
    Path | None,
    typer.Option("--sign-key", metavar="FILE", help=_("key that signs the report; made on first use")),
]
NoSign = Annotated[bool, typer.Option("--no-sign", help=_("leave the report without a signature"))]
WithData = Annotated[
    bool,
    typer.Option("--with-data", help=_("let what stands on the card into the report; for test cards")),
]

Exchanges = Annotated[
    bool, typer.Option("--exchanges", help=_("tell the exchanges of every case, not only of those that fail"))
]


@conformance_app.command("run", help=_("play the suite against the card in a reader; for test cards only"))
@plain_errors
def run(
    ctx: typer.Context,
    *,
    reader: Reader = None,
    sam: Sam = None,
    pin: Pin = DEFAULT_PIN,
    keys: Keys = "",
    simulated: Simulated = False,
    profile: Variant = "",
    group: Groups = "",
    quick: Quick = False,
    destructive: Destructive = False,
    blank: Blank = False,
    state: State = None,
    out: Out = None,
    sign_key: SignKey = None,
    no_sign: NoSign = False,
    with_data: WithData = False,
    exchanges: Exchanges = False,
    as_json: Json = False,
) -> None:
    """Play the suite."""
    wish = Wish(
        reader=reader,
        sam_reader=sam,
        pin="" if simulated else given_pin(pin),
        variant=profile,
        keys=keys,
        blank=blank,
        simulated=simulated,
        with_data=with_data,
    )
    selected = {"group": group, "quick": quick, "destructive": destructive, "blank": blank}
    laboratory = laboratory_of(ctx) if has_laboratory(ctx) else None
    with set_up(wish, ctx.obj or PcscChannels(exclusive=True), laboratory) as bench:
        suite = catalogue.cases_of(bench.profile)
        cases = choosing.chosen(suite, group.split(","), quick=quick)
        chosen = {name: value for name, value in selected.items() if value}
        about = replace(_about(ctx, bench, chosen), all_exchanges=exchanges)
        report = playing.play(playing.Plan(suite, cases, bench, about, destructive), state)
    report = report if no_sign else report_cli.signed_where_possible(report, sign_key)
    report_cli.show(report, out, as_json=as_json)
    _end(report, state)


@conformance_app.command("list", help=_("list the cases, or those of some groups"))
@plain_errors
def list_cases(
    *, profile: Variant = "", group: Groups = "", quick: Quick = False, as_json: Json = False
) -> None:
    """List the cases."""
    suite = catalogue.cases_of(load(CARD_PROFILE, profile))
    cases = choosing.chosen(suite, group.split(","), quick=quick)
    if as_json:
        typer.echo(_json([_case_row(case) for case in cases]))
        return
    for case in cases:
        typer.echo(f"{case.id:<26} {choose(case.title)}")
    typer.echo(_("{count} cases").format(count=len(cases)))


@conformance_app.command("show", help=_("show a case: its source, what it needs, its steps"))
@plain_errors
def show(
    case: Annotated[str, typer.Argument(metavar="CASE", help=_("id of a case, such as A5-01"))],
    *,
    profile: Variant = "",
    as_json: Json = False,
) -> None:
    """Show a case."""
    found = catalogue.case_named(catalogue.cases_of(load(CARD_PROFILE, profile)), case)
    row = _case_row(found)
    if as_json:
        typer.echo(_json(row))
        return
    typer.echo(f"{found.id}  {choose(found.title)}")
    item = catalogue.items()[found.item]
    what = f"{item.id} {choose(item.title)}: {choose(item.proves)}"
    typer.echo(_("proves: {what}").format(what=what))
    certainty = choose(_CERTAINTY[found.certainty])
    typer.echo(_("source: {source} ({certainty})").format(source=found.source, certainty=certainty))
    typer.echo(_("needs: {needs}").format(needs=", ".join(row["needs"]) or "-"))
    for title, lines in ((_("steps:"), row["steps"]), (_("afterwards:"), row["restore"])):
        if lines:
            typer.echo("\n  ".join((title, *lines)))


@conformance_app.command("terminal", help=_("judge what a terminal did, by recorded traces"))
@plain_errors
def terminal(
    ctx: typer.Context,
    traces: Annotated[
        list[Path],
        typer.Argument(metavar="TRACE", help=_("trace of the card, and that of the SAM where there is one")),
    ],
    *,
    profile: Variant = "",
    as_json: Json = False,
) -> None:
    """Judge a terminal."""
    verdict = judged(laboratory_of(ctx).recorded(traces), load(CARD_PROFILE, profile))
    if as_json:
        typer.echo(_json(showing.rows(verdict)))
    else:
        typer.echo("\n".join(showing.lines(verdict)))
    if not verdict.passed:
        raise typer.Exit(FAILED)


_CERTAINTY = {
    Certainty.FACT: Meaning("现场事实", "a fact of the field"),
    Certainty.RELATED: Meaning("取自相关规范", "from a related specification"),
    Certainty.OURS: Meaning("本项目的解读", "our reading"),
}


def _about(ctx: typer.Context, bench: Bench, selected: Document) -> About:
    explain: Explain = explain_nothing
    if has_laboratory(ctx):
        laboratory = laboratory_of(ctx)

        def explained(exchanges: Sequence[Exchange]) -> Sequence[Meaning]:
            return laboratory.explained(bench.profile, exchanges, with_data=bench.shows_data)

        explain = explained
    return About(
        profile=bench.profile,
        reader=getattr(bench.card, "reader", ""),
        sam_reader=getattr(bench.sam, "reader", ""),
        selected=selected,
        with_data=bench.shows_data,
        explain=explain,
    )


def _end(report: Document, state: Path | None) -> None:
    """The exit code of a run."""
    if report["stopped"] is not None:
        if state is not None:
            typer.echo(_("the same command goes on where this run stopped"), err=True)
        raise typer.Exit(STOPPED)
    summary = report["summary"]
    if summary["failed"] or summary["error"] or not report["card"]["is_health_card"]:
        raise typer.Exit(FAILED)


def _case_row(case: Case) -> Document:
    return {
        "id": case.id,
        "group": case.group.value,
        "item": case.item,
        "title": {"zh": case.title.chinese, "en": case.title.english},
        "source": case.source,
        "certainty": case.certainty.value,
        "needs": sorted(need.value for need in case.needs),
        "leaves": list(case.leaves),
        "quick": case.quick,
        "steps": list(case.lines),
        "restore": [step.line for step in case.restore],
    }


def _json(value: Any) -> str:  # noqa: ANN401 - JSON holds any type
    return json.dumps(value, ensure_ascii=False, indent=1)
