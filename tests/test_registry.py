"""The registry: transactions, sealed columns, states, numbers, and what a failing database leaves."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from registry_bench import ADMIN, EVERYBODY, SECOND_ADMIN, actor
from sqlalchemy import Column, String, delete, select, text, update
from sqlalchemy.exc import DBAPIError

from issuer.access import operators, permission
from issuer.access.actor import Role
from issuer.keys.custodian import SealBrokenError
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.registry.errors import (
    ChangedMeanwhileError,
    NotFoundError,
    RegistryUnavailableError,
    TransitionRefusedError,
)
from issuer.registry.registry import Registry
from issuer.registry.schema.access import operator
from issuer.registry.schema.audit import audit
from issuer.registry.schema.columns import metadata, sealed_json, sealed_text, table
from issuer.registry.states import StateTable
from issuer.registry.work import Work

LIFE = StateTable(
    "thing", {("", "thing.make"): "NEW", ("NEW", "thing.use"): "USED", ("NEW", "thing.lose"): "LOST"}
)


@pytest.fixture
def things(registry):
    """A table that is made for these tests only."""
    made = table("thing", Column("state", String(8)), sealed_text("name"), sealed_json("items"))
    with registry.engine.begin() as connection:
        made.create(connection)
    yield made
    metadata.remove(made)


def rows_of_audit(registry: Registry) -> list[str]:
    with registry.engine.begin() as connection:
        return list(connection.execute(select(audit.c.action).order_by(audit.c.seq)).scalars())


# --- transactions -----------------------------------------------------------------------------------------


def test_what_raises_leaves_nothing(registry, things):
    def fail() -> None:
        with registry.transaction(ADMIN) as work:
            work.insert(things, state="NEW", name="甲")
            work.record("thing.make", "thing", "x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with registry.transaction(ADMIN) as work:
        assert work.rows(select(things)) == []
    assert rows_of_audit(registry) == []


def test_a_database_that_is_not_there_is_one_plain_line(tmp_path):
    custodian = PublishedTestCustodian()
    for url in ("nonsense", "mysql://x", "sqlite:////nowhere/at/all/r.db"):
        with pytest.raises(RegistryUnavailableError) as told:
            Registry(url, custodian)
        assert "\n" not in str(told.value)
    gone = Registry(f"postgresql+psycopg://rhc@/x?host={tmp_path}", custodian)
    with pytest.raises(RegistryUnavailableError), gone.transaction(ADMIN):
        pass


def test_a_registry_without_tables_is_one_plain_line(tmp_path):
    empty = Registry(f"sqlite:///{tmp_path}/empty.db", PublishedTestCustodian())
    with pytest.raises(RegistryUnavailableError, match="no such table"), empty.transaction(ADMIN) as work:
        work.rows(select(operator))
    assert (tmp_path / "empty.db").stat().st_mode & 0o777 == 0o600


# --- sealed columns ---------------------------------------------------------------------------------------


def test_sealed_values_come_back_and_stand_nowhere_in_clear(registry, things):
    items = {"holder_phone_1": "19900001234", "none": None}
    with registry.transaction(ADMIN) as work:
        made = work.insert(things, state="NEW", name="欧阳明哲", items=items)
        work.update(things, made, name="欧阳明哲甲")
        row = work.get(things, made)
        raw = work.connection.execute(text("SELECT name, items FROM thing")).one()
    assert (row["name"], row["items"], row["state"]) == ("欧阳明哲甲", items, "NEW")
    for cell in raw:
        assert b"19900001234" not in bytes(cell)
        assert "欧阳".encode() not in bytes(cell)


def test_a_sealed_cell_cannot_be_moved_to_another_row_or_column(registry, things):
    with registry.transaction(ADMIN) as work:
        first, second = (work.insert(things, state="NEW", name=name, items=[name]) for name in ("甲", "乙"))
        stolen = work.connection.execute(select(things.c.name).where(things.c.id == first)).scalar_one()
        work.connection.execute(update(things).where(things.c.id == second).values(name=stolen))
        with pytest.raises(SealBrokenError):
            work.get(things, second)
        work.connection.execute(update(things).where(things.c.id == first).values(items=stolen))
        with pytest.raises(SealBrokenError):
            work.get(things, first)


def test_a_query_for_sealed_columns_needs_their_id(registry, things):
    with registry.transaction(ADMIN) as work:
        work.insert(things, state="NEW", name="甲")
        assert work.rows(select(things.c.id, things.c.name))[0]["name"] == "甲"
        with pytest.raises(LookupError):
            work.rows(select(things.c.name))


def test_search_digests_depend_on_context_and_not_on_case(registry):
    with registry.transaction(ADMIN) as work:
        assert work.digest("id_number", "11010119000101004x") == work.digest(
            "id_number", "11010119000101004X"
        )
        assert work.digest("id_number", "1") != work.digest("card_number", "1")
        assert len(work.digest("id_number", "1")) == 32


# --- states -----------------------------------------------------------------------------------------------


def test_a_step_of_a_life_cycle_changes_and_audits(registry, things):
    with registry.transaction(ADMIN) as work:
        made = work.insert(things, state=LIFE.after("", "thing.make"), name="甲")
        assert work.move(things, work.get(things, made), LIFE, "thing.use", name="乙") == "USED"
        assert work.get(things, made)["name"] == "乙"
        with pytest.raises(TransitionRefusedError, match=r"thing\.lose is not possible in state USED"):
            work.move(things, work.get(things, made), LIFE, "thing.lose")
    assert rows_of_audit(registry) == ["thing.use"]


def test_a_step_from_a_state_that_is_no_more_is_refused(registry, things):
    with registry.transaction(ADMIN) as work:
        made = work.insert(things, state="NEW", name="甲")
        seen = work.get(things, made)
        work.move(things, seen, LIFE, "thing.use")
        with pytest.raises(ChangedMeanwhileError):
            work.move(things, seen, LIFE, "thing.lose")


def test_what_is_not_there_is_said(registry, things):
    with registry.transaction(ADMIN) as work:
        with pytest.raises(NotFoundError, match="thing 0000"):
            work.get(things, "0" * 32)
        with pytest.raises(NotFoundError, match="thing 0000"):
            work.update(things, "0" * 32, state="USED")


# --- numbers ----------------------------------------------------------------------------------------------


def test_numbers_are_given_out_once(registry):
    given: list[int] = []

    def draw() -> None:
        for _turn in range(5):
            with registry.transaction(ADMIN) as work:
                given.append(work.next_number("slip"))

    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == list(range(1, 21))
    with registry.transaction(ADMIN) as work:
        assert work.next_number("other") == 1


# --- append-only ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement", [update(audit).values(action="x"), delete(audit)], ids=["update", "delete"]
)
def test_the_database_itself_refuses_to_change_the_audit_log(registry, statement):
    with registry.transaction(ADMIN) as work:
        work.record("thing.make", "thing", "x")
    with (
        pytest.raises((DBAPIError, RegistryUnavailableError), match="append-only"),
        registry.transaction(ADMIN) as w,
    ):
        w.connection.execute(statement)


# --- permissions ------------------------------------------------------------------------------------------


def test_a_denial_is_audited_and_changes_nothing(registry):
    def disable() -> None:
        with registry.transaction(actor(Role.OUTLET_CLERK)) as work:
            work.record("thing.make", "thing", "x")
            operators.disable(work, "anybody")

    with pytest.raises(permission.NotPermittedError, match=r"may not do operator\.disable"):
        disable()
    assert rows_of_audit(registry) == ["access.denied"]


@pytest.mark.parametrize("second", [None, ADMIN, actor(Role.AUDITOR)], ids=["nobody", "the same", "no role"])
def test_what_takes_two_is_refused_to_one(registry, second):
    person = operators.NewOperator("zhang", "张", "县", frozenset({Role.COLLECTOR}))
    with pytest.raises(permission.SecondPersonError), registry.transaction(ADMIN, second) as work:
        operators.add(work, person, "correct horse")
    with registry.transaction(ADMIN, SECOND_ADMIN) as work:
        operators.add(work, person, "correct horse")


def test_every_action_is_bound_and_every_bound_action_is_declared():
    declared, bound = set(permission.actions()), set(permission.BOUND)
    assert bound <= declared
    assert len(declared) > 5


@pytest.mark.parametrize("role", Role)
def test_roles_by_table(role):
    for name, row in permission.actions().items():
        second = replace(SECOND_ADMIN, roles=frozenset(Role))
        if role in row.roles:
            permission.require(name, actor(role), second)
        else:
            with pytest.raises(permission.NotPermittedError):
                permission.require(name, actor(role), second)


def test_work_shows_no_keys(registry):
    with registry.transaction(EVERYBODY) as work:
        assert "Custodian" not in repr(work)
        assert isinstance(work, Work)
