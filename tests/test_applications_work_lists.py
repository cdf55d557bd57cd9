"""What waits for whom, counts, find before make, and that looking at personal data is written down."""

from __future__ import annotations

import pytest
from applications_bench import (
    BANK_REVIEWER,
    CENTRE_REVIEWER,
    COLLECTOR,
    COUNTY,
    COUNTY_REVIEWER,
    POINT,
    a_list,
    adult,
    hand_out,
    pass_all,
    register_places,
    released,
    rows,
    submit_list,
)
from registry_bench import EVERYBODY, actor
from sqlalchemy import select

from issuer.access.actor import Actor, Role
from issuer.applications import intake, places, reviews, work_lists
from issuer.applications.identity import PersonKey, UnknownDocumentError
from issuer.registry.errors import NotFoundError, TakenError
from issuer.registry.schema.audit import audit


@pytest.fixture(autouse=True)
def point(registry):
    return register_places(registry)


def waiting(registry, who):
    with registry.transaction(who) as work:
        return [row["number"] for row in work_lists.work_list(work)]


def find(registry, key, who=COLLECTOR):
    with registry.transaction(who) as work:
        return work_lists.find(work, key)


def test_everybody_sees_what_waits_for_them(registry, clock):
    stranger = Actor("collector-9", frozenset({Role.COLLECTOR}), "另一机构")
    with registry.transaction(COLLECTOR) as work:
        draft = intake.enter(work, POINT, adult(77)).number
    clock.move(minutes=1)
    first, second, third = submit_list(registry, a_list(registry, 3).raw)
    assert waiting(registry, COLLECTOR) == [draft]
    assert waiting(registry, stranger) == []
    assert waiting(registry, COUNTY_REVIEWER) == [first, second, third]
    assert waiting(registry, CENTRE_REVIEWER) == waiting(registry, BANK_REVIEWER) == []
    clock.move(minutes=1)
    pass_all(registry, [first, second], reviews.Party.COUNTY)
    with registry.transaction(COUNTY_REVIEWER) as work:
        reviews.give(work, reviews.Party.COUNTY, reviews.Verdict.RETURN, [third], "地址不详")
    assert waiting(registry, COLLECTOR) == [draft, third]
    assert waiting(registry, CENTRE_REVIEWER) == [first, second]
    clock.move(minutes=1)
    pass_all(registry, [first], reviews.Party.CENTRE)
    assert waiting(registry, BANK_REVIEWER) == [first]
    pass_all(registry, [first], reviews.Party.BANK)
    assert waiting(registry, CENTRE_REVIEWER) == [second, first]
    # one with all roles sees what they did not collect themselves, and what is to be collected
    assert waiting(registry, EVERYBODY) == [draft, second, third, first]


def test_lists_and_counts_hold_nothing_personal(registry):
    made = a_list(registry, 8)
    numbers = submit_list(registry, made.raw)
    pass_all(registry, numbers[:3], reviews.Party.COUNTY)
    with registry.transaction(actor(Role.AUDITOR)) as work:
        found = work_lists.listed(work, state="COUNTY_OK", county=COUNTY, point=POINT)
        counts = work_lists.statistics(work)
        assert work_lists.listed(work, county="419902") == []
        assert len(work_lists.listed(work, limit=2)) == 2
    assert [row["number"] for row in found] == numbers[:3]
    assert counts == [
        {"county": COUNTY, "state": "COUNTY_OK", "count": 3},
        {"county": COUNTY, "state": "SUBMITTED", "count": 5},
    ]
    assert not any(who.values["holder_name"] in str(found) for who in made.people)


