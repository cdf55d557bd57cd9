"""The declared data items, looked up by people and completed on command lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache

from rich.console import Console
from rich.table import Table

from card_os.spec.loader import load
from card_os.spec.model import CodeTable, DataItem, Profile
from language import _, choose
from reader_client.places import COLLECTIONS, places_of

ASSIGNS = "="
_INDEX = "["
_COLLECTION_OF = {layout: name for name, layouts in COLLECTIONS.items() for layout in layouts}
_LETTERS_FOR_ENTRIES = 3  # below that many letters the entries of lists would bury the other names


def find_items(profile: Profile, pattern: str = "") -> list[DataItem]:
    """Items whose name, Chinese name or abbreviation contains the pattern, or fits one with * and ?."""
    wanted = pattern.lower()
    if not any(mark in wanted for mark in "*?"):
        exact = profile.items.get(wanted)
        if exact is not None:
            return [exact]
        wanted = f"*{wanted}*"
    return [
        item
        for item in profile.items.values()
        if any(fnmatchcase(name.lower(), wanted) for name in (item.name, item.chinese, item.abbreviation))
    ]


def item_row(profile: Profile, item: DataItem) -> dict[str, object]:
    """An item as JSON has it; `read_as` is the name by which it is read and written."""
    table = profile.table_of(item) or {}
    return {
        "number": item.id,
        "name": item.name,
        "chinese": item.chinese,
        "read_as": read_name(item),
        "files": [file.label for file in profile.files_of(item.layout)],
        "length": item.length,
        "coding": item.coding,
        "format": item.format,
        "codes": {code: {"zh": m.chinese, "en": m.english} for code, m in table.items()},
    }


def read_name(item: DataItem) -> str:
    """The name of an item, with the list that it is an entry of: `allergies[1].allergen_name`."""
    collection = _COLLECTION_OF.get(item.layout)
    return f"{collection}[1].{item.name}" if collection else item.name


def print_items(console: Console, profile: Profile, items: Sequence[DataItem]) -> None:
    """One line an item; a single one with its codes."""
    if not items:
        console.print(_("no data item fits"))
        return
    table = Table(box=None, pad_edge=False)
    for heading in (_("item"), _("Chinese name"), _("file"), _("bytes"), _("coding"), _("codes")):
        table.add_column(heading, overflow="fold")
    for item in items:
        files = [file.label for file in profile.files_of(item.layout)]
        where = files[0] if len(files) == 1 else f"{files[0]}…{files[-1].rpartition('/')[2]}"
        coding = f"{item.coding} {item.format}".strip()
        table.add_row(read_name(item), item.chinese, where, str(item.length), coding, item.codes)
    console.print(table)
    if len(items) == 1:
        _print_codes(console, profile.table_of(items[0]) or {})


def complete_items(incomplete: str) -> list[tuple[str, str]]:
    """Names that begin so, with their Chinese names: for the completion of a command line."""
    return [(name, chinese) for name, chinese in _names() if _offered(name, incomplete)]


def complete_assignments(incomplete: str) -> list[tuple[str, str]]:
    """`ITEM=`, and behind the = the codes of the item."""
    name, equals, _code = incomplete.partition(ASSIGNS)
    if not equals:
        return [(found + ASSIGNS, chinese) for found, chinese in complete_items(incomplete)]
    item = load("health_card").items.get(name.rpartition(".")[2])
    codes = load("health_card").table_of(item) if item is not None else None
    offered = ((f"{name}={code}", choose(meaning)) for code, meaning in (codes or {}).items())
    return [(text, meaning) for text, meaning in offered if text.startswith(incomplete)]


def _offered(name: str, incomplete: str) -> bool:
    return name.startswith(incomplete) and (_INDEX not in name or len(incomplete) >= _LETTERS_FOR_ENTRIES)


@cache
def _names() -> tuple[tuple[str, str], ...]:
    return tuple(_all_names(load("health_card")))


def _all_names(profile: Profile) -> Iterator[tuple[str, str]]:
    for file in profile.files.values():
        for one in places_of(profile, file):
            yield one.name, one.item.chinese if one.item else "照片"


def _print_codes(console: Console, codes: CodeTable) -> None:
    if not codes:
        return
    table = Table(box=None, pad_edge=False)
    table.add_column(_("code"))
    table.add_column(_("meaning"), overflow="fold")
    for code, meaning in codes.items():
        table.add_row(code, f"{meaning.chinese}  {meaning.english}")
    console.print(table)
