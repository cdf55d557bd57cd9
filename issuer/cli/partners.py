"""`rhc issuer partner …`: whom files go to and come from."""

from __future__ import annotations

from typing import Annotated

import typer

from command_line.failures import plain_errors
from issuer.batches import partners
from issuer.batches.exchange.kinds import PartnerKind
from issuer.cli.desk import As, Home, Second, desk
from issuer.cli.shown import Json, show_rows
from language import _

app = typer.Typer(help=_("partners: bank, maker, personalisation centre, outlet"), no_args_is_help=True)
Name = Annotated[str, typer.Argument(help=_("name of the partner"))]
PublicKey = Annotated[str, typer.Option("--key", help=_("its SM2 public key, 128 hex digits"))]


@app.command("add", help=_("add a partner with its public key; takes two administrators"))
@plain_errors
def add(
    name: Name,
    kind: Annotated[PartnerKind, typer.Option("--kind", help=_("what the partner does"))],
    key: PublicKey,
    *,
    display_name: Annotated[str, typer.Option("--display-name", help=_("name for people"))] = "",
    home: Home = None,
    operator: As = None,
    second: Second = None,
) -> None:
    """Add a partner."""
    with desk(home, operator, second) as at, at.work() as work:
        partners.add(work, partners.NewPartner(name, kind, display_name or name, _bytes(key)))
    typer.echo(_("{name} was added").format(name=name))


@app.command("list", help=_("list the partners"))
@plain_errors
def listed(*, home: Home = None, operator: As = None, as_json: Json = False) -> None:
    """List the partners."""
    with desk(home, operator) as at, at.work() as work:
        rows = partners.listed(work)
    columns = {
        "name": _("name"),
        "kind": _("kind"),
        "display_name": _("name for people"),
        "key": _("id of the key"),
        "disabled": _("disabled"),
    }
    show_rows(rows, columns, as_json=as_json)


@app.command("change-key", help=_("believe another key of a partner; takes two administrators"))
@plain_errors
def change_key(
    name: Name, key: PublicKey, *, home: Home = None, operator: As = None, second: Second = None
) -> None:
    """Change the key of a partner."""
    with desk(home, operator, second) as at, at.work() as work:
        partners.change_key(work, name, _bytes(key))
    typer.echo(_("{name} was changed").format(name=name))


@app.command("disable", help=_("send nothing to a partner any more, and take nothing in"))
@plain_errors
def disable(name: Name, *, home: Home = None, operator: As = None) -> None:
    """Disable a partner."""
    with desk(home, operator) as at, at.work() as work:
        partners.disable(work, name)
    typer.echo(_("{name} was changed").format(name=name))


def _bytes(key: str) -> bytes:
    """The bytes of hex digits; what is none is no key, which is told where keys are checked."""
    try:
        return bytes.fromhex(key)
    except ValueError:
        return b""
