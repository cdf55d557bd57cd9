"""County, centre and bank: who may say what, in which order, and what comes of it."""

from __future__ import annotations

import itertools

import pytest
from applications_bench import (
    BANK_REVIEWER,
    CENTRE_REVIEWER,
    COLLECTOR,
    COUNTY_REVIEWER,
    INSTITUTION,
    POINT,
    REVIEWERS,
    a_list,
    adult,
    hand_out,
    pass_all,
    put_card,
    register_places,
    released,
    rows,
    submit_list,
)
from registry_bench import EVERYBODY, actor
from sqlalchemy import select

from issuer.access.actor import Actor, Role
from issuer.access.permission import NotPermittedError, SecondPersonError
from issuer.applications import intake, places, release, reviews
from issuer.applications.existing import NEW_CARD
from issuer.applications.reviews import OwnWorkError, Party, Verdict
from issuer.applications.rules import ApplicationRefusedError
from issuer.applications.states import CLOSED, STATES
from issuer.registry.errors import NotFoundError, TransitionRefusedError
from issuer.registry.schema.applications import application, person, review
from issuer.registry.schema.audit import audit


@pytest.fixture(autouse=True)
def point(registry):
    return register_places(registry)


def give(registry, party, verdict, numbers, reason="", *, who=None):
    with registry.transaction(who or REVIEWERS[party]) as work:
        reviews.give(work, party, verdict, numbers, reason)


def pass_before(registry, party, numbers):
    """Let the parties pass the applications whose turn is before that of `party`."""
    for before in itertools.takewhile(lambda one: one is not party, Party):
        pass_all(registry, numbers, before)


def states(registry):
    return [row["state"] for row in rows(registry)]


# --- the way through --------------------------------------------------------------------------------------


def test_the_way_of_an_application_that_all_parties_pass(registry):
    numbers = submit_list(registry, a_list(registry, 20).raw)
    for party, state in zip(Party, ("COUNTY_OK", "CENTRE_OK", "BANK_OK"), strict=True):
        pass_all(registry, numbers, party)
        assert set(states(registry)) == {state}
    done = released(registry, numbers)
    assert (done.ready, done.held) == (tuple(numbers), {})
    assert set(states(registry)) == {"READY"}
    with registry.transaction(actor(Role.AUDITOR)) as work:
        kept = work.rows(select(review))
        wanted = select(audit.c.action).where(audit.c.subject_id == kept[0]["application_id"])
        told = [row["action"] for row in work.rows(wanted.order_by(audit.c.seq))]
    assert {(row["party"], row["verdict"], row["round"]) for row in kept} == {
        ("county", "01", 1), ("centre", "01", 1), ("bank", "01", 1),
    }  # fmt: skip
    assert told == [
        "application.submit_file", "application.county_pass", "application.centre_pass",
        "application.bank_pass", "application.release",
    ]  # fmt: skip


def test_a_return_has_a_reason_and_the_next_round_begins_at_the_county(registry):
    (number,) = submit_list(registry, a_list(registry, 1).raw)
    pass_all(registry, [number], Party.COUNTY, Party.CENTRE)
    with pytest.raises(intake.ReasonMissingError):
        give(registry, Party.BANK, Verdict.RETURN, [number])
    give(registry, Party.BANK, Verdict.RETURN, [number], "姓名与证件不符")
    (row,) = rows(registry)
    assert (row["state"], row["return_reason"]) == ("RETURNED", "姓名与证件不符")
    with registry.transaction(COLLECTOR) as work:
        intake.submit(work, number)
    (row,) = rows(registry)
    assert (row["state"], row["round"], row["return_reason"]) == ("SUBMITTED", 2, None)
    pass_all(registry, [number])
    assert states(registry) == ["BANK_OK"]


def test_refused_for_good_is_the_end_and_the_person_may_apply_anew(registry):
    for party in Party:
        with registry.transaction(COLLECTOR) as work:
            entered = intake.enter(work, POINT, adult())
            assert entered.problems == ()
            intake.submit(work, entered.number)
        pass_before(registry, party, [entered.number])
        give(registry, party, Verdict.REFUSE, [entered.number], "非本县居民")
        with pytest.raises(TransitionRefusedError, match="possible now: –"):
            give(registry, party, Verdict.PASS, [entered.number])
    assert states(registry) == ["REFUSED"] * 3
    with registry.transaction(actor(Role.AUDITOR)) as work:
        kept = work.rows(select(review).where(review.c.verdict == "03"))
    assert [row["reason"] for row in kept] == ["非本县居民"] * 3


