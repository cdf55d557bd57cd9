"""Reference pages of what stands on the card: files, data items, keys, code tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from card_os.spec.access import NEVER, AccessRule
from card_os.spec.key_record import usage_byte
from card_os.spec.model import DataItem, FileKind, FileSpec, KeySpec, Profile
from docs import texts
from docs.markdown import anchor, code, page, table
from docs.words import choose, kind_text, protection_text, rule_text, say

Profiles = Sequence[Profile]


def files_page(profiles: Profiles, language: str) -> str:
    """Every DF and EF with its rights and its protection."""
    heads = ("path", "FID", "kind", "DF name", "SFI", "records", "bytes", "read", "update", "mark valid",
             "erase", "protection of updates", "source")  # fmt: skip
    blocks = [f"# {say('Files', language)}"]
    blocks.append(choose(texts.RIGHTS, language))
    for profile in profiles:
        blocks.append(f"## {choose(profile.meaning, language)}")
        rows = (_file_row(file, language) for file in profile.files.values())
        blocks.append(table([say(head, language) for head in heads], rows))
    return page(*blocks)


def _file_row(file: FileSpec, language: str) -> list[str]:
    row = [
        code(file.path),
        f"{file.fid:04X}",
        kind_text(file.kind, language),
        code(file.df_name.hex().upper()),
    ]
    row.append("" if file.sfi is None else f"{file.sfi:02X}")
    if not file.kind.is_ef:
        return [*row, *[""] * 7, file.source]
    return [
        *row,
        _records(file),
        str(file.size),
        rule_text(file.read, language),
        rule_text(file.update, language),
        _mark(file.set_valid, language),
        _mark(file.erase, language),
        protection_text(file, language),
        file.source,
    ]


def _mark(rule: AccessRule, language: str) -> str:
    return "" if rule == NEVER else rule_text(rule, language)


def _records(file: FileSpec) -> str:
    count = len(file.record_lengths)
    if not count:
        return ""
    if file.kind is FileKind.LINEAR_TLV:
        return f"{count} TLV"
    return f"{count} × {file.record_lengths[0]}"


def items_page(profiles: Profiles, language: str) -> str:
    """Every data item, grouped by layout."""
    return page(
        f"# {say('Data items', language)}",
        choose(texts.LAYOUTS, language),
        choose(texts.CODINGS, language),
        choose(texts.CODE_WIDTH, language),
        *(block for profile in profiles for block in _item_blocks(profile, language)),
    )


def _item_blocks(profile: Profile, language: str) -> Iterator[str]:
    yield f"## {choose(profile.meaning, language)} ({len(profile.items)})"
    for layout, items in profile.by_layout.items():
        files = profile.files_of(layout)
        yield f"### {layout} ({len(items)})"
        yield f"{say('file', language)}: {', '.join(code(file.path) for file in files)}"
        tagged = files[0].kind is FileKind.LINEAR_TLV
        heads = ("number", "name", "Chinese name", "abbreviation", *(("record", "tag") if tagged else
                 ("offset",)), "length", "coding", "format", "empty value", "code table", "source",
                 "note")  # fmt: skip
        yield table(
            [say(head, language) for head in heads],
            (_item_row(profile, item, tagged, language) for item in items),
        )


def _item_row(profile: Profile, item: DataItem, tagged: bool, language: str) -> list[str]:
    place = [str(item.record), f"{item.tag or 0:02X}"] if tagged else [str(item.offset)]
    note = item.note
    if item.rule:
        note += f" {choose(texts.CHECK_DIGIT, language)}"
    return [
        str(item.id),
        f"{anchor(f'{profile.name}-{item.id}')}{code(item.name)}",
        item.chinese,
        item.abbreviation,
        *place,
        str(item.length),
        item.coding,
        item.format,
        f"{item.empty:02X}",
        _code_link(item),
        item.source,
        note.strip(),
    ]


def _code_link(item: DataItem) -> str:
    name = item.codes.partition("[")[0]
    if not name:
        return ""
    return f"[{name}](codes.md#codes-{name}){item.codes.removeprefix(name)}"


def keys_page(profiles: Profiles, language: str) -> str:
    """Every key: its place on the card, its place in a SAM, what it opens."""
    heads = ("name", "purpose", "DF", "card reference", "SAM id", "P1 of 80DE", "steps", "versions",
             "held as", "tries", "source")  # fmt: skip
    blocks = [f"# {say('Keys', language)}", choose(texts.KEY_COLUMNS, language)]
    for profile in profiles:
        blocks.append(f"## {choose(profile.meaning, language)} ({len(profile.keys)})")
        rows = (_key_row(key, language) for key in profile.keys.values())
        blocks.append(table([say(head, language) for head in heads], rows))
    return page(*blocks)


def _key_row(key: KeySpec, language: str) -> list[str]:
    held = key.sam_id is not None
    return [
        code(key.name),
        key.chinese if language == "zh" else key.english,
        code(key.df),
        f"{key.reference:02X}",
        f"{key.sam_id:02X}" if key.sam_id is not None else "",
        f"{usage_byte(key):02X}" if held else "",
        str(key.steps),
        str(key.versions),
        say(key.held, language),
        str(key.tries) if key.tries else say("not counted", language),
        key.source,
    ]


def codes_page(profiles: Profiles, language: str) -> str:
    """Every code table with both meanings."""
    blocks = [f"# {say('Code tables', language)}"]
    heads = [say(head, language) for head in ("code", "Chinese", "English")]
    for profile in profiles:
        for name, meanings in profile.codes.items():
            users = [code(item.name) for item in profile.items.values() if _uses(item, name)]
            blocks.append(anchor(f"codes-{name}"))
            blocks.append(f"## {name} ({len(meanings)})")
            blocks.append(f"{say('Data items', language)}: {', '.join(users) or say('none', language)}")
            rows = ((key, meaning.chinese, meaning.english) for key, meaning in meanings.items())
            blocks.append(table(heads, rows))
    return page(*blocks)


def _uses(item: DataItem, table_name: str) -> bool:
    return item.codes.partition("[")[0] == table_name
