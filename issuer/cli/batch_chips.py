"""`rhc issuer batch …` for chips: the stock, waste, and the run that personalises a batch."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from command_line.failures import plain_errors
from issuer.batches import outlet, stock
from issuer.batches.card_settings import card_settings
from issuer.batches.chip_source import ChipSource
from issuer.batches.personalising import PersonalisationReport, personalise_batch
from issuer.batches.states import names
from issuer.cli.desk import As, Home, desk, open_key_file
from issuer.cli.shown import Json, progress, show_json, show_rows
from issuer.office import home_of, open_office
from issuer.registry.registry import Registry
from language import _, choose

app = typer.Typer()
INCOMPLETE = 1
Number = Annotated[str, typer.Argument(help=_("number of the batch"))]
Serial = Annotated[str, typer.Argument(help=_("serial number of the chip, ten digits"))]
Reason = Annotated[str, typer.Option("--reason", help=_("a reason for people, nothing personal"))]


@app.command("stock", help=_("count the chips by state"))
@plain_errors
def show_stock(*, home: Home = None, operator: As = None, as_json: Json = False) -> None:
    """Count the chips."""
    with desk(home, operator) as at, at.work() as work:
        found = stock.stock(work)
    if as_json:
        show_json(dict(found))
        return
    told = names("chip")
    rows = [
        {
            "state": state,
            "meaning": choose(told[state].meaning) if state in told else _("blank and in no batch"),
            "chips": count,
        }
        for state, count in found.items()
    ]
    show_rows(rows, {"state": _("state"), "meaning": "", "chips": _("chips")}, as_json=False)


@app.command("take-from-stock", help=_("give chips of the stock to the lines of a batch without a maker"))
@plain_errors
def take_from_stock(number: Number, *, home: Home = None, operator: As = None) -> None:
    """Take chips from the stock."""
    with desk(home, operator) as at, at.work() as work:
        count = stock.take_from_stock(work, number)
    typer.echo(_("batch {number}: {count} lines").format(number=number, count=count))


@app.command("waste-chip", help=_("declare a chip waste that is lost or broken; its line gets the next one"))
@plain_errors
def waste_chip(serial: Serial, reason: Reason, *, home: Home = None, operator: As = None) -> None:
    """Declare a chip waste."""
    with desk(home, operator) as at, at.work() as work:
        stock.waste_chip(work, serial, reason)
    typer.echo(_("{name} was changed").format(name=serial))


@app.command("card-back", help=_("give back a card that nobody picked up"))
@plain_errors
def card_back(serial: Serial, reason: Reason, *, home: Home = None, operator: As = None) -> None:
    """Give a card back."""
    with desk(home, operator) as at, at.work() as work:
        outlet.card_back(work, serial, reason)
    typer.echo(_("{name} was changed").format(name=serial))


def personalise(
    number: str, chips: ChipSource, *, workers: int, home: Path | None, operator: str | None, as_json: bool
) -> None:
    """Personalise a batch with a bar on the screen; exit code 1 where lines are left.

    Whoever has chips makes a command of it, as the laboratory does with its simulated ones.
    """
    with desk(home, operator) as at, progress(_("cards")) as told:
        report = personalise_batch(
            at.office.registry,
            at.actor,
            number,
            settings=card_settings(at.office),
            chips=chips,
            workers=workers,
            open_registry=partial(registry_of, home_of(home)),
            progress=told,
        )
    _show(number, report, as_json=as_json)
    if not report.complete:
        raise typer.Exit(INCOMPLETE)


def registry_of(home: Path) -> Registry:
    """The registry of a home, opened anew with its keys: what each worker process does for itself."""
    return open_office(home, open_key_file).registry


def _show(number: str, report: PersonalisationReport, *, as_json: bool) -> None:
    counts = {
        "finished": (report.finished, _("cards made")),
        "found": (report.found, _("of them found made on their chips")),
        "failed": (report.failed, _("lines that failed")),
        "wasted": (report.wasted, _("chips spent in vain")),
        "waiting": (report.waiting, _("lines that wait for a blank chip")),
        "skipped": (report.skipped, _("lines whose chip was not there")),
    }
    if as_json:
        show_json({"batch": number, **{name: count for name, (count, _text) in counts.items()}})
        return
    rows = [{"what": text, "count": count} for count, text in counts.values()]
    show_rows(rows, {"what": _("batch {number}").format(number=number), "count": ""}, as_json=False)
