"""The declaration of a card as typed values. `loader` makes them from the tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from card_os.iso7816.status import base
from card_os.spec.access import AccessRule


class FileKind(StrEnum):
    """What a file is."""

    MF = "MF"
    DF = "DF"
    TRANSPARENT = "transparent"
    LINEAR_TLV = "linear_tlv"
    LINEAR_FIXED = "linear_fixed"
    CYCLIC = "cyclic"

    @property
    def is_ef(self) -> bool:
        """Whether files of this kind hold data."""
        return self is not FileKind.MF and self is not FileKind.DF

    @property
    def has_records(self) -> bool:
        """Whether the data stands in records."""
        return self in (FileKind.LINEAR_TLV, FileKind.LINEAR_FIXED, FileKind.CYCLIC)


class Protection(StrEnum):
    """Secure messaging that a file wants for updates."""

    NONE = "none"  # plain only
    OPTIONAL = "optional"
    REQUIRED = "required"


class LifeCycle(StrEnum):
    """States of a card.  # spec: commands_and_crypto 5.3 [DC]"""

    CHIP = "CHIP"
    TRANSPORT = "TRANSPORT"
    PERSO = "PERSO"
    ISSUED = "ISSUED"
    APP_BLOCKED = "APP_BLOCKED"  # of one DF, over the state of the card
    APP_DEAD = "APP_DEAD"  # of one DF, for good
    CARD_BLOCKED = "CARD_BLOCKED"


@dataclass(frozen=True, slots=True)
class DataItem:
    """One data item: where it stands and how its value is written.

    `record` counts from 1 in a TLV file; `offset` counts bytes in a layout without tags. `length` is the
    length of the value in bytes. `empty` is the byte that fills an empty value.
    """

    id: int
    name: str
    chinese: str
    abbreviation: str
    layout: str
    record: int | None
    offset: int | None
    length: int
    coding: str
    format: str
    tag: int | None
    empty: int
    codes: str
    rule: str
    source: str
    note: str

    @property
    def blank(self) -> bytes:
        """The value of an item that was never written, `length` bytes."""
        return bytes((self.empty,)) * self.length


@dataclass(frozen=True, slots=True)
class FileSpec:
    """A file of the tree. `path` names its place: MF/DDF1/DF01/EF05."""

    path: str
    fid: int
    kind: FileKind
    df_name: bytes
    sfi: int | None
    record_lengths: tuple[int, ...]
    size: int
    layout: str
    read: AccessRule
    update: AccessRule
    set_valid: AccessRule
    erase: AccessRule
    protection: Protection
    sm_key: str
    plain_if: str
    source: str

    @property
    def parent(self) -> str:
        """Path of the DF that holds this file; empty for the MF."""
        return self.path.rpartition("/")[0]

    @property
    def label(self) -> str:
        """The path as people say it, without the MF: DDF1/EF05."""
        return self.path.removeprefix("MF/")


@dataclass(frozen=True, slots=True)
class KeySpec:
    """A key: where it stands on the card, and how a SAM finds and diversifies it.

    `reference` is P2 of EXTERNAL AUTHENTICATE; `steps` the diversification steps from the held key;
    `usage` 7 authentication, 8 secure messaging; `sam_id` the id in P2 of 80DE, None where no SAM holds it.
    `tries` 0 means that no counter guards the key.
    """

    name: str
    df: str
    reference: int
    versions: int
    steps: int
    usage: int | None
    sam_id: int | None
    held: str
    tries: int
    chinese: str
    english: str
    source: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """A text in both languages."""

    chinese: str
    english: str


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command that the card knows, and the life-cycle states in which it is allowed.

    `p1` tells commands with one INS apart, None where all values of P1 belong to it.
    """

    name: str
    classes: tuple[int, ...]
    ins: int
    p1: int | None
    meaning: Meaning
    states: frozenset[LifeCycle]
    source: str


@dataclass(frozen=True, slots=True)
class PinSpec:
    """Length in bytes and tries of a PIN; `delivered` is the one that the maker writes, empty for none."""

    tries: int
    min_bytes: int
    max_bytes: int
    delivered: bytes = b""


CodeTable = Mapping[str, Meaning]


@dataclass(frozen=True)
class Profile:
    """Everything that is declared of one application.

    `lock_commands` are the whole commands that end personalisation, the first one preferred; `variant` is the
    name of a variant, empty for the profile as it stands.
    """

    name: str
    meaning: Meaning
    cipher: str
    transport: str
    fci: str
    chip_maker: bytes
    card_maker: bytes
    challenge_lengths: tuple[int, ...]
    bad_mac_limit: int
    write_key: AccessRule
    write_key_plain: AccessRule
    activate: AccessRule
    options: Mapping[str, bool]
    files: Mapping[str, FileSpec]
    items: Mapping[str, DataItem]
    keys: Mapping[str, KeySpec]
    sam_keys: Mapping[str, KeySpec]
    codes: Mapping[str, CodeTable]
    commands: Mapping[str, CommandSpec]
    statuses: Mapping[str, Mapping[int, Meaning]] = field(repr=False)
    pin: PinSpec | None = None
    lock_commands: tuple[bytes, ...] = ()
    variant: str = ""

    @cached_property
    def by_layout(self) -> Mapping[str, tuple[DataItem, ...]]:
        """The items of each layout, in the order in which they stand in the file."""
        groups: dict[str, list[DataItem]] = {}
        for item in self.items.values():
            groups.setdefault(item.layout, []).append(item)
        return {
            layout: tuple(sorted(group, key=lambda item: item.record or item.offset or 0))
            for layout, group in groups.items()
        }

    @cached_property
    def _files_by_layout(self) -> Mapping[str, tuple[FileSpec, ...]]:
        groups: dict[str, list[FileSpec]] = {}
        for file in self.files.values():
            groups.setdefault(file.layout, []).append(file)
        return {layout: tuple(group) for layout, group in groups.items()}

    @cached_property
    def _by_ins(self) -> Mapping[int, tuple[CommandSpec, ...]]:
        groups: dict[int, list[CommandSpec]] = {}
        for command in self.commands.values():
            groups.setdefault(command.ins, []).append(command)
        return {ins: tuple(group) for ins, group in groups.items()}

    def command_of(self, ins: int, p1: int) -> CommandSpec | None:
        """The command that INS and P1 name; with another P1 than its own the first of that INS."""
        group = self._by_ins.get(ins, ())
        exact = (command for command in group if command.p1 in (None, p1))
        return next(exact, group[0] if group else None)

    def items_of(self, file: FileSpec) -> tuple[DataItem, ...]:
        """The items of a file, in order; empty for a file without items (the photo)."""
        return self.by_layout.get(file.layout, ())

    def files_of(self, layout: str) -> tuple[FileSpec, ...]:
        """The files that share a layout: one, or the slots of the visit records in order."""
        return self._files_by_layout.get(layout, ())

    def table_of(self, item: DataItem) -> CodeTable | None:
        """The code table of an item, None where none is public."""
        return self.codes[item.codes.partition("[")[0]] if item.codes else None

    def code_meaning(self, item: DataItem, code: str) -> Meaning | None:
        """What a code means; `occupation[1]` in the tables looks at the first character only."""
        table = self.table_of(item)
        if table is None:
            return None
        width = item.codes.partition("[")[2].rstrip("]")
        return table.get(code[: int(width)] if width else code)

    def status(self, command: str, sw: int) -> Meaning | None:
        """What a status word means to a command, None where the tables do not know it."""
        by_command = self.statuses.get(command, {})
        return by_command.get(base(sw)) or self.statuses["*"].get(base(sw))