def test_find_before_make(registry):
    form = adult()
    key = PersonKey.known("01", form.get("document_number").lower())
    assert find(registry, key) is None
    with registry.transaction(COLLECTOR) as work:
        number = intake.enter(work, POINT, form).number
        intake.submit(work, number)
    found = find(registry, key)
    assert (found.application, found.card, found.may_apply) == (number, None, False)
    pass_all(registry, [number])
    released(registry, [number])
    card_id = hand_out(registry, rows(registry)[0])
    found = find(registry, PersonKey.known("02", form.get("document_number")))
    assert (found.application, found.card.card_id, found.may_apply) == (None, card_id, False)
    with pytest.raises(UnknownDocumentError, match="77: no type of document"):
        PersonKey.known("77", "1")


def test_looking_at_personal_data_is_written_down(registry):
    (number,) = submit_list(registry, a_list(registry, 1).raw)
    with registry.transaction(COUNTY_REVIEWER) as work:
        shown = work_lists.shown(work, number)
    assert shown.row["form"]["holder_name"]
    assert "application.county_pass" in shown.possible
    assert shown.row["form"]["holder_name"] not in repr(shown)
    find(registry, PersonKey.known("01", shown.row["form"].get("document_number", "1")))
    with registry.transaction(actor(Role.AUDITOR)) as work:
        wanted = select(audit).where(audit.c.action.in_(("application.show", "application.find")))
        told = work.rows(wanted.order_by(audit.c.seq))
    assert [(row["action"], row["operator"]) for row in told] == [
        ("application.show", "county-1"),
        ("application.find", "collector-1"),
    ]
    assert shown.row["form"].get("document_number", "–") not in str(told)
    with pytest.raises(NotFoundError), registry.transaction(COUNTY_REVIEWER) as work:
        work_lists.shown(work, "1")


def test_who_sees_which_application(registry):
    form = adult().changed({"mental_illness_flag": "true", "allergen_name_1": "青霉素"})
    with registry.transaction(COLLECTOR) as work:
        number = intake.enter(work, POINT, form).number
    clinical = {"mental_illness_flag", "allergen_name_1"}
    for who in (COLLECTOR, COUNTY_REVIEWER, CENTRE_REVIEWER, EVERYBODY):
        with registry.transaction(who) as work:
            assert set(work_lists.shown(work, number).row["form"]) >= {*clinical, "document_number"}
    with registry.transaction(BANK_REVIEWER) as work:
        seen = work_lists.shown(work, number).row["form"]
    assert seen.items() <= form.values.items()
    assert {"holder_name", "document_number", "holder_phone_1", "address_1"} <= set(seen)
    assert not clinical & set(seen)
    for role in (Role.COLLECTOR, Role.COUNTY_REVIEWER):
        stranger = Actor("stranger", frozenset({role}), "另一机构")
        with pytest.raises(places.ForeignPlaceError), registry.transaction(stranger) as work:
            work_lists.shown(work, number)


def test_places_are_registered_once_and_rightly(registry):
    wrong = [
        (places.add_county, ("41990", "县", "机构"), "six digits"),
        (places.add_county, ("419909", "", "机构"), "1 to 64 characters"),
        (places.add_county, ("419909", "县", "机\n构"), "1 to 64 characters"),
        (places.add_point, ("a b", COUNTY, "点", "机构"), "letters, digits and dashes"),
        (places.add_point, ("a" * 17, COUNTY, "点", "机构"), "letters, digits and dashes"),
    ]
    for function, arguments, told in wrong:
        with (
            pytest.raises(places.PlaceRefusedError, match=told),
            registry.transaction(actor(Role.ADMINISTRATOR)) as work,
        ):
            function(work, *arguments)
    for function, arguments, kind in (
        (places.add_county, (COUNTY, "县", "机构"), TakenError),
        (places.add_point, (POINT, COUNTY, "点", "机构"), TakenError),
        (places.add_point, ("x", "419909", "点", "机构"), NotFoundError),
    ):
        with pytest.raises(kind), registry.transaction(actor(Role.ADMINISTRATOR)) as work:
            function(work, *arguments)
    with registry.transaction(COLLECTOR) as work:
        assert [row["code"] for row in places.listed(work)] == [COUNTY, POINT]
