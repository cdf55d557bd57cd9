"""The reader's commands: output, exit codes, one plain line for every failure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from reader_cards import Desk
from typer.testing import CliRunner

from card_os.iso7816.atr import contactless_atr
from reader_client import cli, reader_choice
from reader_client.channel import ReaderState
from reader_client.errors import NoCardError, NoReaderError

CONTACTLESS = contactless_atr(bytes.fromhex("00A1A1A100000001"))
SHORT = bytes.fromhex("3B00")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHC_LANG", "en")
    for name in ("RHC_READER", "RHC_SAM_READER", "RHC_SAM_PIN"):
        monkeypatch.delenv(name, raising=False)


def rhc(desk: object, *arguments: str, keys: str | None = None) -> Any:
    app = typer.Typer()
    cli.register(app)
    return CliRunner().invoke(app, list(arguments), obj=desk, input=keys)


def test_readers() -> None:
    done = rhc(Desk(), "readers", "--json")
    assert done.exit_code == 0
    assert [entry["reader"] for entry in json.loads(done.stdout)] == ["desk contactless", "desk SAM"]


def test_write_then_read() -> None:
    desk = Desk()
    done = rhc(desk, "write", "holder_phone_1=19900000001", "abo_blood_type_code=1", "asthma_flag=true")
    assert (done.exit_code, done.stderr) == (0, "")
    read = rhc(desk, "read", "holder_phone_1", "abo_blood_type_code", "asthma_flag", "--json")
    assert json.loads(read.stdout) == {
        "holder_phone_1": "19900000001",
        "abo_blood_type_code": "1",
        "asthma_flag": True,
    }
    table = rhc(desk, "read").stdout
    assert "DDF1/EF08" in table
    assert "本人电话1" in table


def test_whole_card_as_json() -> None:
    found = json.loads(rhc(Desk(), "read", "--json").stdout)
    assert found["format"] == "rhc-card/1"
    assert found["items"]["application_city_code"] == "210000"
    assert found["photo"] is None


def test_visit_from_a_file_and_from_the_line(tmp_path: Path) -> None:
    desk, file = Desk(), tmp_path / "visit.json"
    file.write_text(json.dumps({"admission_date": "2020-05-06", "inpatient_org_name": "示范医院"}), "utf-8")
    done = rhc(desk, "visit", "add", "--kind", "inpatient", "--json", str(file))
    assert json.loads(done.stdout) == {
        "kind": "inpatient",
        "slot": 1,
        "reason": "free",
        "erased_first": False,
    }
    done = rhc(desk, "visit", "add", "--kind", "inpatient", "admission_date=2020-05-07")
    assert done.stdout == "written to the free slot 2\n"
    found = json.loads(rhc(desk, "read", "--json").stdout)
    assert [visit["admission_date"] for visit in found["inpatient_visits"]] == ["2020-05-06", "2020-05-07"]
    assert rhc(desk, "visit", "erase", "--kind", "inpatient", "1").exit_code == 0
    assert json.loads(rhc(desk, "read", "--json").stdout)["slots"]["inpatient_visits"] == [2]


def test_sam_info_and_change_of_pin() -> None:
    desk = Desk()
    assert json.loads(rhc(desk, "sam", "info", "--json").stdout)["terminal_province_code"] == "21"
    assert rhc(desk, "sam", "change-pin", keys="123456\n654321\n654321\n").exit_code == 0
    assert rhc(desk, "read", "card_class", "--pin", "-", keys="654321\n").exit_code == 0
    refused = rhc(desk, "read", "card_class")
    assert (refused.exit_code, refused.stderr) == (1, "wrong PIN, 9 tries left\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("read", "no_such_item"),
        ("write", "holder_phone_1=no digits"),
        ("write", "holder_name=张伟"),
        ("write", "photo=/no/such/file"),
        ("visit", "add", "--kind", "inpatient", "/no/such/file"),
        ("visit", "add", "--kind", "inpatient", "inpatient_org_name=x"),
        ("visit", "erase", "--kind", "outpatient", "6"),
    ],
)
def test_refusals_are_one_line(arguments: tuple[str, ...]) -> None:
    done = rhc(Desk(), *arguments)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments", [("write",), ("write", "no equals"), ("visit", "add", "x=1"), ("readx",)]
)
def test_wrong_usage_is_2(arguments: tuple[str, ...]) -> None:
    assert rhc(Desk(), *arguments).exit_code == 2


def test_a_reader_without_a_card() -> None:
    class Empty(Desk):
        def user_card(self, reader: str | None, sam_reader: str | None) -> None:  # type: ignore[override]
            raise NoCardError(reader="desk contactless")

    done = rhc(Empty(), "read")
    assert (done.exit_code, done.stderr) == (1, "no card answers in reader 'desk contactless'\n")


def test_choice_of_readers() -> None:
    sam = ReaderState("A Contact 00", SHORT)
    empty = ReaderState("A Contactless 00", None)
    card = ReaderState("B 01", CONTACTLESS)
    assert reader_choice.user_reader((sam, empty, card), None, None) is empty
    assert reader_choice.user_reader((sam, card), None, None) is card
    assert reader_choice.user_reader((sam, empty, card), "B", None) is card
    assert reader_choice.sam_reader((empty, sam, card), None, None) is sam
    assert reader_choice.sam_reader((empty, sam, card), None, "B 01") is card
    for wanted in ("A", "C"):
        with pytest.raises(NoReaderError, match="B 01"):
            reader_choice.find((sam, empty, card), wanted)
    with pytest.raises(NoReaderError):
        reader_choice.user_reader((sam,), None, None)


def test_the_sam_is_found_among_other_cards() -> None:
    atr = bytes.fromhex("3B68000000A1A15A00000001")
    names = ("X Contactless 00 00", "X Contactless 00 01", "X SAM 00 00")
    user, other, sam = (ReaderState(name, atr) for name in names)
    assert reader_choice.sam_reader((user, other, sam), None, None) is sam
    assert reader_choice.sam_reader((user, other), None, None) is other
