"""Which key opens what: the matrix of commands_and_crypto 5.1, typed here, against the real commands."""

from __future__ import annotations

from typing import NamedTuple

import card_bench as cb
import pytest

SECURE, PLAIN, BOTH, NOTHING = "secure", "plain", "both", "nothing"


class Row(NamedTuple):
    """Kind of file; key for reading (empty: free), key for updating, forms of the update."""

    kind: str
    read: str
    update: str
    forms: str
    forms_in_perso: str


def same(kind: str, read: str, update: str, forms: str) -> Row:
    return Row(kind, read, update, forms, forms)


MATRIX = {
    "DDF1/EF05": Row("tlv", "", "UK1_DDF1", NOTHING, BOTH),
    "DDF1/EF06": Row("tlv", "RK1_DDF1", "UK1_DDF1", NOTHING, BOTH),
    "DDF1/EF07": same("binary", "RK1_DDF1", "UK1_DDF1", BOTH),
    "DDF1/EF08": same("tlv", "RK1_DDF1", "UK1_DDF1", SECURE),
    **{f"DDF1/DF01/EF0{n}": same("tlv", "RK1_DF01", "UK1_DF01", SECURE) for n in (5, 6, 7, 8)},
    "DDF1/DF02/EF05": same("tlv", "RK1_DF02", "UK1_DF02", SECURE),
    "DDF1/DF02/EF06": same("tlv", "RK1_DF02", "UK2_DF02", SECURE),
    "DDF1/DF02/EF07": same("cyclic", "RK1_DF02", "UK3_DF02", BOTH),
    "DDF1/DF02/EF08": same("cyclic", "RK1_DF02", "UK3_DF02", BOTH),
    "DDF1/DF03/EF05": same("index", "RK1_DF03", "UK1_DF03", BOTH),
    "DDF1/DF03/EF06": same("index", "RK1_DF03", "UK1_DF03", BOTH),
    **{f"DDF1/DF03/EE0{n}": same("binary", "RK1_DF03", "UK1_DF03", PLAIN) for n in (1, 2, 3)},
    **{f"DDF1/DF03/ED0{n}": same("binary", "RK1_DF03", "UK1_DF03", PLAIN) for n in (1, 2, 3, 4, 5)},
}
STK = {"DDF1": "STK_DDF1", "DF01": "STK_DF01", "DF02": "STK_DF02", "DF03": "STK_DF03"}
CARD_KEYS = [
    (name, version)
    for name, row in cb.KEYS.items()
    if row.authenticates
    for version in range(1, row.versions + 1)
]


def test_the_matrix_names_every_file_and_every_update_key() -> None:
    declared = {file.label for file in cb.profile().files.values() if file.kind.is_ef}
    assert declared == set(MATRIX)
    keys = {row.read for row in MATRIX.values()} | {row.update for row in MATRIX.values()} | {"UK2_DF03", ""}
    assert keys - {""} == {name for name in cb.KEYS if name.startswith(("RK", "UK"))}
    assert len(CARD_KEYS) == 4 * 11 + 5


def granted(held: str, needed: str, opened: int, forms_ok: bool, otherwise: int) -> int:
    if held != needed:
        return 0x6982
    return opened if forms_ok else otherwise


def expected(held: str, path: str, state: str) -> dict[str, int]:
    """Status words of every way at a file for a terminal that holds one right."""
    row = MATRIX[path]
    forms = row.forms_in_perso if state == "PERSO" else row.forms
    update = row.update if forms != NOTHING else "never"
    plain = granted(held, update, 0x9000, forms in (PLAIN, BOTH), 0x6987)
    secure = granted(held, update, 0x9000, forms in (SECURE, BOTH), 0x6882)
    binary, cyclic, index = row.kind == "binary", row.kind == "cyclic", row.kind == "index"
    read = 0x9000 if row.read in ("", held) else 0x6982
    return {
        "read binary": read if binary else 0x6981,
        "read record": 0x6981 if binary else read,
        "update binary": plain if binary else 0x6981,
        "update binary secure": secure if binary else 0x6981,
        # an index is written by 84D2, 840C or 04DC, never by a plain update
        "update record": 0x6981 if binary or cyclic else granted(held, update, 0x6987, index, plain),
        "update record secure": 0x6981 if binary or cyclic else secure,
        "append": plain if cyclic else 0x6981,
        "append secure": secure if cyclic else 0x6981,
        "set valid": granted(held, "UK1_DF03", 0x9000, True, 0) if index else 0x6981,
        "erase": granted(held, "UK2_DF03", 0x9000, True, 0) if index else 0x6981,
    }


