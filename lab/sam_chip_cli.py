"""`rhc sam-chip …`: simulated SAM chips on the desk of an issuer: delivered, taken in, loaded with keys.

A chip is a card image. The issuer's own code loads it by commands, as it would load one in a reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from card_os import image
from command_line.failures import plain_errors
from issuer.cli.desk import As, Desk, Home, Second, desk, open_key_file
from issuer.cli.papers import write_new
from issuer.keys import certifying
from issuer.keys.custodian import Custodian
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.office import PUBLISHED, read_settings
from issuer.registry.day import day_of
from issuer.sams import holding
from issuer.sams.keying import Terms, key_sam, new_pin
from lab import demo
from language import _

YEARS = 10
app = typer.Typer(help=_("simulated SAM chips at the desk of an issuer"), no_args_is_help=True)
Serial = Annotated[str, typer.Argument(help=_("serial number, ten digits"))]
Chip = Annotated[Path, typer.Argument(help=_("card image of the chip"))]


@app.callback()
def sam_chip() -> None:
    """Group of the commands for SAM chips."""


@app.command("blank", help=_("make a blank chip, as a maker delivers it, with the published transport key"))
@plain_errors
def blank(
    file: Chip,
    number: Annotated[int, typer.Option("--number", min=0, max=0xFFFFFFFF, help=_("number of the chip"))],
) -> None:
    """Make a blank chip."""
    image.create(file, image.dump(demo.blank("sam", number)))
    typer.echo(_("{file} was written").format(file=file))


@app.command("take-in", help=_("take in the chip for a SAM that was ordered"))
@plain_errors
def take_in(serial: Serial, file: Chip, *, home: Home = None, operator: As = None) -> None:
    """Take a chip in."""
    with image.open_card(file) as kept:
        atr = kept.card.power_on()
        with desk(home, operator) as at, at.work() as work:
            holding.make(work, serial, atr)
    typer.echo(_("{name} was changed").format(name=serial))


@app.command("key", help=_("load a SAM with its keys; takes two key custodians"))
@plain_errors
def key(
    serial: Serial,
    file: Chip,
    *,
    pin_file: Annotated[Path, typer.Option("--pin-file", help=_("new file for the PIN of the SAM"))],
    keys_of: Annotated[
        Path | None, typer.Option("--keys-of", help=_("home of the national centre, which has the roots"))
    ] = None,
    last_day: Annotated[
        datetime | None,
        typer.Option("--until", formats=["%Y-%m-%d"], help=_("last day; in ten years otherwise")),
    ] = None,
    home: Home = None,
    operator: As = None,
    second: Second = None,
) -> None:
    """Load a SAM."""
    pin = new_pin()
    with desk(home, operator, second) as at, image.open_card(file) as kept:
        write_new(pin_file, pin + "\n")
        with _unless_failed(pin_file):
            made = key_sam(
                at.office.registry,
                (at.actor, at.second),
                serial,
                (kept.card.transmit, kept.card.power_on()),
                pin=pin,
                terms=_terms(at, last_day),
                keys=_roots(keys_of),
            )
        kept.card.power_off()
    typer.echo(
        _("{serial}: {count} keys, PIN in {file}").format(serial=serial, count=len(made.keys), file=pin_file)
    )


@contextmanager
def _unless_failed(pin_file: Path) -> Iterator[None]:
    """Take the file of the PIN back where the SAM did not come to be."""
    try:
        yield
    except BaseException:
        pin_file.unlink(missing_ok=True)
        raise


def _terms(at: Desk, last_day: datetime | None) -> Terms:
    settings = at.office.settings
    today = day_of(at.office.registry.clock())
    until = last_day.date() if last_day else today.replace(year=today.year + YEARS, day=min(today.day, 28))
    return Terms(settings.code, today, until, certifying.of_home(at.office.home))


def _roots(home: Path | None) -> Custodian | None:
    if home is None:
        return None
    settings = read_settings(home)
    if settings.keys == PUBLISHED:
        return PublishedTestCustodian(settings.environment)
    return open_key_file(home / settings.keys, settings)
