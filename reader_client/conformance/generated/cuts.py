"""Power that fails at a write step: the old or the new value is there, and a cut costs a try at most.

# spec: commands_and_crypto 5.3, 6.2 N1
"""

from __future__ import annotations

from collections.abc import Iterator

from card_os.spec.model import Meaning, Profile
from reader_client.conformance.model import Case, Need
from reader_client.conformance.notation import steps_of

# more write steps than any command has; a cut that comes too late never strikes
STEPS = range(1, 10)
_ATOMIC = "commands_and_crypto 5.3 [REL LD/T 6001.2] [DC]"


def cases(profile: Profile) -> Iterator[Case]:
    """One case for each kind of write and each step."""
    for step in STEPS:
        yield _record(step)
        yield _flag(step)
        yield _append(step)
        yield _binary(step)
        yield _wrong_proof(step)
        yield _right_proof(step)
    yield _try_is_taken_first()


def _case(name: str, step: int, title: Meaning, lines: tuple[str, ...]) -> Case:
    return Case(
        id=f"N1-{name}-{step}",
        title=Meaning(
            f"第 {step} 个写入步骤断电：{title.chinese}", f"power fails at write step {step}: {title.english}"
        ),
        source=_ATOMIC,
        steps=steps_of("\n".join(lines)),
        needs=frozenset({Need.POWER_CUTS}),
    )


def _record(step: int) -> Case:
    return _case(
        "record",
        step,
        Meaning("记录为旧值或新值", "the record is the old one or the new one"),
        (
            "open DDF1/DF02/EF05 read",
            "send 00B2020400 -> 9000 as old",
            "send 00B2010400 -> 9000 as beside",
            "reset",
            "open DDF1/DF02/EF05 update",
            "challenge c",
            "protect p = STK_DF02 {c} 04DC0204 2A01A5",
            f"cut {step}",
            "send 04DC020414{p} -> 9000|gone",
            "reset",
            "open DDF1/DF02/EF05 read",
            "send 00B2020400 -> 9000 = {old} or 2A01A5",
            "send 00B2010400 -> 9000 = {beside}",
        ),
    )


def _flag(step: int) -> Case:
    return _case(
        "flag",
        step,
        Meaning("标志为 00 或 FF，其他标志不变", "the mark is 00 or FF, the others are as before"),
        (
            "open DDF1/DF03/EF06 read",
            "send 00B2020400 -> 9000 as beside",
            "reset",
            "open DDF1/DF03/EF06 erase",
            "maced STK_DF03 840C0104",
            "reset",
            "open DDF1/DF03/EF06 set_valid",
            "challenge c",
            "mac m = STK_DF03 {c} 84D20104",
            f"cut {step}",
            "send 84D2010404{m} -> 9000|gone",
            "reset",
            "open DDF1/DF03/EF06 read",
            "send 00B2010400 -> 9000 = 00 or FF",
            "send 00B2020400 -> 9000 = {beside}",
        ),
    )


def _append(step: int) -> Case:
    """The ring holds the new record in front of all, or is as it was: nothing in between."""
    return _case(
        "append",
        step,
        Meaning("循环文件保持旧的次序或新的次序", "the cyclic file is in its old order or in the new one"),
        (
            "open DDF1/DF02/EF07 update",
            "secure STK_DF02 04DC0003 {A1*120}",
            "secure STK_DF02 04DC0003 {A2*120}",
            "secure STK_DF02 04DC0003 {A3*120}",
            "challenge c",
            "protect p = STK_DF02 {c} 04DC0003 {A4*120}",
            f"cut {step}",
            "send 04DC000384{p} -> 9000|gone",
            "reset",
            "open DDF1/DF02/EF07 read",
            "send 00B2010400 -> 9000 = {A3*120} or {A4*120} as first",
            "send 00B2020400 -> 9000 as second",
            "send 00B2030400 -> 9000 as third",
            "let all = {first[0:1]}{second[0:1]}{third[0:1]}",
            "one {all} A3A2A1 A4A3A2",
        ),
    )


def _binary(step: int) -> Case:
    return _case(
        "binary",
        step,
        Meaning("块为全旧或全新", "the block is all old or all new"),
        (
            "open DDF1/DF03/ED01 read",
            "send 00B0000080 -> 9000 as old",
            "reset",
            "open DDF1/DF03/ED01 update",
            f"cut {step}",
            "send 00D6000080{5A*128} -> 9000|gone",
            "reset",
            "open DDF1/DF03/ED01 read",
            "send 00B0000080 -> 9000 = {old} or {5A*128}",
        ),
    )


def _wrong_proof(step: int) -> Case:
    return _case(
        "wrong",
        step,
        Meaning(
            "错误的认证至多损失一次，不给出权限",
            "a wrong authentication costs one try at most and wins nothing",
        ),
        (
            "select DDF1/EF06",
            "challenge c",
            f"cut {step}",
            "send 0082000411 {00*16}01 -> 63CE|gone",
            "reset",
            "select DDF1/EF06",
            "challenge c",
            "send 0082000411 {00*16}01 -> 63CE|63CD",
            "authenticate RK1_DDF1",
            "send 00B2010400 -> 9000",
            "challenge c",
            "send 0082000411 {00*16}01 -> 63CE",
        ),
    )


def _right_proof(step: int) -> Case:
    return _case(
        "right",
        step,
        Meaning(
            "正确的认证至多损失一次，之后仍可认证",
            "a right authentication costs one try at most and works again",
        ),
        (
            "select DDF1/EF06",
            "challenge c",
            "value v = RK1_DDF1 {c} 1122334455667788",
            f"cut {step}",
            "send 0082000411 {v}112233445566778801 -> 9000|gone",
            "reset",
            "select DDF1/EF06",
            "challenge c",
            "send 0082000411 {00*16}01 -> 63CE|63CD",
            "authenticate RK1_DDF1",
            "send 00B2010400 -> 9000",
        ),
    )


def _try_is_taken_first() -> Case:
    """A right value and a cut: at one of the steps a try is gone, so it was taken before the comparison.

    A card that compares first writes nothing for a right value but the full counter, and no cut costs it a
    try; then a cut after each wrong guess makes guessing free.
    """
    lines = []
    for step in range(1, 9):
        lines += [
            "reset",
            "select DDF1",
            "authenticate RK1_DDF1",
            "challenge c",
            "value v = RK1_DDF1 {c} 1122334455667788",
            f"cut {step}",
            "send 0082000411 {v}112233445566778801 -> 9000|gone",
            "reset",
            "select DDF1",
            "challenge c",
            "send 0082000411 {00*16}01 -> 63CE|63CD",
            f"let after_{step} = {{sw}}",
        ]
    lines.append("some 63CD " + " ".join(f"{{after_{step}}}" for step in range(1, 9)))
    return Case(
        id="N1-first",
        title=Meaning(
            "先扣次数再比较：正确的值在某一步断电也损失一次",
            "the try is taken before the comparison: a cut at some step costs one even for a right value",
        ),
        source=_ATOMIC,
        steps=steps_of("\n".join(lines)),
        needs=frozenset({Need.POWER_CUTS}),
    )
