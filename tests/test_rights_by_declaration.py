"""Every key, version, file, command and state: the card, its declaration and the typed matrix say the same.

The declaration gives one opinion (`profile.files`), the table of test_rights_matrix the other.
# spec: commands_and_crypto 5.1, 5.3, 6.2 A1
"""

from __future__ import annotations

from collections.abc import Iterator

import card_bench as cb
import pytest
import test_rights_matrix as typed

from card_os.spec.access import NEVER, AccessRule
from card_os.spec.model import FileKind, FileSpec, Protection

PROFILE = cb.profile()
DFS = ["DDF1", "DDF1/DF01", "DDF1/DF02", "DDF1/DF03"]
FILES = {
    df: [file for file in PROFILE.files.values() if file.kind.is_ef and file.parent == f"MF/{df}"]
    for df in DFS
}
HOLDERS = [("", 1), *typed.CARD_KEYS]
OK, DENIED, NO = 0x9000, 0x6982, 0x6985
MORE = ("read by sfi", "read with MAC", "append record", "append record secure")
SELECTED = {"CHIP": OK, "TRANSPORT": OK, "APP_BLOCKED": 0x6283, "APP_DEAD": 0x6283, "CARD_BLOCKED": 0x6A81}


def by_declaration(file: FileSpec, keys: set[str], state: str) -> dict[str, int]:
    """The answers that follow from the row of a file, were only these rights held."""

    def allowed(rule: AccessRule) -> bool:
        return rule.allows(keys, state)

    binary, cyclic = file.kind is FileKind.TRANSPARENT, file.kind is FileKind.CYCLIC
    read = OK if allowed(file.read) else DENIED
    free = PROFILE.options.get(file.plain_if, False) and file.set_valid == NEVER
    bare = 0x6987 if file.protection is Protection.REQUIRED and not free else OK
    secure = OK if file.protection is not Protection.NONE else 0x6882
    plain, secure = (answer if allowed(file.update) else DENIED for answer in (bare, secure))
    wrong = 0x6981

    def flag(rule: AccessRule) -> int:
        return wrong if rule == NEVER else OK if allowed(rule) else DENIED

    def append(answer: int) -> int:
        if state != "PERSO":
            return NO
        return wrong if binary else 0x6A84 if answer == OK and not cyclic else answer

    linear = not binary and not cyclic
    return {
        "read binary": read if binary else wrong,
        "read record": wrong if binary else read,
        "read by sfi": read,
        "read with MAC": wrong if not binary else read if read != OK or file.sm_key else 0x6882,
        "update binary": plain if binary else wrong,
        "update binary secure": secure if binary else wrong,
        "update record": plain if linear else wrong,
        "update record secure": secure if linear else wrong,
        "append": plain if cyclic else wrong,
        "append secure": secure if cyclic else wrong,
        "append record": append(plain),
        "append record secure": append(secure),
        "set valid": flag(file.set_valid),
        "erase": flag(file.erase),
    }


def answers(bench: cb.Bench, file: FileSpec) -> dict[str, int]:
    """The answers of the card; the file is current."""
    found = typed.answers(bench, file.label)
    binary = file.kind is FileKind.TRANSPARENT
    record = b"\x00" if binary else bench.card.files.record(file, 1)
    stk = typed.STK[file.parent.rpartition("/")[2]]
    sfi = file.sfi or 0
    by_sfi = f"00B0{0x80 | sfi:02X}0001" if binary else f"00B201{sfi << 3 | 4:02X}00"
    found["read by sfi"] = bench.send(by_sfi).sw
    found["read with MAC"] = bench.send(bench.mac_only(stk, "04B00000") + b"\x01").sw
    found["append record"] = bench.send(bytes.fromhex(f"00E20000{len(record):02X}") + record).sw
    found["append record secure"] = bench.send(bench.secure(stk, "04E20000", record)).sw
    return found


def places(bench: cb.Bench, held: str, version: int) -> Iterator[tuple[str, set[str]]]:
    """Walk through the DFs; in each one the right was won on the way, or before at its home."""
    home = cb.KEYS[held].df if held else ""
    for df in DFS:
        bench.select("MF")
        if home == "MF":
            bench.authenticate(held, version)
        bench.select("DDF1")
        if home == "DDF1":
            bench.authenticate(held, version)
        elif home not in ("", "MF"):
            bench.select(home[-4:])
            bench.authenticate(held, version)
            if df != home:
                bench.select(df[-4:])
        if df != "DDF1" and home in ("", "MF", "DDF1"):
            bench.select(df[-4:])
        kept = home == "MF" or (home and df.startswith(home))
        yield df, {held} if kept else set()


