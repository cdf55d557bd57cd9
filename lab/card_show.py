"""A card image for the eyes of a person, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from card_os.image import CardImage
from lab.card_contents import ImageContents
from lab.card_diff import CardDifference
from lab.card_secrets import SecretRow, secret_rows
from language import _, choose
from reader_client.contents import CardValue, json_value
from reader_client.places import place
from reader_client.tables import meaning, print_card

_PHOTO_CHINESE = "照片"
_LONGEST = 60


def describe_image(image: CardImage, reveal: bool) -> dict[str, object]:
    """The shape of `rhc card show --json`; empty values are left out."""
    contents = ImageContents(image)
    return {
        "profile": image.profile.name,
        "variant": image.profile.variant or None,
        "life_cycle": image.cells["life_cycle"].decode("ascii"),
        "historical": image.cells["historical"].hex().upper(),
        "atr": image.card().atr.hex().upper(),
        "with_secrets": image.with_secrets,
        "files": {file.label: _items(contents, contents.values(file)) for file in contents.files},
        "keys": [_secret(row, reveal) for row in secret_rows(image, reveal)],
    }


def print_image(image: CardImage, reveal: bool) -> None:
    """Identity, then the values file by file, then keys and tries."""
    console = Console(highlight=False, markup=False)
    for name, value in (
        (_("kind"), f"{choose(image.profile.meaning)} {image.profile.variant}".rstrip()),
        (_("life cycle"), image.cells["life_cycle"].decode("ascii")),
        (_("chip"), image.cells["historical"].hex().upper()),
        ("ATR", image.card().atr.hex().upper()),
    ):
        console.print(f"{name}: {value}", soft_wrap=True)
    contents = ImageContents(image)
    for file in contents.files:
        values = {name: _plain(value) for name, value in contents.values(file).items() if value is not None}
        if values:
            print_card(console, image.profile, values)
    console.print(_secret_table(image, reveal))
    if not image.with_secrets:
        console.print(_("the image has no keys, so the card has none"))


def in_words(difference: CardDifference) -> str:
    """One line for a difference."""
    sides = {"a": _side(difference.a), "b": _side(difference.b)}
    if difference.kind == "bytes":
        return _("{file}: differs in bytes that no item shows").format(file=difference.name)
    if difference.kind in ("pin", "state"):
        return _("{name}: differs").format(name=difference.name)
    if difference.kind == "secrets":
        return _("only one of the two images has keys")
    if difference.kind == "tries":
        return _("{name}: tries left {a} | {b}").format(name=difference.name, **sides)
    if difference.kind == "key":
        return _("{name}: check value {a} | {b}").format(name=difference.name, **sides)
    name = f"{difference.name} {difference.chinese}".rstrip()
    return _("{name}: {a} | {b}").format(name=name, **sides)


def as_row(difference: CardDifference) -> dict[str, object]:
    """One difference as JSON has it."""
    return {
        "kind": difference.kind,
        "name": difference.name,
        "chinese": difference.chinese,
        "a": difference.a,
        "b": difference.b,
    }


def _items(contents: ImageContents, values: Mapping[str, CardValue]) -> dict[str, object]:
    rows: dict[str, object] = {}
    for name, value in values.items():
        if value is None:
            continue
        item = place(contents.profile, name).item
        rows[name] = {
            "chinese": item.chinese if item else _PHOTO_CHINESE,
            "value": json_value(value),
            "meaning": meaning(contents.profile, item, value),
        }
    return rows


def _secret(row: SecretRow, reveal: bool) -> dict[str, object]:
    shown: dict[str, object] = {
        "key": row.name,
        "chinese": row.chinese,
        "version": row.version,
        "check_value": row.check_value,
        "tries_left": row.tries_left,
    }
    return {**shown, "value": row.value} if reveal else shown


def _secret_table(image: CardImage, reveal: bool) -> Table:
    table = Table(title=_("keys"), title_justify="left", box=None, pad_edge=False)
    headings = [_("key"), _("Chinese name"), _("tries left"), _("check value")]
    for heading in [*headings, _("value")] if reveal else headings:
        table.add_column(heading, overflow="fold")
    for row in secret_rows(image, reveal):
        tries = "" if row.tries_left is None else f"{row.tries_left}/{row.tries}"
        cells = [row.label, row.chinese, tries, row.check_value or ""]
        table.add_row(*cells, *([row.value or ""] if reveal else []))
    return table


def _side(value: object) -> str:
    if value is None:
        return _("empty")
    text = str(value).lower() if isinstance(value, bool) else _printable(str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _plain(value: CardValue) -> CardValue:
    """A text of a terminal may hold control characters; they stay off the screen."""
    return _printable(value) if isinstance(value, str) else value


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "�" for char in text)
