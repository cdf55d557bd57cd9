"""Transparent files: offsets, Le 00, the end, whole images.  # spec: terminal_interface 5"""

from __future__ import annotations

from collections.abc import Iterator

from card_os.spec.model import FileKind, FileSpec, Meaning, Profile
from reader_client.conformance.generated.naming import anew, of_kind, short
from reader_client.conformance.model import Case
from reader_client.conformance.notation import steps_of

_OFFSETS = "commands_and_crypto 1.5 [REL]; terminal_interface 5.2 [T]"
_BLOCK = 0x80


def cases(profile: Profile) -> Iterator[Case]:
    """All cases about transparent files."""
    files = of_kind(profile, FileKind.TRANSPARENT)
    for file in files:
        yield _offsets(file)
        yield _le_00(file)
        yield _over_the_end(file)
        yield _whole(file)
    for file, other in zip(files, (*files[1:], files[0]), strict=True):
        if file.parent == other.parent:
            yield _alone(file, other)


def _read(offset: int, le: int) -> str:
    return f"00B0{offset:04X}{le:02X}"


def _offsets(file: FileSpec) -> Case:
    size = file.size
    lines = [f"open {file.label} read", f"file {size} as image"]
    for offset in (0, 1, 127, 128, 129, 255, 256, 257, size - 2, size - 1):
        le = min(16, size - offset)
        lines.append(f"send {_read(offset, le)} -> 9000 = {{image[{offset}:{offset + le}]}}")
    lines += [f"send {_read(offset, 1)} -> 6B00 length 0" for offset in (size, size + 1, 0x7FFF)]
    lines.append(f"send {_read(size - 4, 5)} -> 6C04 length 0")
    return Case(
        id=f"B1-{short(file)}",
        title=Meaning(
            f"{file.label} 各偏移的读取；末尾及其后返回 6B00，超出返回 6C04",
            f"{file.label} at every kind of offset; at and behind the end 6B00, over the end 6C04",
        ),
        source=_OFFSETS,
        steps=steps_of("\n".join(lines)),
        quick=file.label.endswith("EE01"),
    )


def _le_00(file: FileSpec) -> Case:
    size = file.size
    lines = (
        f"open {file.label} read",
        f"file {size} as image",
        f"send {_read(0, 0)} -> 9000 = {{image[0:256]}}",
        f"send {_read(100, 0)} -> 9000 = {{image[100:356]}}",
        f"send {_read(size - 10, 0)} -> 9000 = {{image[{size - 10}:{size}]}}",
        f"send {_read(0, 0xFA)} -> 9000 = {{image[0:250]}}",
        f"send {_read(0, 0xFF)} -> 9000 = {{image[0:255]}}",
    )
    return Case(
        id=f"B2-{short(file)}",
        title=Meaning(
            f"{file.label}：Le 00 返回 256 字节，不足时返回剩余部分",
            f"{file.label}: Le 00 gives 256 bytes, near the end what is left",
        ),
        source="commands_and_crypto 1 [HC-C]; terminal_interface 5.2 [S]",
        steps=steps_of("\n".join(lines)),
    )


def _over_the_end(file: FileSpec) -> Case:
    size = file.size
    lines = [f"open {file.label} read", f"send {_read(size - 16, 16)} -> 9000 as old"]
    lines += list(anew(file, "update"))
    lines += [
        f"send 00D6{size - 1:04X} 02 5A5A -> 6A84|6700|6B00",
        f"send 00D6{size:04X} 01 5A -> 6A84|6B00",
        f"send 00D6{size + 1:04X} 01 5A -> 6B00|6A84",
        "send 00D67FFF 01 5A -> 6B00|6A84",
        f"send 00D6{size - 16:04X} FF{{5A*255}} -> 6A84|6700|6B00",
    ]
    lines += [*anew(file, "read"), f"send {_read(size - 16, 16)} -> 9000 = {{old}}"]
    restore = (*anew(file, "update"), f"send 00D6{size - 16:04X} 10{{old}} -> 9000")
    return Case(
        id=f"B3-{short(file)}",
        title=Meaning(
            f"{file.label} 拒绝越过末尾的写入，内容不变",
            f"{file.label} refuses what goes over its end, and keeps its contents",
        ),
        source="commands_and_crypto 1.5 [REL]",
        steps=steps_of("\n".join(lines)),
        restore=steps_of("\n".join(restore)),
    )


def _whole(file: FileSpec) -> Case:
    """Write every byte in the blocks of terminals, read in the blocks of another one."""
    size = file.size
    lines = [f"open {file.label} read", f"file {size} as old", *anew(file, "update")]
    lines += [f"let new = {_pattern(size)}", *_write(size, "new")]
    lines += [*anew(file, "read"), f"file {size} as image", "same {image} {new}"]
    item = "B4" if file.layout == "DDF1.EF07" else "B5"
    return Case(
        id=f"{item}-{short(file)}",
        title=Meaning(
            f"{file.label} 整体写入 {size} 字节（每块 80）并整体读出（每块 FA）",
            f"{file.label}: all {size} bytes written in blocks of 80 and read in blocks of FA",
        ),
        source="terminal_interface 5.1, 5.2 [S][T]",
        steps=steps_of("\n".join(lines)),
        restore=steps_of("\n".join((*anew(file, "update"), *_write(size, "old")))),
        quick=file.label.endswith("EE01"),
    )


def _pattern(size: int) -> str:
    """Bytes that differ from block to block, so that none can be taken for another."""
    return bytes((place * 7 + place // 251) & 0xFF for place in range(size)).hex().upper()


def _write(size: int, name: str) -> Iterator[str]:
    for start in range(0, size, _BLOCK):
        end = min(size, start + _BLOCK)
        yield f"send 00D6{start:04X} {end - start:02X}{{{name}[{start}:{end}]}} -> 9000"


def _alone(file: FileSpec, other: FileSpec) -> Case:
    lines = [f"open {other.label} read", "send 00B0000010 -> 9000 as beside"]
    lines += [*anew(file, "read"), "send 00B0000010 -> 9000 as old"]
    lines += [
        *anew(file, "update"),
        "send 00D60000 10{old^0:5A} -> 9000",
        "send 00D60004 00 -> 9000|6700",
    ]
    lines += [*anew(file, "read"), "send 00B0000010 -> 9000 = {old^0:5A}"]
    lines += [*anew(other, "read"), "send 00B0000010 -> 9000 = {beside}"]
    return Case(
        id=f"B5-{short(file)}-alone",
        title=Meaning(
            f"写 {file.label} 不改变 {other.label}；空的更新不改变任何内容",
            f"a write to {file.label} leaves {other.label} alone, and an empty one changes nothing",
        ),
        source="terminal_interface 5.2 [T][S]; commands_and_crypto 1.3 rule 6 [HC-C → DC]",
        steps=steps_of("\n".join(lines)),
        restore=steps_of("\n".join((*anew(file, "update"), "send 00D60000 10{old} -> 9000"))),
    )
