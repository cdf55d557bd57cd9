"""The panel of exercises on the page, the certificate, the trainer's view of the class."""

from __future__ import annotations

import csv
import gc
import io
import weakref

import pytest
from training_bench import Trainee, quick_class
from training_trainee import WAYS, YOUNG_APPLICANT
from typer.testing import CliRunner

from issuer.access import passwords
from lab.training import class_view
from lab.training.class_view import as_csv
from lab.training.cli import app
from lab.training.exercise_files import built_in
from lab.training.progress import Event
from lab.training.tutor import School

PASSWORD = "a-password-of-the-trainer"  # noqa: S105  of a test


@pytest.fixture
def classroom(tmp_path):
    return quick_class(tmp_path, trainer=passwords.stored(PASSWORD))


@pytest.fixture
def trainee(classroom):
    return Trainee(classroom)


def done(trainee: Trainee) -> str:
    """The first exercise, by way of the page; the panel afterwards."""
    answer = trainee.post("/exercises/read-a-card/start")
    assert answer.url.query == b"window=reading"
    trainee.insert("resident-01")
    trainee.work("reading")
    trainee.post("/exercise/answer", place="steps[3]", answer="19900000001")
    return trainee.client.get("/exercise").text


def test_the_page_offers_the_first_exercise_and_the_list_has_all(trainee):
    assert "Begin: Read a card" in trainee.client.get("/").text
    page = trainee.client.get("/exercises").text
    for exercise in built_in().values():
        assert exercise.title.english in page
        assert f'id="start-{exercise.id}"' in page


def test_the_panel_says_what_is_missing_and_asks_when_it_is_time(trainee):
    trainee.post("/exercises/read-a-card/start")
    panel = trainee.client.get("/exercise").text
    assert "still to do: 3" in panel
    assert 'id="answer-3"' not in panel
    trainee.insert("resident-01")
    trainee.work("reading")
    panel = trainee.client.get("/exercise").text
    assert "still to do: 1" in panel
    assert 'id="answer-3"' in panel
    assert "Not right yet." in trainee.post("/exercise/answer", place="steps[3]", answer="110").text


def test_hints_come_one_by_one(trainee):
    trainee.post("/exercises/read-a-card/start")
    first = trainee.post("/exercise/hint").text
    assert "90 points" in first
    assert first.count("hint-given") == 1
    second = trainee.post("/exercise/hint").text
    assert second.count("hint-given") == 2
    assert "take-hint" not in second


def test_the_panel_is_sent_only_when_it_is_new(trainee):
    trainee.post("/exercises/read-a-card/start")
    panel = trainee.client.get("/exercise").text
    version = panel.partition('name="have" value="')[2][:16]
    assert trainee.client.get(f"/exercise?have={version}").status_code == 204
    trainee.insert("resident-01")
    assert trainee.client.get(f"/exercise?have={version}").status_code == 200


def test_what_is_finished_comes_onto_the_certificate(trainee):
    assert trainee.client.get("/certificate").url.path == "/exercises"
    assert "Done: Read a card" in done(trainee)
    page = trainee.client.get("/certificate").text
    assert "Certificate of training" in page
    assert "学员" in page
    assert "1 of 15" in page
    trainee.post("/exercise/leave")
    assert "Begin: The wrong SAM" in trainee.client.get("/").text


