"""From ready to issued as batches and cards drive it; replacements; and speed in bulk."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager

import pytest
from applications_bench import (
    CENTRE_REVIEWER,
    COLLECTOR,
    COUNTY,
    COUNTY_REVIEWER,
    POINT,
    a_list,
    hand_out,
    pass_all,
    put_card,
    ready_applications,
    register_places,
    released,
    rows,
    submit_list,
)
from registry_bench import EVERYBODY, actor
from sqlalchemy import event, select

from card_os.spec import loader
from issuer.access.actor import Role
from issuer.applications import intake, making, reviews
from issuer.applications.replacement import ReplacementRefusedError, apply_for_replacement
from issuer.applications.rules import ApplicationRefusedError
from issuer.personalisation.record import read_record
from issuer.registry.errors import NotFoundError, TransitionRefusedError
from issuer.registry.schema.applications import application, person
from issuer.registry.schema.cards import card
from issuer.registry.schema.columns import metadata

PROFILE = loader.load("health_card")
CLERK = actor(Role.OUTLET_CLERK)


def step(registry, function, *arguments):
    with registry.transaction(EVERYBODY) as work:
        return function(work, *arguments)


def states(registry):
    return [row["state"] for row in rows(registry)]


# --- to be made -------------------------------------------------------------------------------------------


def test_a_batch_takes_what_waited_longest_of_its_county(registry, clock):
    ids = ready_applications(registry, 6)
    clock.move(minutes=5)
    late = submit_list(registry, a_list(registry, 1, seed=8).raw)
    pass_all(registry, late)
    released(registry, late)
    found = step(registry, making.ready, COUNTY)
    assert [one.id for one in found][:6] == ids
    assert found[-1].number == late[0]
    assert {(one.business, one.mode, one.replaces) for one in found} == {("01", "batch", None)}
    assert [one.id for one in step(registry, making.ready, COUNTY, 2)] == ids[:2]
    assert step(registry, making.ready, "419902") == []


def test_records_are_what_the_applicants_said_and_the_card_takes_them(registry):
    made = a_list(registry, 30)
    ids = ready_applications(registry, 30)
    found = step(registry, lambda work: list(making.records(work, ids)))
    assert [one.application_id for one in found] == ids
    for one, who in zip(found, made.people, strict=True):
        record = read_record(PROFILE, one.raw, one.photo)
        assert record.card_number == one.card_number
        assert one.holder_name == who.values["holder_name"]
        items = json.loads(one.raw)["items"]
        assert items["address_1"] == who.values["address_1"]
        assert len(json.loads(one.raw)["immunizations"]) == sum(
            name.startswith("immunization_name") for name in who.values
        )
        assert who.values["holder_name"] not in repr(one)
        assert one.card_number not in repr(one)


def test_records_of_nobody(registry):
    with pytest.raises(NotFoundError):
        step(registry, lambda work: list(making.records(work, ["0" * 32])))


def test_the_steps_of_making(registry):
    ids = ready_applications(registry, 3)
    step(registry, making.take_into_batch, ids)
    step(registry, making.made, ids[:2])
    step(registry, making.issued, ids[0])
    assert states(registry) == ["ISSUED", "MADE", "IN_BATCH"]
    step(registry, making.give_back, ids[1:])
    assert states(registry) == ["ISSUED", "READY", "READY"]
    step(registry, making.take_into_batch, ids[1:])
    step(registry, making.made, ids[1:2])
    step(registry, making.send_back, ids[1:], "照片与本人不符")
    assert states(registry) == ["ISSUED", "RETURNED", "RETURNED"]
    assert rows(registry)[1]["return_reason"] == "照片与本人不符"
    assert rows(registry)[0]["photo"] is None
    for row in rows(registry)[1:]:
        with registry.transaction(COLLECTOR) as work:
            intake.submit(work, row["number"])


def test_all_or_none_is_taken_into_a_batch(registry):
    ids = ready_applications(registry, 3)
    step(registry, making.take_into_batch, ids[:1])
    with pytest.raises(TransitionRefusedError):
        step(registry, making.take_into_batch, ids)
    with pytest.raises(NotFoundError):
        step(registry, making.take_into_batch, [ids[1], "0" * 32])
    assert states(registry) == ["IN_BATCH", "READY", "READY"]
    with pytest.raises(intake.ReasonMissingError):
        step(registry, making.send_back, ids[:1], "")


def test_what_is_in_a_batch_is_neither_withdrawn_nor_reviewed(registry):
    ids = ready_applications(registry, 1)
    (row,) = rows(registry)
    step(registry, making.take_into_batch, ids)
    with pytest.raises(TransitionRefusedError), registry.transaction(COLLECTOR) as work:
        intake.withdraw(work, row["number"], "本人放弃")
    with pytest.raises(TransitionRefusedError), registry.transaction(CENTRE_REVIEWER) as work:
        reviews.give(work, reviews.Party.CENTRE, reviews.Verdict.RETURN, [row["number"]], "原因")


def test_no_personal_data_stand_in_clear_in_any_column(registry):
    """What is sealed is sealed: no name, number, telephone, address or guardian in any cell of any table."""
    register_places(registry)
    made = a_list(registry, 60)
    numbers = submit_list(registry, made.raw)
    with registry.transaction(COUNTY_REVIEWER) as work:
        reviews.give(work, reviews.Party.COUNTY, reviews.Verdict.RETURN, numbers[:2], "电话不详")
    pass_all(registry, numbers[2:])
    released(registry, numbers[2:])
    with registry.engine.begin() as connection:
        cells = b"\n".join(
            bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode()
            for table in metadata.sorted_tables
            for row in connection.exec_driver_sql(f'SELECT * FROM "{table.name}"')  # noqa: S608
            for cell in row
        )
    assert numbers[0].encode() in cells
    personal = {
        text
        for who in made.people
        for name, text in who.values.items()
        if name.endswith(("name", "number", "phone", "phone_1", "address_1", "name_1", "birth_date"))
    }
    assert len(personal) > 200
    assert [text for text in personal if text.encode() in cells] == []
    photo = bytes(next(row["photo"] for row in rows(registry) if row["photo"]))
    assert photo[100:200] not in cells


# --- replacements -----------------------------------------------------------------------------------------


def replace(registry, card_id, business="05", **options):
    with registry.transaction(CLERK) as work:
        return apply_for_replacement(work, card_id, business, POINT, **options)


@pytest.fixture
def cancelled(registry):
    """The id of a cancelled card."""
    ready_applications(registry, 1)
    return hand_out(registry, rows(registry)[0], state="CANCELLED")


def test_a_replacement_goes_through_the_reviews_with_what_is_on_file(registry, cancelled):
    number = replace(registry, cancelled)
    first, second = rows(registry)
    assert (second["number"], second["state"], second["business"]) == (number, "SUBMITTED", "05")
    assert (second["replaces"], second["person_id"]) == (cancelled, first["person_id"])
    assert second["form"].items() >= first["form"].items()
    pass_all(registry, [number])
    assert released(registry, [number]).ready == (number,)
    (ready,) = step(registry, making.ready, COUNTY)
    assert ready.replaces == cancelled


def test_a_child_is_replaced_with_its_guardian_and_a_foreigner_with_the_passport(registry):
    register_places(registry)
    made = a_list(registry, 90)
    numbers = submit_list(registry, made.raw)
    pass_all(registry, numbers)
    released(registry, numbers)
    kinds = {}
    for row, who in zip(rows(registry), made.people, strict=True):
        kinds.setdefault(who.kind, row)
    assert len(kinds) == 5
    for row in kinds.values():
        number = replace(registry, hand_out(registry, row, state="EXPIRED"), "07")
        again = next(other for other in rows(registry) if other["number"] == number)
        assert again["form"].items() >= row["form"].items()
        assert again["guardian"] == row["guardian"]


def test_what_changed_is_part_of_a_replacement(registry, cancelled):
    number = replace(registry, cancelled, "06", changes={"address_1": "示范县新址1号"})
    pass_all(registry, [number])
    released(registry, [number])
    with registry.transaction(COLLECTOR) as work:
        (who,) = work.rows(select(person))
    assert who["items"]["address_1"] == "示范县新址1号"


def test_no_replacement_while_a_card_lives_or_an_application_is_open(registry, cancelled):
    row = rows(registry)[0]
    live = put_card(registry, row, "FORMAL_LOSS")
    with pytest.raises(ApplicationRefusedError, match=r"card\.none"):
        replace(registry, live)
    with registry.transaction(EVERYBODY) as work:
        work.update(card, live, state="CANCELLED")
    number = replace(registry, live)
    with pytest.raises(ApplicationRefusedError, match=number):
        replace(registry, cancelled)


def test_a_replacement_that_is_none(registry, cancelled):
    with pytest.raises(ReplacementRefusedError, match="not one of 05 06 07"):
        replace(registry, cancelled, "01")
    with pytest.raises(NotFoundError):
        replace(registry, "0" * 32)
    other = a_list(registry, 1, seed=9).people[0].values
    stolen = {name: other[name] for name in ("document_number", "birth_date", "sex_code")}
    with pytest.raises(ApplicationRefusedError, match=r"card\.none"):
        replace(registry, cancelled, changes=stolen)


# --- bulk -------------------------------------------------------------------------------------------------


@contextmanager
def counted(registry):
    """The statements that the database is given within the block."""
    statements = []

    def listen(_connection, _cursor, statement, *_more):
        statements.append(statement)

    event.listen(registry.engine, "before_cursor_execute", listen)
    yield statements
    event.remove(registry.engine, "before_cursor_execute", listen)


def test_the_number_of_queries_does_not_grow_with_the_applicants(registry):
    """No query per line: 20 and 200 applicants take the same number of statements."""
    register_places(registry)
    counts = []
    for count, seed in ((20, 1), (200, 2)):
        raw = a_list(registry, count, seed).raw
        with counted(registry) as statements:
            numbers = submit_list(registry, raw)
            pass_all(registry, numbers)
            released(registry, numbers)
        counts.append(len(statements))
        with registry.transaction(COUNTY_REVIEWER) as work:
            assert reviews.waiting(work, reviews.Party.COUNTY) == []
    # a kind of applicant that only the longer list has may ask for one thing more
    assert 0 <= counts[1] - counts[0] <= 2
    assert counts[0] < 80


@pytest.mark.soak
def test_ten_thousand_applications_in_sensible_time(registry):
    register_places(registry)
    begin = time.perf_counter()
    numbers = submit_list(registry, a_list(registry, 10_000).raw)
    pass_all(registry, numbers)
    assert len(released(registry, numbers).ready) == 10_000
    ids = [one.id for one in step(registry, making.ready, COUNTY)]
    step(registry, making.take_into_batch, ids)
    assert time.perf_counter() - begin < 180
    with registry.transaction(EVERYBODY) as work:
        wanted = select(application.c.id).where(application.c.state == "IN_BATCH")
        assert len(work.rows(wanted)) == 10_000
