"""Blocking applications: each DF with its own lock key and its own key of secure messaging.

# spec: commands_and_crypto 1.1 rows 23 to 25, 1.5, 5.3
"""

from __future__ import annotations

from collections.abc import Iterator

from card_os.spec.model import FileSpec, Meaning, Profile
from reader_client.conformance.generated.naming import dfs, down
from reader_client.conformance.model import Case
from reader_client.conformance.notation import steps_of

_SOURCE = "commands_and_crypto 1.5 [HC-I] [DC], 1.1 rows 23, 24 [REL PBOC/SSC]"


def cases(profile: Profile) -> Iterator[Case]:
    """All cases about blocked applications."""
    if "application_block" not in profile.commands:
        return
    for df in dfs(profile):
        if df.parent:
            yield _block_and_unblock(profile, df)
            yield _for_good(profile, df)
            yield _refused(profile, df)


def _inside(profile: Profile, df: FileSpec) -> FileSpec:
    return next(file for file in profile.files.values() if file.parent == df.path and file.kind.is_ef)


def _block_and_unblock(profile: Profile, df: FileSpec) -> Case:
    name, file = df.path[-4:], _inside(profile, df)
    level = df.label.partition("/")[0]
    back = [] if df.label == level else [f"select {level}"]
    lines = [
        down(df),
        f"authenticate LK_{name}",
        f"maced STK_{name} 841E0000",
        f"send 00A4000002{file.fid:04X} -> 6283",
        "send 00B2010400 -> 6985",
        "send 00B0000001 -> 6985",
        "send 00DC0104 01 00 -> 6985",
        "send 84D2010400 -> 6985",
        f"authenticate RK1_{name} -> 6985",
        "reset",
        *back,
        f"send 00A4000002{df.fid:04X} -> 6283",
        "send 00B2010400 -> 6985|6986",
        f"maced STK_{name} 84180000 -> 6982",
        f"authenticate LK_{name}",
        "challenge c",
        "send 8418000004 00000000 -> 6988",
        f"maced STK_{name} 84180000",
        f"send 00A4000002{df.fid:04X} -> 9000",
        f"maced STK_{name} 84180000 -> 6985",
        f"open {file.label} read",
        f"send {'00B0000001' if not file.kind.has_records else '00B2010400'} -> 9000",
    ]
    return Case(
        id=f"K1-{name}",
        title=Meaning(
            f"{df.label} 锁定后选择返回 6283、其他返回 6985，解锁后恢复",
            f"{df.label} blocked answers SELECT 6283 and the rest 6985, and works again once unblocked",
        ),
        source=_SOURCE,
        steps=steps_of("\n".join(lines)),
        leaves=(f"df:{name}",),
    )


def _for_good(profile: Profile, df: FileSpec) -> Case:
    name, file = df.path[-4:], _inside(profile, df)
    level = df.label.partition("/")[0]
    back = [] if df.label == level else [f"select {level}"]
    others = [other for other in dfs(profile) if other.parent == df.parent and other is not df]
    lines = [
        down(df),
        f"authenticate LK_{name}",
        f"maced STK_{name} 841E0001",
        "reset",
        *back,
        f"send 00A4000002{df.fid:04X} -> 6283|9303",
        f"send 00A4000002{file.fid:04X} -> 6283|6A82|9303",
        "send 00B2010400 -> 6985|6986|9303",
        "send 0082008311 {00*17} -> 6985|6A88|9303",
        "send 0084000008 -> 6985|9303",
        "send 8418000004 00000000 -> 6985|9303",
    ]
    if others:
        # its siblings go on
        lines += ["reset", *back, f"send 00A4000002{others[0].fid:04X} -> 9000"]
    if df.label == level:
        # what lies below goes with it
        lines += [
            "reset",
            f"send 00A4000002{df.fid:04X} -> 6283|9303",
            "send 00A4000002DF01 -> 6283|9303|6A82",
        ]
    return Case(
        id=f"K1-{name}-dead",
        title=Meaning(
            f"{df.label} 永久锁定后不能解锁，同级目录不受影响",
            f"{df.label} blocked for good stays so, and its siblings go on",
        ),
        source=_SOURCE,
        steps=steps_of("\n".join(lines)),
        leaves=(f"df:{name}",) if df.label != level else ("card",),
    )


def _refused(profile: Profile, df: FileSpec) -> Case:
    """Neither the lock key alone nor the MAC alone blocks; nothing is changed.

    A card that counts bad MACs is spared them here, for no good one can follow.
    """
    name = df.path[-4:]
    bad_macs = (
        "challenge c",
        f"mac m = STK_{name} {{c}} 841E0000",
        "send 841E000104 {m} -> 6988",
        "challenge c",
        f"mac m = STK_{name} {{c}} 841E0001",
        "send 841E000004 {m^3:01} -> 6988",
    )
    lines = (
        down(df),
        f"maced STK_{name} 841E0000 -> 6982",
        f"authenticate RK1_{name}",
        f"maced STK_{name} 841E0000 -> 6982",
        f"authenticate LK_{name}",
        "send 841E000004 00000000 -> 6984",
        *(() if profile.bad_mac_limit else bad_macs),
        "send 841E000204 00000000 -> 6A86",
        "send 841E010004 00000000 -> 6A86",
        "send 841E000003 000000 -> 6700",
        "send 841E0000 -> 6700",
        f"maced STK_{name} 84180000 -> 6985",
        down(df),
        f"authenticate RK1_{name}",
    )
    return Case(
        id=f"K1-{name}-refused",
        title=Meaning(
            f"{df.label}：没有锁定密钥 6982，没有随机数 6984，MAC 错误 6988，均不锁定",
            f"{df.label}: no lock key 6982, no challenge 6984, a wrong MAC 6988, and nothing is blocked",
        ),
        source=_SOURCE,
        steps=steps_of("\n".join(lines)),
    )
