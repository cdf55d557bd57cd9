"""`rhc issuer init`, `operator`, `audit`: from nothing to operators at work, as a person types it."""

from __future__ import annotations

import json
import sqlite3

import pytest
from typer.testing import CliRunner

from issuer.cli import app, audit
from issuer.cli.shown import show_rows

PASSWORDS = {
    "RHC_FIRST_PASSWORD": "first-password",
    "RHC_OTHER_PASSWORD": "other-password",
    "RHC_OPERATOR_PASSWORD": "first-password",
    "RHC_SECOND_PASSWORD": "other-password",
    "RHC_NEW_PASSWORD": "newer-password",
}
ISSUER = ("--name", "测试发卡机构", "--code", "41000000001", "--city-code", "410000")


def run(home, *arguments, group=app, **variables):
    environment = {**PASSWORDS, "RHC_ISSUER_HOME": str(home), **variables}
    return CliRunner().invoke(group.app, arguments, env=environment)


@pytest.fixture
def home(tmp_path):
    where = tmp_path / "house"
    made = run(where, "init", *ISSUER)
    assert made.exit_code == 0, made.output
    return where


def test_a_new_home_is_for_its_owner_only(home):
    assert home.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in home.iterdir()} == {0o600}


def test_a_home_is_made_once(home):
    again = run(home, "init", *ISSUER)
    assert again.exit_code == 1
    assert again.stderr.endswith("issuer.toml: it exists already\n")


@pytest.mark.parametrize(
    ("more", "variables", "line"),
    [
        ((), {"RHC_OTHER_PASSWORD": "short"}, "10 to 128 characters"),
        (("--administrators", "li", "li"), {}, "operator li: it exists already"),
    ],
)
def test_a_home_that_could_not_be_made_is_made_the_next_time(tmp_path, more, variables, line):
    where = tmp_path / "house"
    refused = run(where, "init", *ISSUER, *more, **variables)
    assert refused.exit_code == 1
    assert line in refused.stderr
    assert run(where, "init", *ISSUER).exit_code == 0
    assert run(where, "operator", "list", "--as", "admin-1").exit_code == 0


def test_what_others_wrote_is_no_markup_and_steers_no_terminal(capsys):
    show_rows([{"a": "[/x] [red]b[/red] \x1b[2Jc"}], {"a": "A"}, as_json=False)
    assert "[/x] [red]b[/red] \N{REPLACEMENT CHARACTER}[2Jc" in capsys.readouterr().out


def test_two_administrators_add_operators_who_then_work(home):
    added = run(
        home, "operator", "add", "wang", "--role", "auditor", "--institution", "省", "--as", "admin-1",
        "--second", "admin-2",
    )  # fmt: skip
    assert (added.exit_code, added.stdout) == (0, "wang was added\n")
    rows = json.loads(run(home, "operator", "list", "--as", "admin-1", "--json").stdout)
    assert {row["name"]: row["roles"] for row in rows}["wang"] == ["auditor"]
    verified = run(home, "verify", "--as", "wang", group=audit, RHC_OPERATOR_PASSWORD="newer-password")  # noqa: S106
    assert (verified.exit_code, verified.stdout) == (0, "3 rows, 0 checkpoints, 0 findings\n")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("add", "wang", "--role", "auditor", "--as", "admin-1"), "takes a second person"),
        (
            ("add", "wang", "--role", "auditor", "--as", "admin-1", "--second", "admin-1"),
            "signing in was refused",
        ),
        (("add", "王", "--role", "auditor", "--as", "admin-1", "--second", "admin-2"), "2 to 64 letters"),
        (("disable", "admin-1", "--as", "admin-1"), "nobody disables themselves"),
        (("disable", "admin-2", "--as", "admin-1"), "two administrators must stay"),
        (
            ("roles", "admin-2", "--role", "auditor", "--as", "admin-1", "--second", "admin-2"),
            "their own roles",
        ),
        (("unlock", "nobody", "--as", "admin-1"), "operator nobody: there is none"),
        (("list", "--as", "nobody"), "signing in was refused"),
    ],
)
def test_refusals_are_one_line_and_change_nothing(home, arguments, line):
    before = json.loads(run(home, "operator", "list", "--as", "admin-1", "--json").stdout)
    refused = run(home, "operator", *arguments)
    assert refused.exit_code == 1
    assert line in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert json.loads(run(home, "operator", "list", "--as", "admin-1", "--json").stdout) == before


def test_an_altered_log_is_found_and_gives_one(home):
    run(home, "operator", "add", "wang", "--role", "auditor", "--as", "admin-1", "--second", "admin-2")
    wang = {"RHC_OPERATOR_PASSWORD": PASSWORDS["RHC_NEW_PASSWORD"]}
    line = run(home, "checkpoint", "--as", "wang", group=audit, **wang).stdout
    outside = home / "checkpoints"
    outside.write_text(line)
    with sqlite3.connect(home / "registry.db") as database:
        database.execute("DROP TRIGGER audit_no_UPDATE")
        database.execute("UPDATE audit SET operator = 'somebody' WHERE seq = 2")
    verified = run(home, "verify", "--as", "wang", "--checkpoints", str(outside), group=audit, **wang)
    assert verified.exit_code == 1
    assert verified.stderr == "row 2: it was altered, or a row before it was altered or inserted\n"
    as_json = json.loads(run(home, "verify", "--as", "wang", "--json", group=audit, **wang).stdout)
    assert [finding["seq"] for finding in as_json["findings"]] == [2]


def test_a_registry_of_another_version_asks_for_migration(home):
    with sqlite3.connect(home / "registry.db") as database:
        database.execute("DELETE FROM alembic_version")
    refused = run(home, "operator", "list", "--as", "admin-1")
    assert refused.exit_code == 1
    assert "rhc issuer migrate" in refused.stderr


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = ", "this is no TOML"),
        ('format = "rhc-issuer/2"', '"format" is not rhc-issuer/1'),
        ('format = "rhc-issuer/1"\ncolour = "red"', "colour is no setting"),
        ('format = "rhc-issuer/1"\nname = "x"\ncode = "1"', "city_code is missing"),
    ],
)
def test_settings_that_cannot_be_right_are_refused(home, text, line):
    (home / "issuer.toml").write_text(text)
    refused = run(home, "operator", "list", "--as", "admin-1")
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert line in refused.stderr


def test_published_keys_refuse_to_serve_elsewhere(tmp_path):
    refused = run(tmp_path / "p", "init", *ISSUER, "--environment", "PROD")
    assert refused.exit_code == 1
    assert "TEST only" in refused.stderr
    assert list((tmp_path / "p").iterdir()) == []
