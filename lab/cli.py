"""`rhc`: one command line for the simulator, the issuer and the reader."""

from __future__ import annotations

import json
import os
from typing import Annotated

import typer

import reader_client.cli
from command_line.failures import plain_errors
from command_line.lazy import lazy_groups
from lab import demo, profiles_cli, shell_cli
from lab.card_cli import card_app
from lab.faults_cli import faults_app
from lab.sim_cli import sim_app
from lab.trace_cli import trace_app
from language import _
from reader_client import lookup_cli

app = typer.Typer(
    cls=lazy_groups(
        issuer=("lab.issuer_cli", _("the issuer: people apply, cards are made and live")),
        **{"front-server": ("issuer.cli.front_server", _("keep the black and grey list near terminals"))},
        keys=("issuer.cli.keys", _("keys and their ceremony")),
        **{"sam-chip": ("lab.sam_chip_cli", _("simulated SAM chips at the desk of an issuer"))},
        **{"partner-sim": ("lab.partners_cli", _("simulated partners of an issuer, which answer its files"))},
        demo=("lab.demo_cli", _("whole stories in one command")),
        audit=("issuer.cli.audit", _("the audit log of the issuer")),
        train=("lab.training.cli", _("the training page: a reader and cards for people who learn")),
        conformance=("lab.conformance_cli", _("test any card, SAM or terminal against the rules")),
    ),
    help=_("A Residents' Health Card, its SAM, issuer and reader in software."),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
reader_client.cli.register(app)
app.add_typer(sim_app, name="sim")
app.add_typer(faults_app, name="faults")
profiles_cli.register(app)
shell_cli.register(app)
lookup_cli.register(app)
app.add_typer(card_app, name="card")
app.add_typer(trace_app, name="trace")


def _without_color(wanted: bool) -> None:
    if wanted:
        os.environ["NO_COLOR"] = "1"  # what rich, prompts and the programs started from here look at


@app.callback()
def options(
    *,
    no_color: Annotated[
        bool,
        typer.Option(
            "--no-color",
            callback=_without_color,
            is_eager=True,
            help=_("no colours; the same as NO_COLOR=1 in the environment"),
        ),
    ] = False,
) -> None:
    """Take what holds for all commands; the callback of the option has done it."""


@app.command("residents", help=_("list the demo residents"))
@plain_errors
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


def main() -> None:
    """Entry point of `rhc`."""
    app(prog_name="rhc")
