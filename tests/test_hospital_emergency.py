"""Emergency access.  # spec: issuance_and_ecard D.3"""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
from hospital_bench import NUMBER, Counter, card_cells, sam_cells
from rich.console import Console

from card_os.kernel.card import Card
from card_os.kernel.memory import Memory
from card_os.spec.card_list import CardList, Entry, Mark, Reason
from card_os.spec.loader import load
from reader_client.errors import CardRemovedError
from reader_client.hospital.emergency import Contact, EmergencyScreen, emergency
from reader_client.hospital.roles import Step, roles
from reader_client.hospital.screens import print_emergency
from reader_client.hospital.validity import CheckName, Environment, Verdict, WrongEnvironmentError

AUTHENTICATE, VERIFY = 0x82, 0x20


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHC_LANG", "en")


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


def of(resident: str, folder: Path) -> Counter:
    return Counter(folder, card=Card(load("health_card"), Memory(card_cells(resident))))


def test_the_screen(counter: Counter) -> None:
    screen = emergency(counter.terminal())
    assert (screen.abo, screen.rh, screen.warnings, screen.not_recorded) == ("1", "1", (), ())
    assert [entry["allergen_name"] for entry in screen.allergies] == ["青霉素"]
    assert screen.contacts == (Contact("李静", "1", "19900000101"),)
    assert (screen.medical_read, screen.notices) == (True, ())


def test_flags_that_are_set(counter: Counter) -> None:
    counter.put(pacemaker_flag=True, coagulation_disorder_flag=True, other_medical_alert="示例警示")
    counter.put(mental_illness_flag=True)
    screen = emergency(counter.terminal())
    assert screen.warnings == ("coagulation_disorder_flag", "pacemaker_flag")
    assert screen.other_alert == "示例警示"
    assert "mental" not in str(screen.to_json())


def test_a_flag_without_a_value_is_not_taken_for_no(counter: Counter) -> None:
    cell = "file:MF/DDF1/DF02/EF05"
    raw = counter.card.memory.read(cell)
    at = raw.index(bytes.fromhex("2B01"))
    with counter.card.memory.transaction():
        counter.card.memory.write(cell, b"\xff", at + 2)
    screen = emergency(counter.terminal())
    assert screen.not_recorded == ("asthma_flag",)


def test_two_authentications_no_pin_of_the_holder_and_not_the_item_with_its_own_key(counter: Counter) -> None:
    emergency(counter.terminal())
    assert counter.files_selected == {"EF05", "DF02/EF05", "DF02/EF07", "DF01/EF06"}
    assert counter.channel.instructions.count(AUTHENTICATE) == 2
    assert VERIFY not in counter.channel.instructions
    assert not {0xD6, 0xDC, 0xD2, 0x0C} & set(counter.channel.instructions)
    assert "mental_illness_flag" not in roles()[Step.EMERGENCY].items_read(load("health_card"))


def test_it_is_logged(counter: Counter) -> None:
    emergency(counter.terminal())
    (row,) = counter.rows
    assert (row.step, row.result, row.card_number, row.text) == ("emergency", "done", NUMBER, "")


def test_a_listed_expired_or_wrong_card_is_shown_with_a_warning(counter: Counter) -> None:
    entry = Entry(NUMBER, "", Mark.BLACK, Reason.LOSS)
    cards = CardList("7", counter.post.now(), (entry,))
    counter.set(card_list=cards).put(issue_date=None, card_expiry_date=date(2000, 1, 1))
    screen = emergency(counter.terminal())
    assert screen.abo == "1"
    wrong = {check.name for check in screen.checks if check.verdict is not Verdict.PASSED}
    assert Verdict.REFUSED not in {check.verdict for check in screen.checks}
    assert wrong == {CheckName.CARD_LIST, CheckName.ISSUE_DATE}
    assert counter.rows[-1].text == "it has no issue date, so it is blank; it was reported lost"


def test_a_card_that_is_not_genuine_is_shown_with_a_warning(tmp_path: Path) -> None:
    cells = {**card_cells(), "key:IRK_DDF1:1": bytes(16)}
    screen = emergency(Counter(tmp_path, card=Card(load("health_card"), Memory(cells))).terminal())
    assert screen.abo == "1"
    assert [check.name for check in screen.checks if check.verdict is Verdict.WARNING] == [
        CheckName.CARD_LIST,
        CheckName.INTERNAL_AUTHENTICATION,
    ]


def test_a_test_card_saves_no_life(counter: Counter) -> None:
    with pytest.raises(WrongEnvironmentError):
        emergency(counter.set(environment=Environment.PROD).terminal())
    assert counter.rows[-1].result == "refused"


def test_without_a_log_the_screen_is_still_shown(counter: Counter, tmp_path: Path) -> None:
    (tmp_path / "swipes.jsonl").mkdir()
    screen = emergency(counter.terminal())
    assert screen.abo == "1"
    assert len(screen.notices) == 1
    assert "swipe log" in screen.notices[0]


def test_what_does_not_open_takes_nothing_else_away(tmp_path: Path) -> None:
    cells = card_cells()
    for key, medical, contacts in (("RK1_DF02", False, 1), ("RK1_DF01", True, 0)):
        broken = {name: bytes(16) if name.startswith(f"key:{key}:") else cells[name] for name in cells}
        counter = Counter(tmp_path / key, card=Card(load("health_card"), Memory(broken)))
        screen = emergency(counter.terminal())
        assert (screen.medical_read, len(screen.contacts)) == (medical, contacts)
        assert len(screen.notices) == 1
        assert counter.rows[-1].result == "done"
        assert "EXTERNAL AUTHENTICATE" in counter.rows[-1].text


def test_a_hospital_of_another_province_reads_it(tmp_path: Path) -> None:
    counter = Counter(tmp_path, sam=Card(load("sam"), Memory(sam_cells("32"))))
    assert emergency(counter.terminal()).abo == "1"


def test_a_card_that_is_pulled_is_logged(counter: Counter) -> None:
    terminal = counter.terminal()
    counter.channel.commands_left = 12
    with pytest.raises(CardRemovedError):
        emergency(terminal)
    assert counter.rows[-1].result == "cut"


def test_what_a_card_says_is_no_markup():
    """A card may hold square brackets; they are shown, and rule nothing."""
    console = Console(file=io.StringIO(), width=200)
    screen = EmergencyScreen(
        environment=Environment.TEST,
        checks=(),
        abo=None,
        rh=None,
        warnings=(),
        not_recorded=(),
        other_alert="[bold]见[/病历]",
        allergies=(),
        contacts=(),
        medical_read=True,
        notices=("[/x] is told",),
    )
    print_emergency(console, load("health_card"), screen)
    shown = console.file.getvalue()
    assert "[bold]见[/病历]" in shown
    assert "[/x] is told" in shown
