"""`rhc profiles`: the variants of the user card that `rhc sim --profile NAME` plays."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from card_os.spec.loader import variants
from command_line.failures import plain_errors
from language import _, choose

PROFILE = "health_card"


@plain_errors
def profiles(as_json: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False) -> None:
    """List the variants of the user card, with what they stand for and where they were seen."""
    known = variants(PROFILE).values()
    if as_json:
        rows = [
            {
                "name": variant.name,
                "chinese": variant.meaning.chinese,
                "english": variant.meaning.english,
                "source": variant.source,
                "settings": variant.settings,
            }
            for variant in known
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for variant in known:
        typer.echo(f"{variant.name:<17} {choose(variant.meaning)}")
        typer.echo(f"{'':<17} {variant.source}")


def register(app: typer.Typer) -> None:
    """Make `profiles` a command of `rhc`."""
    app.command("profiles", help=_("list the variants of the user card"))(profiles)