def test_the_certificate_is_a_pdf_where_the_typesetter_is(trainee):
    pytest.importorskip("weasyprint")
    done(trainee)
    answer = trainee.client.get("/certificate.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


def test_an_exercise_that_does_not_exist_is_a_plain_line(trainee):
    answer = trainee.post("/exercises/no-such/start")
    assert answer.status_code == 409
    assert "no-such: no such exercise" in answer.text


def test_a_new_pin_is_never_sent_back(trainee):
    shown = trainee.work("pin", new_pin="246810", pin_again="135791", document_number="1")
    assert "not the same" in shown.text
    assert "246810" not in shown.text


# --- the trainer ------------------------------------------------------------------------------------------


def sign_in(trainee: Trainee, password: str = PASSWORD):
    return trainee.post("/trainer", password=password)


def test_the_class_takes_the_password(trainee):
    assert "Password of the trainer" in trainee.client.get("/trainer").text
    for path in ("/trainer/class", "/trainer/class.csv"):
        assert trainee.client.get(path).status_code == 403
    assert sign_in(trainee, "wrong").status_code == 403
    assert "rhc_trainer" not in trainee.client.cookies
    assert "The class" in sign_in(trainee).text
    trainee.post("/trainer/leave")
    assert trainee.client.get("/trainer/class").status_code == 403


def test_the_password_cannot_be_guessed_quickly(trainee):
    answers = [sign_in(trainee, f"guess-{number}").status_code for number in range(8)]
    assert answers[-1] == 429
    assert sign_in(trainee).status_code == 429


def test_without_a_password_nobody_is_the_trainer(tmp_path):
    trainee = Trainee(quick_class(tmp_path))
    assert trainee.client.get("/trainer").status_code == 404
    assert sign_in(trainee, "").status_code == 403


def test_the_trainer_sees_who_is_where_and_what_went_wrong(classroom, trainee):
    done(trainee)
    trainee.post("/exercises/under-16/start")
    trainee.work("application", **{k: v for k, v in YOUNG_APPLICANT.items() if k != "photo"})
    trainee.client.get("/exercise")
    trainee.post("/exercise/hint")
    sign_in(trainee)
    page = trainee.client.get("/trainer").text
    assert "An applicant under 16" in page
    assert "1 / 15" in page
    assert "An applicant under 16: hint 1 was needed" in page
    assert "application held back: a photo" in page
    assert "under … on the day of the application: a guardian applies" in page


def test_nothing_of_one_seat_is_seen_by_another(classroom, trainee):
    other = Trainee(classroom, "别人")
    done(trainee)
    assert other.client.get("/certificate").url.path == "/exercises"
    assert "0 of 15" in other.client.get("/").text
    assert "学员" not in other.client.get("/exercises").text


@pytest.mark.parametrize("name", ["=1+1", "+cmd", "-2", "@SUM(A1)", " =1"])
def test_a_name_is_no_formula_in_the_table(classroom, trainee, name):
    Trainee(classroom, name)
    found = class_view.view(classroom, trainee.client.app.state.school)
    rows = list(csv.reader(io.StringIO(as_csv(found).removeprefix(class_view.BYTE_ORDER_MARK))))
    assert [row[1] for row in rows[1:]] == ["学员", f"'{name.strip()}"]
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert len(rows[0]) == 9 + len(built_in())


def test_the_export_has_the_scores(classroom, trainee):
    done(trainee)
    sign_in(trainee)
    answer = trainee.client.get("/trainer/class.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    text = answer.content.decode("utf-8-sig")
    row = dict(zip(*list(csv.reader(io.StringIO(text))), strict=True))
    assert (row["Read a card"], row["finished"], row["points"]) == ("100", "1", "100")


def test_giving_up_is_kept(classroom, trainee):
    trainee.post("/exercises/emergency/start")
    trainee.post("/exercise/leave")
    tutor = trainee.client.app.state.school.tutor(trainee.seat)
    assert [one.event for one in tutor.progress.entries] == [Event.STARTED, Event.LEFT]


def test_the_trainer_frees_a_seat(classroom, trainee):
    other = Trainee(classroom, "走了")
    assert trainee.post("/trainer/dismiss", seat=other.seat.who.number).status_code == 403
    sign_in(trainee)
    assert "走了" in trainee.client.get("/trainer").text
    assert "走了" not in trainee.post("/trainer/dismiss", seat=other.seat.who.number).text
    assert [seat.who.name for seat in classroom.seats()] == ["学员"]


# --- rhc train check --------------------------------------------------------------------------------------


def test_exercises_in_files_are_checked(tmp_path):
    file = tmp_path / "my-own.toml"
    file.write_text('format = "rhc-exercise/1"\nid = "my-own"\nlevel = 7\n', "utf-8")
    answer = CliRunner().invoke(app, ["check", str(file)])
    assert answer.exit_code == 1
    assert answer.output.strip().endswith(
        "my-own.toml, line 3, level: a whole number from 1 to 3 is expected"
    )


def test_every_exercise_has_a_way():
    assert set(WAYS) == set(built_in())


def test_a_tutor_ends_with_the_seat(classroom):
    _token, seat = classroom.take("走了")
    watched = weakref.ref(School(classroom.folder).tutor(seat))
    number = seat.who.number
    del seat
    classroom.dismiss(number)
    gc.collect()
    assert watched() is None
