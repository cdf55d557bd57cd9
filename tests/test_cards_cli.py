"""`rhc issuer card …` and `rhc issuer list …`: a card at the counter, by commands as a clerk types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cards_bench import ADMIN, BANKER, CENTRE, CLERK, OTHER_CLERK, PIN, SECOND_ADMIN, made_card
from registry_bench import actor
from test_api import PASSWORD, settle
from typer.testing import CliRunner, Result

from card_os import image
from issuer.access.actor import Actor, Role
from issuer.applications import replacement
from issuer.cli import card_chips
from issuer.office import OfficeSettings, make_home, open_office
from issuer.registry import setting_up
from issuer.registry.registry import Registry
from lab.card_desk import in_reader
from lab.cli import app

SERIAL, NUMBER = "0000000001", "11010119000315007X"
SERVER = actor(Role.TERMINAL, name="fs-a")


class Office:
    """A home of an issuer with one card at its outlet, whose chip lies in a directory."""

    def __init__(self, folder: Path) -> None:
        self.home, self.chips = folder / "home", folder / "chips"
        make_home(self.home, OfficeSettings("测试发卡机构", "41000000001", "410000"))
        registry: Registry = open_office(self.home, None).registry  # type: ignore[arg-type]
        setting_up.create(registry)
        settle(registry, CLERK, OTHER_CLERK, ADMIN, SECOND_ADMIN, CENTRE, BANKER, SERVER)
        self.held = made_card(registry, variant="with_holder_pin", bank_account="6210")
        self.chips.mkdir()
        image.create(self.chips / f"{SERIAL}.card", image.dump(self.held.chip))
        self.shown = folder / "shown.json"
        self.shown.write_text(
            json.dumps({"presence": "holder", "holder": {"type": "01", "number": NUMBER}}), "utf-8"
        )

    def run(self, *words: object, who: Actor = CLERK, second: Actor | None = None, **more: str) -> Result:
        environment = {
            "RHC_ISSUER_HOME": str(self.home),
            "RHC_OPERATOR": who.name,
            "RHC_OPERATOR_PASSWORD": PASSWORD,
            "RHC_SECOND_PASSWORD": PASSWORD,
        }
        arguments = ["issuer", *map(str, words)]
        if second:
            arguments += ["--second", second.name]
        typed = more.pop("input", None)
        return CliRunner().invoke(app, arguments, input=typed, env={**environment, **more})

    def json(self, *words: object, who: Actor = CLERK, second: Actor | None = None, **more: str):
        found = self.run(*words, "--json", who=who, second=second, **more)
        assert found.exit_code == 0, found.output
        return json.loads(found.output)

    def at_chip(self, *words: object) -> tuple[object, ...]:
        return (*words, "--chips", self.chips, "--variant", "with_holder_pin")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_a_card_at_the_counter(office: Office, monkeypatch: pytest.MonkeyPatch):
    slip = office.json("card", "pick-up", SERIAL, "--shown", office.shown)
    assert (slip["presence"], slip["holder_name"]) == ("holder", "张伟")
    activate = office.at_chip("card", "activate", SERIAL, "--pin")
    assert office.json(*activate, RHC_HOLDER_PIN=PIN) == {"state": "ACTIVE"}
    assert office.run(*office.at_chip("card", "authenticate", SERIAL)).output.strip() == "the card is genuine"
    locking = office.at_chip("card", "lock", SERIAL, "--application", "DF03", "--reason", "dispute")
    assert office.json(*locking) == {"state": "APP_LOCKED"}
    again = office.run(*locking)
    assert (again.exit_code, "DF03 is in that state already" in again.output) == (1, True)
    unlock = office.at_chip("card", "unlock", office.held.id, "--application", "DF03")
    assert office.json(*unlock) == {"state": "ACTIVE"}
    reset = office.at_chip("card", "reset-pin", SERIAL, "--shown", office.shown)
    assert office.json(*reset, RHC_HOLDER_PIN="246813") == {"state": "ACTIVE"}
    assert "no order" in office.run(*office.at_chip("card", "settle", SERIAL)).output

    loss = office.json("card", "loss", SERIAL, "--shown", office.shown)
    wrong = office.run("card", "undo-loss", SERIAL, RHC_LOSS_SLIP="GS-1")
    assert (wrong.exit_code, "no number of a loss slip" in wrong.output) == (1, True)
    undone = office.run("card", "undo-loss", SERIAL, input=loss["number"] + "\n")
    assert "the card is ACTIVE now" in undone.output
    oral = office.run("card", "loss", SERIAL, "--oral", "--bank", "--shown", office.shown)
    assert "it undoes the loss" in oral.output
    assert "the report lapses on" in oral.output
    reason = ("--reason", "damaged", "--shown", office.shown)
    assert office.json("card", "cancel", SERIAL, *reason) == {"state": "CANCELLED"}
    monkeypatch.setattr(replacement, "apply_for_replacement", lambda *_any: "A0000001")
    made = office.json("card", "replace", SERIAL, "--point", "P1", "--warranty")
    assert made == {"application": "A0000001", "business": "07", "fee": "0.00"}
    alone = office.run("card", "destroy", SERIAL)
    assert (alone.exit_code, "takes a second person" in alone.output) == (1, True)
    assert office.json("card", "destroy", SERIAL, second=OTHER_CLERK) == {"state": "DESTROYED"}
    shown = office.json("card", "show", SERIAL)
    assert (shown["state"], shown["bank_state"]) == ("DESTROYED", "ORAL_LOSS")
    table = office.run("card", "show", SERIAL).output
    assert "bank part lost orally" in table
    assert "**************007X" in table
    assert NUMBER not in table
    assert office.json("card", "count") == [{"state": "DESTROYED", "cards": 1}]


def test_cards_are_found_by_a_document_that_is_asked_for(office: Office):
    found = office.run("card", "find", input=f"01\n{NUMBER}\n")
    assert found.exit_code == 0
    assert "**************007X" in found.output
    missing = office.run("card", "show", "0000000099")
    assert (missing.exit_code, missing.output.strip()) == (1, "card 0000000099: there is none")


def test_who_comes_is_asked_for(office: Office):
    mother = "110101190001010014"
    answers = f"01\n{NUMBER}\n王母\n01\n{mother}\n5\n1\n"
    found = office.run("card", "pick-up", SERIAL, "--presence", "guardian", input=answers)
    assert "card 0000000001 was handed to 王母" in found.output, found.output
    office.shown.write_text('{"presence": "x"}')
    wrong = office.run("card", "loss", SERIAL, "--shown", office.shown)
    assert (wrong.exit_code, "presence, holder, other" in wrong.output) == (1, True)


def test_the_calendar_and_the_rules(office: Office):
    assert office.json("card", "expire") == {"expired": 0, "lapsed": 0}
    figures = {row["name"]: row["value"] for row in office.json("card", "rules")}
    assert figures["replacement_fee"] == "15.00"
    done = office.run("card", "set-rule", "replacement_fee", "20", who=ADMIN, second=SECOND_ADMIN)
    assert done.output.strip() == "replacement_fee = 20.00"


def test_a_misused_card_and_its_bank_part(office: Office):
    office.run("card", "pick-up", SERIAL, "--shown", office.shown)
    assert office.json("card", "blacklist", SERIAL, "--reason", "lent", who=CENTRE) == {
        "state": "BLACKLISTED"
    }
    closed = office.json("card", "bank", "close", SERIAL, "--reason", "moved", who=BANKER)
    assert closed == {"bank_state": "CLOSED"}
    assert [row["action"] for row in office.json("card", "bank", "notices", who=BANKER)] == ["bank.close"]
    assert office.json("card", "bank", "mismatches", who=BANKER) == []


def test_a_block_by_two_at_a_simulated_chip(office: Office):
    office.run("card", "pick-up", SERIAL, "--shown", office.shown)
    activate = office.at_chip("card", "activate", SERIAL, "--pin")
    office.json(*activate, RHC_HOLDER_PIN=PIN)
    block = office.at_chip("card", "block", SERIAL, "--reason", "stolen")
    assert office.run(*block).exit_code == 1
    assert office.json(*block, second=OTHER_CLERK) == {"state": "BLOCKED"}
    gone = office.run(*office.at_chip("card", "authenticate", SERIAL))
    assert (gone.exit_code, "Traceback" in gone.output) == (1, False)


def test_without_readers_the_command_says_so(office: Office, monkeypatch: pytest.MonkeyPatch):
    assert card_chips.readers.open is in_reader
    monkeypatch.setattr(card_chips.readers, "open", None)
    found = office.run("card", "authenticate", SERIAL)
    assert (found.exit_code, "has no readers" in found.output) == (1, True)


def test_lists(office: Office, tmp_path: Path):
    added = office.run("list", "add-server", "fs-a", "--institution", "示范医院", who=ADMIN)
    assert added.output.strip() == "fs-a was added"
    assert office.json("list", "publish", who=CENTRE)["version"] == 1
    assert office.json("list", "show", who=CENTRE)[0]["entries"] == 0
    (row,) = office.json("list", "servers", who=CENTRE)
    assert (row["name"], row["behind"], row["late"]) == ("fs-a", 1, True)
    assert office.json("list", "alarms", who=CENTRE) == []
    assert len(office.run("list", "key").output.strip()) == 128
    file = tmp_path / "carried.json"
    denied = office.run("list", "export", file)
    assert (denied.exit_code, file.exists()) == (1, False)
    file.touch(0o644)
    office.run("list", "export", file, who=CENTRE)
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text("utf-8"))["version"] == "1"
