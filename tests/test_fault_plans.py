"""The ready-made plans, the scenes that some of them name, and `rhc faults`."""

from __future__ import annotations

import json
import queue
from collections.abc import Callable
from pathlib import Path

import pytest
from field_terminal import MiddlewareMHC, TerminalRejects
from typer.testing import CliRunner

from card_os.faults import FaultPlanError, FaultyCard, Plan, PlanFile, SilenceAsEmpty, Strike, parse_plan
from card_os.kernel.card import Card
from card_os.vpcd import CardMute
from lab import demo, fault_plans, scenes
from lab.aftermath import Aftermath
from lab.faults_cli import faults_app
from reader_client.errors import CardRemovedError
from reader_client.in_process import InProcessChannel, PoweredCard
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession

PERSON = "01"
PHONE = "holder_phone_1"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHC_LANG", "en")


def terminal(card: Card, sam: Card) -> MiddlewareMHC:
    """A program of the field, both cards powered."""
    card.power_on()
    sam.power_on()
    return MiddlewareMHC(
        card=card.transmit, sam=sam.transmit, card_reset=lambda: card.atr, sam_reset=sam.reset
    )


def session(user: PoweredCard, sam: PoweredCard) -> HealthCardSession:
    sam_session = SamSession(InProcessChannel(sam, "SAM"))
    sam_session.open()
    sam_session.verify_pin(demo.SAM_PIN)
    opened = HealthCardSession(InProcessChannel(user, "card"), sam_session)
    opened.open()
    return opened


