"""What two card images differ in, said by item, counter and key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from card_os.image import CardImage
from card_os.image.settings import settings_of
from lab.card_contents import ImageContents
from lab.card_secrets import PIN, secret_rows
from reader_client.contents import CardValue, json_value

_NAMED = ("life_cycle", "historical", PIN)
_PREFIXED = ("file:", "key:", "tries:")


@dataclass(frozen=True, slots=True)
class CardDifference:
    """One difference. `a` and `b` are what JSON shows of both sides; None means empty or absent.

    Keys are told by their check values; a PIN and bytes that belong to no item are told without their values.
    """

    kind: str
    name: str
    a: object
    b: object
    chinese: str = ""


def differences(a: CardImage, b: CardImage) -> Iterator[CardDifference]:
    """All differences, in the order of the declaration; cards of two profiles have just the one."""
    if a.profile.name != b.profile.name:
        yield CardDifference("profile", "profile", a.profile.name, b.profile.name)
        return
    yield from _head(a, b)
    yield from _items(ImageContents(a), ImageContents(b))
    yield from _secrets(a, b)
    for cell in sorted({*a.cells, *b.cells}):
        known = cell in _NAMED or cell.startswith(_PREFIXED)
        if not known and a.cells.get(cell) != b.cells.get(cell):
            yield CardDifference("state", cell, None, None)


def _head(a: CardImage, b: CardImage) -> Iterator[CardDifference]:
    states = [image.cells["life_cycle"].decode("ascii") for image in (a, b)]
    if states[0] != states[1]:
        yield CardDifference("life_cycle", "life_cycle", *states)
    serials = [image.cells["historical"].hex().upper() for image in (a, b)]
    if serials[0] != serials[1]:
        yield CardDifference("historical", "historical", *serials)
    variants = [image.profile.variant for image in (a, b)]
    if variants[0] != variants[1]:
        yield CardDifference("variant", "variant", variants[0] or None, variants[1] or None)
    options = [settings_of(image.profile) for image in (a, b)]
    for name in options[0]:
        if options[0][name] != options[1][name]:
            yield CardDifference("option", name, options[0][name], options[1][name])


def _items(a: ImageContents, b: ImageContents) -> Iterator[CardDifference]:
    there = list(b.files)
    for file in (file for file in a.files if file in there):
        if a.stored(file) == b.stored(file):
            continue
        before, after = a.values(file), b.values(file)
        changed = [name for name in before if before[name] != after[name]]
        for name in changed:
            item = a.profile.items.get(name.rpartition(".")[2])
            yield CardDifference(
                "item", name, _json(before[name]), _json(after[name]), item.chinese if item else "照片"
            )
        if not changed:
            yield CardDifference("bytes", file.label, None, None)


def _secrets(a: CardImage, b: CardImage) -> Iterator[CardDifference]:
    if a.with_secrets != b.with_secrets:
        yield CardDifference("secrets", "secrets", a.with_secrets, b.with_secrets)
    before, after = ({row.label: row for row in secret_rows(image)} for image in (a, b))
    for label in {**before, **after}:
        one, other = before.get(label), after.get(label)
        tries = [row.tries_left if row else None for row in (one, other)]
        if tries[0] != tries[1] and one and other:
            yield CardDifference("tries", label, tries[0], tries[1])
        checks = [row.check_value if row else None for row in (one, other)]
        if checks[0] != checks[1] and a.with_secrets == b.with_secrets:
            yield CardDifference("key", label, checks[0], checks[1])
    if a.with_secrets == b.with_secrets and a.cells.get(PIN) != b.cells.get(PIN):
        yield CardDifference("pin", "PIN", None, None)


def _json(value: CardValue) -> object:
    return None if value is None else json_value(value)
