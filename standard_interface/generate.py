"""Writes the tables of the C library from the declaration of the card.

`python -m standard_interface.generate` writes `src/tables.c`, `src/tables.h` and
`include/rhc_standard_sizes.h`; with `--check` it writes nothing and fails where one of them is out of step.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from card_os.spec.loader import load
from card_os.spec.model import DataItem, FileKind, FileSpec, KeySpec, Profile, Protection

HERE = Path(__file__).resolve().parent
MADE = "/* Made by standard_interface/generate.py from the declaration of the card; do not edit. */\n"
AUTHENTICATION = 7
VISITS = {"DF03.EE": "DF03.EF05", "DF03.ED": "DF03.EF06"}  # layout of the records: layout of their flags
# by which dates the oldest record is found; spec: terminal_interface 4.6
ORDER = {"DF03.EE": ("admission_date", "discharge_date"), "DF03.ED": ("visit_datetime",)}
KINDS = {
    FileKind.LINEAR_TLV: "RHC_TLV",
    FileKind.CYCLIC: "RHC_CYCLIC",
    FileKind.LINEAR_FIXED: "RHC_FLAGS",
    FileKind.TRANSPARENT: "RHC_BINARY",
}


def decimals(item: DataItem) -> int:
    """Digits behind the point of an amount, 0 for what is none: 2 for N..10,2."""
    return int(item.format.partition(",")[2] or 0)


def text_size(item: DataItem) -> int:
    """Bytes that the text of an item needs with its closing 00: AN as it is, CN and B two digits a byte."""
    if item.coding == "AN":
        return item.length + 1
    return 2 * item.length + 1 + bool(decimals(item))


def data_items(profile: Profile, layout: str) -> tuple[DataItem, ...]:
    """The items of a visit record before signature and certificate, which the field's functions never touch.

    # spec: terminal_interface 5.2
    """
    return tuple(item for item in profile.by_layout[layout] if item.coding != "B" or item.format)


def files(profile: Profile) -> dict[str, FileSpec]:
    """The files by the name of their C constant: DDF1_EF05; one slot stands for all slots of a visit."""
    found: dict[str, FileSpec] = {}
    for file in profile.files.values():
        if file.kind.is_ef and file.layout not in VISITS:
            found["_".join(file.path.split("/")[-2:])] = file
    for layout in VISITS:
        found[layout.replace(".", "_")] = profile.files_of(layout)[0]
    return found


def keys(profile: Profile) -> list[KeySpec]:
    """The keys that the files name, in the order of the declaration."""
    named = {
        name
        for file in files(profile).values()
        for rule in (file.read, file.update, file.set_valid, file.erase)
        for name in rule.key_names()
    } | {file.sm_key for file in files(profile).values()}
    return [key for key in profile.keys.values() if key.name in named]


def sizes_h(profile: Profile) -> str:
    """The buffer sizes that programs need."""

    def lines() -> Iterator[str]:
        yield MADE
        yield "#ifndef RHC_STANDARD_SIZES_H\n#define RHC_STANDARD_SIZES_H\n"
        yield "/* Bytes of the text of each item, closing 00 included. */"
        for name, file in files(profile).items():
            if file.kind in (FileKind.LINEAR_TLV, FileKind.CYCLIC):
                yield f"\n/* {name} */"
                for item in profile.items_of(file):
                    what = f"{item.id} {item.name}, {item.coding} {item.length}"
                    yield f"#define RHC_SIZE_{item.abbreviation:<10} {text_size(item):>4} /* {what} */"
        yield "\n/* A flag of DF03/EF05 or EF06: 00 or FF. */\n#define RHC_SIZE_FLAG 3"
        for layout in VISITS:
            items, name = data_items(profile, layout), layout[-2:]
            listed = sum(map(text_size, items))  # each closing 00 makes room for a '|'
            yield f"\n/* DF03/{name}: bytes of data in a record; bytes of a list of {len(items)} items. */"
            yield f"#define RHC_{name}_DATA {sum(item.length for item in items)}"
            yield f"#define RHC_SIZE_{name}_ALL {listed}"
        yield f"\n/* Bytes of the photo file. */\n#define RHC_SIZE_PHOTO {files(profile)['DDF1_EF07'].size}"
        yield "\n#endif"

    return "\n".join(lines()) + "\n"


def tables_h(profile: Profile) -> str:
    """Names and counts of what `tables.c` holds."""
    names = files(profile)
    counts = "\n".join(
        f"#define RHC_ITEMS_{name} {len(_items(profile, file))}" for name, file in names.items()
    )
    constants = ",\n".join(f"    RHC_{name}" for name in names)
    return f"""{MADE}
