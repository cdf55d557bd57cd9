"""A card as text: TOML in the order of the declaration, so that the same card gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from card_os.image.cells import (
    FILE_PREFIX,
    HISTORICAL,
    LIFE_CYCLE,
    PIN,
    Places,
    Section,
)
from card_os.image.errors import ImageError
from card_os.image.file_lines import lines, parts_of, stored_length
from card_os.image.settings import Setting, settings_of
from card_os.kernel.card import Card
from card_os.kernel.file_system import absent_cell
from card_os.spec.loader import load
from card_os.spec.model import Profile
from language import _

FORMAT = "rhc-image/1"
_SIMPLE_ESCAPES = {'"': '\\"', "\\": "\\\\"}


def dump(card: Card, secrets: bool = True) -> str:
    """The image of a card; without `secrets` it has no key, no PIN and no cell of a name unknown here."""
    return ImageWriter(card.profile).text(card.memory.snapshot(), secrets=secrets)


def quoted(text: str) -> str:
    """A basic string of TOML."""
    return '"' + "".join(_SIMPLE_ESCAPES.get(char) or _printable(char) for char in text) + '"'


def _printable(char: str) -> str:
    if char.isprintable():
        return char
    return f"\\u{ord(char):04X}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08X}"


class ImageWriter:
    """Writes images of one card again and again; of its files only the changed ones are put into words."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._places = Places(profile)
        self._parts = {cell: parts_of(profile, file) for cell, file in self._places.files.items()}
        self._tries_names = {cell: quoted(name) for cell, name in self._places.tries.items()}
        self._key_names = {cell: quoted(name) for cell, name in self._places.keys.items()}
        self._written: dict[str, tuple[bytes, str]] = {}
        self._sections: dict[tuple[str, int], Section] = {}

    def text(self, cells: Mapping[str, bytes], *, secrets: bool = True) -> str:
        """The image of these cells; raises ImageError where they are no memory of a card of the profile."""
        sections: dict[Section, list[str]] = {section: [] for section in Section}
        for cell, value in cells.items():
            section = self._section(cell, value)
            if secrets or not section.is_secret:
                sections[section].append(cell)
        count = sum(map(len, sections.values()))
        return "".join(
            [
                *self._head(cells, count, secrets),
                *self._options(),
                *(self._file(cells, cell) for cell in self._places.files if cell in cells),
                *self._tries(cells, sections[Section.TRIES]),
                *_table("state", cells, sorted(sections[Section.STATE])),
                *(self._secrets(cells, sections) if secrets else ()),
            ]
        )

    def _section(self, cell: str, value: bytes) -> Section:
        known = self._sections.get((cell, len(value)))
        if known is None:
            known = self._sections[cell, len(value)] = self._places.section(cell, value)
        return known

    def _head(self, cells: Mapping[str, bytes], count: int, secrets: bool) -> Iterator[str]:
        self._check_tree(cells)
        profile = self._profile
        yield f"# {profile.meaning.chinese} {profile.meaning.english}\n"
        if secrets:
            yield "# This text holds the keys of a card: whoever has it can make that card again.\n"
        else:
            yield "# This text holds the data of a card, without its keys.\n"
        yield f'format = "{FORMAT}"\n'
        yield f"profile = {quoted(profile.name)}\n"
        if profile.variant:
            yield f"variant = {quoted(profile.variant)}\n"
        yield f"life_cycle = {quoted(cells[LIFE_CYCLE].decode('ascii'))}\n"
        yield f'historical = "{cells[HISTORICAL].hex().upper()}"  # chip maker 2, card maker 2, serial 4\n'
        yield f"cells = {count}\n"
        yield f"with_secrets = {_plain(secrets)}\n"

    def _check_tree(self, cells: Mapping[str, bytes]) -> None:
        """Every declared EF is there or marked as not created, and no other one."""
        files = self._places.files
        wrong = [cell for cell in (LIFE_CYCLE, HISTORICAL) if cell not in cells]
        wrong += [cell for cell in cells if cell.startswith(FILE_PREFIX) and cell not in files]
        wrong += [cell for cell, file in files.items() if (cell in cells) == (absent_cell(file) in cells)]
        if wrong:
            raise _no_card(min(wrong))

    def _options(self) -> Iterator[str]:
        usual = settings_of(load(self._profile.name, self._profile.variant))
        changed = [
            f"{name} = {_plain(value)}\n"
            for name, value in settings_of(self._profile).items()
            if value != usual.get(name)
        ]
        if changed:
            yield "\n[options]  # those that differ from the profile\n"
            yield from changed

    def _file(self, cells: Mapping[str, bytes], cell: str) -> str:
        contents = cells[cell]
        known = self._written.get(cell)
        if known and known[0] == contents:
            return known[1]
        file = self._places.files[cell]
        if len(contents) != stored_length(file):
            raise _no_card(cell)
        body = "".join(lines(self._parts[cell], contents))
        text = f"\n[files.{quoted(file.path)}]\ncontents = [\n{body}]\n"
        self._written[cell] = contents, text
        return text

    def _tries(self, cells: Mapping[str, bytes], present: list[str]) -> Iterator[str]:
        rows = _in_order(present, self._tries_names, lambda cell: str(cells[cell][0]))
        if rows:
            yield "\n[tries]  # that are left; a counter that does not stand here is full\n"
            yield from rows

    def _secrets(self, cells: Mapping[str, bytes], sections: Mapping[Section, list[str]]) -> Iterator[str]:
        yield "\n# --- keys and PIN -------------------------------------------------------------\n"
        yield "\n[secrets]\n"
        if sections[Section.PIN]:
            yield f'{PIN} = "{cells[PIN].hex().upper()}"\n'
        rows = _in_order(sections[Section.KEYS], self._key_names, lambda cell: _hex(cells[cell]))
        if rows:
            yield "\n[secrets.keys]\n"
            yield from rows
        yield from _table("secrets.other", cells, sorted(sections[Section.OTHER]))


def _in_order(present: list[str], names: Mapping[str, str], value: Callable[[str], str]) -> list[str]:
    here = set(present)
    return [f"{name} = {value(cell)}\n" for cell, name in names.items() if cell in here]


def _table(name: str, cells: Mapping[str, bytes], present: list[str]) -> Iterator[str]:
    if present:
        yield f"\n[{name}]\n"
        yield from (f"{quoted(cell)} = {_hex(cells[cell])}\n" for cell in present)


def _hex(raw: bytes) -> str:
    return f'"{raw.hex().upper()}"'


def _plain(value: Setting) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else quoted(value)


def _no_card(cell: str) -> ImageError:
    reason = _("the memory is none of a card of this profile")
    return ImageError(file=_("the card"), place=cell, reason=reason)
