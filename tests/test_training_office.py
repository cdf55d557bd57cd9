"""The issuing office of a seat: chips that are pulled, wrong people, losses that are undone, restarts."""

from __future__ import annotations

import re
import stat

import pytest
from training_trainee import APPLICANT, CHILD, GUARDIAN, MOTHER, OUYANG, YOUNG_APPLICANT, Trainee

from lab.sources import Kind
from lab.training import office
from lab.training.office import FILE, office_of
from lab.training.office_checks import card_of
from lab.training.window import Tone
from language import speaking


@pytest.fixture
def trainee(tmp_path):
    with speaking("en"):
        yield Trainee(tmp_path / "class")


def ready(trainee: Trainee, **form: str) -> None:
    """An application that may be made."""
    assert trainee.work("application", **(form or APPLICANT)).tone is Tone.DONE
    trainee.pass_all()


def pull_at(trainee: Trainee, command: int) -> None:
    """Let the card come out of the reader at a command."""
    slot = trainee.seat.slots[Kind.USER]
    run_one, seen = slot.run, iter(range(1, 10_000))

    def pulled(source, do):
        if next(seen) == command:
            slot.run = run_one
            trainee.seat.eject(Kind.USER)
        return run_one(source, do)

    slot.run = pulled


def test_a_chip_that_was_pulled_while_it_was_made_is_waste_and_the_next_one_serves(trainee):
    ready(trainee)
    trainee.insert("blank")
    pull_at(trainee, 60)
    cut = trainee.work("making")
    assert "removed" in cut.headline
    assert [fact.what["result"] for fact in trainee.seat.facts.since() if fact.kind == "window"][-1] == "cut"
    trainee.insert("blank")
    assert "take another blank card" in trainee.work("making").headline
    trainee.insert("blank-2")
    made = trainee.work("making")
    assert made.tone is Tone.DONE
    assert {row.name: row.value for row in made.groups[0].rows}["chip_serial"] == "0000000118"


def test_a_chip_that_was_pulled_before_anything_was_written_serves_again(trainee):
    ready(trainee)
    trainee.insert("blank")
    pull_at(trainee, 2)
    assert "removed" in trainee.work("making").headline
    trainee.insert("blank")
    assert trainee.work("making").tone is Tone.DONE


def test_activation_that_was_cut_is_done_when_the_card_comes_back(trainee):
    ready(trainee)
    trainee.insert("blank")
    trainee.work("making")
    pull_at(trainee, 4)
    assert "removed" in trainee.work("counter", document_number=MOTHER).headline
    trainee.insert("blank")
    assert trainee.work("counter", document_number=MOTHER).tone is Tone.DONE


def test_a_card_is_no_blank_one(trainee):
    ready(trainee)
    trainee.insert("pin-blocked")
    assert "a card already" in trainee.work("making").headline
    trainee.insert("resident-01")
    refused = trainee.work("making").headline
    assert "take another blank card" in refused


def test_a_card_of_somebody_else_is_not_handed_out_here(trainee):
    trainee.insert("resident-01")
    assert "none of this office's" in trainee.work("counter", document_number=MOTHER).headline


def test_a_wrong_document_gets_no_card(trainee):
    ready(trainee)
    trainee.insert("blank")
    trainee.work("making")
    assert "identity check fails" in trainee.work("counter", document_number=OUYANG).headline
    assert trainee.work("counter", document_number=MOTHER).tone is Tone.DONE


def test_a_child_comes_with_the_guardian(trainee):
    ready(trainee, **YOUNG_APPLICANT, **GUARDIAN)
    trainee.insert("blank")
    trainee.work("making")
    child = {"document_type": "02", "document_number": CHILD}
    assert "comes with a guardian" in trainee.work("counter", **child).headline
    guardian = {
        "presence": "guardian", "other_name": "何静", "other_document_type": "01",
        "other_document_number": MOTHER, "relation": "5", "proof": "1",
    }  # fmt: skip
    assert trainee.work("counter", **child, **guardian).tone is Tone.DONE


@pytest.mark.parametrize("act", ["oral", "formal"])
def test_a_loss_is_undone_by_its_slip(trainee, act):
    reported = trainee.work("loss", act=act, document_number=OUYANG)
    slip = re.search(r"GS-[\d-]+", reported.notices[0])[0]
    other = f"GS-20260101-00000000-{'6' if slip.endswith('5') else '5'}"
    assert trainee.work("loss", act="undo", document_number=OUYANG, slip=other).tone is Tone.REFUSED
    assert trainee.work("loss", act="undo", document_number=OUYANG, slip=slip).tone is Tone.DONE


def test_a_card_in_use_is_not_replaced(trainee):
    refused = trainee.work("loss", act="replace", document_number=OUYANG)
    assert "report it lost first" in refused.headline
    assert trainee.work("loss", document_number=MOTHER).headline.startswith("Nobody with this document")


def test_an_office_outlives_its_server_and_begins_anew_when_asked(trainee):
    folder = trainee.seat.folder
    ready(trainee)
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600
    office_of(trainee.seat).registry.close()
    office._offices.pop(trainee.seat)
    trainee.insert("blank")
    assert trainee.work("making").tone is Tone.DONE
    trainee.seat.renew("blank")
    office.renew(trainee.seat)
    assert trainee.work("making").headline == "No application may be made yet."


def test_nothing_of_one_office_is_in_another(trainee):
    ready(trainee)
    _token, other = trainee.classroom.take("别人")
    with office_of(other).looking() as work:
        assert office_of(other) is not office_of(trainee.seat)
        assert work.now
    given = {"state": "ACTIVE", "document_number": MOTHER}
    since = trainee.seat.facts.since()[0].time
    trainee.issue(MOTHER)
    assert card_of(trainee.seat, given, since) is not None
    assert card_of(other, given, since) is None
