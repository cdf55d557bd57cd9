"""The master index: one row a person, found by any number, and two numbers made one."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from applications_bench import (
    CENTRE_REVIEWER,
    COLLECTOR,
    COUNTY_REVIEWER,
    ON,
    POINT,
    adult,
    hand_out,
    of_kind,
    pass_all,
    register_places,
    released,
    rows,
)
from registry_bench import actor
from sqlalchemy import select

from issuer.access.actor import Role
from issuer.access.permission import SecondPersonError
from issuer.applications import intake, making, persons
from issuer.applications.identity import PersonKey
from issuer.applications.merging import MergeRefusedError, merge
from issuer.cards.live import live_card_of
from issuer.registry.errors import NotFoundError
from issuer.registry.schema.applications import person, person_alias
from issuer.registry.schema.audit import audit
from issuer.registry.schema.cards import card
from lab.applicants import CHILD, NEWBORN, identity_number

BIRTH = ON - timedelta(days=20)
PAPERS = identity_number("419901", BIRTH, 3)
NB = of_kind(NEWBORN).changed({"birth_date": BIRTH.isoformat(), "sex_code": "1"})


@pytest.fixture(autouse=True)
def point(registry):
    return register_places(registry)


def apply(registry, form):
    with registry.transaction(COLLECTOR) as work:
        number = intake.enter(work, POINT, form).number
        intake.submit(work, number)
    return number


def ready(registry, form):
    number = apply(registry, form)
    pass_all(registry, [number])
    released(registry, [number])
    return next(row for row in rows(registry) if row["number"] == number)


def key_of(registry, row):
    with registry.transaction(COLLECTOR) as work:
        return persons.key_of(work.get(person, row["person_id"]))


def merged(registry, old, new, first=COUNTY_REVIEWER, second=CENTRE_REVIEWER, **options):
    with registry.transaction(first, second) as work:
        return merge(work, old, new, **options)


def found_by(registry, key):
    with registry.transaction(COLLECTOR) as work:
        row = persons.find(work, key.document_type, key.number)
        return row["id"] if row else None


@pytest.fixture
def child(registry):
    """A newborn with a card: the row of its application, its temporary key."""
    row = ready(registry, NB)
    hand_out(registry, row)
    return row, key_of(registry, row)


def with_papers():
    """The same child as it applies once it has an identity number."""
    given = dict(of_kind(CHILD).values) | {
        "document_type": "02", "document_number": PAPERS, "birth_date": BIRTH.isoformat(), "sex_code": "1",
    }  # fmt: skip
    given = {name: text for name, text in given.items() if not name.startswith("immunization")}
    return type(NB)(given, of_kind(CHILD).photo)


def test_a_child_gets_its_papers_and_keeps_its_card(registry, child):
    row, temporary = child
    papers = PersonKey("01", PAPERS)
    assert merged(registry, temporary, papers, card_type="02") == row["person_id"]
    assert found_by(registry, temporary) == found_by(registry, papers) == row["person_id"]
    with registry.transaction(COLLECTOR) as work:
        who = work.get(person, row["person_id"])
        (alias,) = persons.aliases(work, row["person_id"])
        assert live_card_of(work, "01", PAPERS) == live_card_of(work, "NB", temporary.number)
    assert (who["document_type"], who["document_number"]) == ("01", PAPERS)
    assert who["items"]["card_number"] == who["items"]["resident_id_number"] == PAPERS
    assert who["items"]["id_document_type"] == "2"
    assert alias["document_number"] == temporary.number


def test_two_rows_become_one_and_all_that_belongs_to_them_follows(registry, child):
    row, temporary = child
    number = apply(registry, with_papers())
    with registry.transaction(COLLECTOR) as work:
        intake.withdraw(work, number, "已有卡")
    kept = merged(registry, temporary, PersonKey("01", PAPERS))
    assert kept != row["person_id"]
    assert found_by(registry, temporary) == found_by(registry, PersonKey("02", PAPERS)) == kept
    with registry.transaction(COLLECTOR) as work:
        assert work.get(person, row["person_id"])["merged_into"] == kept
        assert {found["person_id"] for found in work.rows(select(card))} == {kept}
        told = work.rows(select(audit).where(audit.c.action == "application.merge"))
    assert {found["person_id"] for found in rows(registry)} == {kept}
    assert [(found["operator"], found["second"]) for found in told] == [("county-1", "centre-1")]
    assert temporary.number not in told[0]["detail"]


def test_one_who_was_merged_is_known_by_every_number_to_later_applications(registry, child):
    _row, temporary = child
    merged(registry, temporary, PersonKey("01", PAPERS))
    for form in (NB, with_papers()):
        with registry.transaction(COLLECTOR) as work:
            problems = intake.enter(work, POINT, form).problems
        assert "card.live" in [problem.rule for problem in problems]


def test_merges_in_a_row_are_followed_to_the_last(registry):
    keys = [PersonKey("03", f"ZZ000000{n}") for n in range(3)]
    for key in keys:
        values = {"document_type": "03", "document_number": key.number}
        number = apply(registry, adult().changed(values))
        with registry.transaction(COLLECTOR) as work:
            intake.withdraw(work, number, "重复")
    merged(registry, keys[0], keys[1])
    last = merged(registry, keys[1], keys[2])
    assert [found_by(registry, key) for key in keys] == [last] * 3
    with registry.transaction(COLLECTOR) as work:
        assert len(persons.aliases(work, last)) == 2
        assert len(work.rows(select(person_alias))) == 2
        assert [row["id"] for row in persons.find_by_name(work, adult().get("holder_name"))] == [last]


# --- refusals ---------------------------------------------------------------------------------------------


def test_no_merge_of_two_with_live_cards(registry, child):
    _row, temporary = child
    hand_out(registry, ready(registry, with_papers()))
    with pytest.raises(MergeRefusedError, match="both have a live card: cancel one first"):
        merged(registry, temporary, PersonKey("01", PAPERS))


def test_no_merge_while_an_application_is_under_way(registry, child):
    _row, temporary = child
    number = apply(registry, with_papers())
    with pytest.raises(MergeRefusedError, match=f"application {number} is under way"):
        merged(registry, temporary, PersonKey("01", PAPERS))


def test_no_merge_with_a_number_that_says_otherwise(registry, child):
    wrong = {
        identity_number("419901", BIRTH + timedelta(days=1), 3): "they differ in birth_date",
        identity_number("419901", BIRTH, 4): "they differ in sex_code",
        PAPERS[:17] + "?": "the check character is wrong",
        "": "17 digits and a check character",
    }
    for number, told in wrong.items():
        with pytest.raises(MergeRefusedError, match=told):
            merged(registry, child[1], PersonKey("01", number))


def test_no_merge_of_two_who_differ(registry, child):
    other = apply(registry, adult())
    with registry.transaction(COLLECTOR) as work:
        intake.withdraw(work, other, "重复")
    with pytest.raises(MergeRefusedError, match="they differ in birth_date"):
        merged(registry, child[1], PersonKey("01", adult().get("document_number")))


def test_no_merge_into_a_temporary_number_of_nobody_or_of_the_same(registry, child):
    _row, temporary = child
    with pytest.raises(MergeRefusedError, match="never the new one"):
        merged(registry, PersonKey("01", PAPERS), temporary)
    with pytest.raises(NotFoundError):
        merged(registry, PersonKey("01", PAPERS), PersonKey("03", "ZZ1"))
    merged(registry, temporary, PersonKey("01", PAPERS))
    with pytest.raises(MergeRefusedError, match="same person already"):
        merged(registry, temporary, PersonKey("01", PAPERS))


def test_a_merge_takes_two(registry, child):
    for second in (None, COUNTY_REVIEWER, COLLECTOR):
        with pytest.raises(SecondPersonError):
            merged(registry, child[1], PersonKey("01", PAPERS), COUNTY_REVIEWER, second)


def test_another_child_of_the_same_order_is_told(registry, child):
    other = NB.changed({"birth_date": (BIRTH + timedelta(days=9)).isoformat()})
    with registry.transaction(COLLECTOR) as work:
        rules = {problem.rule for problem in intake.enter(work, POINT, other).problems}
        assert "newborn.taken" in rules
        order = str(int(NB.get("birth_order")) + 1)
        assert intake.enter(work, POINT, other.changed({"birth_order": order})).problems == ()


def test_a_child_whose_card_is_being_made_waits(registry):
    row = ready(registry, NB)
    temporary = key_of(registry, row)
    steps = itertools.chain([making.take_into_batch, making.made])
    for function in steps:
        with pytest.raises(MergeRefusedError, match="is under way"):
            merged(registry, temporary, PersonKey("01", PAPERS))
        with registry.transaction(actor(Role.PERSONALISER)) as work:
            function(work, [row["id"]])
