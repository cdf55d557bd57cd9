"""`rhc card`: cards in files, from the command line."""

from __future__ import annotations

import json
import os
import stat

import pytest
from typer.testing import CliRunner

from card_os import image
from card_os.kernel.manufacture import chip
from card_os.spec.loader import load
from lab.card_cli import card_app
from lab.card_contents import ImageContents
from lab.card_secrets import secret_rows


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("RHC_LANG", "en")
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments):
    result = CliRunner().invoke(card_app, [str(argument) for argument in arguments])
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def refused(*arguments):
    """The one line of a refusal."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1
    return result.stderr.rstrip("\n")


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cards")
    for name, *options in (
        ("card",),
        ("sam", "--sam"),
        ("blank", "--blank"),
        ("blank-sam", "--blank", "--sam"),
    ):
        assert run("new", folder / name, *options).exit_code == 0
    return folder


@pytest.fixture
def card(made, tmp_path):
    path = tmp_path / "card"
    path.write_text((made / "card").read_text("utf-8"), "utf-8")
    return path


def shown(path, *options):
    return json.loads(run("show", path, "--json", *options).stdout)


@pytest.mark.parametrize(
    ("name", "profile", "state"),
    [
        ("card", "health_card", "ISSUED"),
        ("sam", "sam", "ISSUED"),
        ("blank", "health_card", "TRANSPORT"),
        ("blank-sam", "sam", "TRANSPORT"),
    ],
)
def test_new_makes_cards(made, name, profile, state):
    found = shown(made / name)
    assert (found["profile"], found["life_cycle"]) == (profile, state)
    assert found["historical"].endswith("00000001")
    assert stat.S_IMODE((made / name).stat().st_mode) == 0o600
    assert image.load(image.read(made / name)).power_on().hex().upper() == found["atr"]


def test_new_takes_resident_and_serial(tmp_path):
    path = tmp_path / "card"
    assert run("new", path, "--resident", "01", "--serial", 77).stdout == f"written: {path}\n"
    found = shown(path)
    assert found["historical"].endswith("0000004D")
    assert found["files"]["DDF1/EF06"]["birth_date"]["value"].startswith("1900-")


def test_new_never_writes_over_a_file(card):
    before = card.read_bytes()
    assert refused("new", card) == f"{card}: there is a file already; it is not written over"
    assert card.read_bytes() == before
    assert "no such demo resident" in refused("new", card.with_name("x"), "--resident", "nobody")
    assert os.listdir(card.parent) == ["card"]  # noqa: PTH208


@pytest.mark.parametrize(
    "arguments",
    [
        ("new", "x", "--sam", "--resident", "05"),
        ("new", "x", "--blank", "--resident", "05"),
        ("new", "x", "--serial", "0"),
        ("new",),
        ("show", "x", "--nothing"),
        ("diff", "x"),
        ("import", "x"),
        ("set", "x"),
    ],
)
def test_a_wrong_command_line_gives_two(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(*arguments).exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_show_has_both_names_and_the_meaning(made):
    items = shown(made / "card")["files"]["DDF1/EF06"]
    assert items["holder_name"] == {"chinese": "姓名", "value": "诸葛珵昇", "meaning": ""}
    assert items["sex_code"] == {"chinese": "性别", "value": "1", "meaning": "male"}
    table = run("show", made / "card").stdout
    assert "life cycle: ISSUED\n" in table
    for text in ("holder_name", "诸葛珵昇", "outpatient_visits[1].visit_department", "15/15"):
        assert text in table


def test_show_of_a_sam(made):
    files = shown(made / "sam")["files"]
    assert files["0015"]["sam_serial_number"]["value"] == "0000000001"
    assert files["0016"]["terminal_province_code"]["value"] == "11"
    assert "province" in run("show", made / "sam").stdout


def test_keys_are_shown_only_where_asked(made):
    found = image.parse(image.read(made / "sam"))
    values = [raw.hex().upper() for cell, raw in found.cells.items() if cell.startswith("key:")]
    for options in ([], ["--json"]):
        plain = run("show", made / "sam", *options).stdout
        assert not any(value in plain for value in values)
        told = run("show", made / "sam", "--keys", *options).stdout
        assert all(value in told for value in values)
    rows = shown(made / "sam")["keys"]
    assert {
        "key": "PIN",
        "chinese": "个人密码",
        "version": None,
        "check_value": None,
        "tries_left": 10,
    } in rows
    assert all(len(row["check_value"]) == 6 for row in rows if row["key"] not in ("PIN", "KT_MF"))


def test_set_writes_items_of_every_kind_of_file(card):
    values = {
        "holder_phone_1": "19900001234",
        "outpatient_visits[2].visit_department": "全科",
        "outpatient_visits[2].outpatient_record_valid_flag": "false",
        "allergies[2].allergen_name": "花生",
        "asthma_flag": "true",
        "holder_phone_2": "",
    }
    before = image.parse(image.read(card))
    result = run("set", card, *(f"{name}={value}" for name, value in values.items()))
    assert result.stdout == f"written: {', '.join(values)}\n"
    rows = {name: row["value"] for file in shown(card)["files"].values() for name, row in file.items()}
    for name, value in values.items():
        assert rows.get(name, "") == ({"true": True, "false": False}.get(value, value))
    contents = ImageContents(before)
    old = {name: value for file in contents.files for name, value in contents.values(file).items()}
    assert rows["allergies[1].allergen_name"] == old["allergies[1].allergen_name"]
    assert rows["allergies[2].allergy_reaction"] == old["allergies[2].allergy_reaction"]
    assert image.load(image.read(card)).power_on()


def test_set_on_a_sam_and_of_a_photo(made, tmp_path):
    sam, blank = tmp_path / "sam", tmp_path / "blank"
    for path in (sam, blank):
        path.write_bytes((made / path.name).read_bytes())
    run("set", sam, "terminal_city_code=07", "terminal_serial=000042")
    items = shown(sam)["files"]["0016"]
    assert [items[name]["value"] for name in ("terminal_city_code", "terminal_serial")] == ["07", "000042"]
    assert items["terminal_province_code"]["value"] == "11"
    assert refused("set", sam, "photo=x") == "photo: no such data item"
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(b"\xff\xd8\xff" + bytes(range(100)))
    assert run("set", blank, f"photo={picture}").exit_code == 0
    assert shown(blank)["files"]["DDF1/EF07"]["photo"]["value"] == picture.read_bytes().hex().upper()
    assert run("set", blank, "photo=").exit_code == 0
    assert "photo" not in shown(blank)["files"]["DDF1/EF07"]
    picture.write_bytes(bytes(3071))
    assert "3071" in refused("set", blank, f"photo={picture}")


@pytest.mark.parametrize(
    ("assignment", "line"),
    [
        ("holder_nane=x", "holder_nane: no such data item (holder_name?)"),
        ("allergies[9].allergen_name=x", "no such data item (1…3)"),
        ("holder_name=\U0001f600", "GBK has no character"),
        ("birth_date=1900", "a date such as 2026-01-02 is expected"),
        ("sex_code=7", "the code is not one of"),
        ("photo=/nowhere.jpg", "/nowhere.jpg: No such file"),
    ],
)
def test_set_writes_all_or_nothing(card, assignment, line):
    before = card.read_bytes()
    assert line in refused("set", card, "holder_phone_1=1", assignment)
    assert card.read_bytes() == before


def test_set_without_a_value_sign_is_wrong_usage(card):
    assert run("set", card, "holder_name").exit_code == 2


def test_set_wants_the_file_for_itself(card):
    with image.open_card(card):
        assert refused("set", card, "holder_phone_1=1") == f"{card}: the card is in use by another process"
        assert run("show", card).exit_code == 0


def test_set_of_a_file_that_was_not_created(tmp_path):
    path = tmp_path / "bare"
    image.create(path, image.dump(chip(load("health_card"), b"\0\0\0\1", tree=False)))
    assert refused("set", path, "holder_phone_1=1") == "holder_phone_1: the card has no file DDF1/EF08"
    assert shown(path)["files"] == {}


def test_diff_tells_items_tries_and_keys(made, card):
    run("set", card, "holder_phone_1=19900001234", "asthma_flag=true")
    text = card.read_text("utf-8").replace('"UK1_DDF1:1" = 15', '"UK1_DDF1:1" = 14')
    text = text.replace('life_cycle = "ISSUED"', 'life_cycle = "CARD_BLOCKED"')
    at = text.index('"BK_MF:1" = "') + len('"BK_MF:1" = "')
    card.write_text(text[:at] + "00" * 16 + text[at + 32 :], "utf-8")
    result = run("diff", made / "card", card)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "life_cycle: ISSUED | CARD_BLOCKED"
    assert lines[1].startswith("holder_phone_1 本人电话1: ")
    assert lines[1].endswith(" | 19900001234")
    assert lines[2] == "asthma_flag 哮喘标志: false | true"
    assert lines[3] == "UK1_DDF1 v1: tries left 15 | 14"
    assert lines[4].startswith("BK_MF v1: check value ")
    assert len(lines) == 5
    found = json.loads(run("diff", made / "card", card, "--json").stdout)
    assert not found["equal"]
    kinds = [row["kind"] for row in found["differences"]]
    assert kinds == ["life_cycle", "item", "item", "tries", "key"]


def test_diff_of_equal_and_of_other_cards(made, card):
    result = run("diff", made / "card", card)
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads(run("diff", card, card, "--json").stdout) == {"equal": True, "differences": []}
    assert run("diff", made / "card", made / "sam").stdout == "profile: health_card | sam\n"


def test_diff_tells_bytes_that_no_item_shows(made, card):
    text = card.read_text("utf-8")
    old = next(line for line in text.splitlines() if line.endswith("# holder_name 姓名"))
    card.write_text(text.replace(old, old.replace(" 00*22", " 00*21 41")), "utf-8")
    assert run("diff", made / "card", card).stdout == "DDF1/EF06: differs in bytes that no item shows\n"


def test_pin_and_later_cells_differ_without_their_values(made, tmp_path):
    found = image.parse(image.read(made / "sam"))
    other = tmp_path / "other"
    cells = {**found.cells, "pin": b"\x65\x43\x21", "pin:unblock": b"\x99\x88"}
    image.create(other, image.ImageWriter(found.profile).text(cells))
    assert run("diff", made / "sam", other).stdout == "PIN: differs\npin:unblock: differs\n"


def test_export_and_import(made, tmp_path):
    card, out, again = made / "card", tmp_path / "out", tmp_path / "again"
    printed = run("export", card).stdout
    assert "[secrets" not in printed
    assert run("export", card, "-o", out).stdout == f"written: {out}\n"
    assert out.read_text("utf-8") == printed
    assert run("export", card, "--secrets").stdout == card.read_text("utf-8")
    result = run("import", out, "-o", again)
    assert result.stderr == "the image has no keys, so the card has none\n"
    naked = image.parse(image.read(again))
    assert naked.with_secrets
    assert {row.check_value for row in secret_rows(naked)} == {None}
    assert run("diff", card, out).stdout == "only one of the two images has keys\n"
    told = run("diff", card, again).stdout.splitlines()
    assert len(told) > 50
    assert all(line.endswith(" | empty") for line in told)
    whole = tmp_path / "whole"
    assert run("import", card, "-o", whole).exit_code == 0
    assert whole.read_bytes() == card.read_bytes()
    for command in (("export", card, "-o", out), ("import", card, "-o", out)):
        assert "there is a file already" in refused(*command)


@pytest.mark.parametrize(
    "command", [("show",), ("export",), ("set", "a=b"), ("diff", "x"), ("import", "-o", "y")]
)
def test_what_is_no_card_is_refused(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name, *rest = command
    assert refused(name, "missing", *rest) == "missing: No such file or directory"
    (tmp_path / "x").write_text("format = 'other'")
    assert refused(name, "x", *rest) == "x: this is no image of a card"
    (tmp_path / "x").write_bytes(b"\x00\xff")
    assert refused(name, "x", *rest) == "x: this is no image of a card"
    assert refused(name, ".", *rest).startswith(".: ")


def test_control_characters_of_a_terminal_stay_off_the_screen(card):
    found = image.parse(image.read(card))
    file = "file:MF/DDF1/EF06"
    cells = {
        **found.cells,
        file: found.cells[file][:2] + b"\x1b[2J\x07".ljust(30, b"\0") + found.cells[file][32:],
    }
    card.unlink()
    image.create(card, image.ImageWriter(found.profile).text(cells))
    assert "\x1b" not in run("show", card).stdout
    assert "\x1b" not in run("show", card, "--json").stdout
    assert "\x1b" not in card.read_text("utf-8")


def test_chinese(made, monkeypatch):
    monkeypatch.setenv("RHC_LANG", "zh")
    assert "居民健康卡" in run("show", made / "card").stdout
