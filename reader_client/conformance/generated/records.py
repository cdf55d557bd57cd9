"""Record files: by number and by tag, borders, sizes, order of cyclic files, marks.

# spec: terminal_interface 4
"""

from __future__ import annotations

from collections.abc import Iterator

from card_os.spec.model import DataItem, FileKind, FileSpec, Meaning, Profile
from reader_client.conformance.generated.naming import anew, efs, of_kind, short, updatable
from reader_client.conformance.model import Case
from reader_client.conformance.notation import steps_of
from reader_client.conformance.steps import Step

_ADDRESSING = "terminal_interface 4.1, 4.2 [T][S]; data_items.csv"
_MISSING = "commands_and_crypto 1.5 [REL]; terminal_interface 4.4 [S]"
_SIZES = "commands_and_crypto 1.5 [REL]; terminal_interface 7.3 [S]"
_CYCLIC = "terminal_interface 4.5 [S][D]; commands_and_crypto 1.1 row 11 [HC-C]"
_MARKS = "terminal_interface 4.6, 7.4 [T][S]; commands_and_crypto 1.1 rows 13, 14 [HC-C]"


def cases(profile: Profile) -> Iterator[Case]:
    """All cases about records."""
    for file in of_kind(profile, FileKind.LINEAR_TLV):
        for item in profile.items_of(file):
            yield _both_ways(file, item)
        if updatable(file):
            yield _stored_as_it_comes(profile, file)
            yield _wrong_sizes(profile, file)
    for file in efs(profile):
        if file.kind.has_records:
            yield _missing(profile, file)
            yield _wrong_le(file)
    for file in of_kind(profile, FileKind.CYCLIC):
        yield _order(profile, file, secure=True)
        if profile.options.get(file.plain_if, False):
            yield _order(profile, file, secure=False)
        yield _wrong_cyclic_sizes(file)
    for file in of_kind(profile, FileKind.LINEAR_FIXED):
        for number in range(1, len(file.record_lengths) + 1):
            yield _marks(profile, file, number)
        yield _written_marks(file)


def _both_ways(file: FileSpec, item: DataItem) -> Case:
    number, tag, length = item.record or 0, item.tag or 0, item.length
    head = f"{tag:02X}{length:02X}"
    lines = (
        f"open {file.label} read",
        f"send 00B2{number:02X}0400 -> 9000 length {length + 2} = {head}* as by_number",
        f"tlv {{by_number}} {tag:02X}",
        f"send 00B2{tag:02X}0000 -> 9000 = {{by_number}}",
        f"send 00B2{tag:02X}00{length + 2:02X} -> 9000 = {{by_number}}",
        f"send 00B2{number:02X}04{length + 2:02X} -> 9000 = {{by_number}}",
    )
    return Case(
        id=f"C1-{tag:02X}",
        title=Meaning(
            f"{item.chinese}（标签 {tag:02X}）按记录号 {number} 与按标签读取一致，长 {length} 字节",
            f"{item.name} (tag {tag:02X}) reads the same by number {number} and by tag, {length} bytes",
        ),
        source=_ADDRESSING,
        steps=steps_of("\n".join(lines)),
        quick=number == 1,
    )


def _stored_as_it_comes(profile: Profile, file: FileSpec) -> Case:
    """The value of a record is not the card's business: what lies behind a name is kept, too."""
    lines, restore = [f"open {file.label} read"], [*anew(file, "update")]
    items = profile.items_of(file)
    lines += [f"send 00B2{item.record:02X}0400 -> 9000 as old_{item.record}" for item in items]
    lines += list(anew(file, "update"))
    for item in items:
        header, new = f"04DC{item.record:02X}04", f"{item.tag:02X}{item.length:02X}{{A5*{item.length}}}"
        lines.append(f"secure {file.sm_key} {header} {new}")
        restore.append(f"secure {file.sm_key} {header} {{old_{item.record}}}")
    lines += [*anew(file, "read")]
    lines += [
        f"send 00B2{item.record:02X}0400 -> 9000 = {item.tag:02X}{item.length:02X}{{A5*{item.length}}}"
        for item in items
    ]
    return Case(
        id=f"C3-{short(file)}-stores",
        title=Meaning(
            f"{file.label} 按原样保存每条记录的值，复位后仍在",
            f"{file.label} keeps the value of each record as it comes, over a reset",
        ),
        source="terminal_interface 4.3 [T][S], 7.3 [S]",
        steps=steps_of("\n".join(lines)),
        restore=steps_of("\n".join(restore)),
    )


