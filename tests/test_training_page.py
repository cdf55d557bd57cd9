"""The training page: desk, windows and what they refuse, over a test client."""

import re

import pytest
from training_bench import Trainee, quick_class

from lab.sources import Kind


@pytest.fixture
def trainee(tmp_path):
    return Trainee(quick_class(tmp_path))


def test_the_page_opens_with_a_sam_in_its_drawer_and_no_card(trainee):
    text = trainee.client.get("/").text
    assert "Drag a card here" in text
    assert 'id="slot-sam"' in text
    assert 'id="slot-user"' not in text


def test_a_card_goes_in_is_read_and_comes_out(trainee):
    assert "Put a card into the reader first." in trainee.work("reading").text
    assert 'id="slot-user"' in trainee.insert("resident-01").text
    shown = trainee.work("reading").text
    assert "张伟" in shown
    assert 'data-result="done"' in shown
    assert "Drag a card here" in trainee.eject().text
    assert trainee.seat.card_in(Kind.USER) is None


def test_what_the_cashier_wrote_is_read_again(trainee):
    trainee.insert("resident-06")
    fields = {
        "outpatient_org_name": "示范医院", "outpatient_org_code": "00000001-9",
        "visit_datetime": "2026-11-20T09:30", "outpatient_number": "MZ1",
    }  # fmt: skip
    written = trainee.work("cashier", **fields)
    assert "slot 1" in written.text
    assert "already" in trainee.work("cashier", **fields).text
    with trainee.seat.examine("resident-06") as session:
        assert session.read(["outpatient_visits[1].outpatient_number"]) == {
            "outpatient_visits[1].outpatient_number": "MZ1"
        }
    assert [fact.what["result"] for fact in trainee.seat.facts.since() if fact.kind == "window"] == [
        "done"
    ] * 2


@pytest.mark.parametrize(
    ("card", "words", "answer"),
    [("lost", "reported lost", "24"), ("expired", "expired", "1016"), ("unpersonalised", "blank", "1020")],
)
def test_a_card_that_may_not_be_used_is_refused_with_the_answer_of_drivers(trainee, card, words, answer):
    trainee.insert(card)
    shown = trainee.work("registration").text
    assert 'data-result="refused"' in shown
    assert words in shown
    assert f"driver answer {answer}" in shown
    assert trainee.seat.facts.since()[-1].what["answer"] == answer


def test_a_grey_card_wants_the_document(trainee):
    trainee.insert("grey")
    assert 'data-result="warning"' in trainee.work("registration").text
    assert trainee.seat.facts.since()[-1].what["error"] == "IdNeededError"
    trainee.work("registration", id_checked="true")
    assert trainee.seat.facts.since()[-1].what["result"] == "done"


def test_the_records_that_disagree_are_shown_and_corrected(trainee):
    trainee.insert("resident-08")
    assert "disagree" in trainee.work("registration").text
    assert "now agree" in trainee.work("registration", update_system="true", id_checked="true").text
    assert "disagree" not in trainee.work("registration").text


def test_an_error_stands_at_its_field_and_nothing_is_done(trainee):
    trainee.insert("resident-06")
    answer = trainee.work("cashier", outpatient_org_name="医" * 40, visit_datetime="yesterday")
    assert answer.status_code == 422
    assert 'id="field-outpatient_org_name-error"' in answer.text
    assert 'id="field-visit_datetime-error"' in answer.text
    assert 'id="field-outpatient_number-error"' in answer.text
    assert [fact.kind for fact in trainee.seat.facts.since()] == ["inserted", "inserted"]


def test_codes_are_chosen_by_name(trainee):
    form = trainee.client.get("/windows/cashier").text
    assert re.search(r'<option value="1" +>[^<]*urban employee[^<]*\(1\)</option>', form, re.IGNORECASE)


def test_the_language_is_switched_at_once(trainee):
    assert "Look inside" in trainee.client.get("/").text
    answer = trainee.post("/language", language="zh", back="/?window=doctor")
    assert "看里面" in answer.text
    assert str(answer.url).endswith("/?window=doctor")
    assert trainee.post("/language", language="en", back="//elsewhere.example/").url.path == "/"


def test_the_panel_shows_exchanges_files_and_bytes(trainee):
    trainee.insert("resident-01")
    trainee.work("registration")
    panel = trainee.client.get("/inside").text
    assert "READ RECORD" in panel
    assert "RK1_DDF1" in panel
    shown = trainee.client.get("/inside/bytes", params={"path": "MF/DDF1/EF06"}).text
    assert "张伟" in shown
    assert "D5 C5 CE B0" in shown  # the name in GBK
    assert trainee.client.get("/inside/bytes", params={"path": "MF/DDF1"}).status_code == 404