# --- ready-made plans -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", fault_plans.names())
def test_every_plan_is_right_and_speaks_both_languages(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.toml"
    path.write_text(fault_plans.text(name), "utf-8")
    plan = fault_plans.checked(path)
    assert plan == fault_plans.plan(name)
    assert plan.rules or plan.scene
    assert plan.meaning.english.isascii()
    assert not plan.meaning.chinese.isascii()


def test_what_terminals_meet_is_there() -> None:
    assert set(fault_plans.names()) >= {
        *("card_pulled_during_write", "slow_card", "flaky_contact", "wrong_sam", "expired_sam"),
        *("unpersonalised_card", "blocked_application"),
    }
    named = {fault_plans.plan(name).scene for name in fault_plans.names()}
    assert named - {""} == set(scenes.SCENES)


@pytest.mark.parametrize(
    ("name", "survives"), [("card_pulled_during_write", "old"), ("answer_lost_after_write", "new")]
)
def test_the_card_that_is_pulled_during_a_write(name: str, survives: str) -> None:
    issued, sam = demo.issue_card(demo.resident(PERSON), 1).card, demo.issue_sam(1)
    before = session(issued, sam)
    before.update({PHONE: "19900000001"})
    user = SilenceAsEmpty(FaultyCard(issued, fault_plans.plan(name)))
    opened = session(user, sam)
    with pytest.raises(CardRemovedError):
        opened.update({PHONE: "19900000002"})
    again = session(user, sam)
    assert again.read([PHONE]) == {PHONE: "19900000002" if survives == "new" else "19900000001"}


def test_a_slow_card_is_slow_and_right() -> None:
    slept: list[float] = []
    issued, sam = demo.issue_card(demo.resident(PERSON), 1).card, demo.issue_sam(1)
    user = FaultyCard(issued, fault_plans.plan("slow_card"), sleep=slept.append)
    opened = session(user, sam)
    opened.update({PHONE: "19900000002"})
    assert opened.read([PHONE]) == {PHONE: "19900000002"}
    assert 0.15 in slept
    assert 0.6 in slept


def test_a_flaky_contact_is_sometimes_there() -> None:
    issued = demo.issue_card(demo.resident(PERSON), 1).card
    strikes: list[Strike] = []
    user = FaultyCard(
        issued, fault_plans.plan("flaky_contact"), told=strikes.append, sleep=lambda seconds: None
    )
    user.power_on()
    answers = []
    for _ in range(400):
        try:
            answers.append(user.transmit(bytes.fromhex("00A4000002DDF1")))
        except CardMute:
            user.power_on()
    assert {strike.rule.number for strike in strikes} == {1, 2, 3}
    assert len(set(answers)) == 2


# --- scenes -----------------------------------------------------------------------------------------------


def test_an_unknown_scene() -> None:
    with pytest.raises(scenes.UnknownSceneError, match="no such scene; there are sam_of_other_province"):
        scenes.scene("nothing", demo.resident(PERSON))


def test_a_sam_with_other_keys_opens_nothing() -> None:
    scene = scenes.scene("sam_with_other_keys", demo.resident(PERSON))
    field = terminal(scene.user, scene.sam)
    field.power_on()
    field.sam_start(demo.SAM_PIN)
    with pytest.raises(TerminalRejects, match="63CE"):
        field.read_file("DDF1", "EF06")
    with pytest.raises(TerminalRejects, match="63CE"):
        field.set_valid("EF05", 1)


def test_a_sam_of_another_province_reads_only() -> None:
    scene = scenes.scene("sam_of_other_province", demo.resident(PERSON))
    field = terminal(scene.user, scene.sam)
    field.power_on()
    field.sam_start(demo.SAM_PIN)
    assert len(field.read_file("DDF1", "EF06")) == 5
    with pytest.raises(TerminalRejects, match="63CE"):
        field.write_photo(b"\xff\xd8\xff\xd9")
    field.set_valid("EF05", 1)


def test_an_expired_sam_says_so_and_works() -> None:
    scene = scenes.scene("expired_sam", demo.resident(PERSON))
    field = terminal(scene.user, scene.sam)
    start, end = field.sam_info("application")[17:21], field.sam_info("application")[21:25]
    assert start <= end
    assert end.hex() < demo.date.today().strftime("%Y%m%d")


def test_an_unpersonalised_card_has_no_keys() -> None:
    scene = scenes.scene("unpersonalised_card", demo.resident(PERSON))
    field = terminal(scene.user, scene.sam)
    field.power_on(ysdm="110000")
    field.sam_start(demo.SAM_PIN)
    assert scene.issued is None
    for open_file in (lambda: field.read_file("DDF1", "EF06"), lambda: field.set_valid("EF05", 1)):
        with pytest.raises(TerminalRejects, match="6A88"):
            open_file()


def test_a_blocked_application_beside_open_ones() -> None:
    scene = scenes.scene("blocked_application", demo.resident(PERSON))
    field = terminal(scene.user, scene.sam)
    field.power_on()
    field.sam_start(demo.SAM_PIN)
    assert len(field.read_file("DDF1", "EF06")) == 5
    with pytest.raises(TerminalRejects, match="6283"):
        field.read_file("DF01", "EF05")
    scene.user.reset()
    for fid in ("DDF1", "DF01"):
        scene.user.transmit(bytes.fromhex("00A4000002" + fid))
    assert scene.user.transmit(bytes.fromhex("00B2010400")).hex() == "6985"
    assert len(field.read_file("DF02", "EF05")) > 0


# --- choosing a plan --------------------------------------------------------------------------------------


def test_a_plan_is_found_by_name_or_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(fault_plans.text("slow_card"), "utf-8")
    assert isinstance(fault_plans.find("slow_card"), Plan)
    found = fault_plans.find(str(path))
    assert isinstance(found, PlanFile)
    assert found.plan == fault_plans.plan("slow_card")
    with pytest.raises(FaultPlanError, match="there are answer_lost_after_write"):
        fault_plans.find("nothing")
    path.write_text(fault_plans.text("expired_sam").replace("expired_sam", "expired"), "utf-8")
    with pytest.raises(FaultPlanError, match="scene = one of these is expected: sam_of_other_province"):
        fault_plans.find(str(path))


def test_a_strike_in_words() -> None:
    text = fault_plans.text("card_pulled_during_write")
    rule = parse_plan(text).rules[0]
    assert fault_plans.strike_in_words(Strike(rule, 9)) == (
        "Fault of rule 1 at command 9: power fails at write step 2."
    )


def test_aftermath_acts_in_order_and_goes_on_after_a_failure() -> None:
    rule = fault_plans.plan("card_removed").rules[0]
    done: queue.SimpleQueue[object] = queue.SimpleQueue()

    def act(card: str, strike: Strike) -> None:
        if strike.nth == 2:
            raise ValueError("no reader")
        done.put((card, strike.nth))

    with Aftermath(act, done.put) as aftermath:
        tell: Callable[[Strike], None] = aftermath.of("card")
        for nth in (1, 2, 3):
            tell(Strike(rule, nth))
    told = [done.get(timeout=5) for _ in range(3)]
    assert [told[0], told[2]] == [("card", 1), ("card", 3)]
    assert isinstance(told[1], ValueError)


# --- the command line -------------------------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(faults_app, arguments)
    return done.exit_code, done.stdout, done.stderr


def test_list() -> None:
    code, told, _ = run("list")
    assert code == 0
    assert [line.split()[0] for line in told.splitlines()] == fault_plans.names()
    rows = json.loads(run("list", "--json")[1])
    assert [row["name"] for row in rows] == fault_plans.names()
    assert next(row for row in rows if row["name"] == "expired_sam")["scene"] == "expired_sam"


def test_list_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHC_LANG", "zh")
    assert "慢速卡" in run("list")[1]


def test_show() -> None:
    assert run("show", "slow_card") == (0, fault_plans.text("slow_card"), "")
    assert json.loads(run("show", "slow_card", "--json")[1])["rules"][0]["fault"] == "150 ms late"
    code, told, errors = run("show", "nothing")
    assert (code, told, errors.count("\n")) == (1, "", 1)


RULES = """format = "rhc-faults/1"
chinese = "都"
english = "all of them"
scene = "expired_sam"
[[rule]]
nth = 3
header = "00d6...."
every = 2
probability = 0.5
times = 4
fault = "cut"
[[rule]]
fault = "cut"
at = "after"
[[rule]]
fault = "cut"
step = 2
[[rule]]
fault = "mute"
[[rule]]
fault = "flip"
bit = 3
[[rule]]
fault = "status"
sw = "6581"
[[rule]]
fault = "status"
sw = "6581"
executed = true
[[rule]]
fault = "eject"
[[rule]]
fault = "swap"
"""


def test_check(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(RULES, "utf-8")
    code, told, _ = run("check", str(path))
    assert code == 0
    assert told.splitlines() == [
        "all of them",
        "scene: expired_sam",
        "1. 00D6...., if it is number 3 since reset, one in 2 of them, with probability 0.5, at most 4 times:"
        " power fails before the command",
        "2. every command: power fails after the command, the answer is lost",
        "3. every command: power fails at write step 2",
        "4. every command: the card falls silent",
        "5. every command: bit 3 of the answer is wrong",
        "6. every command: 6581 instead of the command",
        "7. every command: 6581 after the command was carried out",
        "8. every command: the card is taken out",
        "9. every command: another card is put in",
    ]
    assert len(json.loads(run("check", str(path), "--json")[1])["rules"]) == 9
    path.write_text(RULES.replace("bit = 3", "bit = 3.5"), "utf-8")
    code, told, errors = run("check", str(path))
    assert (code, told) == (1, "")
    assert f"{path} rule 5: bit = a whole number" in errors
