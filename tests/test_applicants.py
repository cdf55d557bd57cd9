"""Synthetic applicants: reproducible, nobody real, and with exactly the faults that were planted."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta

import pytest
from applications_bench import COUNTY, ON, POINT, no_photos

from card_os.spec import resident_id
from card_os.spec.photo import MAX_JPEG
from issuer.applications.checking import check
from issuer.applications.form import Form
from issuer.applications.identity import shown
from issuer.applications.list_file import read_list
from lab import applicants
from lab.applicant_faults import FAULTS, LIVE_CARD, TWICE
from lab.applicant_list import make_list
from lab.applicants import CHILD, COUNTIES, NEWBORN

FOUND_BY_THE_REGISTRY = {TWICE.rule, LIVE_CARD.rule}


def a_list(count=200, seed=7, **options):
    return make_list(count, seed, ON, point=POINT, **options)


def test_the_same_seed_gives_the_same_list():
    one, other = a_list(faults=18), a_list(faults=18)
    assert one.raw == other.raw
    assert one.faults_file() == other.faults_file()
    assert a_list(seed=8).raw != one.raw
    assert a_list(as_csv=True).raw == a_list(as_csv=True).raw


def test_nobody_of_them_exists():
    people = applicants.applicants(400, 3, ON)
    kinds = Counter(who.kind for who in people)
    assert len(kinds) == 5
    assert min(kinds.values()) > 2
    for who in people:
        values = who.values
        numbers = [text for name, text in values.items() if name.endswith("document_number")]
        for number in numbers:
            if resident_id.problem(number) is None:
                assert number[:6] in COUNTIES
            else:
                assert number.startswith(("ZZ", "示字第", *COUNTIES))
        if who.kind not in (CHILD, NEWBORN):
            assert values["birth_date"].startswith("1900-")
        assert all(text.startswith("199000") for name, text in values.items() if "phone" in name)
    assert {region[2:4] for region in COUNTIES} == {"99"}


def test_numbers_do_not_recur_and_children_have_guardians_of_the_list():
    people = applicants.applicants(400, 3, ON)
    keys = Counter(shown_key(who) for who in people)
    assert set(keys.values()) == {1}
    adults = {who.values.get("document_number") for who in people if who.kind == applicants.ADULT}
    children = [who for who in people if who.kind in (CHILD, NEWBORN)]
    assert {who.values["guardian_document_number"] for who in children} <= adults


def shown_key(who):
    person, _problems = shown(Form(who.values))
    return person.key


def test_every_fault_breaks_its_rule_at_its_line_and_the_others_break_none():
    made = a_list(faults=36)
    assert Counter(one.fault for one in made.faults.values()) == {
        fault.name: 2 for fault in FAULTS if fault is not LIVE_CARD
    }
    for line in read_list(made.raw, no_photos).lines:
        problems = check(line.form, ON, COUNTY).problems
        planted = made.faults.get(line.line)
        if planted is None or planted.rule in FOUND_BY_THE_REGISTRY:
            assert problems == ()
        else:
            assert [(problem.rule, problem.field) for problem in problems] == [(planted.rule, planted.field)]


def test_faults_are_written_down_by_line():
    made = a_list(faults=5)
    told = json.loads(made.faults_file())
    assert told["format"] == "rhc-planted-faults/1"
    assert [row["line"] for row in told["faults"]] == sorted(made.faults)
    assert set(told["faults"][0]) == {"line", "fault", "rule", "field"}


def test_one_who_has_a_card_applies_once_more():
    having = dict(applicants.applicants(1, 99, ON)[0].values)
    made = a_list(faults=len(FAULTS), having_card=[having])
    (line,) = [line for line, one in made.faults.items() if one.fault == LIVE_CARD.name]
    lines = {line.line: line.form.values for line in read_list(made.raw, no_photos).lines}
    assert lines[line] == having


def test_too_many_faults():
    with pytest.raises(ValueError, match="too few"):
        a_list(10, faults=20)


def test_portraits_are_shared_out_and_fit_the_card():
    made = a_list(as_csv=True)
    assert len(made.photos) <= applicants.PORTRAITS
    assert all(len(jpeg) <= MAX_JPEG for jpeg in made.photos.values())


@pytest.mark.parametrize("seed", range(5))
def test_children_are_of_these_years(seed):
    for who in applicants.applicants(150, seed, ON):
        born = date.fromisoformat(who.values["birth_date"])
        if who.kind == CHILD:
            assert ON - timedelta(days=15 * 366) < born < ON
        if who.kind == NEWBORN:
            assert timedelta(0) < ON - born < timedelta(days=60)
