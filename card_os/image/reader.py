"""The text of a card back into a card. Nothing in a text is ever executed or looked up as a name of code."""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from card_os.crypto.keys import KEY_LENGTH
from card_os.image.cells import (
    FILE_PREFIX,
    HISTORICAL,
    HISTORICAL_LENGTH,
    KEY_PREFIX,
    LIFE_CYCLE,
    PIN,
    TRIES_PREFIX,
    Places,
    Section,
)
from card_os.image.errors import ImageError, ImageFileError
from card_os.image.file_lines import stored_length
from card_os.image.settings import read_settings
from card_os.image.toml_table import TomlTable, shown
from card_os.image.writer import FORMAT, ImageWriter
from card_os.kernel.card import Card
from card_os.kernel.file_system import absent_cell
from card_os.kernel.memory import Memory
from card_os.spec.loader import load as load_profile
from card_os.spec.loader import variants
from card_os.spec.model import LifeCycle, Profile
from language import _

_FAMILY = FORMAT.partition("/")[0] + "/"
_LONGEST_CELL = 0xFFFF
_MOST_CELLS = 0xFFFF


@dataclass(frozen=True, slots=True)
class CardImage:
    """What an image says: a profile with the options of this card, and every cell of its memory."""

    profile: Profile
    cells: Mapping[str, bytes] = field(repr=False)
    with_secrets: bool

    def card(self, random: Callable[[int], bytes] = secrets.token_bytes) -> Card:
        """A card without power over a memory of its own."""
        return Card(self.profile, Memory(self.cells), random)

    def text(self) -> str:
        """The image as this release writes it."""
        return ImageWriter(self.profile).text(self.cells, secrets=self.with_secrets)


def load(text: str, file: str = "<text>", random: Callable[[int], bytes] = secrets.token_bytes) -> Card:
    """The card of an image; `file` names it in errors. Raises ImageError and ImageFileError."""
    return parse(text, file).card(random)


def parse(text: str, file: str = "<text>") -> CardImage:
    """Read an image of any released format; raises ImageError and ImageFileError."""
    try:
        content = tomllib.loads(text)
    except RecursionError:
        raise ImageFileError(file=file, reason=_("this is no image of a card")) from None
    except ValueError as error:
        place = _toml_place(str(error))
        raise ImageError(file=file, place=place, reason=_("this is no TOML")) from None
    version = content.get("format")
    if not isinstance(version, str) or not version.startswith(_FAMILY):
        raise ImageFileError(file=file, reason=_("this is no image of a card"))
    if version not in _FORMATS:
        reason = _("the format is {version}; known here are {known}")
        raise ImageFileError(
            file=file, reason=reason.format(version=shown(version), known=" ".join(_FORMATS))
        )
    return _FORMATS[version](TomlTable(file, "", content))


def _toml_place(message: str) -> str:
    """`line 3, column 5` out of the message of the parser, which may quote the text itself."""
    place = message.rpartition("(at ")[2].rstrip(")")
    return place if place.startswith(("line ", "end ")) else "TOML"


def _format_1(top: TomlTable) -> CardImage:
    top.text("format")
    profile = _profile(top)
    places = Places(profile)
    with_secrets = top.flag("with_secrets")
    cells = {LIFE_CYCLE: _life_cycle(top), HISTORICAL: top.hex(HISTORICAL, _exactly(HISTORICAL_LENGTH))}
    state = _generic(top.table("state"), places, Section.STATE)
    cells |= _files(top.table("files"), places, state.keys())
    cells |= _tries(top.table("tries"), places)
    cells |= state
    if with_secrets:
        cells |= _secrets(top.table("secrets"), profile, places)
    count = top.number("cells", _MOST_CELLS)
    top.done()
    if count != len(cells):
        reason = _("{count} cells are announced, {found} are here; the text was cut or changed")
        top.refuse("cells", reason.format(count=count, found=len(cells)))
    return CardImage(profile, cells, with_secrets)


_FORMATS: Mapping[str, Callable[[TomlTable], CardImage]] = {FORMAT: _format_1}


def _profile(top: TomlTable) -> Profile:
    name = top.text("profile")
    known = sorted(entry.name for entry in (files("card_os.spec") / "profiles").iterdir() if entry.is_dir())
    if name not in known:
        top.refuse("profile", _("there are {known}").format(known=" ".join(known)))
    variant = ""
    if "variant" in top and (variant := top.text("variant")) not in variants(name):
        top.refuse("variant", _("there are {known}").format(known=" ".join(variants(name))))
    return read_settings(load_profile(name, variant), top.table("options"))


def _life_cycle(top: TomlTable) -> bytes:
    state = top.text(LIFE_CYCLE)
    if state not in list(LifeCycle):
        top.refuse(LIFE_CYCLE, _("there are {known}").format(known=" ".join(LifeCycle)))
    return state.encode("ascii")


def _files(table: TomlTable, places: Places, state: Collection[str]) -> dict[str, bytes]:
    cells = {}
    for cell, file in places.files.items():
        if absent_cell(file) in state:
            continue
        if file.path not in table:
            table.refuse(file.path, _("this is missing"))
        one = table.table(file.path)
        cells[cell] = one.words("contents", stored_length(file))
        one.done()
    table.done()
    return cells


def _tries(table: TomlTable, places: Places) -> dict[str, bytes]:
    cells = {}
    for name in table:
        if TRIES_PREFIX + name in places.tries:
            cells[TRIES_PREFIX + name] = bytes((table.number(name, 0xFF),))
    table.done()
    return cells


def _secrets(table: TomlTable, profile: Profile, places: Places) -> dict[str, bytes]:
    cells = {}
    if PIN in table and profile.pin:
        cells[PIN] = table.hex(PIN, range(profile.pin.min_bytes, profile.pin.max_bytes + 1))
    keys = table.table("keys")
    for name in keys:
        if KEY_PREFIX + name in places.keys:
            cells[KEY_PREFIX + name] = keys.hex(name, _exactly(KEY_LENGTH))
    keys.done()
    cells |= _generic(table.table("other"), places, Section.OTHER)
    table.done()
    return cells


def _generic(table: TomlTable, places: Places, section: Section) -> dict[str, bytes]:
    """Cells by their own names; one that has a better place is refused here."""
    cells = {}
    for name in table:
        value = table.hex(name, range(_LONGEST_CELL + 1))
        if name.startswith(FILE_PREFIX) or places.section(name, value) is not section:
            table.refuse(name, _("this does not belong here"))
        cells[name] = value
    return cells


def _exactly(length: int) -> range:
    return range(length, length + 1)
