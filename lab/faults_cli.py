"""`rhc faults …`: plans of what goes wrong with a card, for `rhc sim --faults PLAN`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from card_os.faults import Plan
from command_line.failures import plain_errors
from lab import fault_plans
from language import _, choose

faults_app = typer.Typer(help=_("plans of faults for the simulator"), no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help=_("print JSON"))]


@faults_app.command("list", help=_("list the ready-made plans"))
@plain_errors
def list_plans(as_json: Json = False) -> None:
    """List the ready-made plans."""
    plans = {name: fault_plans.plan(name) for name in fault_plans.names()}
    if as_json:
        _print_json([_row(name, plan) for name, plan in plans.items()])
        return
    for name, plan in plans.items():
        typer.echo(f"{name:<26} {choose(plan.meaning)}")


@faults_app.command(help=_("print a ready-made plan, to begin one of your own with"))
@plain_errors
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("a name of `rhc faults list`"))],
    as_json: Json = False,
) -> None:
    """Print the text of a plan."""
    if as_json:
        _print_json(_row(name, fault_plans.plan(name)))
    else:
        typer.echo(fault_plans.text(name), nl=False)


@faults_app.command(help=_("check a plan and tell what it does"))
@plain_errors
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("a plan in TOML"))], as_json: Json = False
) -> None:
    """Check a plan."""
    plan = fault_plans.checked(file)
    if as_json:
        _print_json(_row(str(file), plan))
        return
    typer.echo(choose(plan.meaning))
    if plan.scene:
        typer.echo(_("scene: {scene}").format(scene=plan.scene))
    for rule in plan.rules:
        when, fault = fault_plans.when_in_words(rule.when), fault_plans.fault_in_words(rule.fault)
        typer.echo(f"{rule.number}. {when}: {fault}")


def _row(name: str, plan: Plan) -> dict[str, object]:
    rules = [
        {"when": fault_plans.when_in_words(r.when), "fault": fault_plans.fault_in_words(r.fault)}
        for r in plan.rules
    ]
    return {
        "name": name,
        "chinese": plan.meaning.chinese,
        "english": plan.meaning.english,
        "scene": plan.scene or None,
        "seed": plan.seed,
        "rules": rules,
    }


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1))
