"""`rhc issuer …`: the groups of the issuance backend."""

from __future__ import annotations

import typer

from command_line.failures import plain_errors
from issuer.cli import (
    applications,
    batches,
    card_chips,
    card_rules,
    cards,
    house,
    lists,
    operators,
    partners,
    places,
    prints,
    records,
    sams,
)
from language import _

app = typer.Typer(help=_("the issuer: people apply, cards are made and live"), no_args_is_help=True)
app.command("check", help=_("Check resident records; nothing is written."))(records.check)
app.command("init", help=_("make the home of an issuer: settings, registry, two administrators"))(
    plain_errors(house.init)
)
app.command("migrate", help=_("bring the registry up to date with this program"))(plain_errors(house.migrate))
app.command("serve", help=_("serve the HTTP interface on this machine"))(plain_errors(house.serve))
app.add_typer(operators.app, name="operator")
app.add_typer(places.app, name="place")
app.add_typer(applications.app, name="application")
app.add_typer(batches.app, name="batch")
app.add_typer(partners.app, name="partner")
app.add_typer(prints.app, name="print")
app.add_typer(sams.app, name="sam")
cards.app.add_typer(card_rules.app)
cards.app.add_typer(card_chips.app)
app.add_typer(cards.app, name="card")
app.add_typer(lists.app, name="list")