def compare(bench: cb.Bench, held: str, version: int, state: str) -> int:
    """Try every file and command; returns how many were tried."""
    tried = 0
    for df, keys in places(bench, held, version):
        for file in FILES[df]:
            bench.select(f"{file.fid:04X}")
            expected = by_declaration(file, keys, state)
            matrix = typed.expected(next(iter(keys), ""), file.label, state)
            assert {way: sw for way, sw in expected.items() if way not in MORE} == matrix
            assert answers(bench, file) == expected, (held, version, file.path)
            tried += len(expected)
    return tried


@pytest.mark.parametrize("state", ["PERSO", "ISSUED"])
@pytest.mark.parametrize("name", dict.fromkeys(name for name, _ in HOLDERS))
def test_declaration_matrix_and_card_agree(name: str, state: str) -> None:
    versions = [version for held, version in HOLDERS if held == name]
    tried = sum(compare(cb.card_in(state), name, version, state) for version in versions)
    assert tried == len(versions) * 22 * 14


def closed(state: str, df: str, name: str, version: int) -> cb.Bench:
    """A card in a state that opens no file, with the right won before wherever that can be."""
    if state in ("CHIP", "TRANSPORT"):
        bench = cb.chip() if state == "CHIP" else cb.card_in(state)
        bench.select(df)
        return bench
    bench = cb.card_in()
    if state == "CARD_BLOCKED":
        bench.block_card()
        return bench
    bench.select(df)
    if cb.KEYS[name].df in ("DDF1", df):
        bench.authenticate(name, version)
    last = df[-4:]
    bench.authenticate(f"LK_{last}")
    bench.do(bench.mac_only(f"STK_{last}", "841E0001" if state == "APP_DEAD" else "841E0000"))
    return bench


@pytest.mark.parametrize("state", SELECTED)
@pytest.mark.parametrize("name", dict.fromkeys(name for name, _ in typed.CARD_KEYS))
def test_in_every_other_state_no_key_opens_a_file(name: str, state: str) -> None:
    versions = [version for held, version in typed.CARD_KEYS if held == name]
    tried = 0
    for version in versions:
        for df in DFS:
            bench = closed(state, df, name, version)
            before = bench.card.memory.snapshot()
            for file in FILES[df]:
                assert bench.send(f"00A4000002{file.fid:04X}").sw == SELECTED[state]
                found = raw_answers(bench, file)
                assert set(found.values()) == {NO}, (state, name, file.path)
                tried += len(found)
            assert bench.card.memory.snapshot() == before
    assert tried == len(versions) * 22 * 14


def raw_answers(bench: cb.Bench, file: FileSpec) -> dict[str, int]:
    """Well-formed commands that cannot wait for a challenge."""
    record = b"\x00" if file.kind is FileKind.TRANSPARENT else bytes(file.record_lengths[0])
    lc = f"{len(record):02X}{record.hex()}"
    session = bytes(16)
    sfi = file.sfi or 0
    commands = {
        "read binary": bytes.fromhex("00B0000001"),
        "read record": bytes.fromhex("00B2010400"),
        "read by sfi": bytes.fromhex(f"00B0{0x80 | sfi:02X}0001"),
        "read with MAC": cb.mac_only(session, "04B00000"),
        "update binary": bytes.fromhex("00D60000" + lc),
        "update binary secure": cb.protect(session, "04D60000", record),
        "update record": bytes.fromhex("00DC0104" + lc),
        "update record secure": cb.protect(session, "04DC0104", record),
        "append": bytes.fromhex("00DC0003" + lc),
        "append secure": cb.protect(session, "04DC0003", record),
        "append record": bytes.fromhex("00E20000" + lc),
        "append record secure": cb.protect(session, "04E20000", record),
        "set valid": bytes.fromhex("84D2010400"),
        "erase": bytes.fromhex("840C010400"),
    }
    return {way: bench.send(command).sw for way, command in commands.items()}
