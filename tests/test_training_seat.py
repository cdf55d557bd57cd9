"""A seat: its tray, its slots, what is told of it; no page."""

import json
import threading

import pytest
from training_bench import quick_class

from card_os.spec.card_list import Mark
from lab.sources import Kind
from lab.training import hospital_windows
from lab.training.facts import FILE, Facts
from lab.training.pace import PacedChannel
from lab.training.patient_index import PatientIndex
from lab.training.seat import Seat, WindowBusyError
from lab.training.slot import InProcessSlot
from lab.training.tray import NotInTrayError, TrayStock, entries, entry
from lab.training.web import forms
from lab.training.web.windows import run
from reader_client.errors import CardRemovedError, NoCardError

WINDOWS = {window.id: window for window in hospital_windows.WINDOWS}
SELECT = bytes.fromhex("00A4000002DDF1")


@pytest.fixture
def classroom(tmp_path):
    return quick_class(tmp_path)


@pytest.fixture
def seat(classroom) -> Seat:
    return classroom.take("学员")[1]


def done(seat: Seat, window: str, **given: str):
    """Work at a window with the form as it stands there; what the last fact says."""
    sections = WINDOWS[window].sections(seat)
    first = {field.name: field.first for section in sections for field in section.fields}
    values, errors = forms.parsed(sections, {**first, **given})
    assert errors == {}
    outcome = run(seat, WINDOWS[window], values)
    return outcome, seat.facts.since()[-1].what


def test_every_card_of_the_tray_can_be_made_with_its_own_chip():
    stock, serials = TrayStock(), set()
    for row in entries().values():
        source = stock.bring(row.id)
        assert source.kind is row.kind
        assert (source.number is not None) == row.is_issued
        assert stock.bring(row.id).card is not source.card
        serials.add(row.serial)
        assert all((row.title.chinese, row.title.english, row.about.chinese, row.about.english))
    assert len(serials) == len(entries())
    assert {row.mark for row in entries().values()} == {None, Mark.BLACK, Mark.GREY}
    with pytest.raises(NotInTrayError):
        entry("../x")


@pytest.mark.parametrize(
    ("card", "window", "ended"),
    [
        ("resident-01", "registration", ("done", "", "")),
        ("lost", "doctor", ("refused", "CardRefusedError", "24")),
        ("expired", "laboratory", ("refused", "CardRefusedError", "1016")),
        ("grey", "pharmacy", ("refused", "IdNeededError", "")),
        ("unpersonalised", "admission", ("refused", "CardRefusedError", "1020")),
        ("blank", "registration", ("failed", "NotAHealthCardError", "")),
        ("blocked", "registration", ("failed", "StatusError", "")),
        ("blocked", "emergency", ("done", "", "")),
        ("pin-blocked", "registration", ("done", "", "")),
        ("lost", "emergency", ("done", "", "")),
    ],
)
def test_each_card_is_answered_as_in_life(seat, card, window, ended):
    seat.insert(card)
    outcome, what = done(seat, window)
    assert (what["window"], what["card"], what["sam"]) == (window, card, "sam-own")
    assert (what["result"], what.get("error", ""), what.get("answer", "")) == ended
    assert outcome.answer == ended[2]


@pytest.mark.parametrize(
    ("sam", "window", "result", "answer"),
    [
        ("sam-other-province", "registration", "done", ""),
        ("sam-other-province", "cashier", "done", ""),
        ("sam-expired", "registration", "refused", ""),
        ("sam-expired", "emergency", "done", ""),
        ("sam-other-keys", "registration", "refused", "1017"),
    ],
)
def test_each_sam_is_answered_as_in_life(seat, sam, window, result, answer):
    seat.insert("resident-06")
    seat.insert(sam)
    _outcome, what = done(seat, window)
    assert (what["sam"], what["result"], what.get("answer", "")) == (sam, result, answer)


def test_a_full_card_loses_its_oldest_visit_and_says_so(seat):
    seat.insert("resident-05")
    outcome, _what = done(seat, "cashier")
    assert any("oldest" in notice for notice in outcome.notices)


def test_what_the_doctor_adds_is_on_the_card(seat):
    seat.insert("resident-06")
    done(seat, "doctor", allergen_name="花生", allergy_reaction="皮疹", asthma_flag="true")
    with seat.examine("resident-06") as session:
        assert session.allergies()[0].allergen_name == "花生"
        assert session.read(["asthma_flag"]) == {"asthma_flag": True}