def test_out_of_turn_is_refused_with_what_is_possible(registry):
    numbers = submit_list(registry, a_list(registry, 2).raw)
    with pytest.raises(TransitionRefusedError, match=r"bank_pass .* SUBMITTED; .*county_pass"):
        give(registry, Party.BANK, Verdict.PASS, numbers)
    pass_all(registry, numbers[:1], Party.COUNTY)
    with pytest.raises(TransitionRefusedError):
        give(registry, Party.COUNTY, Verdict.PASS, numbers)
    assert states(registry) == ["COUNTY_OK", "SUBMITTED"]


def test_every_state_and_every_review_as_the_table_says(registry):
    """The row itself is put into the state; each review then does what states.csv says, or is refused."""
    (number,) = submit_list(registry, a_list(registry, 1).raw)
    with registry.transaction(COLLECTOR) as work:
        row_id = work.one(select(application.c.id), "application", number)["id"]
    assert len(STATES.states) == 12
    for state, party, verdict in itertools.product(STATES.states, Party, Verdict):
        with registry.transaction(COLLECTOR) as work:
            work.update(application, row_id, state=state, open_person=None)
        name = f"application.{party}_{verdict}"
        due = STATES.next.get((state, name))
        if due is None:
            with pytest.raises(TransitionRefusedError):
                give(registry, party, verdict, [number], "原因")
        else:
            give(registry, party, verdict, [number], "原因")
            assert states(registry) == [due]
        assert (STATES.possible(state) == ()) == (state in CLOSED)


# --- who may ----------------------------------------------------------------------------------------------


def test_nobody_reviews_what_they_collected(registry):
    numbers = submit_list(registry, a_list(registry, 1).raw, EVERYBODY)
    for party in Party:
        with pytest.raises(OwnWorkError, match="nobody reviews what they collected"):
            give(registry, party, Verdict.PASS, numbers, who=EVERYBODY)
        pass_all(registry, numbers, party)
    with registry.transaction(actor(Role.AUDITOR)) as work:
        denied = work.rows(select(audit.c.operator).where(audit.c.action == "access.denied"))
    assert [row["operator"] for row in denied] == ["everybody"] * 3


def test_nobody_who_corrected_it_reviews_it(registry):
    (number,) = submit_list(registry, a_list(registry, 1).raw)
    give(registry, Party.COUNTY, Verdict.RETURN, [number], "地址不详")
    with registry.transaction(EVERYBODY) as work:
        intake.correct(work, number, {"address_1": "示范县某处"})
    with registry.transaction(COLLECTOR) as work:
        intake.submit(work, number)
    with pytest.raises(OwnWorkError):
        give(registry, Party.COUNTY, Verdict.PASS, [number], who=EVERYBODY)


def test_nobody_speaks_for_two_parties(registry):
    numbers = submit_list(registry, a_list(registry, 2).raw)
    give(registry, Party.COUNTY, Verdict.PASS, numbers, who=EVERYBODY)
    with pytest.raises(OwnWorkError, match="nobody reviews for two parties"):
        give(registry, Party.CENTRE, Verdict.PASS, numbers, who=EVERYBODY)
    pass_all(registry, numbers, Party.CENTRE)
    with pytest.raises(OwnWorkError, match="nobody reviews for two parties"):
        give(registry, Party.BANK, Verdict.PASS, numbers, who=EVERYBODY)
    with registry.transaction(EVERYBODY) as work:
        assert reviews.waiting(work, Party.BANK) == []
    with registry.transaction(BANK_REVIEWER) as work:
        assert reviews.waiting(work, Party.BANK) == numbers


def test_a_county_is_reviewed_by_its_own_institution(registry):
    numbers = submit_list(registry, a_list(registry, 1).raw)
    stranger = Actor("county-2", frozenset({Role.COUNTY_REVIEWER}), "另一机构")
    with pytest.raises(places.ForeignPlaceError, match="another institution"):
        give(registry, Party.COUNTY, Verdict.PASS, numbers, who=stranger)
    with registry.transaction(stranger) as work:
        assert reviews.waiting(work, Party.COUNTY) == []
    with registry.transaction(COUNTY_REVIEWER) as work:
        assert reviews.waiting(work, Party.COUNTY) == numbers
        assert reviews.waiting(work, Party.COUNTY, county="419902") == []


def test_every_review_takes_its_role(registry):
    numbers = submit_list(registry, a_list(registry, 1).raw)
    for role, party, verdict in itertools.product(Role, Party, Verdict):
        if role == f"{party}_reviewer":
            continue
        with pytest.raises(NotPermittedError):
            give(registry, party, verdict, numbers, "原因", who=actor(role, name="somebody"))
    assert states(registry) == ["SUBMITTED"]