#ifndef RHC_TABLES_H
#define RHC_TABLES_H

#include "model.h"

enum rhc_file_name {{
{constants},
    RHC_FILES
}};

{counts}

extern const struct rhc_file rhc_files[RHC_FILES];

#endif
"""


def tables_c(profile: Profile) -> str:
    """Keys, items and files."""

    def lines() -> Iterator[str]:
        yield MADE
        yield '#include "tables.h"\n'
        for key in keys(profile):
            yield _key(key)
        for name, file in files(profile).items():
            if items := _items(profile, file):
                yield f"\nstatic const struct rhc_item items_{name}[] = {{"
                yield from (_item(item) for item in items)
                yield "};"
        yield "\nconst struct rhc_file rhc_files[RHC_FILES] = {"
        for name, file in files(profile).items():
            yield from _file(profile, name, file)
        yield "};"

    return "\n".join(lines()) + "\n"


def _items(profile: Profile, file: FileSpec) -> tuple[DataItem, ...]:
    return data_items(profile, file.layout) if file.layout in VISITS else profile.items_of(file)


def _key(key: KeySpec) -> str:
    # version 1 for keys of authentication, none for those of secure messaging; spec: terminal_interface 6.1
    version = 1 if key.usage == AUTHENTICATION else 0
    p1, p2 = key.steps << 5 | (key.usage or 0), version << 5 | (key.sam_id or 0)
    return (
        f"static const struct rhc_key {key.name} = "
        f"{{0x{p1:02X}, 0x{p2:02X}, 0x{key.reference:02X}, {key.steps}}};"
    )


def _item(item: DataItem) -> str:
    return (
        f"    {{{item.id}, {item.offset or 0}, {item.length}, {item.record or 0}, 0x{item.tag or 0:02X}, "
        f"0x{item.empty:02X}, {decimals(item)}, RHC_{item.coding}}}, /* {item.abbreviation} {item.name} */"
    )


def _file(profile: Profile, name: str, file: FileSpec) -> Iterator[str]:
    def key(names: Iterator[str] | tuple[str, ...]) -> str:
        first = next(iter(names), "")
        return f"&{first}" if first else "NULL"

    items = _items(profile, file)
    flags = VISITS.get(file.layout)
    yield f"    [RHC_{name}] = {{"
    yield f"        .kind = {KINDS[file.kind]},"
    yield f"        .df = 0x{profile.files[file.parent].fid:04X},"
    yield f"        .ef = 0x{file.fid:04X},"
    if flags:
        yield f"        .opened_by = 0x{profile.files_of(flags)[0].fid:04X},"
        dates = [item for item in items if item.name in ORDER[file.layout]]
        yield f"        .dates = {{{', '.join(f'&items_{name}[{items.index(date)}]' for date in dates)}}},"
    count = len(profile.files_of(file.layout)) if flags else len(file.record_lengths)
    yield f"        .records = {count},"
    length = sum(item.length for item in items) if flags else file.size
    yield f"        .bytes = {file.record_lengths[0] if file.kind is FileKind.CYCLIC else length},"
    yield f"        .items = {f'items_{name}' if items else 'NULL'},"
    yield f"        .item_count = {len(items)},"
    yield f"        .read = {key(file.read.key_names())},"
    yield f"        .update = {key(file.update.key_names())},"
    yield f"        .erase = {key(file.erase.key_names())},"
    yield f"        .secure = {key((file.sm_key,) if file.protection is Protection.REQUIRED else ())},"
    yield "    },"


def made() -> dict[Path, str]:
    """What the files should hold."""
    profile = load("health_card")
    return {
        HERE / "include" / "rhc_standard_sizes.h": sizes_h(profile),
        HERE / "src" / "tables.h": tables_h(profile),
        HERE / "src" / "tables.c": tables_c(profile),
    }


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` say which are out of step."""
    stale = [
        (path, text) for path, text in made().items() if not path.exists() or path.read_text("utf-8") != text
    ]
    for path, text in stale:
        print(path.relative_to(HERE.parent))
        if "--check" not in arguments:
            path.write_text(text, "utf-8")
    return int("--check" in arguments and bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
