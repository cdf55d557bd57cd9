"""`rhc issuer application …` and `place …`: a list, a single application, reviews, the master index."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from applications_bench import COUNTY, INSTITUTION, ON, POINT, adult, of_kind
from typer.testing import CliRunner

from issuer.access import operators
from issuer.access.actor import Actor, Role
from issuer.cli.app import app
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.office import OfficeSettings, database_of, make_home
from issuer.registry import setting_up
from issuer.registry.day import day_of
from issuer.registry.registry import Registry, utc_now
from lab import applicants_cli
from lab.applicants import NEWBORN

PASSWORD = "correct horse battery"  # noqa: S105
PEOPLE = {
    "admin-1": Role.ADMINISTRATOR, "collector-1": Role.COLLECTOR, "county-1": Role.COUNTY_REVIEWER,
    "centre-1": Role.CENTRE_REVIEWER, "bank-1": Role.BANK_REVIEWER,
}  # fmt: skip


@pytest.fixture(scope="module")
def first_home(tmp_path_factory) -> Path:
    """A home with operators, a county and a collection point."""
    home = tmp_path_factory.mktemp("issuer") / "home"
    settings = OfficeSettings("测试发卡机构", "41000000001", "410000")
    make_home(home, settings)
    registry = Registry(database_of(home, settings), PublishedTestCustodian())
    setting_up.create(registry)
    with registry.transaction(Actor("founder", frozenset())) as work:
        for name, role in PEOPLE.items():
            new = operators.NewOperator(name, name, INSTITUTION, frozenset({role}))
            operators._add(work, new, PASSWORD)
    registry.close()
    return home


@pytest.fixture
def home(first_home, tmp_path, monkeypatch) -> Path:
    """A copy of the home for one test."""
    monkeypatch.setenv("RHC_OPERATOR_PASSWORD", PASSWORD)
    monkeypatch.setenv("RHC_SECOND_PASSWORD", PASSWORD)
    monkeypatch.setenv("COLUMNS", "200")
    copy = tmp_path / "home"
    copy.mkdir()
    for file in first_home.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    assert run(copy, "admin-1", "place", "add-county", COUNTY, *named("示范县")).exit_code == 0
    point = run(copy, "admin-1", "place", "add-point", POINT, "--county", COUNTY, *named("样板乡采集点"))
    assert point.exit_code == 0
    return copy


def named(name):
    return ["--name", name, "--institution", INSTITUTION]


def run(home, who, *words, typed=None):
    words = [str(word) for word in words]
    return CliRunner().invoke(app, [*words, "--home", str(home), "--as", who], input=typed)


def application(home, who, *words, typed=None):
    return run(home, who, "application", *words, typed=typed)


def as_json(result):
    assert result.exit_code == 0, result.stderr
    # the runner shows what was typed before what was printed
    return json.loads(result.stdout[re.search(r"[\[{]", result.stdout).start() :])


def write_form(path: Path, values) -> Path:
    path.write_text(json.dumps(dict(values), ensure_ascii=False), "utf-8")
    return path


def make(path: Path, *words):
    arguments = [str(word) for word in ("--out", path, "--point", POINT, *words)]
    return CliRunner().invoke(applicants_cli.app, arguments)


def test_a_list_with_faults_then_without_them_to_ready(home, tmp_path):
    bad, told = tmp_path / "bad.csv", tmp_path / "faults.json"
    made = make(bad, "--count", "60", "--faults", "10", "--faults-file", told)
    assert (made.exit_code, made.stdout) == (0, f"60 applicants, 10 with a fault: {bad}\n")
    planted = {row["line"]: (row["rule"], row["field"]) for row in json.loads(told.read_text())["faults"]}
    back = tmp_path / "return.csv"
    refused = application(home, "collector-1", "submit-file", bad, "--return-file", back, "--json")
    assert refused.exit_code == 1
    receipt = json.loads(refused.stdout)
    assert {row["line"]: (row["rule"], row["field"]) for row in receipt["problems"]} == planted
    assert receipt["accepted"] == []
    assert back.read_text("utf-8").startswith("rhc-applications-return/1,file=")
    shown = application(home, "collector-1", "submit-file", bad)
    assert "60 lines: 0 accepted, 10 with problems" in shown.stdout
    assert next(iter(planted.values()))[0] in shown.stdout
    partly = application(home, "collector-1", "submit-file", bad, "--accept-good-lines", "--json")
    assert (partly.exit_code, len(json.loads(partly.stdout)["accepted"])) == (1, 50)
    for who, party in (("county-1", "county"), ("centre-1", "centre"), ("bank-1", "bank")):
        waiting = as_json(application(home, who, "waiting", "--limit", 500, "--json"))
        assert len(waiting) == 50
        done = application(home, who, "review", party, "pass", "--waiting")
        assert done.stdout == f"50 applications: {party} pass\n"
    done = as_json(application(home, "centre-1", "release", "--waiting", "--json"))
    assert (len(done["ready"]), done["held"]) == (50, [])
    counts = as_json(application(home, "collector-1", "stats", "--json"))
    assert counts == [{"county": COUNTY, "state": "READY", "count": 50}]
    listed = as_json(application(home, "collector-1", "list", "--state", "READY", "--limit", 3, "--json"))
    assert len(listed) == 3
    assert "holder_name" not in listed[0]


def test_a_list_that_was_taken_in_and_one_that_is_broken(home, tmp_path):
    good, back = tmp_path / "good.jsonl", tmp_path / "none" / "return.csv"
    assert make(good, "--count", "3").exit_code == 0
    unkept = application(home, "collector-1", "submit-file", good, "--return-file", back)
    assert (unkept.exit_code, unkept.stderr.count("\n")) == (1, 1)
    back.parent.mkdir()
    assert application(home, "collector-1", "submit-file", good, "--return-file", back).exit_code == 0
    assert (back.read_text().count("\n"), back.stat().st_mode & 0o777) == (5, 0o600)
    again = application(home, "collector-1", "submit-file", good)
    assert (again.exit_code, again.stderr.count("\n")) == (1, 1)
    assert "it exists already" in again.stderr
    good.write_bytes(good.read_bytes()[:-5])
    broken = application(home, "collector-1", "submit-file", good)
    assert broken.stderr == "line 1, digest: it is not the SM3 of what follows the first line\n"


def test_an_application_at_the_window_with_an_instant_card(home, tmp_path):
    form, photo = adult(on=ON), tmp_path / "photo.jpg"
    photo.write_bytes(form.photo)
    file = write_form(tmp_path / "form.json", form.changed({"address_1": ""}).values)
    entered = application(home, "collector-1", "enter", "--point", POINT, "--form", file, "--mode", "instant")
    number = entered.stdout.split()[0]
    assert "is in state NEW" in entered.stdout
    assert "field.required" in entered.stdout
    refused = application(home, "collector-1", "submit", number)
    assert refused.exit_code == 1
    assert "address_1: it must be given [field.required]; photo: a photo [photo.required]" in refused.stderr
    rest = write_form(tmp_path / "rest.json", {"address_1": form.get("address_1")})
    corrected = application(
        home, "collector-1", "correct", number, "--form", rest, "--photo", photo, "--json"
    )
    assert as_json(corrected)["problems"] == []
    assert application(home, "collector-1", "submit", number).exit_code == 0
    alone = application(home, "collector-1", "instant", number)
    assert (alone.exit_code, "takes a second person" in alone.stderr) == (1, True)
    both = application(home, "collector-1", "instant", number, "--second", "county-1")
    assert both.stdout == "1 applications are ready to be made\n"
    shown = as_json(application(home, "county-1", "show", number, "--json"))
    assert shown["values"]["holder_name"] == form.get("holder_name")
    assert [review["party"] for review in shown["reviews"]] == ["desk"]
    table = application(home, "county-1", "show", number)
    assert "possible now: application.centre_refuse" in table.stdout
    found = application(home, "collector-1", "find", "--json", typed=form.get("document_number") + "\n")
    assert as_json(found) == [{"known": True, "card_state": None, "application": number, "may_apply": False}]
    gone = application(home, "collector-1", "withdraw", number, "--reason", "本人放弃")
    assert gone.stdout == f"{number} was withdrawn\n"


def test_a_newborn_gets_its_papers(home, tmp_path):
    form = of_kind(NEWBORN, on=day_of(utc_now()))
    file = write_form(tmp_path / "form.json", form.values)
    number = application(home, "collector-1", "enter", "--point", POINT, "--form", file).stdout.split()[0]
    assert application(home, "collector-1", "submit", number).exit_code == 0
    assert application(home, "county-1", "review", "county", "refuse", number).exit_code == 1
    refuse = application(home, "county-1", "review", "county", "refuse", number, "--reason", "非本县居民")
    assert refuse.exit_code == 0
    temporary = form.get("mother_document_number")[:17] + "A"
    numbers = f"{temporary}\nZZ1900001\n"
    merged = application(home, "county-1", "merge", "--new-type", "03", "--second", "centre-1", typed=numbers)
    assert (merged.exit_code, merged.stdout.splitlines()[-1]) == (0, "the numbers are one person now")
    for kind, typed in (("NB", temporary), ("03", "zz1900001")):
        found = application(home, "collector-1", "find", "--type", kind, "--json", typed=f"{typed}\n")
        assert as_json(found)[0]["known"] is True
    unknown = application(home, "collector-1", "find", "--type", "88", typed="1\n")
    assert unknown.stderr.endswith("88: no type of document; there are 01 02 03 04 05 06 07 08 99 NB\n")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("review", "county", "pass"), 2),
        (("review", "county", "pass", "1", "--waiting"), 2),
        (("review", "nobody", "pass", "1"), 2),
        (("release",), 2),
        (("enter", "--point", POINT), 2),
        (("review", "county", "pass", "1"), 1),
        (("show", "1"), 1),
    ],
)
def test_wrong_commands(home, words, code):
    result = application(home, "county-1", *words)
    assert result.exit_code == code
    assert "Traceback" not in result.output


def test_a_form_that_is_none(home, tmp_path):
    for text, told in (("[", "this is not JSON"), ('{"a": 1}', "a flat JSON object of texts")):
        file = tmp_path / "form.json"
        file.write_text(text)
        result = application(home, "collector-1", "enter", "--point", POINT, "--form", file)
        assert result.exit_code == 1
        assert told in result.stderr


def test_fields_and_rules_and_places_are_listed(home):
    names = [
        row["name"] for row in json.loads(CliRunner().invoke(app, ["application", "fields", "--json"]).stdout)
    ]
    assert {"holder_name", "guardian_proof", "immunization_date_10"} <= set(names)
    rules = json.loads(CliRunner().invoke(app, ["application", "rules", "--json"]).stdout)
    assert {"name": "photo.required", "expected": "a photo"} in rules
    places = as_json(run(home, "collector-1", "place", "list", "--json"))
    assert [row["code"] for row in places] == [COUNTY, POINT]


def test_too_many_faults_and_the_same_seed(tmp_path):
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    for path in (one, other):
        assert make(path, "--count", "20", "--seed", "3", "--on", "2026-03-02").exit_code == 0
    assert one.read_bytes() == other.read_bytes()
    few = make(one, "--count", "5", "--faults", "9")
    assert (few.exit_code, few.stderr) == (1, "5 applicants are too few for 9 faults\n")
