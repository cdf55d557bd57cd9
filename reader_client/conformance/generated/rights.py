"""The matrix of rights: every EF, with every key won and with none, under every command that reads or writes.

What a card takes is written back as it was read before.  # spec: commands_and_crypto 5.1
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from card_os.spec.access import NEVER, AccessRule
from card_os.spec.model import FileKind, FileSpec, KeySpec, LifeCycle, Meaning, Profile, Protection
from reader_client.conformance.generated.naming import anew, efs, short, winnable
from reader_client.conformance.model import Case
from reader_client.conformance.notation import steps_of

NO_RIGHT, WRONG_TYPE, NO_MESSAGING, UNPROTECTED, NOT_NOW = "6982", "6981", "6882", "6987", "6985"
_SOURCE = "commands_and_crypto 5.1 [HC-C][HC-T], 1.5 [REL]"


def cases(profile: Profile) -> Iterator[Case]:
    """One case for each EF and each key that can be won, and one for each EF with none."""
    for file in efs(profile):
        yield _case(profile, file, None)
        for key in winnable(profile):
            yield _case(profile, file, key)


def _case(profile: Profile, file: FileSpec, key: KeySpec | None) -> Case:
    held = {key.name} if key and _keeps(key, file) else set()
    opened = _opened(file, held)
    name = key.name if key else "none"
    relevant = not key or key.name in {*file.read.key_names(), *file.update.key_names()}
    writes = key is not None or opened not in ([], ["read"])
    before = [f"open {file.label} read", _read_old(file), "reset"] if writes else []
    restore = _restore(file, opened) if writes else []
    return Case(
        id=f"A1-{short(file)}-{name}",
        title=_title(file, key, opened),
        source=_SOURCE,
        steps=steps_of("\n".join((*before, *_way(profile, file, key), *_attempts(profile, file, held)))),
        quick=relevant and short(file) in _QUICK,
        restore=steps_of("\n".join(restore)),
    )


# one file of each kind
_QUICK = ("DDF1.EF06", "DF02.EF07", "DF03.EF05", "DF03.EE01")


def _keeps(key: KeySpec, file: FileSpec) -> bool:
    """Whether a right is still held in the DF of a file.  # spec: commands_and_crypto 1.3 rule 2, 5.2"""
    return file.parent == key.df or file.parent.startswith(f"{key.df}/")


def _opened(file: FileSpec, held: Collection[str]) -> list[str]:
    rules = {"read": file.read, "update": file.update, "set_valid": file.set_valid, "erase": file.erase}
    return [use for use, rule in rules.items() if _allows(rule, held)]


def _allows(rule: AccessRule, held: Collection[str]) -> bool:
    return rule.allows(held, LifeCycle.ISSUED)


_USES = {
    "read": Meaning("读", "reading"),
    "update": Meaning("更新", "updates"),
    "set_valid": Meaning("置有效", "marks"),
    "erase": Meaning("擦除", "erasing"),
}


def _title(file: FileSpec, key: KeySpec | None, opened: list[str]) -> Meaning:
    chinese = "、".join(_USES[use].chinese for use in opened) or "不允许任何操作"
    english = " and ".join(_USES[use].english for use in opened) or "nothing"
    with_zh, with_en = (
        (f"认证{key.name}后", f"with {key.name} won") if key else ("未认证时", "with no key won")
    )
    allowed = "允许" if opened else ""
    return Meaning(
        f"{with_zh}，{file.label}{allowed}{chinese}", f"{with_en}, {file.label} opens for {english}"
    )


def _way(profile: Profile, file: FileSpec, key: KeySpec | None) -> Iterator[str]:
    """Select down to the file, and win the key where its DF is current."""
    df = file.parent.removeprefix("MF/")
    if key is None:
        yield f"select {df}"
    elif key.df == "MF":
        yield f"authenticate {key.name}"
        yield f"select {df}"
    else:
        home = key.df.removeprefix("MF/")
        yield f"select {home}"
        yield f"authenticate {key.name}"
        if home != df:
            # down from DDF1, over from a sibling, or up to it; spec: terminal_interface 3
            yield f"select {df.rpartition('/')[2]}"
    yield f"select {file.fid:04X}"


