"""`rhc issuer batch …`, `rhc issuer partner …`, `rhc partner-sim …`: from plan to close by commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from batch_bench import COUNTY, ready_applications
from typer.testing import CliRunner

from issuer.access import operators
from issuer.access.actor import Actor, Role
from issuer.cli.batch_chips import registry_of
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.office import OfficeSettings, database_of, make_home
from issuer.registry import setting_up
from issuer.registry.registry import Registry
from lab import issuer_cli, partners_cli

PASSWORD = "correct horse battery"  # noqa: S105
PEOPLE = {
    "admin-1": Role.ADMINISTRATOR, "admin-2": Role.ADMINISTRATOR, "centre-1": Role.CENTRE_REVIEWER,
    "perso-1": Role.PERSONALISER, "clerk-1": Role.OUTLET_CLERK,
}  # fmt: skip
PARTNERS = {"bank-1": "bank", "maker-1": "maker", "outlet-1": "outlet"}


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A home with operators, partners, and three applications that are ready."""
    home = tmp_path / "home"
    settings = OfficeSettings("测试发卡机构", "41000000001", "410000")
    make_home(home, settings)
    registry = Registry(database_of(home, settings), PublishedTestCustodian())
    setting_up.create(registry)
    with registry.transaction(Actor("founder", frozenset())) as work:
        for name, role in PEOPLE.items():
            new = operators.NewOperator(name, name, "测试机构", frozenset({role}))
            operators._add(work, new, PASSWORD)
    ready_applications(registry, 3)
    registry.close()
    monkeypatch.setenv("RHC_OPERATOR_PASSWORD", PASSWORD)
    monkeypatch.setenv("RHC_SECOND_PASSWORD", PASSWORD)
    monkeypatch.setenv("COLUMNS", "200")
    for name, kind in PARTNERS.items():
        key = CliRunner().invoke(partners_cli.app, ["key", name]).stdout.strip()
        words = ["partner", "add", name, "--kind", kind, "--key", key, "--second", "admin-2"]
        assert run(home, "admin-1", *words).exit_code == 0
    return home


def run(home, who, *words):
    words = [str(word) for word in words]
    return CliRunner().invoke(issuer_cli.app, [*words, "--home", str(home), "--as", who])


def batch(home, *words, who="centre-1"):
    return run(home, who, "batch", *words)


def partner(home, *words):
    words = [str(word) for word in words]
    result = CliRunner().invoke(partners_cli.app, [*words, "--home", str(home)])
    assert result.exit_code == 0, result.output
    return [Path(line) for line in result.stdout.splitlines()]


def sent(home, folder, number, kind, *more):
    result = batch(home, "send", number, kind, "--out", folder / "out", "--json", *more)
    assert result.exit_code == 0, result.output
    return Path(json.loads(result.stdout)["file"])


def test_a_batch_from_plan_to_close_by_commands(home, tmp_path):
    chips, back = tmp_path / "chips", tmp_path / "in"
    planned = ["plan", "--county", COUNTY, "--bank", "bank-1", "--maker", "maker-1", "--outlet", "outlet-1"]
    number = json.loads(batch(home, *planned, "--json").stdout)["number"]

    def received(files):
        result = batch(home, "receive", *files)
        assert result.exit_code == 0, result.output
        return result.stdout

    file = sent(home, tmp_path, number, "acc-req")
    assert file.stat().st_mode & 0o777 == 0o600
    again = batch(home, "send", number, "ACC-REQ", "--again", "1", "--out", tmp_path / "again")
    assert again.exit_code == 0
    assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes()
    (answer,) = partner(home, "bank", file, "--out", back, "--no-account", "2")
    assert "ACC-RSP of bank-1: has_account 2, none 1" in received([answer])
    assert "(taken in before)" in received([answer])

    file = sent(home, tmp_path, number, "PRD-REQ", "--spares", "1")
    received(partner(home, "maker", file, "--out", back, "--chips", chips))
    files = sent(home, tmp_path, number, "PRD-REQ", "--spares", "1")
    assert files.name == f"{number}.PRD-REQ.2.41000000001.txt"
    (answer,) = partner(home, "maker", files, "--out", back, "--chips", chips)
    assert answer.name == f"{number}.PRD-RSP.2.maker-1.txt"
    received([answer])

    made = batch(home, "personalise", number, "--chips", chips, "--workers", "2", "--json", who="perso-1")
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["finished"] == 2
    received(partner(home, "outlet", sent(home, tmp_path, number, "DLV"), "--out", back))

    shown = json.loads(batch(home, "show", number, "--json").stdout)
    assert shown["state"] == "AT_OUTLET"
    assert {row["state"]: row["lines"] for row in shown["lines"]} == {"AT_OUTLET": 2, "NO_ACCOUNT": 1}
    open_line = batch(home, "close", number)
    assert (open_line.exit_code, "1 lines are open, first line 2" in open_line.stderr) == (1, True)
    assert batch(home, "give-up", number, "2", "--reason", "未签约", "--return").exit_code == 0
    closed = batch(home, "close", number)
    assert closed.stdout.startswith("rhc-audit-checkpoint/1 ")
    told = batch(home, "reconcile", number)
    assert (told.exit_code, told.stdout.splitlines()[-1]) == (0, "it adds up")
    report = json.loads(batch(home, "reconcile", "--json").stdout)
    assert (report["adds_up"], report["chips"]["delivered"]) == (True, 4)
    stock = json.loads(batch(home, "stock", "--json").stdout)
    assert (stock["MADE"], stock["in_stock"]) == (2, 2)


