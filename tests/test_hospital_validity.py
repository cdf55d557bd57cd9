"""Which cards a terminal takes, and the lists that say so.  # spec: issuance_and_ecard A.5, D.1"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hospital_bench import CHIP, NOW, NUMBER, OUTPATIENT, Counter, card_cells

from card_os.crypto import secure_messaging as sm
from card_os.crypto.keys import session_key
from card_os.kernel.card import Card
from card_os.kernel.memory import Memory
from card_os.spec.card_list import Mark, Reason
from card_os.spec.loader import load
from reader_client.hospital import steps
from reader_client.hospital.lists import CardListError, read_list
from reader_client.hospital.validity import (
    Answer,
    CardRefusedError,
    CheckName,
    Environment,
    IdNeededError,
    Sighting,
    Verdict,
    WrongEnvironmentError,
    check_environment,
)

HEADER = "card_number,chip_serial,mark,operation,reason,text,name\n"
DATE = "2026-02-28T08:00:00+08:00"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHC_LANG", "en")


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


def entry(mark: str = "0", reason: str = "1", operation: str = "1", chip: str = "", number: str = NUMBER):
    return {
        "card_number": number,
        "chip_serial": chip,
        "mark": mark,
        "operation": operation,
        "reason": reason,
    }


def listed(folder: Path, *entries: dict[str, str]) -> Path:
    path = folder / "list.json"
    path.write_text(
        json.dumps({"format": "rhc-card-list/1", "version": "7", "date": DATE, "entries": list(entries)})
    )
    return path


def refused(counter: Counter, **options: bool) -> CardRefusedError:
    """The refusal of a cashier, who wrote nothing; the log has it."""
    before = counter.card.memory.snapshot()
    with pytest.raises(CardRefusedError) as caught:
        steps.cashier(counter.terminal(), OUTPATIENT, **options)
    after = counter.card.memory.snapshot()
    assert {k: v for k, v in after.items() if k[:5] == "file:"} == {
        k: v for k, v in before.items() if k[:5] == "file:"
    }
    row = counter.rows[-1]
    assert (row.result, row.step, row.card_number) == ("refused", "cashier", NUMBER)
    check = caught.value.check
    assert row.text.startswith(f"{check.name}: ")
    assert ("\n" in str(caught.value)) is False
    return caught.value


# --- the card itself ------------------------------------------------------------------------------------


def test_every_check_is_named(counter: Counter) -> None:
    checks = steps.register(counter.terminal()).checks
    assert [check.name for check in checks] == list(CheckName)
    assert {check.name for check in checks if check.verdict is not Verdict.PASSED} == {CheckName.CARD_LIST}
    assert checks[0].words == "environment TEST"


@pytest.mark.parametrize(("day", "good"), [(date(2026, 3, 2), True), (date(2026, 3, 1), False)])
def test_the_last_day_is_a_good_one(counter: Counter, day: date, good: bool) -> None:
    counter.put(card_expiry_date=day)
    if good:
        steps.register(counter.terminal())
        return
    error = refused(counter)
    assert (error.check.name, error.check.answer) == (CheckName.EXPIRY, Answer.EXPIRED)
    assert counter.rows[-1].text == "expiry: it expired on 2026-03-01 (1016)"


def test_a_card_without_a_last_day_warns(counter: Counter) -> None:
    checks = steps.register(counter.put(card_expiry_date=None).terminal()).checks
    assert checks[-1].verdict is Verdict.WARNING


@pytest.mark.parametrize(
    ("day", "answer"), [(None, Answer.BLANK), (date(2026, 3, 3), Answer.INVALID)], ids=["none", "future"]
)
def test_the_issue_date(counter: Counter, day: date | None, answer: Answer) -> None:
    error = refused(counter.put(issue_date=day))
    assert (error.check.name, error.check.answer) == (CheckName.ISSUE_DATE, answer)


def test_a_date_that_is_none(counter: Counter) -> None:
    cell = "file:MF/DDF1/EF08"
    with counter.card.memory.transaction():
        counter.card.memory.write(cell, bytes.fromhex("0704AABBCCDD"), 0)
    assert refused(counter).check.answer is Answer.INVALID


def test_a_card_that_does_not_know_its_key(tmp_path: Path) -> None:
    cells = {**card_cells(), "key:IRK_DDF1:1": bytes(16)}
    counter = Counter(tmp_path, card=Card(load("health_card"), Memory(cells)))
    error = refused(counter)
    assert error.check.answer is Answer.NOT_GENUINE
    # nothing was read with a right before
    assert 0x82 not in counter.channel.instructions


def test_a_card_that_refuses_internal_authentication(counter: Counter) -> None:
    class Refusing:
        def __init__(self, channel) -> None:
            self.reset, self.close, self.channel = channel.reset, channel.close, channel

        def transmit(self, command: bytes) -> bytes:
            return b"\x6d\x00" if command[1] == 0x88 else self.channel.transmit(command)

    inner = counter.terminal().card
    with pytest.raises(CardRefusedError) as caught:
        steps.register(counter.terminal(Refusing(inner)))
    assert caught.value.check.answer is Answer.NOT_GENUINE


def test_internal_authentication_on_the_wire(counter: Counter) -> None:
    """The answer is over the challenge of the SAM and random bytes of the terminal, version 1."""
    steps.laboratory(counter.terminal())
    (command,) = [c for c in counter.channel.commands if c[1] == 0x88]
    assert command[:5] + command[21:] == bytes.fromhex("0088000011") + b"\x01"
    key = counter.card.memory.read("key:IRK_DDF1:1")
    expected = sm.authentication_value(session_key(key, command[5:13]), command[13:21])
    assert counter.card.transmit(command)[:8] == expected
    steps.laboratory(counter.terminal())
    (second,) = [c for c in counter.channel.commands if c[1] == 0x88]
    assert second[5:13] != command[5:13]
    assert second[13:21] != command[13:21]


# --- environment and terminal ---------------------------------------------------------------------------


def test_a_terminal_of_production_refuses_a_test_card(counter: Counter) -> None:
    error = refused(counter.set(environment=Environment.PROD))
    assert isinstance(error, WrongEnvironmentError)
    assert str(error) == (
        "the card is refused: this is a test card, and the terminal is in the environment PROD"
    )
    assert counter.rows[-1].environment == "PROD"
    # no internal authentication, no right: the card heard reset, select and free records
    assert set(counter.channel.instructions) <= {0xA4, 0xB2}


def test_a_terminal_of_test_says_so_of_other_cards(counter: Counter) -> None:
    real = Sighting(bytes.fromhex("0081866B00000001"))
    assert check_environment(Environment.TEST, real).verdict is Verdict.WARNING
    assert check_environment(Environment.PROD, real).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("now", "text"),
    [
        (datetime(2036, 1, 2, tzinfo=NOW.tzinfo), "terminal: the SAM served until 2036-01-01"),
        (datetime(2026, 1, 4, tzinfo=NOW.tzinfo), "terminal: the SAM serves from 2026-01-05"),
    ],
)
def test_a_sam_out_of_its_time(counter: Counter, now: datetime, text: str) -> None:
    refused(counter.set(now=lambda: now))
    assert counter.rows[-1].text == text


# --- lists ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "answer", "text"),
    [
        ("1", Answer.LOST, "card_list: it was reported lost (24)"),
        ("3", Answer.CANCELLED, "card_list: it was cancelled (23)"),
        ("4", Answer.CHECK_FAILED, "card_list: it was used illegally (12)"),
        ("2", Answer.CHECK_FAILED, "card_list: it is on the black list (12)"),
    ],
)
def test_a_black_card(counter: Counter, tmp_path: Path, reason: str, answer: Answer, text: str) -> None:
    counter.set(card_list=read_list(listed(tmp_path, entry(reason=reason))))
    assert refused(counter, id_checked=True).check.answer is answer
    assert counter.rows[-1].text == text


def test_a_grey_card_needs_the_id(counter: Counter, tmp_path: Path) -> None:
    counter.set(card_list=read_list(listed(tmp_path, entry(mark="1"))))
    assert isinstance(refused(counter), IdNeededError)
    checks = steps.cashier(counter.terminal(), OUTPATIENT, id_checked=True).checks
    (warned,) = [check for check in checks if check.verdict is Verdict.WARNING]
    assert (warned.name, warned.words) == (CheckName.CARD_LIST, "on the grey list; the ID was checked")


def test_black_comes_before_grey(tmp_path: Path) -> None:
    found = read_list(listed(tmp_path, entry(mark="1"), entry(mark="0", reason="3"))).find(NUMBER, CHIP)
    assert found is not None
    assert (found.mark, found.reason) == (Mark.BLACK, Reason.CANCELLED)


def test_a_card_that_is_not_listed_and_how_old_the_list_is(counter: Counter, tmp_path: Path) -> None:
    counter.set(card_list=read_list(listed(tmp_path, entry(number="31010119001128019X"))))
    (check,) = [c for c in steps.register(counter.terminal()).checks if c.name is CheckName.CARD_LIST]
    assert (check.verdict, check.words) == (Verdict.PASSED, "not on list 7, which is 2 days old")


def test_a_replacement_keeps_the_number_of_the_lost_card(counter: Counter, tmp_path: Path) -> None:
    counter.set(card_list=read_list(listed(tmp_path, entry(chip="0000000009"))))
    steps.register(counter.terminal())
    counter.set(card_list=read_list(listed(tmp_path, entry(chip=CHIP))))
    refused(counter)


def test_a_deletion_takes_an_entry_away(tmp_path: Path) -> None:
    undone = entry(operation="2", reason="2")
    assert read_list(listed(tmp_path, entry(), undone)).find(NUMBER, CHIP) is None
    assert read_list(listed(tmp_path, undone, entry())).find(NUMBER, CHIP) is not None


def test_csv_and_json_say_the_same(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        f"rhc-card-list/1,7,{DATE}\n{HEADER}{NUMBER},{CHIP},1,1,1,口头挂失,\n", encoding="utf-8-sig"
    )
    found = read_list(path)
    given = replace(
        read_list(listed(tmp_path, {**entry(mark="1", chip=CHIP), "text": "口头挂失"})), version="7"
    )
    assert found == given
    assert found.age_days(NOW + timedelta(days=1)) == 3


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.json", "{}", "no list of cards"),
        ("a.json", "[]", "no list of cards"),
        (
            "a.json",
            '{"format":"rhc-card-list/2","version":"1","date":"2026-01-01","entries":[]}',
            "the format",
        ),
        ("a.json", '{"format":"rhc-card-list/1","version":"1","date":"?","entries":[]}', "no list of cards"),
        (
            "a.json",
            '{"format":"rhc-card-list/1","version":"1","date":"2026-01-01","entries":[{"card_number":"1"}]}',
            "entry 1 is wrong",
        ),
        ("a.csv", "", "the format"),
        ("a.csv", f"rhc-card-list/1,1,2026-01-01\n{HEADER}1,,9,1,1,,\n", "entry 1 is wrong"),
        ("a.csv", f"rhc-card-list/1,1,2026-01-01\n{HEADER},,0,1,1,,\n", "entry 1 is wrong"),
    ],
)
def test_what_is_no_list(tmp_path: Path, name: str, text: str, reason: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(CardListError, match=reason):
        read_list(path)


def test_a_list_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(CardListError):
        read_list(tmp_path / "none.json")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CardListError, match="UTF-8"):
        read_list(tmp_path / "bytes.csv")


def test_a_list_that_should_have_been_renewed_warns(counter: Counter, tmp_path: Path) -> None:
    path = listed(tmp_path, entry(number="31010119001128019X"))
    row = {**json.loads(path.read_text()), "expires": "2026-03-01T08:00:00+08:00"}
    path.write_text(json.dumps(row))
    counter.set(card_list=read_list(path))
    (check,) = [c for c in steps.register(counter.terminal()).checks if c.name is CheckName.CARD_LIST]
    assert check.verdict is Verdict.WARNING
    assert check.words == "not on list 7, but that is 2 days old and overdue"
