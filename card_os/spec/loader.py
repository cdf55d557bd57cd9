"""Reads the tables under `profiles/` and refuses what cannot be right.

Tables are CSV with a header line; `profile.toml` holds what is one value. Shared by all profiles:
`statuses.csv`.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from card_os.spec import declared
from card_os.spec.access import parse_rule
from card_os.spec.errors import DeclarationError, Phrase
from card_os.spec.model import (
    CommandSpec,
    DataItem,
    FileKind,
    FileSpec,
    KeySpec,
    LifeCycle,
    Meaning,
    PinSpec,
    Profile,
    Protection,
)
from card_os.spec.variants import FILE as VARIANTS_TABLE
from card_os.spec.variants import UnknownVariantError, Variant, read_variants, varied

_PROFILES = files("card_os.spec") / "profiles"
Row = Mapping[str, str]


@cache
def load(name: str, variant: str = "") -> Profile:
    """The profile of an application: `health_card` or `sam`; or a variant of it, see `variants`.

    Raises DeclarationError and UnknownVariantError.
    """
    if not variant:
        return load_from(_PROFILES, name)
    known = variants(name)
    if variant not in known:
        raise UnknownVariantError(variant=variant, profile=name, known=" ".join(known))
    profile = varied(load(name), known[variant])
    declared.check(profile)
    return profile


@cache
def variants(name: str) -> Mapping[str, Variant]:
    """The variants of a profile by name, in the order of their table; none where it has no table."""
    table = _PROFILES / name / VARIANTS_TABLE
    return read_variants(table.read_text("utf-8")) if table.is_file() else {}


def load_from(root: Traversable, name: str) -> Profile:
    """Read a profile below any directory, so that a broken one can be tried."""
    folder = root / name
    settings = tomllib.loads((folder / "profile.toml").read_text("utf-8"))
    table = _Tables(folder)
    items = table.read("items.csv", _item)
    keys = table.read("keys.csv", _key)
    served = settings.get("serves", "")
    sam_keys = load_from(root, served).keys if served else keys
    codes: dict[str, dict[str, Meaning]] = {}
    for _, row in table.rows("codes.csv"):
        codes.setdefault(row["table"], {})[row["code"]] = Meaning(row["chinese"], row["english"])
    profile = Profile(
        name=name,
        meaning=Meaning(settings["chinese"], settings["english"]),
        cipher=settings["cipher"],
        transport=settings["transport"],
        fci=settings["fci"],
        chip_maker=bytes.fromhex(settings["atr"]["chip_maker"]),
        card_maker=bytes.fromhex(settings["atr"]["card_maker"]),
        challenge_lengths=tuple(settings["challenge_lengths"]),
        bad_mac_limit=settings.get("bad_mac_limit", 0),
        write_key=parse_rule(settings["write_key"]),
        write_key_plain=parse_rule(settings["write_key_plain"]),
        activate=parse_rule(settings["activate"]),
        options=settings.get("options", {}),
        files=table.read("files.csv", lambda row: _file(row, items)),
        items=items,
        keys=keys,
        sam_keys={key.name: key for key in sam_keys.values() if key.sam_id is not None},
        codes=codes,
        commands=table.read("commands.csv", _command),
        statuses=_statuses(_Tables(root)),
        pin=_pin(settings["pin"]) if "pin" in settings else None,
        lock_commands=tuple(bytes.fromhex(command) for command in settings.get("lock_commands", ())),
    )
    declared.check(profile)
    return profile


def _pin(settings: Mapping[str, Any]) -> PinSpec:
    delivered = bytes.fromhex(settings.get("delivered", ""))
    return PinSpec(settings["tries"], settings["min_bytes"], settings["max_bytes"], delivered)


class _Tables:
    """The CSV files of one directory."""

    def __init__(self, folder: Traversable) -> None:
        self.folder = folder

    def rows(self, file: str) -> Iterator[tuple[int, Row]]:
        """Rows with their line number in the file."""
        text = (self.folder / file).read_text("utf-8")
        for line, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
            if None in row or None in row.values():
                reason = Phrase("it has not as many cells as the header")
                raise DeclarationError(file=file, row=line, reason=reason)
            yield line, row

    def read(self, file: str, make: Callable[[Row], Any]) -> dict[str, Any]:
        """Typed rows by their first column, which must be unique."""
        found: dict[str, Any] = {}
        for line, row in self.rows(file):
            try:
                key = row["name"] if "name" in row else row["path"]
                if not key:
                    raise ValueError("its first cell is empty")  # noqa: TRY301
                if key in found:
                    raise ValueError(f"{key} stands here twice")  # noqa: TRY301
                found[key] = make(row)
            except (ValueError, KeyError) as error:
                raise DeclarationError(file=file, row=line, reason=error) from None
        return found


def _number(text: str, radix: int = 10) -> int | None:
    return int(text, radix) if text else None


def _item(row: Row) -> DataItem:
    return DataItem(
        id=int(row["id"]),
        name=row["name"],
        chinese=row["chinese"],
        abbreviation=row["abbreviation"],
        layout=row["layout"],
        record=_number(row["record"]),
        offset=_number(row["offset"]),
        length=int(row["length"]),
        coding=row["coding"],
        format=row["format"],
        tag=_number(row["tag"], 16),
        empty=int(row["empty"], 16),
        codes=row["codes"],
        rule=row["rule"],
        source=row["source"],
        note=row["note"],
    )


def _file(row: Row, items: Mapping[str, DataItem]) -> FileSpec:
    kind = FileKind(row["kind"])
    if kind is FileKind.LINEAR_TLV:
        fields = [item for item in items.values() if item.layout == row["layout"]]
        lengths = tuple(item.length + 2 for item in sorted(fields, key=lambda item: item.record or 0))
    else:
        lengths = (int(row["record_length"] or 0),) * int(row["records"] or 0)
    return FileSpec(
        path=row["path"],
        fid=int(row["fid"], 16),
        kind=kind,
        df_name=bytes.fromhex(row["df_name"]),
        sfi=_number(row["sfi"], 16),
        record_lengths=lengths,
        size=int(row["size"]) if row["size"] else sum(lengths),
        layout=row["layout"],
        read=parse_rule(row["read"]),
        update=parse_rule(row["update"]),
        set_valid=parse_rule(row["set_valid"]),
        erase=parse_rule(row["erase"]),
        protection=Protection(row["protection"] or "none"),
        sm_key=row["sm_key"],
        plain_if=row["plain_if"],
        source=row["source"],
    )


def _key(row: Row) -> KeySpec:
    return KeySpec(
        name=row["name"],
        df=row["df"],
        reference=int(row["reference"], 16),
        versions=int(row["versions"]),
        steps=int(row["steps"]),
        usage=_number(row["usage"]),
        sam_id=_number(row["sam_id"], 16),
        held=row["held"],
        tries=int(row["tries"]),
        chinese=row["chinese"],
        english=row["english"],
        source=row["source"],
    )


def _command(row: Row) -> CommandSpec:
    return CommandSpec(
        name=row["name"],
        classes=tuple(int(cla, 16) for cla in row["cla"].split()),
        ins=int(row["ins"], 16),
        p1=_number(row["p1"], 16),
        meaning=Meaning(row["chinese"], row["english"]),
        states=frozenset(LifeCycle(state) for state in row["states"].split()),
        source=row["source"],
    )


def _statuses(table: _Tables) -> dict[str, dict[int, Meaning]]:
    found: dict[str, dict[int, Meaning]] = {}
    for _, row in table.rows("statuses.csv"):
        found.setdefault(row["command"], {})[int(row["sw"], 16)] = Meaning(row["chinese"], row["english"])
    return found
