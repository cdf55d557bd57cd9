"""`rhc issuer check` and `rhc keys published`, without a card: lines, JSON and exit codes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from issuer.cli import app, keys

DEMO = sorted((Path(__file__).parents[1] / "lab" / "residents").glob("*.json"))


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("RHC_LANG", "en")


def run(*arguments, group=app):
    return CliRunner().invoke(group.app, [str(argument) for argument in arguments])


def test_good_records_give_zero():
    result = run("check", *DEMO)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [f"{path}: accepted" for path in DEMO]


def test_a_refused_record_gives_one_line_and_one(tmp_path):
    broken = tmp_path / "broken.json"
    broken.write_text('{"format": "rhc-resident/1", "items": {"holder_nane": "x"}}')
    result = run("check", DEMO[0], broken)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"{broken}: holder_nane: no such data item; holder_name is the nearest name"
    ]
    as_json = run("check", DEMO[0], broken, "--json")
    assert as_json.exit_code == 1
    assert [row["ok"] for row in json.loads(as_json.stdout)] == [True, False]


def test_a_photo_is_checked_with_the_record(tmp_path):
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"GIF89a")
    result = run("check", DEMO[0], "--photo", photo)
    assert result.exit_code == 1
    assert result.stderr.endswith("photo: it is no JPEG\n")


@pytest.mark.parametrize("arguments", [("check",), ("check", "missing.json"), ("check", "--nothing")])
def test_a_wrong_command_line_gives_two(arguments):
    assert run(*arguments).exit_code == 2


def test_keys_are_shown_by_check_value_only():
    rows = json.loads(run("published", "--json", group=keys).stdout)
    assert len(rows) == 59
    assert all(len(row["check_value"]) == 6 for row in rows)
    assert run("published", group=keys).stdout.startswith(f"IRK_DDF1   v1  {rows[0]['check_value']}\n")
