"""Taking applications in: one by one at a window, and by lists, all of it or nothing."""

from __future__ import annotations

import base64
import json
import threading

import pytest
from applications_bench import (
    COLLECTOR,
    COUNTY,
    OTHER_COLLECTOR,
    POINT,
    a_list,
    adult,
    hand_out,
    no_photos,
    of_kind,
    pass_all,
    register_places,
    released,
    rows,
    submit_list,
)
from registry_bench import actor
from sqlalchemy import select

from card_os.crypto.sm3 import sm3
from issuer.access.actor import Role
from issuer.applications import intake, list_intake, persons, places, reviews
from issuer.applications.form import Form
from issuer.applications.rules import ApplicationRefusedError
from issuer.registry.errors import ChangedMeanwhileError, NotFoundError, TakenError, TransitionRefusedError
from issuer.registry.schema.applications import application, person
from issuer.registry.schema.audit import audit
from lab import applicants


@pytest.fixture(autouse=True)
def point(registry):
    return register_places(registry)


def enter(registry, form, who=COLLECTOR, **options):
    with registry.transaction(who) as work:
        return intake.enter(work, POINT, form, **options)


def submit(registry, number, who=COLLECTOR):
    with registry.transaction(who) as work:
        intake.submit(work, number)


def rules_of(problems):
    return sorted((problem.rule, problem.field) for problem in problems)


def people(registry):
    with registry.transaction(COLLECTOR) as work:
        return work.rows(select(person))


# --- one by one -------------------------------------------------------------------------------------------


def test_an_application_is_entered_and_submitted(registry):
    entered = enter(registry, adult())
    assert (entered.state, entered.problems) == ("NEW", ())
    assert entered.number == f"{COUNTY}20260302000001"
    assert people(registry) == []
    submit(registry, entered.number)
    (row,) = rows(registry)
    (who,) = people(registry)
    assert (row["state"], row["person_id"], row["round"]) == ("SUBMITTED", who["id"], 1)
    assert who["items"]["card_number"] == who["document_number"] == adult().get("document_number")
    assert who["items"]["resident_id_number"] == who["items"]["id_document_number"]
    assert who["portrait"] is None  # only what was reviewed is on file


def test_all_problems_are_told_at_once_and_the_application_waits(registry):
    form = adult().changed({"document_number": "419901190001010010", "holder_name": "𠮷", "address_1": ""})
    entered = enter(registry, Form(form.values))
    told = [
        ("document.resident_number", "document_number"),
        ("field.required", "address_1"),
        ("name.characters", "holder_name"),
        ("photo.required", "photo"),
    ]
    assert rules_of(entered.problems) == told
    with pytest.raises(ApplicationRefusedError) as refused:
        submit(registry, entered.number)
    assert rules_of(refused.value.problems) == told
    assert rows(registry)[0]["state"] == "NEW"
    assert people(registry) == []


def test_what_was_lacking_is_corrected_and_submitted(registry):
    good = adult()
    number = enter(registry, Form(good.changed({"address_1": ""}).values)).number
    with registry.transaction(OTHER_COLLECTOR) as work:
        left = intake.correct(work, number, {"address_1": good.get("address_1")}).problems
        assert rules_of(left) == [("photo.required", "photo")]
    with registry.transaction(OTHER_COLLECTOR) as work:
        assert intake.correct(work, number, {}, good.photo).problems == ()
    submit(registry, number)
    (row,) = rows(registry)
    assert row["state"] == "SUBMITTED"
    assert row["collected_by"].split() == ["collector-1", "collector-2"]


def test_unknown_fields_are_refused_with_the_nearest_name(registry):
    with pytest.raises(ApplicationRefusedError, match=r"holder_nane: an unknown field.*holder_name"):
        enter(registry, adult().changed({"holder_nane": "张"}))
    number = enter(registry, adult()).number
    with (
        pytest.raises(ApplicationRefusedError, match=r"field\.known"),
        registry.transaction(COLLECTOR) as work,
    ):
        intake.correct(work, number, {"holder_nane": "张"})


def test_a_second_application_is_answered_with_the_number_of_the_first(registry):
    first = enter(registry, adult()).number
    (problem,) = enter(registry, adult()).problems
    assert (problem.rule, problem.told) == ("person.open", {"number": first})
    submit(registry, first)
    (problem,) = enter(registry, adult(), OTHER_COLLECTOR).problems
    assert problem.told == {"number": first}
    second = rows(registry)[-1]["number"]
    with pytest.raises(ApplicationRefusedError, match=first):
        submit(registry, second)
    with registry.transaction(COLLECTOR) as work:
        intake.withdraw(work, first, "本人放弃")
    submit(registry, second)


def test_identity_card_and_household_register_are_the_same_person(registry):
    submit(registry, enter(registry, adult()).number)
    (problem,) = enter(registry, adult().changed({"document_type": "02"})).problems
    assert problem.rule == "person.open"