def test_a_number_that_nobody_has(registry):
    numbers = submit_list(registry, a_list(registry, 1).raw)
    with pytest.raises(NotFoundError, match="application 1: there is none"):
        give(registry, Party.COUNTY, Verdict.PASS, [*numbers, "1"])
    assert states(registry) == ["SUBMITTED"]


# --- release ----------------------------------------------------------------------------------------------


def test_what_was_reviewed_is_on_file_of_the_person(registry):
    made = a_list(registry, 5)
    numbers = submit_list(registry, made.raw)
    pass_all(registry, numbers)
    released(registry, numbers)
    with registry.transaction(COLLECTOR) as work:
        people = {row["id"]: row for row in work.rows(select(person))}
    for row, who in zip(rows(registry), made.people, strict=True):
        on_file = people[row["person_id"]]
        assert on_file["name"] == on_file["items"]["holder_name"] == who.values["holder_name"]
        assert on_file["portrait"] == row["photo"]


def test_a_card_that_was_made_meanwhile_holds_the_application_back(registry):
    numbers = submit_list(registry, a_list(registry, 3).raw)
    pass_all(registry, numbers)
    put_card(registry, rows(registry)[1])
    done = released(registry, numbers)
    assert done.ready == (numbers[0], numbers[2])
    ((held, (problem,)),) = done.held.items()
    assert (held, problem.rule) == (numbers[1], "card.live")
    assert states(registry) == ["READY", "BANK_OK", "READY"]
    give(registry, Party.CENTRE, Verdict.REFUSE, [held], "已有卡")
    assert states(registry)[1] == "REFUSED"


def test_a_card_that_is_over_is_followed_by_a_replacement_only(registry):
    numbers = submit_list(registry, a_list(registry, 1).raw)
    pass_all(registry, numbers)
    released(registry, numbers)
    hand_out(registry, rows(registry)[0], state="CANCELLED")
    with registry.transaction(COLLECTOR) as work:
        entered = intake.enter(work, POINT, adult(7))
    assert [problem.rule for problem in entered.problems] == ["card.replacement"]
    assert rows(registry)[0]["business"] == NEW_CARD


# --- instant issue ----------------------------------------------------------------------------------------


@pytest.fixture
def instant(registry):
    with registry.transaction(COLLECTOR) as work:
        number = intake.enter(work, POINT, adult(), mode="instant").number
        intake.submit(work, number)
    return number


def instant_pass(registry, number, first, second):
    with registry.transaction(first, second) as work:
        release.instant_pass(work, number)


@pytest.mark.parametrize("pair", [(COLLECTOR, CENTRE_REVIEWER), (COUNTY_REVIEWER, COLLECTOR)])
def test_collector_and_reviewer_release_an_instant_card_together(registry, instant, pair):
    instant_pass(registry, instant, *pair)
    assert states(registry) == ["READY"]
    with registry.transaction(COLLECTOR) as work:
        (kept,) = work.rows(select(review))
        (who,) = work.rows(select(person))
    assert (kept["party"], kept["verdict"]) == ("desk", "01")
    assert who["portrait"]


def test_an_instant_card_takes_two_of_whom_one_collected_it(registry, instant):
    with pytest.raises(SecondPersonError):
        instant_pass(registry, instant, COLLECTOR, None)
    with pytest.raises(SecondPersonError):
        instant_pass(registry, instant, COUNTY_REVIEWER, CENTRE_REVIEWER)
    with pytest.raises(OwnWorkError):
        instant_pass(registry, instant, COLLECTOR, actor(Role.COLLECTOR, name="collector-2"))
    with pytest.raises(SecondPersonError):
        instant_pass(registry, instant, COUNTY_REVIEWER, BANK_REVIEWER)
    stranger = Actor("county-2", frozenset({Role.COUNTY_REVIEWER}), "另一机构")
    with pytest.raises(places.ForeignPlaceError):
        instant_pass(registry, instant, COLLECTOR, stranger)
    assert states(registry) == ["SUBMITTED"]


def test_other_modes_go_the_long_way(registry, instant):
    (number,) = submit_list(registry, a_list(registry, 1, seed=9).raw)
    with pytest.raises(TransitionRefusedError, match="instant_pass is not possible in state batch"):
        instant_pass(registry, number, COLLECTOR, COUNTY_REVIEWER)
    pass_all(registry, [instant])
    assert released(registry, [instant]).ready == (instant,)


def test_an_instant_card_is_not_made_for_one_who_has_a_card(registry, instant):
    put_card(registry, rows(registry)[0])
    with pytest.raises(ApplicationRefusedError, match=r"card\.live"):
        instant_pass(registry, instant, COLLECTOR, COUNTY_REVIEWER)
    assert COUNTY_REVIEWER.institution == INSTITUTION
    assert states(registry) == ["SUBMITTED"]