def test_tables_are_for_people_and_hold_nothing_personal(home):
    number = json.loads(batch(home, "plan", "--county", COUNTY, "--json").stdout)["number"]
    for words in (["list"], ["show", number], ["lines", number], ["reconcile", number], ["stock"]):
        shown = batch(home, *words)
        assert shown.exit_code == 0, shown.output
        assert shown.stdout.strip()
        assert "测试0" not in shown.stdout
        assert "419901190" not in shown.stdout
    assert number in batch(home, "list").stdout
    kinds = CliRunner().invoke(issuer_cli.app, ["batch", "kinds", "--json"])
    assert {row["kind"] for row in json.loads(kinds.stdout)} >= {"APP", "DLV-ACK"}
    rows = json.loads(run(home, "admin-1", "partner", "list", "--json").stdout)
    assert [row["name"] for row in rows] == ["bank-1", "maker-1", "outlet-1"]


def test_a_refused_file_is_one_line_and_exit_code_1(home, tmp_path):
    bad = tmp_path / "bad.txt"
    bad.write_text("rhc-exchange/2\n", "utf-8")
    result = batch(home, "receive", bad)
    assert (result.exit_code, result.stderr) == (1, "line 1, format: accepted is rhc-exchange/1\n")
    missing = batch(home, "receive", tmp_path / "none.txt")
    assert (missing.exit_code, missing.stderr.count("\n")) == (1, 1)


def test_a_file_that_cannot_be_kept_was_not_sent(home, tmp_path):
    planned = batch(home, "plan", "--county", COUNTY, "--bank", "bank-1", "--json")
    number = json.loads(planned.stdout)["number"]
    (tmp_path / "out").write_text("in the way", "utf-8")
    result = batch(home, "send", number, "ACC-REQ", "--out", tmp_path / "out" / "below")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert json.loads(batch(home, "show", number, "--json").stdout)["state"] == "CREATED"
    # what somebody else put where the file is going to be written is not written through
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("theirs", "utf-8")
    (tmp_path / f".{number}.ACC-REQ.1.41000000001.txt.unfinished").symlink_to(elsewhere)
    sent = batch(home, "send", number, "ACC-REQ", "--out", tmp_path, "--json")
    assert Path(json.loads(sent.stdout)["file"]).stat().st_mode & 0o777 == 0o600
    assert elsewhere.read_text("utf-8") == "theirs"


def test_a_single_application_from_the_stock(home, tmp_path):
    chips = tmp_path / "chips"
    order = json.loads(
        batch(home, "plan", "--county", COUNTY, "--maker", "maker-1", "--stock", "--json").stdout
    )["number"]
    file = sent(home, tmp_path, order, "PRD-REQ", "--spares", "2")
    assert (
        batch(home, "receive", *partner(home, "maker", file, "--out", tmp_path, "--chips", chips)).exit_code
        == 0
    )
    assert batch(home, "close", order).exit_code == 0
    planned = batch(home, "plan", "--county", COUNTY, "--application", "A000000001", "--json")
    assert json.loads(planned.stdout)["lines"] == 1
    number = json.loads(planned.stdout)["number"]
    assert batch(home, "take-from-stock", number, who="perso-1").exit_code == 0
    (chip,) = {
        file
        for file in chips.iterdir()
        if json.loads(batch(home, "lines", number, "--json").stdout)[0]["chip_serial"] == file.stem
    }
    chip.unlink()
    left = batch(home, "personalise", number, "--chips", chips, who="perso-1")
    assert (left.exit_code, "lines whose chip was not there" in left.stdout) == (1, True)
    assert batch(home, "waste-chip", chip.stem, "--reason", "丢失", who="perso-1").exit_code == 0
    assert batch(home, "personalise", number, "--chips", chips, who="perso-1").exit_code == 0
    back = batch(home, "card-back", f"{int(chip.stem) % 2 + 1:010d}", "--reason", "逾期未领", who="clerk-1")
    assert back.exit_code == 0, back.output
    assert json.loads(batch(home, "lines", number, "--json").stdout)[0]["state"] == "CAME_BACK"


def test_a_worker_opens_the_registry_of_the_home_by_itself(home):
    registry = registry_of(home)
    assert registry.custodian.environment == "TEST"
    registry.close()