def test_the_log_of_the_hospital_has_a_row_for_each_card(seat):
    seat.insert("lost")
    done(seat, "registration")
    done(seat, "emergency")
    assert [(row.step, row.result) for row in seat.log.read().rows] == [
        ("registration", "refused"),
        ("emergency", "done"),
    ]


def test_one_window_works_at_a_time(seat):
    seat.insert("resident-01")
    with seat.working_at("cashier"):
        outcome, what = done(seat, "registration")
        assert "still at work" in outcome.headline
        assert what == {"card": "resident-01"}  # of the insertion: nothing else was done
        with pytest.raises(WindowBusyError), seat.examine("resident-01"):
            pass
        seat.eject(Kind.USER)
    assert seat.facts.since()[-1].what == {"card": "resident-01", "during": "cashier"}


def test_a_card_that_is_swapped_ends_the_work_with_the_first_one(seat):
    seat.insert("resident-01")
    channel = seat.slots[Kind.USER].channel()
    channel.reset()
    assert channel.transmit(SELECT)[-2:] == b"\x90\x00"
    seat.insert("resident-02")
    with pytest.raises(CardRemovedError):
        channel.transmit(SELECT)
    assert seat.slots[Kind.USER].channel().transmit(SELECT)[-2:] == b"\x90\x00"


def test_a_pulled_card_has_lost_its_rights(seat):
    seat.insert("resident-01")
    channel = seat.slots[Kind.USER].channel()
    assert channel.transmit(SELECT)[-2:] == b"\x90\x00"
    source = seat.slots[Kind.USER].source
    seat.eject(Kind.USER)
    with pytest.raises(NoCardError):
        seat.slots[Kind.USER].channel()
    seat.slots[Kind.USER].insert(source)
    read_city = bytes.fromhex("00B2390005")
    assert seat.slots[Kind.USER].channel().transmit(read_city)[-2:] != b"\x90\x00"  # nothing is selected


def test_a_pull_is_noticed_while_a_command_takes_its_time():
    slot = InProcessSlot("reader")
    slot.insert(TrayStock().bring("resident-01"))
    channel = PacedChannel(slot.channel(), 60.0, slot.gone, slot.reader)
    found: list[Exception] = []

    def work() -> None:
        try:
            channel.transmit(SELECT)
        except CardRemovedError as error:
            found.append(error)

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    slot.eject()
    worker.join(10)
    assert not worker.is_alive()
    assert len(found) == 1


def test_the_panel_forgets_a_card_that_went(seat):
    seat.insert("resident-01")
    done(seat, "registration")
    watched = seat.watched[Kind.USER]
    assert "RK1_DDF1" in watched.held
    assert [key.name for key, is_open in watched.locks() if is_open]
    lines = watched.explained(10)
    assert len(lines) == 10
    assert [line.number for line in lines] == sorted(line.number for line in lines)
    seat.eject(Kind.USER)
    assert watched.held == frozenset()
    assert watched.explained(10) == []


def test_facts_hold_no_values_and_survive_a_torn_line(seat):
    seat.insert("resident-01")
    done(seat, "registration")
    file = seat.folder / FILE
    text = file.read_text("utf-8")
    assert "张伟" not in text
    assert "11010119000315007X" not in text
    count = len(text.splitlines())
    with file.open("a", encoding="utf-8") as stream:
        stream.write('{"format": "rhc-trai')
    again = Facts(seat.folder)
    assert [fact.number for fact in again.since()] == list(range(1, count + 1))
    again.record("inserted", card="blank")
    assert json.loads(file.read_text("utf-8").splitlines()[-1])["what"] == {"card": "blank"}
    assert Facts(seat.folder).last == count + 1


def test_the_records_of_the_hospital_are_kept(tmp_path):
    number = "450103190012310339"
    card = {"holder_name": "韦禄喆", "sex_code": "1", "birth_date": "1900-12-31"}
    found = {one.item for one in PatientIndex(tmp_path).differences(number, card)}
    assert "birth_date" in found
    PatientIndex(tmp_path).update(number, card)
    assert PatientIndex(tmp_path).differences(number, card) == ()
    assert PatientIndex(tmp_path).differences("nobody", card) == ()
    assert (tmp_path / "patients.json").stat().st_mode & 0o077 == 0
