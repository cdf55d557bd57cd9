"""Readers as pcscd reads them: entries of reader.conf for the virtual reader driver vpcd.

pcscd builds the name of a reader from FRIENDLYNAME, the number of the reader and the number of the slot, both
two hex digits: "RHC SAM 00 00". vpcd takes the port of slot 0 from the entry and adds the number of the slot.
"""

import re
import shlex
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from card_os.spec.errors import Phrase
from lab.pcsc.errors import ReaderEntryInvalid

SLOTS_PER_ENTRY = 2
MAX_ENTRIES = 8  # source: pcscd holds 16 readers, each slot counts as one
VPCD_MARK = "ifdvpcd"

_FRIENDLY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .,()_-]{0,59}")
_READER_NAME = re.compile(r"(?P<friendly>.+) (?P<reader>[0-9A-F]{2}) (?P<slot>[0-9A-F]{2})")


@dataclass(frozen=True, slots=True)
class ReaderEntry:
    """One reader of the configuration: its name, its driver library, the TCP port of slot 0."""

    friendly_name: str
    library: Path
    base_port: int

    def __post_init__(self) -> None:
        if not _FRIENDLY_NAME.fullmatch(self.friendly_name):
            reason = Phrase("the reader name {name!r} cannot stand in reader.conf", name=self.friendly_name)
            raise ReaderEntryInvalid(reason=reason)
        if not 1 <= self.base_port <= 0xFFFF - SLOTS_PER_ENTRY + 1:
            reason = Phrase("{port} is no port for a virtual reader", port=self.base_port)
            raise ReaderEntryInvalid(reason=reason)


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot as programs see it: the name PC/SC gives it, and the TCP port at which a card gets in."""

    reader: str
    port: int


@dataclass(frozen=True, slots=True)
class ReaderPlan:
    """A reader we want: its name and the TCP port of slot 0."""

    friendly_name: str
    base_port: int


# Programs of the field look for the user card in a reader whose name contains "contactless".
USER_READER = "RHC Contactless"
SAM_READER = "RHC SAM"
FIRST_PORT = 35963


def plan_readers(cards: int, sams: int) -> tuple[ReaderPlan, ...]:
    """Readers with room for so many cards and SAMs, at least one of each kind.

    The second of a kind is called "RHC Contactless 2". `install_entries` refuses more than pcscd takes.
    """
    plans: list[ReaderPlan] = []
    for name, count in ((USER_READER, cards), (SAM_READER, sams)):
        for number in range(1, max(1, -(-count // SLOTS_PER_ENTRY)) + 1):
            friendly = name if number == 1 else f"{name} {number}"
            plans.append(ReaderPlan(friendly, FIRST_PORT + SLOTS_PER_ENTRY * len(plans)))
    return tuple(plans)


DEFAULT_READERS = plan_readers(1, 1)


def install_entries(plans: Sequence[ReaderPlan], library: Path, directory: Path) -> tuple[ReaderEntry, ...]:
    """Give each planned reader its own copy of the driver in `directory`.

    pcscd knows a driver by its file: two entries that name one file share its state and neither works.
    """
    if not 1 <= len(plans) <= MAX_ENTRIES:
        reason = Phrase(
            "pcscd takes 1 to {most} virtual readers, not {count}", most=MAX_ENTRIES, count=len(plans)
        )
        raise ReaderEntryInvalid(reason=reason)
    entries = []
    for number, plan in enumerate(plans):
        copy = directory / f"libifdvpcd_{number}.so"
        shutil.copyfile(library, copy)
        copy.chmod(0o600)
        entries.append(ReaderEntry(plan.friendly_name, copy, plan.base_port))
    return tuple(entries)


def configuration_text(entries: Iterable[ReaderEntry]) -> str:
    """The text of a reader.conf with these entries, in this order."""
    return "\n".join(
        f'FRIENDLYNAME "{entry.friendly_name}"\n'
        f"DEVICENAME   /dev/null:0x{entry.base_port:04X}\n"
        f"LIBPATH      {entry.library}\n"
        f"CHANNELID    0x{entry.base_port:04X}\n"
        for entry in entries
    )


def parse_configuration(text: str) -> tuple[ReaderEntry, ...]:
    """The virtual readers in the text of a reader.conf; entries of other drivers are left out."""
    blocks: list[dict[str, str]] = []
    for line in text.splitlines():
        match shlex.split(line, comments=True):
            case ["FRIENDLYNAME", name]:
                blocks.append({"FRIENDLYNAME": name})
            case [key, value] if blocks:
                blocks[-1][key] = value
    return tuple(
        ReaderEntry(block["FRIENDLYNAME"], Path(block["LIBPATH"]), int(block["CHANNELID"], 0))
        for block in blocks
        if VPCD_MARK in block.get("LIBPATH", "") and "CHANNELID" in block
    )


def match_slots(readers: Iterable[str], entries: Iterable[ReaderEntry]) -> tuple[Slot, ...]:
    """Join the names that PC/SC lists with the entries they come from.

    Of two entries with one name the first counts; names of other readers are left out.
    """
    ports: dict[str, int] = {}
    for entry in entries:
        ports.setdefault(entry.friendly_name, entry.base_port)
    slots = []
    for reader in readers:
        name = _READER_NAME.fullmatch(reader)
        if name and name["friendly"] in ports:
            slots.append(Slot(reader, ports[name["friendly"]] + int(name["slot"], 16)))
    return tuple(slots)
