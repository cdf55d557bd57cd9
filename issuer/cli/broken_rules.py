"""How broken rules are shown on the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import typer

from issuer.applications import intake, list_intake
from issuer.cli.shown import show_json, show_rows
from language import _


def problem_columns() -> dict[str, str]:
    """The columns of a table of problems."""
    return {"field": _("field"), "rule": _("rule"), "expected": _("what would be accepted")}


def show_entered(entered: intake.Entered, *, as_json: bool) -> None:
    """An application and what still stands against it."""
    rows: Sequence[Mapping[str, object]] = [problem.as_json() for problem in entered.problems]
    if as_json:
        show_json({"number": entered.number, "state": entered.state, "problems": rows})
        return
    typer.echo(_("{number} is in state {state}").format(number=entered.number, state=entered.state))
    if rows:
        show_rows(rows, problem_columns(), as_json=False)


def show_receipt(receipt: list_intake.Receipt, *, as_json: bool) -> None:
    """What became of a list."""
    if as_json:
        show_json(receipt.as_json())
        return
    if receipt.problems:
        show_rows(receipt.problems_json(), {"line": _("line"), **problem_columns()}, as_json=False)
    typer.echo(
        _("{lines} lines: {accepted} accepted, {refused} with problems").format(
            lines=receipt.lines, accepted=len(receipt.accepted), refused=len(receipt.problems)
        )
    )