def _attempts(profile: Profile, file: FileSpec, held: Collection[str]) -> Iterator[str]:
    binary, cyclic = file.kind is FileKind.TRANSPARENT, file.kind is FileKind.CYCLIC
    reads = "9000" if _allows(file.read, held) else NO_RIGHT
    yield f"send 00B0000001 -> {reads if binary else WRONG_TYPE}"
    yield f"send 00B2010400 -> {WRONG_TYPE if binary else reads}"
    updates = _allows(file.update, held)
    plain, secure = _update_statuses(profile, file) if updates else (NO_RIGHT, NO_RIGHT)
    header = _header(file)
    data = "{old}" if updates else _blank(file)
    count = _length(file)
    yield f"send 00{header} {count:02X}{data} -> {plain}"
    if updates and file.sm_key:
        yield f"secure {file.sm_key} 04{header} {data} -> {secure}"
    else:
        yield f"send 04{header} 14{{00*20}} -> {secure}"
    other = "DC0104" if binary or cyclic else "D60000"
    yield f"send 00{other} 01 00 -> {WRONG_TYPE}"
    yield f"send 00E20000 {count:02X}{_blank(file)} -> {NOT_NOW}"
    for ins, rule in (("D2", file.set_valid), ("0C", file.erase)):
        yield from _flag(profile, file, f"84{ins}0104", rule, held)


def _flag(
    profile: Profile, file: FileSpec, header: str, rule: AccessRule, held: Collection[str]
) -> Iterator[str]:
    if file.kind is not FileKind.LINEAR_FIXED or rule == NEVER:
        yield f"send {header} 00 -> {WRONG_TYPE}"
    elif not _allows(rule, held):
        yield f"send {header} 00 -> {NO_RIGHT}"
        yield f"send {header} 04{{00*4}} -> {NO_RIGHT}"
    else:
        macless = profile.options.get(file.plain_if, False)
        yield f"send {header} 00 -> {'9000' if macless else UNPROTECTED}"
        yield f"maced {file.sm_key} {header}"


def _update_statuses(profile: Profile, file: FileSpec) -> tuple[str, str]:
    """What plain and secured data are answered where the right is held."""
    if file.protection is Protection.NONE:
        return "9000", NO_MESSAGING
    if file.protection is Protection.OPTIONAL:
        return "9000", "9000"
    free = file.set_valid == NEVER and profile.options.get(file.plain_if, False)
    return ("9000" if free else UNPROTECTED), "9000"


def _header(file: FileSpec) -> str:
    if file.kind is FileKind.TRANSPARENT:
        return "D60000"
    return "DC0003" if file.kind is FileKind.CYCLIC else "DC0104"


def _length(file: FileSpec) -> int:
    return 4 if file.kind is FileKind.TRANSPARENT else file.record_lengths[0]


def _blank(file: FileSpec) -> str:
    return f"{{00*{_length(file)}}}"


def _read_old(file: FileSpec) -> str:
    if file.kind is FileKind.TRANSPARENT:
        return "send 00B0000004 -> 9000 length 4 as old"
    if file.kind is not FileKind.CYCLIC:
        return f"send 00B2010400 -> 9000 length {_length(file)} as old"
    count = len(file.record_lengths)
    reads = [f"send 00B2{number:02X}0400 -> 9000 as old_{number}" for number in range(1, count + 1)]
    return "\n".join((*reads, "let old = {old_1}"))


def _restore(file: FileSpec, opened: list[str]) -> list[str]:
    """Put back what the attempts may have changed."""
    if file.kind is FileKind.CYCLIC and "update" in opened:
        count = len(file.record_lengths)
        again = (f"secure {file.sm_key} 04DC0003 {{old_{number}}}" for number in range(count, 0, -1))
        return [*anew(file, "update"), *again]
    if file.kind is FileKind.LINEAR_FIXED and ("set_valid" in opened or "erase" in opened):
        return [*anew(file, "update"), f"secure {file.sm_key} 04DC0104 {{old}}"]
    return []
