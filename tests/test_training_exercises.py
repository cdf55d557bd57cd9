"""Every exercise as data: it can be done, and is not done before; what is wrong in a file is named."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from training_trainee import APPLICANT, WAYS, YOUNG_APPLICANT, Trainee

from lab.sources import Kind
from lab.training.checks import CHECKS
from lab.training.exercise_files import ExerciseError, ExerciseFileError, built_in, read_file
from lab.training.progress import Event, Progress
from lab.training.tutor import School, Tutor

EXERCISES = built_in()
ROOT = Path(__file__).parents[1]


@pytest.fixture
def trainee(tmp_path):
    return Trainee(tmp_path / "class")


def test_there_are_the_twelve_and_more():
    wanted = {
        "read-a-card", "wrong-sam", "emergency", "expired-card", "lost-card", "under-16",
        "pulled-in-mid-write",
        "record-full", "replacement", "blocked-pin", "foreign-province", "disagreement",
    }  # fmt: skip
    assert wanted <= set(EXERCISES)
    assert set(EXERCISES) == set(WAYS)
    levels = [exercise.level for exercise in EXERCISES.values()]
    assert levels == sorted(levels)


def test_every_word_of_the_vocabulary_is_used_or_tested():
    used = {step.check for exercise in EXERCISES.values() for step in (*exercise.steps, *exercise.mistakes)}
    assert used >= set(CHECKS) - {"item", "held_back"}


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_is_done_by_doing_it(trainee, name):
    trainee.tutor.start(name)
    before = trainee.standing()
    assert not before.finished
    assert before.missing >= 1
    WAYS[name](trainee)
    after = trainee.standing()
    assert [step.text.english for step in after.steps if not step.done] == []
    assert (after.finished, after.mistakes, after.score) == (True, (), 100)
    assert trainee.tutor.progress.finished[name].score == 100


def test_half_of_it_is_not_enough(trainee):
    trainee.tutor.start("disagreement")
    trainee.insert("resident-08")
    trainee.work("registration")
    assert [step.done for step in trainee.standing().steps] == [True, False, False]
    trainee.answer(2, "1")
    assert [step.done for step in trainee.standing().steps] == [True, False, False]


def test_what_was_done_before_the_start_does_not_count(trainee):
    WAYS["read-a-card"](trainee)
    trainee.tutor.start("read-a-card")
    assert not any(step.done for step in trainee.standing().steps)


def test_hints_and_mistakes_cost_points(trainee):
    trainee.tutor.start("emergency")
    trainee.insert("resident-07")
    trainee.work("registration")
    for _time in range(3):
        trainee.tutor.hint()
    standing = trainee.standing()
    assert (len(standing.hints), standing.left, len(standing.mistakes)) == (2, 0, 1)
    assert standing.score == 100 - 2 * 10 - 10
    WAYS["emergency"](trainee)
    assert trainee.standing().finished
    assert trainee.tutor.progress.finished["emergency"].score == 70


def test_a_pulled_card_leaves_no_half_record(trainee):
    trainee.tutor.start("pulled-in-mid-write")
    WAYS["pulled-in-mid-write"](trainee)
    results = [row.result for row in trainee.seat.log.read().rows]
    assert results == ["cut", "done"]


def test_an_application_that_is_held_back_is_told_at_its_fields(trainee):
    trainee.tutor.start("under-16")
    outcome = trainee.work("application", **YOUNG_APPLICANT)
    assert "guardian_name" in outcome.errors
    facts = [fact for fact in trainee.seat.facts.since() if fact.kind == "application"]
    assert facts[-1].what["rules"] == "guardian.required"
    assert not trainee.standing().steps[0].done


def test_progress_survives_a_restart(trainee):
    trainee.tutor.start("wrong-sam")
    trainee.work("registration")
    folder, seat = trainee.seat.folder, trainee.seat
    kept = Progress(folder)
    assert [one.event for one in kept.running] == [Event.STARTED]
    again = Tutor(seat, trainee.school.exercises)
    assert again.standing().steps[0].done
    assert stat.S_IMODE((folder / "progress.jsonl").stat().st_mode) == 0o600
    rows = [json.loads(line) for line in (folder / "progress.jsonl").read_text().splitlines()]
    assert {row["format"] for row in rows} == {"rhc-training-progress/1"}


def test_a_torn_line_ends_the_reading(tmp_path):
    progress = Progress(tmp_path)
    progress.add("a", Event.STARTED)
    progress.add("a", Event.DONE, score=80, seconds=5)
    with (tmp_path / "progress.jsonl").open("a") as file:
        file.write('{"format": "rhc-tr')
    assert [one.event for one in Progress(tmp_path).entries] == [Event.STARTED, Event.DONE]


def test_an_exercise_in_a_text_file_joins_the_others(trainee):
    folder = trainee.classroom.folder / "exercises"
    folder.mkdir()
    (folder / "my-own.toml").write_text(MINE, "utf-8")
    tutor = Tutor(trainee.seat, School(trainee.classroom.folder).exercises)
    tutor.start("my-own")
    trainee.insert("resident-02")
    trainee.work("doctor", abo_blood_type_code="2")
    trainee.work("application", **YOUNG_APPLICANT)
    assert tutor.standing().finished


MINE = """
format = "rhc-exercise/1"
id = "my-own"
level = 1
minutes = 5
[title]
zh = "我的练习"
en = "My own"
[goal]
zh = "血型"
en = "blood group"
[start]
sam = "sam-own"
[[steps]]
zh = "写"
en = "written"
check = "item"
card = "resident-02"
item = "abo_blood_type_code"
value = "2"
[[steps]]
zh = "拦住"
en = "held back"
check = "held_back"
rule = "guardian.required"
"""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('format = "rhc-exercise/1"', 'format = "x"'), "line 2, format: "),
        (("level = 1", "level = 9"), "line 4, level: a whole number from 1 to 3"),
        (('en = "My own"', ""), "line 6, title.en: a text"),
        (('check = "item"', 'check = "itm"'), "line 17, steps[1].check: one of window, log"),
        (('item = "abo_blood_type_code"', 'item = "abo"'), "line 19, steps[1].item: the name of a data item"),
        (('card = "resident-02"', 'card = "resident-99"'), "line 18, steps[1].card: one of "),
        (('value = "2"\n', ""), "line 14, steps[1].value: it must be given"),
        (('rule = "guardian.required"', "rules = 1"), "line 25, steps[2].rules: unknown"),
        (('sam = "sam-own"', 'sam = "resident-01"'), "line 13, start.sam: one of sam-own"),
        (("minutes = 5", "minutes = 5\nfun = true"), "line 6, fun: unknown"),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_key(tmp_path, change, said):
    file = tmp_path / "my-own.toml"
    file.write_text(MINE.replace(*change, 1), "utf-8")
    with pytest.raises(ExerciseError) as error:
        read_file(file)
    assert str(error.value).startswith(f"my-own.toml, {said}")


@pytest.mark.parametrize("raw", [b"\xff", b"format = ", b"#" * 70_000])
def test_a_file_that_cannot_be_read_is_told_in_one_line(tmp_path, raw):
    file = tmp_path / "my-own.toml"
    file.write_bytes(raw)
    with pytest.raises(ExerciseFileError) as error:
        read_file(file)
    assert "\n" not in str(error.value)


def test_the_name_of_the_file_is_that_of_the_exercise(tmp_path):
    file = tmp_path / "other.toml"
    file.write_text(MINE, "utf-8")
    with pytest.raises(ExerciseFileError, match=r"my-own\.toml"):
        read_file(file)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_documentation_names_every_exercise_and_every_check(language, tmp_path):
    text = (ROOT / "docs" / language / "training.md").read_text("utf-8")
    assert [name for name in (*EXERCISES, *CHECKS) if f"| `{name}` |" not in text] == []
    example = tmp_path / "peanuts.toml"
    example.write_text(text.partition("```toml\n")[2].partition("```")[0], "utf-8")
    assert read_file(example).steps[0].check == "entry"


def test_the_desk_stands_as_the_exercise_says(trainee):
    trainee.insert("resident-06")
    trainee.work("cashier")
    trainee.tutor.start("foreign-province")
    assert trainee.seat.card_in(Kind.USER).id == "resident-06"
    assert trainee.seat.card_in(Kind.SAM).id == "sam-other-province"
    assert trainee.standing().steps[1].done is False


def test_a_reviewer_looks_before_a_verdict_and_returns_with_a_reason(trainee):
    trainee.work("application", **APPLICANT)
    looked = trainee.work("review", verdict="look")
    rows = {row.name: row.value for group in looked.groups for row in group.rows}
    assert rows["holder_name"] == "何静"
    assert rows["document_type"] in {"居民身份证", "resident identity card"}
    assert looked.choices[0].values["task"].startswith("county:")
    refused = trainee.work("review", verdict="return")
    assert "reason" in refused.headline or "理由" in refused.headline
    trainee.work("review", verdict="return", reason="地址不详")
    assert trainee.work("review").headline in {"Nothing waits here.", "没有待办。"}
