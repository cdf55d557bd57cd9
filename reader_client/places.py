"""Names of what is on a card, and where it stands.

`holder_name` is an item of a TLV file; `allergies[1].allergen_name` one of an entry of a cyclic file, newest
first; `inpatient_visits[2].admission_date` one of a slot; `photo` the picture. Numbers count from 1.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from card_os.spec.errors import UnknownItemError
from card_os.spec.model import DataItem, FileKind, FileSpec, Profile

PHOTO = "photo"
PHOTO_FILE = "MF/DDF1/EF07"

# the layouts behind each list: the data, then the flags of the slots
COLLECTIONS = {
    "allergies": ("DF02.EF07",),
    "immunizations": ("DF02.EF08",),
    "inpatient_visits": ("DF03.EE", "DF03.EF05"),
    "outpatient_visits": ("DF03.ED", "DF03.EF06"),
}
_COLLECTION_OF = {layout: name for name, layouts in COLLECTIONS.items() for layout in layouts}
_INDEXED = re.compile(r"(?P<list>\w+)\[(?P<number>[1-9]\d?)\]\.(?P<item>\w+)")


@dataclass(frozen=True, slots=True)
class Place:
    """Where one value stands. `record` counts from 1; `offset` is in bytes inside record or file.

    `item` is None for the photo, which fills its file.
    """

    name: str
    file: FileSpec
    item: DataItem | None
    record: int | None = None
    offset: int = 0

    @property
    def length(self) -> int:
        """Bytes of the value; the whole file for the photo."""
        return self.item.length if self.item else self.file.size


def place(profile: Profile, name: str) -> Place:
    """The place of a name; raises UnknownItemError with a hint."""
    if name == PHOTO:
        return Place(PHOTO, profile.files[PHOTO_FILE], None)
    indexed = _INDEXED.fullmatch(name)
    if indexed is None:
        item = profile.items.get(name)
        if item is None or item.layout in _COLLECTION_OF:
            raise _unknown(profile, name, item)
        return Place(name, profile.files_of(item.layout)[0], item, item.record)
    item = profile.items.get(indexed["item"])
    number = int(indexed["number"])
    if item is None or _COLLECTION_OF.get(item.layout) != indexed["list"]:
        raise _unknown(profile, name, None)
    if number > slots(profile, item.layout):
        raise UnknownItemError(item=name, hint=f" (1…{slots(profile, item.layout)})")
    return _numbered(profile, item, number, name)


def places_of(profile: Profile, file: FileSpec) -> Iterator[Place]:
    """Every place in a file, in order."""
    if file.path == PHOTO_FILE:
        yield place(profile, PHOTO)
    for item in profile.items_of(file):
        collection = _COLLECTION_OF.get(item.layout)
        if collection is None:
            yield place(profile, item.name)
        elif file.kind is FileKind.TRANSPARENT:
            number = profile.files_of(item.layout).index(file) + 1
            yield place(profile, f"{collection}[{number}].{item.name}")
        else:
            for number in range(1, len(file.record_lengths) + 1):
                yield place(profile, f"{collection}[{number}].{item.name}")


def slots(profile: Profile, layout: str) -> int:
    """How many entries a list has room for."""
    files = profile.files_of(layout)
    return len(files) if len(files) > 1 else len(files[0].record_lengths)


def _numbered(profile: Profile, item: DataItem, number: int, name: str) -> Place:
    files = profile.files_of(item.layout)
    offset = item.offset or 0
    if files[0].kind is FileKind.TRANSPARENT:
        return Place(name, files[number - 1], item, None, offset)
    return Place(name, files[0], item, number, offset)


def _unknown(profile: Profile, name: str, item: DataItem | None) -> UnknownItemError:
    if item is not None:
        return UnknownItemError(item=name, hint=f" ({_COLLECTION_OF[item.layout]}[1].{name}?)")
    near = difflib.get_close_matches(name, [*profile.items, PHOTO], n=1)
    return UnknownItemError(item=name, hint=f" ({near[0]}?)" if near else "")
