"""The swipe log: what a row holds, who may read it, what survives.  # spec: issuance_and_ecard D.1"""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from hospital_bench import NUMBER, Counter

from reader_client.errors import CardRemovedError, NotAHealthCardError
from reader_client.hospital import steps
from reader_client.hospital.swipe_log import FILE, Result, SwipeLog, SwipeLogError, SwipeRow, directory

ROW = SwipeRow(
    "2026-03-02T10:00:00+08:00", "pharmacy", Result.DONE, "N017", "1", "2", NUMBER, "3", "TEST", "text"
)


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path / "deep" / "log")


def test_only_its_owner_may_read_it(counter: Counter) -> None:
    steps.pharmacy(counter.terminal())
    file = counter.folder / FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_it_only_grows(counter: Counter) -> None:
    steps.pharmacy(counter.terminal())
    first = (counter.folder / FILE).read_bytes()
    steps.admit(counter.terminal())
    assert (counter.folder / FILE).read_bytes().startswith(first)
    assert [row.step for row in counter.rows] == ["pharmacy", "admission"]


def test_no_name_no_medical_data_and_no_id_but_the_card_number(counter: Counter) -> None:
    for step in (steps.register, steps.doctor, steps.laboratory):
        step(counter.terminal())
    text = (counter.folder / FILE).read_text("utf-8")
    for word in ("张伟", "李静", "19900000001", "青霉素", "急性支气管炎", "1900-03-15"):
        assert word not in text
    assert text.count(NUMBER) == 3


def test_the_fields_of_a_row(tmp_path: Path) -> None:
    SwipeLog(tmp_path).append(ROW)
    assert json.loads((tmp_path / FILE).read_text()) == {
        "format": "rhc-swipe/1",
        "time": "2026-03-02T10:00:00+08:00",
        "step": "pharmacy",
        "result": "done",
        "operator": "N017",
        "sam_serial": "1",
        "issuer_code": "2",
        "card_number": NUMBER,
        "chip_serial": "3",
        "environment": "TEST",
        "text": "text",
    }
    assert SwipeLog(tmp_path).read().rows == (ROW,)


@pytest.mark.parametrize(
    ("number", "shown"), [(NUMBER, "*" * 14 + "007X"), ("007X", "007X"), ("7X", "7X"), (None, None)]
)
def test_shown_is_the_end_of_the_number(number: str | None, shown: str | None) -> None:
    row = SwipeRow("", "", Result.DONE, "", None, None, number, None, "", "")
    assert row.masked().card_number == shown


def test_a_torn_line_costs_no_other_row(tmp_path: Path) -> None:
    log = SwipeLog(tmp_path)
    log.append(ROW)
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole + whole[:40])
    log.append(ROW)
    found = log.read()
    assert (found.rows, found.damaged_lines) == ((ROW, ROW), (2,))


@pytest.mark.parametrize("line", [b"{}", b"[]", b"7", b"\xff", b'{"format": "rhc-swipe/2"}'])
def test_a_line_that_is_no_row(tmp_path: Path, line: bytes) -> None:
    (tmp_path / FILE).write_bytes(line + b"\n")
    assert SwipeLog(tmp_path).read().damaged_lines == (1,)


def test_an_empty_log_is_made_by_nobody_who_only_looks(tmp_path: Path) -> None:
    assert SwipeLog(tmp_path / "none").read().rows == ()
    assert not (tmp_path / "none").exists()


def test_no_card_is_touched_where_the_log_cannot_be_written(counter: Counter) -> None:
    (counter.folder / FILE).mkdir(parents=True)
    with pytest.raises(SwipeLogError):
        steps.register(counter.terminal())
    assert counter.channel.commands == []


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("")
    (tmp_path / FILE).symlink_to(tmp_path / "other")
    with pytest.raises(SwipeLogError):
        SwipeLog(tmp_path).append(ROW)
    assert (tmp_path / "other").read_text() == ""


def test_a_card_that_is_gone_before_anything_is_known_of_it(counter: Counter) -> None:
    terminal = counter.terminal()
    counter.channel.commands_left = 0
    with pytest.raises(CardRemovedError):
        steps.register(terminal)
    (row,) = counter.rows
    assert (row.result, row.card_number, row.text) == (
        "cut", None, "the card was removed from reader 'desk contactless'"
    )  # fmt: skip


def test_a_card_of_another_kind(counter: Counter) -> None:
    with pytest.raises(NotAHealthCardError):
        steps.register(Counter(counter.folder, card=counter.sam).terminal())
    assert counter.rows[-1].result == "failed"


def test_where_it_lies(tmp_path: Path) -> None:
    assert directory({"RHC_SWIPE_LOG": "/var/log/rhc"}) == Path("/var/log/rhc")
    assert directory({"XDG_STATE_HOME": "/state"}) == Path("/state/residents-health-card")
    assert directory({}) == Path.home() / ".local/state/residents-health-card"
