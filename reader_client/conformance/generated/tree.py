"""The tree of files: what can be selected from where, and what cannot.

# spec: commands_and_crypto 1.3 rule 1, terminal_interface 3, files.csv
"""

from __future__ import annotations

from collections.abc import Iterator

from card_os.spec.model import FileKind, FileSpec, Meaning, Profile
from reader_client.conformance.generated.naming import dfs, down, efs, short
from reader_client.conformance.model import Case
from reader_client.conformance.notation import steps_of

_TREE = "files.csv; terminal_interface 3 [T][S]"
_OTHERS = "commands_and_crypto 1.3 rule 1 [HC-T/C], 1.4 [REL]"
_SFI = "commands_and_crypto 1.1 row 7; files.csv [DC]"


def cases(profile: Profile) -> Iterator[Case]:
    """All cases about SELECT by identifier and about short identifiers."""
    for df in dfs(profile):
        yield _all_there(profile, df)
        yield _none_besides(profile, df)
        yield _moves(profile, df)
        if df.parent:
            yield _no_foreign_efs(profile, df)
            yield _no_foreign_sfis(profile, df)
    for file in efs(profile):
        yield _by_sfi(file)


def _children(profile: Profile, df: FileSpec) -> list[FileSpec]:
    return [file for file in profile.files.values() if file.parent == df.path]


def _all_there(profile: Profile, df: FileSpec) -> Case:
    lines = []
    for child in _children(profile, df):
        lines += [down(df), f"send 00A4000002{child.fid:04X} -> 9000"]
    return Case(
        id=f"S1-{df.label}-all".replace("/", "."),
        title=Meaning(f"{df.label}下所有文件均可选择", f"every file of {df.label} can be selected"),
        source=_TREE,
        steps=steps_of("\n".join(lines)),
        quick=True,
    )


def _reachable(profile: Profile, df: FileSpec) -> set[int]:
    """The identifiers that mean something in a DF."""
    found = {file.fid for file in _children(profile, df)} | {0x3F00}
    for level in dfs(profile):
        if df.path == level.path or df.path.startswith(f"{level.path}/"):
            found |= {level.fid} | {f.fid for f in _children(profile, level) if not f.kind.is_ef}
    return found


def _none_besides(profile: Profile, df: FileSpec) -> Case:
    near = [
        *range(0x0020),
        *(0x2F00, 0x2F01, 0x2F02, 0x3F01, 0x7F00, 0xDDF0, 0xDDF2),
        *range(0xDF00, 0xDF08),
        *range(0xED00, 0xED0A),
        *range(0xEE00, 0xEE08),
        *range(0xEF00, 0xEF20),
    ]
    hidden = _reachable(profile, df)
    lines = [f"send 00A4000002{fid:04X} -> 6A82" for fid in near if fid not in hidden]
    return Case(
        id=f"S1-{df.label}-none".replace("/", "."),
        title=Meaning(
            f"{df.label}下没有未声明的文件（检查邻近标识）",
            f"{df.label} has no file that is not declared, among the identifiers nearby",
        ),
        source=_OTHERS,
        steps=steps_of("\n".join((down(df), *lines))),
    )


def _moves(profile: Profile, df: FileSpec) -> Case:
    """From a DF and from an EF in it to every DF that terminals reach from there."""
    parent = profile.files.get(df.parent)
    targets = [profile.files["MF"], profile.files["MF/DDF1"], df]
    targets += [] if parent is None else [f for f in _children(profile, parent) if not f.kind.is_ef]
    targets += [file for file in _children(profile, df) if not file.kind.is_ef]
    inside = next((file for file in _children(profile, df) if file.kind.is_ef), None)
    lines = []
    for target in targets:
        lines += [down(df), f"select {target.fid:04X}"]
        if inside:
            lines += [down(df), f"select {inside.fid:04X}", f"select {target.fid:04X}"]
    return Case(
        id=f"S1-{df.label}-moves".replace("/", "."),
        title=Meaning(
            f"从{df.label}及其中的文件可以选择 MF、DDF1、上级、同级和下级目录",
            f"from {df.label} and a file in it MF, DDF1, parent, siblings and children can be selected",
        ),
        source="terminal_interface 3 navigation 1 to 5 [S][T]",
        steps=steps_of("\n".join(lines)),
        quick=True,
    )


def _no_foreign_efs(profile: Profile, df: FileSpec) -> Case:
    own = {file.fid for file in _children(profile, df)}
    foreign = sorted({file.fid for file in efs(profile)} - own)
    return Case(
        id=f"S2-{df.label}".replace("/", "."),
        title=Meaning(
            f"在{df.label}中选不到其他目录的文件", f"in {df.label} no EF of another DF can be selected"
        ),
        source=_OTHERS,
        steps=steps_of("\n".join((down(df), *(f"send 00A4000002{fid:04X} -> 6A82" for fid in foreign)))),
        quick=True,
    )


def _no_foreign_sfis(profile: Profile, df: FileSpec) -> Case:
    own = {file.sfi for file in _children(profile, df)}
    lines = [down(df)]
    for sfi in range(1, 31):
        if sfi not in own:
            lines.append(f"send 00B0{0x80 | sfi:02X}0001 -> 6A82")
            lines.append(f"send 00B201{sfi << 3 | 4:02X}00 -> 6A82")
    return Case(
        id=f"S5-{df.label}-foreign".replace("/", "."),
        title=Meaning(
            f"在{df.label}中未声明的短文件标识返回 6A82",
            f"in {df.label} a short identifier that is not declared there answers 6A82",
        ),
        source=_SFI,
        steps=steps_of("\n".join(lines)),
    )


def _by_sfi(file: FileSpec) -> Case:
    sfi = file.sfi or 0
    if file.kind is FileKind.TRANSPARENT:
        by_fid, by_sfi = "00B0000010", f"00B0{0x80 | sfi:02X}0010"
    else:
        by_fid, by_sfi = "00B2010400", f"00B201{sfi << 3 | 4:02X}00"
    lines = (
        f"open {file.label} read",
        f"send {by_fid} -> 9000 as by_fid",
        f"send {by_sfi} -> 9000 = {{by_fid}}",
        # the file that an SFI named is the current one afterwards
        f"send {by_fid} -> 9000 = {{by_fid}}",
    )
    return Case(
        id=f"S5-{short(file)}",
        title=Meaning(
            f"{file.label} 按短文件标识 {sfi:02X} 读取与按文件标识相同",
            f"{file.label} reads by its short identifier {sfi:02X} as by its FID",
        ),
        source=_SFI,
        steps=steps_of("\n".join(lines)),
    )