def _wrong_sizes(profile: Profile, file: FileSpec) -> Case:
    item = profile.items_of(file)[0]
    tag, length = item.tag or 0, item.length
    wrong = {
        "one byte less": f"{tag:02X}{length - 1:02X}{{5A*{length - 1}}}",
        "one byte more": f"{tag:02X}{length + 1:02X}{{5A*{length + 1}}}",
        "another length byte": f"{tag:02X}{length + 1:02X}{{5A*{length}}}",
        "another tag": f"{tag ^ 0x01:02X}{length:02X}{{5A*{length}}}",
        "the bare value": f"{{5A*{length}}}",
    }
    lines = [
        f"open {file.label} read",
        "send 00B2010400 -> 9000 as old",
        *anew(file, "update"),
    ]
    lines += [f"secure {file.sm_key} 04DC0104 {record} -> 6700|6A80" for record in wrong.values()]
    lines += [*anew(file, "read"), "send 00B2010400 -> 9000 = {old}"]
    return Case(
        id=f"C4-{short(file)}",
        title=Meaning(
            f"{file.label} 拒绝标签、长度或大小不符的记录，内容不变",
            f"{file.label} refuses a record with another tag, length or size, and keeps its own",
        ),
        source=_SIZES,
        steps=steps_of("\n".join(lines)),
        restore=_put_back(file, "04DC0104"),
    )


def _put_back(file: FileSpec, header: str) -> tuple[Step, ...]:
    return steps_of("\n".join((*anew(file, "update"), f"secure {file.sm_key} {header} {{old}}")))


def _missing(profile: Profile, file: FileSpec) -> Case:
    count = len(file.record_lengths)
    own = {item.tag for item in profile.items_of(file) if item.tag}
    tags = [tag for tag in (0x00, *range(0x01, 0x40), 0x5F, 0x7F, 0x80, 0xFF) if tag not in own]
    lines = [f"open {file.label} read"]
    lines += [f"send 00B2{number:02X}0400 -> 6A83" for number in (0, count + 1, count + 2, 0x80, 0xFF)]
    lines += [f"send 00B2{tag:02X}0000 -> 6A83" for tag in tags]
    return Case(
        id=f"C2-{short(file)}",
        title=Meaning(
            f"{file.label} 中没有的记录号和标签返回 6A83",
            f"numbers and tags that {file.label} does not have are answered 6A83",
        ),
        source=_MISSING,
        steps=steps_of("\n".join(lines)),
        quick=file.kind is not FileKind.LINEAR_TLV,
    )


def _wrong_le(file: FileSpec) -> Case:
    length = file.record_lengths[0]
    wrong = [le for le in (length - 1, length + 1) if 0 < le < 0x100]
    lines = [f"open {file.label} read"]
    lines += [f"send 00B20104{le:02X} -> 6C{length:02X} length 0" for le in wrong]
    lines.append(f"send 00B20104{length:02X} -> 9000 length {length}")
    return Case(
        id=f"C1-{short(file)}-le",
        title=Meaning(
            f"{file.label} 的 Le 与记录长度不同时返回 6C{length:02X}",
            f"{file.label} answers 6C{length:02X} where Le is not the length of the record",
        ),
        source="commands_and_crypto 1.4 [REL ISO]; terminal_interface 4.1 [S]",
        steps=steps_of("\n".join(lines)),
    )


# --- cyclic files ---------------------------------------------------------------------------------------


def _order(profile: Profile, file: FileSpec, *, secure: bool) -> Case:
    """More records than there is room for: the newest is number 1, the oldest are gone."""
    count, length = len(file.record_lengths), file.record_lengths[0]
    lines = [f"open {file.label} read", *_all_records(count), *anew(file, "update")]
    for number in range(1, count + 2):
        record = f"{{{number:02X}*{length}}}"
        if secure:
            lines.append(f"secure {file.sm_key} 04DC0003 {record}")
        else:
            lines.append(f"send 00DC0003 {length:02X}{record} -> 9000")
        if number in (1, 2):
            lines += [*anew(file, "read")]
            lines += [
                f"send 00B20{place}0400 -> 9000 = {{{number + 1 - place:02X}*{length}}}"
                for place in range(1, number + 1)
            ]
            lines += [
                f"send 00B2{number + 1:02X}0400 -> 9000 = {{old_1}}",
                *anew(file, "update"),
            ]
    lines += [*anew(file, "read")]
    lines += [
        f"send 00B2{place:02X}0400 -> 9000 = {{{count + 2 - place:02X}*{length}}}"
        for place in range(1, count + 1)
    ]
    return Case(
        id=f"C5-{short(file)}-{'secure' if secure else 'plain'}",
        title=Meaning(
            f"{file.label} {'密文' if secure else '明文'}追加：最新为 1 号，第 {count + 1} 条覆盖最旧的",
            f"{file.label} appended {'enciphered' if secure else 'in clear'}: the newest is number 1, "
            f"record {count + 1} drops the oldest",
        ),
        source=_CYCLIC,
        steps=steps_of("\n".join(lines)),
        restore=_append_old(file),
        quick=secure and count < 5,
    )