def test_the_database_itself_lets_one_application_of_a_person_in(registry, monkeypatch):
    """Two collectors at the same moment, each of whom saw no other application."""
    one, two = (enter(registry, adult()).number for _ in range(2))
    monkeypatch.setattr(
        intake, "look_up", lambda work, block, own=(), business="": _nothing_known(work, block)
    )
    outcomes = []

    def send(number):
        try:
            submit(registry, number)
            outcomes.append("in")
        except ChangedMeanwhileError:
            outcomes.append("late")

    threads = [threading.Thread(target=send, args=(number,)) for number in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in", "late"]
    assert sorted(row["state"] for row in rows(registry)) == ["NEW", "SUBMITTED"]
    assert len(people(registry)) == 1


def _nothing_known(work, block):
    from issuer.applications.existing import Known  # noqa: PLC0415  the shape only

    keys = [checked.key for checked in block]
    return Known(persons.find_all(work, keys), {}, dict.fromkeys(keys, ()))


def test_a_number_that_was_mistyped_leaves_nobody_behind(registry):
    number = enter(registry, adult()).number
    submit(registry, number)
    with registry.transaction(reviewer()) as work:
        reviews.give(work, reviews.Party.COUNTY, reviews.Verdict.RETURN, [number], "证件号有误")
    other = adult(2)
    same = {name: other.get(name) for name in ("document_number", "birth_date", "sex_code")}
    with registry.transaction(COLLECTOR) as work:
        assert intake.correct(work, number, same).problems == ()
    submit(registry, number)
    (who,) = people(registry)
    assert who["document_number"] == other.get("document_number")
    assert rows(registry)[0]["round"] == 2


def reviewer():
    return actor(Role.COUNTY_REVIEWER, name="county-1")


def test_collectors_work_at_points_of_their_institution_only(registry):
    with registry.transaction(actor(Role.ADMINISTRATOR)) as work:
        places.add_point(work, "419901-02", COUNTY, "另一处", "另一机构")
    with pytest.raises(places.ForeignPlaceError), registry.transaction(COLLECTOR) as work:
        intake.enter(work, "419901-02", adult())
    with pytest.raises(NotFoundError), registry.transaction(COLLECTOR) as work:
        intake.enter(work, "nowhere", adult())
    with registry.transaction(actor(Role.AUDITOR)) as work:
        denied = work.rows(select(audit.c.detail).where(audit.c.action == "access.denied"))
    assert [json.loads(row["detail"])["wanted"] for row in denied] == ["application.enter"]


def test_a_mode_that_does_not_exist_and_a_missing_reason(registry):
    with pytest.raises(intake.ModeUnknownError):
        enter(registry, adult(), mode="quick")
    number = enter(registry, adult()).number
    for reason in ("", " ", "长" * 201):
        with pytest.raises(intake.ReasonMissingError), registry.transaction(COLLECTOR) as work:
            intake.withdraw(work, number, reason)


def test_what_is_under_way_is_neither_corrected_nor_submitted_again(registry):
    number = enter(registry, adult()).number
    submit(registry, number)
    with pytest.raises(TransitionRefusedError, match=r"application\.county_pass"):
        submit(registry, number)
    with pytest.raises(TransitionRefusedError), registry.transaction(COLLECTOR) as work:
        intake.correct(work, number, {"address_1": "别处"})


# --- lists ------------------------------------------------------------------------------------------------


def test_a_list_is_taken_in_whole(registry):
    numbers = submit_list(registry, a_list(registry, 60).raw)
    found = rows(registry)
    assert [row["number"] for row in found] == numbers
    assert {(row["state"], row["mode"], row["source"]) for row in found} == {("SUBMITTED", "batch", "02")}
    assert len({row["person_id"] for row in found}) == len(people(registry)) == 60


def test_a_list_again_is_found_out(registry):
    raw = a_list(registry, 5).raw
    submit_list(registry, raw)
    with pytest.raises(TakenError, match="application file"):
        submit_list(registry, raw)
    assert len(rows(registry)) == 5


def test_csv_with_photos_beside_it_says_the_same(registry):
    made = a_list(registry, 40, as_csv=True)
    with registry.transaction(COLLECTOR) as work:
        receipt = list_intake.submit_file(work, made.raw, made.photos.__getitem__)
    assert len(receipt.accepted) == 40
    assert all(row["photo"] or row["document_type"] == "NB" for row in rows(registry))


def test_one_bad_line_and_nothing_is_changed(registry):
    made = a_list(registry, 40, faults=1)
    (line,) = made.faults
    with pytest.raises(list_intake.LinesRefusedError, match=f"line {line}, document_number") as refused:
        submit_list(registry, made.raw)
    assert list(refused.value.receipt.problems) == [line]
    assert rows(registry) == people(registry) == []


def test_every_planted_fault_is_found_and_nothing_else(registry):
    holder = submit_list(registry, a_list(registry, 1, seed=3).raw)
    pass_all(registry, holder)
    released(registry, holder)
    hand_out(registry, rows(registry)[0])
    having = dict(a_list(registry, 1, seed=3).people[0].values)
    made = a_list(registry, 300, faults=37, having_card=[having])
    heard = []
    with registry.transaction(COLLECTOR) as work:
        receipt = list_intake.submit_file(
            work, made.raw, no_photos, accept_good_lines=True, progress=lambda *at: heard.append(at)
        )
    found = {
        line: [(problem.rule, problem.field) for problem in problems]
        for line, problems in receipt.problems.items()
    }
    assert found == {line: [(one.rule, one.field)] for line, one in made.faults.items()}
    assert len({one.fault for one in made.faults.values()}) == 19
    assert len(receipt.accepted) == 300 - 37
    assert heard[-1] == (300, 300)


def test_the_return_file_names_lines_rules_and_fields_and_nobody(registry):
    made = a_list(registry, 60, faults=12)
    with registry.transaction(COLLECTOR) as work:
        receipt = list_intake.submit_file(work, made.raw, no_photos, accept_good_lines=True)
    text = receipt.return_file().decode()
    first, heading, *lines = text.splitlines()
    digest = sm3(made.raw).hex().upper()
    assert first == f"rhc-applications-return/1,file={digest},lines=60,accepted=48,refused=12"
    assert heading == "line,number,rule,field,expected"
    assert len(lines) == 60
    for who in made.people:
        assert who.values["holder_name"] not in text
        assert who.values.get("document_number", "NB") not in text
    assert {row["line"] for row in receipt.as_json()["problems"]} == set(made.faults)


def test_a_corrected_line_of_a_later_list_answers_a_return(registry):
    made = a_list(registry, 3)
    numbers = submit_list(registry, made.raw)
    with registry.transaction(reviewer()) as work:
        reviews.give(work, reviews.Party.COUNTY, reviews.Verdict.RETURN, numbers[1:], "地址不详")
    corrected = {"address_1": "示范省示范市示范县样板乡第一村1组1号"}
    again = [
        json.dumps(json.loads(line) | corrected, ensure_ascii=False)
        for line in made.raw.decode().splitlines()[2:]
    ]
    header = json.dumps({"format": "rhc-applications/1", "count": 2, "point": POINT})
    assert submit_list(registry, "\n".join([header, *again]).encode(), OTHER_COLLECTOR) == numbers[1:]
    found = rows(registry)
    assert [row["state"] for row in found] == ["SUBMITTED"] * 3
    assert [row["round"] for row in found] == [1, 2, 2]
    assert found[1]["form"]["address_1"].endswith("1组1号")
    assert found[1]["collected_by"].split() == ["collector-1", "collector-2"]


HEADER = f"rhc-applications/1,count=1,point={POINT}"


def test_a_list_with_chinese_headings_blank_cells_and_a_byte_order_mark(registry):
    form = adult()
    cells = {
        "姓名": "holder_name",
        "证件号": "document_number",
        "地址1": "address_1",
        "证件种类": "document_type",
    }
    names = {**cells, **{name: name for name in form.values if name not in cells.values()}}
    photo = next(iter(a_list(registry, 1).raw.decode().splitlines()[1:]))
    row = ",".join(form.get(name) for name in names.values())
    data = json.loads(photo)["photo_base64"]
    text = f"{HEADER},,,\r\n{','.join(names)},photo_base64,\r\n{row},{data},\r\n,,,\r\n"
    assert len(submit_list(registry, b"\xef\xbb\xbf" + text.encode())) == 1


def test_codes_of_the_social_security_list_are_translated(registry):
    form = of_kind(applicants.FOREIGNER)
    photo = {"photo_base64": base64.b64encode(form.photo).decode()}
    row = json.dumps(form.values | {"document_type": "08"} | photo, ensure_ascii=False)
    header = {"format": "rhc-applications/1", "count": 1, "point": POINT, "documents": "ssc"}
    submit_list(registry, f"{json.dumps(header)}\n{row}".encode())
    assert [row["document_type"] for row in rows(registry)] == ["03"]


def test_a_photo_that_cannot_be_read_is_a_problem_of_its_line(registry):
    form = adult()
    wrong = {
        "../x.jpg": "the name of a file beside the list",
        "..": "the name of a file beside the list",
        "gone.jpg": "No such file or directory",
    }
    for name, told in wrong.items():
        text = f"{HEADER}\n{','.join(form.values)},photo\n{','.join(form.values.values())},{name}\n"
        with pytest.raises(list_intake.LinesRefusedError, match=rf"line 3, photo: .*{told}.*photo\.image"):
            submit_list(registry, text.encode())


def test_the_audit_chain_tells_of_every_application_of_a_list(registry):
    submit_list(registry, a_list(registry, 5).raw)
    with registry.transaction(actor(Role.AUDITOR)) as work:
        told = work.rows(
            select(audit.c.subject, audit.c.subject_id).where(audit.c.action == "application.submit_file")
        )
        ids = set(work.connection.execute(select(application.c.id)).scalars())
    assert {row["subject_id"] for row in told if row["subject"] == "application"} == ids
    assert sum(row["subject"] == "application_file" for row in told) == 1
