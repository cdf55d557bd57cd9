"""The rules of applications: each by its name, with what would be accepted, and all problems at once."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from importlib.resources import files

import pytest
from applications_bench import COUNTY, ON, adult, form_of, of_kind
from hypothesis import given, settings
from hypothesis import strategies as st

from card_os.spec import loader, resident_id
from issuer.applications import guardian
from issuer.applications.checking import check
from issuer.applications.documents import documents, from_social_security
from issuer.applications.fields import fields, headings
from issuer.applications.form import Form
from issuer.applications.identity import BIRTH_LETTERS, newborn_number, shown
from issuer.applications.release import record_of
from issuer.applications.rules import ApplicationRefusedError, Problem, rules
from issuer.personalisation.record import read_record
from issuer.registry.day import years_between
from lab import applicants
from lab.applicants import CHILD, FOREIGNER, NEWBORN, OFFICER, identity_number
from language import describe, speaking

PROFILE = loader.load("health_card")
KINDS = (applicants.ADULT, CHILD, NEWBORN, FOREIGNER, OFFICER)
_FORMS: dict[str, Form] = {}


def form(kind=applicants.ADULT) -> Form:
    if kind not in _FORMS:
        _FORMS[kind] = of_kind(kind)
    return _FORMS[kind]


def told(checked_form, on=ON):
    return sorted((problem.rule, problem.field) for problem in check(checked_form, on, COUNTY).problems)


def without_photo(given_form: Form) -> Form:
    return Form(given_form.values)


TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["1", "01", "99", "2026-01-01", "true", "张伟", "19900012345", "·", "\U00020bb7", "一" * 60]
    ),
)


# --- every rule -------------------------------------------------------------------------------------------

ID = adult().get("document_number")
OTHER_ID = identity_number("419902", date(1900, 5, 6), 7)
# kind of applicant, what is changed, the one problem that follows
BROKEN = [
    (applicants.ADULT, {"document_type": ""}, ("field.required", "document_type")),
    (applicants.ADULT, {"document_number": ""}, ("field.required", "document_number")),
    (applicants.ADULT, {"holder_name": ""}, ("field.required", "holder_name")),
    (applicants.ADULT, {"sex_code": ""}, ("field.required", "sex_code")),
    (applicants.ADULT, {"birth_date": ""}, ("field.required", "birth_date")),
    (applicants.ADULT, {"address_1": ""}, ("field.required", "address_1")),
    (applicants.ADULT, {"address_type_1": ""}, ("field.required", "address_type_1")),
    (applicants.ADULT, {"ethnic_group_code": ""}, ("field.required", "ethnic_group_code")),
    (applicants.ADULT, {"holder_phone_1": ""}, ("field.required", "holder_phone_1")),
    (applicants.ADULT, {"document_type": "9"}, ("document.type", "document_type")),
    (applicants.ADULT, {"document_number": ID[:17]}, ("document.resident_number", "document_number")),
    (applicants.ADULT, {"document_number": ID[:6] + "19000229" + ID[14:]},
     ("document.resident_number", "document_number")),
    (applicants.ADULT, {"document_type": "03"}, ("document.kind", "document_number")),
    (applicants.ADULT, {"holder_name": "阿" * 16}, ("name.length", "holder_name")),
    (applicants.ADULT, {"holder_name": "\U00020bb7"}, ("name.characters", "holder_name")),
    (applicants.ADULT, {"holder_name": "张\t伟"}, ("name.characters", "holder_name")),
    (applicants.ADULT, {"holder_phone_1": "+8619900012345"}, ("phone.form", "holder_phone_1")),
    (applicants.ADULT, {"holder_phone_1": "1" * 21}, ("phone.form", "holder_phone_1")),
    (applicants.ADULT, {"address_1": "长" * 51}, ("field.value", "address_1")),
    (applicants.ADULT, {"address_type_1": "9"}, ("field.value", "address_type_1")),
    (applicants.ADULT, {"address_2": "某处"}, ("address.pair", "address_type_2")),
    (applicants.ADULT, {"asthma_flag": "maybe"}, ("field.value", "asthma_flag")),
    (applicants.ADULT, {"abo_blood_type_code": "7"}, ("field.value", "abo_blood_type_code")),
    (applicants.ADULT, {"allergy_reaction_3": "皮疹"}, ("allergy.order", "allergen_name_3")),
    (applicants.ADULT, {"immunization_name_1": "卡介苗"}, ("immunization.order", "immunization_name_1")),
    (applicants.ADULT, {"immunization_name_10": "卡介苗", "immunization_date_10": "1950-01-01"},
     ("immunization.order", "immunization_name_10")),
    (applicants.ADULT, {"county": "419902"}, ("place.county", "county")),
    (applicants.ADULT, {"mother_name": "某人"}, ("newborn.only", "mother_name")),
    (applicants.ADULT, {"guardian_name": ""}, None),
    (CHILD, {"guardian_relation": ""}, ("field.required", "guardian_relation")),
    (CHILD, {"guardian_relation": "1"}, ("guardian.relation", "guardian_relation")),
    (CHILD, {"guardian_proof": "8"}, ("guardian.proof", "guardian_proof")),
    (CHILD, {"guardian_document_type": "NB"}, ("document.type", "guardian_document_type")),
    (CHILD, {"guardian_document_number": "1"}, ("document.resident_number", "guardian_document_number")),
    (CHILD, {"guardian_document_type": "03", "guardian_document_number": "ZZ1"},
     ("field.required", "guardian_birth_date")),
    (CHILD, {"guardian_document_type": "03", "guardian_document_number": "ZZ1",
             "guardian_birth_date": "2010-01-01"}, ("guardian.age", "guardian_birth_date")),
    (CHILD, {"guardian_birth_date": "1900-01-01", "guardian_document_number": OTHER_ID},
     ("document.birth_date", "guardian_birth_date")),
    (CHILD, {"guardian_document_number": identity_number("419903", ON - timedelta(days=6400), 5)},
     ("guardian.age", "guardian_document_number")),
    (NEWBORN, {"birth_order": "0"}, ("newborn.order", "birth_order")),
    (NEWBORN, {"birth_order": "24"}, ("newborn.order", "birth_order")),
    (NEWBORN, {"mother_document_number": ""}, ("field.required", "mother_document_number")),
    (NEWBORN, {"document_number": "1"}, ("newborn.number", "document_number")),
    (NEWBORN, {"birth_date": "2025-03-02"}, ("newborn.age", "birth_date")),
    (NEWBORN, {"mother_document_type": "03", "mother_document_number": "Z" * 17},
     ("newborn.mother", "mother_document_number")),
    (FOREIGNER, {"document_number": "zz-1"}, ("document.form", "document_number")),
    (FOREIGNER, {"document_number": "Z" * 19}, ("document.length", "document_number")),
    (FOREIGNER, {"document_number": "ZZ 1"}, ("document.length", "document_number")),
    (FOREIGNER, {"birth_date": "1870-01-01"}, ("birth.range", "birth_date")),
    (OFFICER, {"document_number": "\U00020bb7字第1号"}, ("document.length", "document_number")),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "changes", "problem"), BROKEN)
def test_a_broken_rule_is_told_by_its_name_and_field(kind, changes, problem):
    assert told(form(kind).changed(changes)) == ([problem] if problem else [])


@pytest.mark.parametrize("kind", KINDS)
def test_what_breaks_no_rule_is_taken_by_the_card(kind):
    checked = check(form(kind), ON, COUNTY)
    assert checked.problems == ()
    who = checked.applicant
    record = read_record(PROFILE, record_of(who), who.photo)
    assert record.card_number == who.key.number
    assert bool(record.photo) == (kind != NEWBORN)


def test_one_who_agrees_with_the_number_only_in_part():
    born = date.fromisoformat(form().get("birth_date"))
    changes = {
        "birth_date": (born + timedelta(days=1)).isoformat(),
        "sex_code": {"1": "2", "2": "1"}[form().get("sex_code")],
    }
    assert told(form().changed(changes)) == [
        ("document.birth_date", "birth_date"),
        ("document.sex", "sex_code"),
    ]


def test_all_problems_are_told_at_once_in_one_plain_line():
    broken = without_photo(form()).changed(
        {"document_number": "1", "holder_name": "阿" * 16, "address_1": ""}
    )
    problems = check(broken, ON, COUNTY).problems
    assert len(problems) == 4
    error = ApplicationRefusedError(problems)
    assert error.problems == problems
    assert str(error).count("[") == 4
    assert "\n" not in str(error)
    with speaking("zh"):
        line = describe(error)
        assert line.startswith("申领不予受理：")
        assert "姓名按 GBK 编码不超过 30 个字节，现为 32 个字节" in line
    assert "at most 30 bytes in GBK, these are 32" in describe(error)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(KINDS), st.integers(0, 10**6), st.dictionaries(st.sampled_from(sorted(fields())), TEXTS)
)
def test_no_problem_repeats_what_was_filled_in(kind, seed, changes):
    """What is told goes into return files: nothing personal but a single character of a name."""
    secret = f"秘密{seed:06d}字样"
    changed = form(kind).changed(changes | {"address_1": secret * 8, "document_number": secret})
    for problem in check(Form(changed.values), ON, COUNTY).problems:
        assert secret not in str(problem)
        for text in form(kind).values.values():
            assert len(text) < 6 or text not in str(problem)


def test_an_unknown_field_is_told_alone_with_the_nearest_name():
    (problem,) = check(form().changed({"holder_nmae": "x"}), ON, COUNTY).problems
    assert (problem.rule, problem.field, problem.told) == (
        "field.known", "holder_nmae", {"nearest": "holder_name"}
    )  # fmt: skip


# --- ages -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(2010, 3, 2), date(2026, 3, 1), 15),
        (date(2010, 3, 2), date(2026, 3, 2), 16),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2026, 3, 3), date(2026, 3, 2), -1),
    ],
)
def test_whole_years(born, on, years):
    assert years_between(born, on) == years


@given(st.dates(date(2000, 1, 1), date(2026, 3, 2)))
@settings(max_examples=60, deadline=None)
def test_a_guardian_is_needed_until_the_sixteenth_birthday(born):
    number = identity_number("419901", born, 1)
    values = dict(form().values) | {
        "document_number": number, "birth_date": born.isoformat(), "sex_code": "1",
    }  # fmt: skip
    needed = ("guardian.required", "guardian_name") in told(Form(values, form().photo, photo_fits=True))
    assert needed == (years_between(born, ON) < guardian.NEEDED_UNDER)


def test_the_day_of_the_application_decides():
    child = form(CHILD)
    born = date.fromisoformat(child.get("birth_date"))
    alone = child.changed(dict.fromkeys(guardian.BLOCK, "") | {"holder_phone_1": "19900012345"})
    sixteen = born.replace(year=born.year + 16)
    assert told(alone, sixteen - timedelta(days=1)) == [("guardian.required", "guardian_name")]
    assert told(alone, sixteen) == []


def test_nobody_is_their_own_guardian():
    grown_up = form(CHILD).changed({
        "guardian_document_type": "01",
        "guardian_document_number": form(CHILD).get("document_number"),
    })  # fmt: skip
    assert ("guardian.other", "guardian_document_number") in told(grown_up)


# --- documents and numbers --------------------------------------------------------------------------------


def test_a_foreigner_has_no_identity_number_on_the_card():
    items = check(form(FOREIGNER), ON, COUNTY).applicant.items
    assert "resident_id_number" not in items
    assert items["card_number"] == items["id_document_number"] == form(FOREIGNER).get("document_number")
    assert items["id_document_type"] == "3"


@given(st.integers(1, 999), st.integers(1, len(BIRTH_LETTERS)))
@settings(max_examples=50, deadline=None)
def test_a_newborns_number_fits_a_card_and_is_no_identity_number(sequence, order):
    mother = Form({
        "document_type": "01",
        "document_number": identity_number("419901", date(1900, 1, 1), sequence),
    })  # fmt: skip
    person, problems = shown(mother)
    assert problems == []
    number = newborn_number(person, order)
    assert len(number) == 18
    assert resident_id.problem(number) is not None
    assert number[:17] == person.number[:17]


def test_each_child_of_a_mother_has_its_own_number():
    numbers = {
        shown(form(NEWBORN).changed({"birth_order": str(order)}))[0].number
        for order in range(1, len(BIRTH_LETTERS) + 1)
    }
    assert len(numbers) == len(BIRTH_LETTERS) == 23


def test_a_mother_with_a_passport():
    changes = {"mother_document_type": "03", "mother_document_number": "ZZ1900001", "birth_order": "2"}
    assert shown(form(NEWBORN).changed(changes))[0].number == "ZZ1900001-B"


def test_the_lists_of_documents_differ_and_are_mapped():
    """08 is a passport for one, a birth certificate for the other.  # spec: issuance_and_ecard B"""
    codes = ("01", "02", "03", "04", "05", "06", "07", "08")
    assert [from_social_security(code) for code in codes] == ["01", "04", "04", "06", "06", "07", "99", "03"]
    assert from_social_security("09") is None
    known = PROFILE.codes["id_document"]
    assert {document.card for document in documents().values()} == set(known)