def answers(bench: cb.Bench, path: str) -> dict[str, int]:
    file = bench.card.files[f"MF/{path}"]
    record = bench.card.files.record(file, 1) if file.kind.has_records else b"\x00"
    stk = STK[path.split("/")[-2]]
    lc = f"{len(record):02X}{record.hex()}"
    return {
        "read binary": bench.send("00B0000001").sw,
        "read record": bench.send("00B2010400").sw,
        "update binary": bench.send("00D60000" + lc).sw,
        "update binary secure": bench.send(bench.secure(stk, "04D60000", record)).sw,
        "update record": bench.send("00DC0104" + lc).sw,
        "update record secure": bench.send(bench.secure(stk, "04DC0104", record)).sw,
        "append": bench.send("00DC0003" + lc).sw,
        "append secure": bench.send(bench.secure(stk, "04DC0003", record)).sw,
        "set valid": bench.send("84D2010400").sw,
        "erase": bench.send("840C010400").sw,
    }


def walk(bench: cb.Bench, held: str, version: int, state: str) -> None:
    """Win one right, then try every file of the card."""
    home = cb.KEYS[held].df if held else "MF"
    for df in ("DDF1", "DDF1/DF01", "DDF1/DF02", "DDF1/DF03"):
        bench.select("MF")
        if home == "MF" and held:
            bench.authenticate(held, version)
        for step in (df.split("/")[: n + 1] for n in range(df.count("/") + 1)):
            bench.select(step[-1])
            if held and "/".join(step) == home:
                bench.authenticate(held, version)
        if held and home not in ("MF", *(df[: len(home)],)):
            bench.select("DDF1/" + home.rpartition("/")[2])
            bench.authenticate(held, version)
            bench.select(df.rpartition("/")[2])
        carried = held if home == "MF" or df.startswith(home) else ""
        for path in (path for path in MATRIX if path.rpartition("/")[0] == df):
            bench.select(path.rpartition("/")[2])
            assert answers(bench, path) == expected(carried, path, state), (held, version, path)


@pytest.mark.parametrize(("name", "version"), CARD_KEYS)
def test_a_key_opens_exactly_its_row(name: str, version: int) -> None:
    walk(cb.card_in("ISSUED"), name, version, "ISSUED")


@pytest.mark.parametrize("name", ["UK1_DDF1", "RK1_DDF1", "UK1_DF03", "BK_MF"])
def test_while_personalised_update_of_ddf1_is_open_too(name: str) -> None:
    walk(cb.card_in("PERSO"), name, 1, "PERSO")


@pytest.mark.parametrize("state", ["PERSO", "ISSUED"])
def test_without_a_right_only_ddf1_ef05_is_read(state: str) -> None:
    walk(cb.card_in(state), "", 1, state)


@pytest.mark.parametrize("path", MATRIX)
def test_all_rights_of_a_df_live_side_by_side(path: str) -> None:
    bench = cb.card_in()
    df = path.rpartition("/")[0]
    bench.select(df)
    held = {name for name, row in cb.KEYS.items() if row.df == df and row.authenticates}
    for name in sorted(held):
        bench.authenticate(name)
    bench.select(path.rpartition("/")[2])
    merged = {
        way: 0x9000
        if 0x9000 in (found := [expected(name, path, "ISSUED")[way] for name in held])
        else min(found, key=lambda sw: sw == 0x6982)
        for way in expected("", path, "ISSUED")
    }
    assert answers(bench, path) == merged