def _all_records(count: int) -> list[str]:
    return [f"send 00B2{number:02X}0400 -> 9000 as old_{number}" for number in range(1, count + 1)]


def _append_old(file: FileSpec) -> tuple[Step, ...]:
    count = len(file.record_lengths)
    again = (f"secure {file.sm_key} 04DC0003 {{old_{number}}}" for number in range(count, 0, -1))
    return steps_of("\n".join((*anew(file, "update"), *again)))


def _wrong_cyclic_sizes(file: FileSpec) -> Case:
    count, length = len(file.record_lengths), file.record_lengths[0]
    lines = [f"open {file.label} read", *_all_records(count), *anew(file, "update")]
    lines += [
        f"secure {file.sm_key} 04DC0003 {{5A*{wrong}}} -> 6700|6A80" for wrong in (1, length - 1, length + 1)
    ]
    # in the middle of a ring nothing can be written
    lines += [f"secure {file.sm_key} 04DC{number:02X}04 {{old_1}} -> not 9000" for number in (1, 2)]
    lines += [*anew(file, "read")]
    lines += [f"send 00B2{number:02X}0400 -> 9000 = {{old_{number}}}" for number in range(1, count + 1)]
    return Case(
        id=f"C5-{short(file)}-sizes",
        title=Meaning(
            f"{file.label} 拒绝长度不符的记录和按记录号的更新，内容不变",
            f"{file.label} refuses records of another length and updates by number, and keeps its own",
        ),
        source=_SIZES,
        steps=steps_of("\n".join(lines)),
        restore=_append_old(file),
    )


# --- marks ----------------------------------------------------------------------------------------------


def _marks(profile: Profile, file: FileSpec, number: int) -> Case:
    count = len(file.record_lengths)
    lines = [f"open {file.label} read", *_all_records(count)]
    for ins, use, flag in (("D2", "set_valid", "00"), ("0C", "erase", "FF"), ("D2", "set_valid", "00")):
        lines += [*anew(file, use), f"maced {file.sm_key} 84{ins}{number:02X}04"]
        lines += [*anew(file, "read"), f"send 00B2{number:02X}0400 -> 9000 = {flag}"]
        lines += [
            f"send 00B2{other:02X}0400 -> 9000 = {{old_{other}}}"
            for other in range(1, count + 1)
            if other != number
        ]
    if profile.options.get(file.plain_if, False):
        for ins, use, flag in (("0C", "erase", "FF"), ("D2", "set_valid", "00")):
            lines += [*anew(file, use), f"send 84{ins}{number:02X}04 00 -> 9000"]
            lines += [*anew(file, "read"), f"send 00B2{number:02X}0400 -> 9000 = {flag}"]
    return Case(
        id=f"C6-{short(file)}-{number}",
        title=Meaning(
            f"{file.label} 第 {number} 条：84D2 写 00，840C 写 FF，其他记录不变",
            f"{file.label} record {number}: 84D2 writes 00, 840C writes FF, the others stay",
        ),
        source=_MARKS,
        steps=steps_of("\n".join(lines)),
        restore=steps_of(
            "\n".join(
                (
                    *anew(file, "update"),
                    f"secure {file.sm_key} 04DC{number:02X}04 {{old_{number}}}",
                )
            )
        ),
        quick=number == 1,
    )


def _written_marks(file: FileSpec) -> Case:
    """A mark can be written like any record, and no mark is written beyond the last record."""
    count = len(file.record_lengths)
    lines = [
        f"open {file.label} read",
        "send 00B2010400 -> 9000 as old",
        *anew(file, "update"),
    ]
    for value in ("FF", "00", "7E"):
        lines += [f"secure {file.sm_key} 04DC0104 {value}", *anew(file, "read")]
        lines += [f"send 00B2010400 -> 9000 = {value}", *anew(file, "update")]
    lines.append(f"secure {file.sm_key} 04DC0104 0000 -> 6700|6A80")
    lines += [f"secure {file.sm_key} 04DC{number:02X}04 00 -> 6A83" for number in (0, count + 1)]
    for ins, use in (("D2", "set_valid"), ("0C", "erase")):
        lines += [*anew(file, use)]
        lines += [f"maced {file.sm_key} 84{ins}{number:02X}04 -> 6A83" for number in (0, count + 1, 0xFF)]
    return Case(
        id=f"C6-{short(file)}-written",
        title=Meaning(
            f"{file.label} 也可用 04DC 写入；没有的记录号返回 6A83",
            f"{file.label} takes 04DC as well; numbers that it does not have are answered 6A83",
        ),
        source="terminal_interface 4.6 [S] wsc; commands_and_crypto 1.5 [REL]",
        steps=steps_of("\n".join(lines)),
        restore=_put_back(file, "04DC0104"),
    )
