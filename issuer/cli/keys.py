"""`rhc keys …`: keys by their check values, and the ceremony in which they are made."""

from __future__ import annotations

from collections.abc import Iterator

import typer

from card_os.spec import loader
from command_line.failures import plain_errors
from issuer.cli.shown import Json, show_json
from issuer.keys.test_custodian import PublishedTestCustodian
from language import _

app = typer.Typer(help=_("keys and their ceremony"), no_args_is_help=True)


@app.callback()
def keys() -> None:
    """Group of the commands for keys."""


@app.command("published", help=_("List the published test keys by their check values."))
@plain_errors
def published(as_json: Json = False) -> None:
    """Name, version and check value of each root key."""
    rows = list(_published_rows())
    if as_json:
        show_json(rows)
        return
    for row in rows:
        typer.echo(f"{row['key']:<10} v{row['version']}  {row['check_value']}")


def _published_rows() -> Iterator[dict[str, str | int]]:
    custodian = PublishedTestCustodian()
    for key in loader.load("health_card").keys.values():
        for version in range(1, key.versions + 1):
            value = custodian.check_value(key.name, version).hex().upper()
            yield {"key": key.name, "version": version, "check_value": value}
