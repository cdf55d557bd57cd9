"""`rhc visit register … discharge`, `rhc emergency`, `rhc swipe-log show`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from hospital_bench import NUMBER, Counter, Factory
from typer.testing import CliRunner

from card_os.crypto import sm2
from reader_client import cli
from reader_client.hospital.roles import Step, roles

READING = ["register", "doctor", "laboratory", "pharmacy", "admit"]


@pytest.fixture
def rhc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("RHC_READER", "RHC_SAM_READER", "RHC_SAM_PIN", "RHC_ENVIRONMENT", "RHC_CARD_LIST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RHC_LANG", "en")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("RHC_SWIPE_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("RHC_OPERATOR", "N017")
    app = typer.Typer()
    cli.register(app)
    desk = Factory(Counter(tmp_path / "unused"))

    def run(*words: str) -> Any:
        return CliRunner().invoke(app, words, obj=desk)

    return run


def test_every_step_has_its_command(rhc) -> None:
    shown = rhc("visit", "--help").output
    for role in roles().values():
        if role.command:
            assert f" {role.command} " in shown
    assert len([role for role in roles().values() if role.command]) == 7


@pytest.mark.parametrize("command", READING)
def test_steps_that_read(rhc, command: str) -> None:
    done = rhc("visit", command)
    assert done.exit_code == 0, done.output
    assert "[TEST environment]" in done.output
    assert "next: " in done.output
    told = json.loads(rhc("visit", command, "--json").output)
    assert told["format"] == "rhc-visit/1"
    assert roles()[Step(told["step"])].command == command
    assert [check["check"] for check in told["checks"]] == [
        "environment", "terminal", "issue_date", "card_list", "internal_authentication", "expiry"
    ]  # fmt: skip
    assert told["items"]


def test_steps_that_write(rhc, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.json"
    sheet.write_text(json.dumps({"admission_date": "2026-01-06", "discharge_date": "2026-01-09"}))
    written = json.loads(rhc("visit", "discharge", str(sheet), "--json").output)["record"]
    assert (written["kind"], written["slot"], written["reason"]) == ("inpatient", 1, "free")
    assert (
        "inpatient_visits[1]: this visit is on the card already"
        in rhc("visit", "discharge", str(sheet)).output
    )
    done = rhc("visit", "cashier", "visit_datetime=2026-01-06T09:30:00", "outpatient_fee_amount_1=12.50")
    assert "outpatient_visits[3]: the visit is written" in done.output
    shown = rhc("visit", "doctor").output
    assert "outpatient_visits[3].outpatient_fee_amount_1" in shown
    assert "transaction_signature" not in shown


def test_the_doctor_adds(rhc) -> None:
    new = ("--allergy", "花生=皮疹", "--immunization", "破伤风疫苗=2026-01-06")
    done = rhc("visit", "doctor", "pacemaker_flag=true", *new)
    assert "written: pacemaker_flag, allergies, immunizations" in done.output
    shown = rhc("emergency").output
    assert "pacemaker" in shown
    assert "花生: 皮疹" in shown


def test_refusals_are_one_line(rhc, tmp_path: Path) -> None:
    for words, line in (
        (["visit", "register", "--environment", "PROD"], "the card is refused: this is a test card, and the"),
        (["visit", "doctor", "mental_illness_flag=true"], "mental_illness_flag: the step doctor does not"),
        (["visit", "doctor", "--immunization", "疫苗=morgen"], "immunization_date: 'morgen' is refused"),
        (["visit", "register", "--list", str(tmp_path / "none.json")], "card list "),
    ):
        done = rhc(*words)
        assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1), words
        assert done.stderr.startswith(line)
    assert rhc("visit", "register", "--environment", "HOME").exit_code == 2


def test_a_grey_card(rhc, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        "rhc-card-list/1,3,2026-01-01\ncard_number,mark,operation,reason\n" + f"{NUMBER},1,1,1\n", "utf-8"
    )
    refused = rhc("visit", "pharmacy", "--list", str(path))
    assert (refused.exit_code, "ask for the ID document" in refused.stderr) == (1, True)
    assert rhc("visit", "pharmacy", "--list", str(path), "--id-checked").exit_code == 0
    shown = rhc("emergency", "--list", str(path))
    assert (shown.exit_code, "grey list" in shown.output) == (0, True)


def test_emergency(rhc, tmp_path: Path) -> None:
    shown = rhc("emergency")
    assert shown.exit_code == 0, shown.output
    for words in ("EMERGENCY  [TEST environment]", "positive", "青霉素", "李静 (spouse) 19900000101"):
        assert words in shown.output
    assert len(shown.output.splitlines()) <= 24
    told = json.loads(rhc("emergency", "--json").output)
    assert (told["format"], told["abo_blood_type_code"]) == ("rhc-emergency/1", "1")


def test_an_emergency_waits_for_no_card_that_is_there(rhc) -> None:
    waited = rhc("emergency", "--wait", "--json")
    assert (waited.exit_code, waited.stderr) == (0, "")
    assert json.loads(waited.stdout)["abo_blood_type_code"] == "1"


def test_roots_that_cannot_be_read_stop_a_step_before_the_card(rhc, tmp_path: Path) -> None:
    bad = tmp_path / "roots.trust"
    bad.write_text("rhc-trust/1\n1 00\n", "utf-8")
    done = rhc("visit", "doctor", "--environment", "PROD", "--trust", str(bad))
    assert done.exit_code == 1
    assert done.output == f"{bad}:2: a public key is a point of the curve of SM2 in 128 hex digits\n"
    assert json.loads(rhc("swipe-log", "show", "--json").output)["rows"] == []


@pytest.mark.skipif(not sm2.available(), reason="gmssl-pyx is not installed")
def test_the_doctor_sees_a_warning_of_a_certificate_of_another_time(rhc) -> None:
    rhc("visit", "cashier", "visit_datetime=2026-01-04T09:30:00")
    shown = " ".join(rhc("visit", "doctor").output.split())
    assert (
        "signed, the signature holds (SAM 0000000001) warning: the certificate of the SAM is valid" in shown
    )


def test_a_bad_list_stops_no_emergency(rhc, tmp_path: Path) -> None:
    done = rhc("emergency", "--list", str(tmp_path / "none.json"))
    assert done.exit_code == 0
    assert "card list " in done.output


def test_the_log_is_shown_with_masked_numbers(rhc) -> None:
    rhc("visit", "pharmacy")
    rhc("visit", "register", "--environment", "PROD")
    shown = rhc("swipe-log", "show").output
    assert NUMBER not in shown
    assert "007X" in shown
    assert "refused" in shown
    rows = json.loads(rhc("swipe-log", "show", "--json").output)["rows"]
    assert [(row["step"], row["result"], row["operator"]) for row in rows] == [
        ("pharmacy", "done", "N017"),
        ("registration", "refused", "N017"),
    ]
    assert rows[0]["card_number"] == "*" * 14 + "007X"
    full = json.loads(rhc("swipe-log", "show", "--json", "--full").output)["rows"]
    assert full[0]["card_number"] == NUMBER


def test_chinese(rhc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHC_LANG", "zh")
    assert "挂号" in rhc("visit", "register").output
    assert "查找处方" in rhc("visit", "pharmacy").output
