"""`rhc partner-sim …`: the partners of an issuer, simulated, file by file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from card_os.spec.errors import PlainError
from command_line.failures import plain_errors
from issuer.batches.card_settings import card_settings
from issuer.batches.exchange.file import Correspondent
from issuer.batches.exchange.kinds import ISSUER
from issuer.batches.exchange.text import parse
from issuer.cli.desk import Home, office_of
from issuer.keys.certificates import EXCHANGE_KEY
from issuer.office import Office
from lab.chip_store import ChipStore
from lab.partners import Bank, Centre, Maker, Outlet, Partner, PublishedPartnerKeys
from language import _, cause

app = typer.Typer(help=_("simulated partners of an issuer, which answer its files"), no_args_is_help=True)

File = Annotated[Path, typer.Argument(help=_("file of the issuer"), exists=True, dir_okay=False)]
Out = Annotated[Path, typer.Option("--out", file_okay=False, help=_("directory for the answers"))]
Chips = Annotated[Path, typer.Option("--chips", file_okay=False, help=_("directory of simulated chips"))]
Name = Annotated[str, typer.Option("--name", help=_("name of the partner"))]
Lines = Annotated[
    list[int] | None, typer.Option(help=_("a line that goes wrong; may be given several times"))
]


class AnswerRefusedError(PlainError):
    """An answer that cannot be written."""

    template = "{file}: {reason}"


@app.command("key", help=_("print the published public key of a simulated partner"))
@plain_errors
def key(name: Annotated[str, typer.Argument(help=_("name of the partner"))]) -> None:
    """Print a public key."""
    typer.echo(PublishedPartnerKeys(name).public_key(EXCHANGE_KEY).hex().upper())


@app.command("bank", help=_("open accounts"))
@plain_errors
def bank(
    file: File,
    out: Out = Path(),
    *,
    name: Name = "bank-1",
    no_account: Lines = None,
    mismatch: Lines = None,
    home: Home = None,
) -> None:
    """Answer as a bank."""
    with office_of(home) as office:
        answer(Bank(name, _issuer(office), no_account=no_account or (), mismatch=mismatch or ()), file, out)


@app.command("maker", help=_("deliver blank chips"))
@plain_errors
def maker(
    file: File,
    chips: Chips,
    out: Out = Path(),
    *,
    name: Name = "maker-1",
    failed: Lines = None,
    waste_every: Annotated[int, typer.Option("--waste-every", min=0, help=_("every n-th chip is waste"))] = 0,
    home: Home = None,
) -> None:
    """Answer as a maker."""
    with office_of(home) as office:
        store = ChipStore(chips, every_write=False)
        partner = Maker(name, _issuer(office), store=store, failed=failed or (), waste_every=waste_every)
        answer(partner, file, out)


@app.command("centre", help=_("personalise chips, with the keys of the issuer"))
@plain_errors
def centre(
    file: File, chips: Chips, out: Out = Path(), *, name: Name = "centre-1", home: Home = None
) -> None:
    """Answer as a personalisation centre."""
    with office_of(home) as office:
        partner = Centre(
            name,
            _issuer(office),
            store=ChipStore(chips, every_write=False),
            custodian=office.custodian,
            settings=card_settings(office),
        )
        answer(partner, file, out)


@app.command("outlet", help=_("take cards in"))
@plain_errors
def outlet(
    file: File,
    out: Out = Path(),
    *,
    name: Name = "outlet-1",
    missing: Lines = None,
    damaged: Lines = None,
    home: Home = None,
) -> None:
    """Answer as an outlet."""
    with office_of(home) as office:
        answer(Outlet(name, _issuer(office), missing=missing or (), damaged=damaged or ()), file, out)


def answer(partner: Partner, file: Path, out: Path) -> Sequence[Path]:
    """Write the answers of a partner to a file; those that are in the directory already count as sent."""
    raw = file.read_bytes()
    batch = parse(raw).values["batch"]
    partner.go_on(batch, [known.name for known in out.glob(f"{batch}.*.{partner.name}.txt")])
    written = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in partner.named_answers(raw):
            (out / name).write_bytes(content)
            written.append(out / name)
            typer.echo(str(out / name))
    except OSError as error:
        raise AnswerRefusedError(file=out, reason=cause(error)) from None
    return written


def _issuer(office: Office) -> Correspondent:
    return Correspondent(office.settings.code, ISSUER, office.custodian.public_key(EXCHANGE_KEY))
