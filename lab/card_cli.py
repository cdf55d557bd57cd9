"""`rhc card …`: cards in files. A lab's tools: they ask for no right, for whoever has the file has the card.

Exit codes: 0 done, 1 refused or, of `diff`, different; 2 wrong usage.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from card_os import image
from card_os.image.storage import HeldFile
from card_os.kernel.card import Card
from card_os.spec.errors import UnknownItemError
from card_os.spec.model import Profile
from command_line.failures import plain_errors
from lab import demo
from lab.card_contents import ImageContents
from lab.card_diff import differences
from lab.card_show import as_row, describe_image, in_words, print_image
from language import _
from reader_client.commands import assigned_values
from reader_client.places import PHOTO, PHOTO_FILE

DIFFERENT = 1
DEFAULT_RESIDENT = "05"
MOST_SERIALS = 0xFFFFFFFF

card_app = typer.Typer(help=_("cards in files"), no_args_is_help=True)

File = Annotated[Path, typer.Argument(metavar="FILE", help=_("the file of a card"))]
Json = Annotated[bool, typer.Option("--json", help=_("print JSON"))]
Out = Annotated[Path, typer.Option("-o", "--out", metavar="OUT", help=_("the new file"))]


@card_app.command(help=_("make a card: issued to a demo resident, or blank; or a SAM"))
@plain_errors
def new(
    file: File,
    *,
    resident: Annotated[
        str | None,
        typer.Option("--resident", help=_("demo resident: a file name of `rhc residents`, or its start")),
    ] = None,
    blank: Annotated[bool, typer.Option("--blank", help=_("as the maker delivers it, not issued"))] = False,
    sam: Annotated[bool, typer.Option("--sam", help=_("a SAM instead of a card"))] = False,
    serial: Annotated[
        int, typer.Option("--serial", min=1, max=MOST_SERIALS, help=_("serial number of the chip"))
    ] = 1,
) -> None:
    """Make a card; a file that is there is never written over."""
    if resident is not None and (blank or sam):
        raise typer.BadParameter(_("only an issued card has a resident"))
    image.create(file, image.dump(_made(resident or DEFAULT_RESIDENT, blank, sam, serial)))
    typer.echo(_("written: {items}").format(items=file))


@card_app.command(help=_("show a card: identity, items, tries, check values of keys"))
@plain_errors
def show(
    file: File,
    *,
    as_json: Json = False,
    keys: Annotated[bool, typer.Option("--keys", help=_("show the values of keys and PIN too"))] = False,
) -> None:
    """Show a card."""
    found = _read(file)
    if as_json:
        _print_json(describe_image(found, keys))
    else:
        print_image(found, keys)


@card_app.command("set", help=_("write items into the file, without any right"))
@plain_errors
def set_items(
    file: File,
    assignments: Annotated[list[str], typer.Argument(metavar="ITEM=VALUE", help=_("what to write"))],
    as_json: Json = False,
) -> None:
    """Write items."""
    with HeldFile(file) as held:
        found = image.parse(held.text(), str(file))
        _refuse_photo_of_a_sam(found.profile, assignments)
        values = assigned_values(found.profile, assignments)
        held.replace_or_refuse(ImageContents(found).with_values(values).text())
    if as_json:
        _print_json({"written": list(values)})
    else:
        typer.echo(_("written: {items}").format(items=", ".join(values)))


@card_app.command(help=_("tell what two cards differ in"))
@plain_errors
def diff(
    first: Annotated[Path, typer.Argument(metavar="A", help=_("the file of a card"))],
    second: Annotated[Path, typer.Argument(metavar="B", help=_("the file of a card"))],
    as_json: Json = False,
) -> None:
    """Exit code 0 where the cards are equal, 1 where they differ."""
    found = list(differences(_read(first), _read(second)))
    if as_json:
        _print_json({"equal": not found, "differences": [as_row(one) for one in found]})
    else:
        for one in found:
            typer.echo(in_words(one))
    if found:
        raise typer.Exit(DIFFERENT)


@card_app.command(help=_("write the image of a card out, without its keys"))
@plain_errors
def export(
    file: File,
    *,
    secrets: Annotated[bool, typer.Option("--secrets", help=_("with keys and PIN"))] = False,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="OUT", help=_("the new file; else printed"))
    ] = None,
) -> None:
    """Print the image, or write it into a new file."""
    text = image.dump(_read(file).card(), secrets)
    if out is None:
        typer.echo(text, nl=False)
    else:
        image.create(out, text)
        typer.echo(_("written: {items}").format(items=out))


@card_app.command("import", help=_("check an image and make it a card file"))
@plain_errors
def import_image(file: File, out: Out) -> None:
    """An image of any release becomes one of this; from one without keys comes a card without keys."""
    found = _read(file)
    image.create(out, image.dump(found.card()))
    typer.echo(_("written: {items}").format(items=out))
    if not found.with_secrets:
        typer.echo(_("the image has no keys, so the card has none"), err=True)


def _made(resident: str, blank: bool, sam: bool, serial: int) -> Card:
    if blank:
        return demo.blank("sam" if sam else "health_card", serial)
    if sam:
        return demo.issue_sam(serial)
    return demo.issue_card(demo.resident(resident), serial).card


def _read(file: Path) -> image.CardImage:
    return image.parse(image.read(file), str(file))


def _refuse_photo_of_a_sam(profile: Profile, assignments: list[str]) -> None:
    for name in (assignment.partition("=")[0] for assignment in assignments):
        if name == PHOTO and PHOTO_FILE not in profile.files:
            raise UnknownItemError(item=name, hint="")


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1))