# --- the tables -------------------------------------------------------------------------------------------


def test_every_rule_has_words_a_source_and_is_used():
    text = (files("issuer.applications") / "rules.csv").read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert all(row["chinese"] and row["english"] and row["source"] for row in rows)
    code = "".join(
        file.read_text("utf-8")
        for file in files("issuer.applications").iterdir()
        if file.name.endswith(".py")
    )
    unused = [name for name in rules() if f'"{name}"' not in code]
    assert [name for name in unused if name not in ("guardian.relation", "guardian.proof")] == []
    assert len(rows) == len(rules()) > 30


def test_the_placeholders_of_both_languages_agree():
    for meaning in rules().values():
        names = [
            {part.split("}")[0] for part in text.split("{")[1:]}
            for text in (meaning.chinese, meaning.english)
        ]
        assert names[0] == names[1]


def test_every_field_has_one_chinese_heading():
    assert len(headings()) == 2 * len(fields())
    assert headings()["姓名"] == "holder_name"
    assert headings()["过敏物质名称2"] == "allergen_name_2"


def test_what_is_told_can_be_read_in_both_languages():
    problem = Problem("document.resident_number", "document_number", {"why": resident_id.problem("1")})
    assert problem.expected == "a resident identity number: 17 digits and a check character are expected"
    with speaking("zh"):
        assert problem.expected.startswith("居民身份证号：")
        assert "17" in problem.as_json()["expected"]


# --- any form ---------------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(sorted(fields())), TEXTS, max_size=5))
def test_a_form_is_refused_here_or_taken_by_the_card(kind, changes):
    """Whatever the rules let through, the card takes; nothing raises."""
    given_form = form(kind)
    changed = Form(given_form.changed(changes).values, given_form.photo, photo_fits=True)
    checked = check(changed, ON, COUNTY)
    assert (checked.applicant is None) == bool(checked.problems)
    for problem in checked.problems:
        assert problem.expected
        assert problem.rule in rules()
    if checked.applicant is not None:
        read_record(PROFILE, record_of(checked.applicant), checked.applicant.photo)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**9))
def test_synthetic_applicants_break_no_rule(seed):
    for who in applicants.applicants(5, seed, ON):
        assert told(form_of(who)) == []
