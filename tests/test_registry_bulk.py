"""Many rows at once: the same as one after the other, for values, states, numbers and the audit chain."""

from __future__ import annotations

import pytest
from registry_bench import EVERYBODY
from sqlalchemy import Column, String, select

from issuer.keys.certificates import AUDIT_KEY
from issuer.registry import audit as chain
from issuer.registry.errors import ChangedMeanwhileError, NotFoundError, TransitionRefusedError
from issuer.registry.schema.audit import audit
from issuer.registry.schema.columns import metadata, sealed_text, table
from issuer.registry.states import StateTable
from issuer.registry.work import BLOCK, batched

LIFE = StateTable("thing", {("NEW", "thing.use"): "USED", ("OLD", "thing.use"): "GONE"})
COUNT = BLOCK + 7


@pytest.fixture
def things(registry):
    made = table("thing", Column("state", String(8)), Column("place", String(8)), sealed_text("name"))
    with registry.engine.begin() as connection:
        made.create(connection)
    yield made
    metadata.remove(made)


def put(work, things, count=COUNT, state="NEW"):
    return work.insert_all(things, [{"state": state, "place": "", "name": f"甲{n}"} for n in range(count)])


def test_rows_are_put_in_sealed_and_in_order(registry, things):
    with registry.transaction(EVERYBODY) as work:
        ids = put(work, things)
        assert work.insert_all(things, []) == []
    with registry.transaction(EVERYBODY) as work:
        names = {row["id"]: row["name"] for row in work.rows(select(things))}
        assert [names[row_id] for row_id in ids] == [f"甲{n}" for n in range(COUNT)]
        raw = work.connection.execute(select(things.c.name)).scalars().all()
        assert not any("甲".encode() in bytes(cell) for cell in raw)


def test_cells_are_changed_by_row(registry, things):
    with registry.transaction(EVERYBODY) as work:
        ids = put(work, things, 20)
        work.update_all(things, {row_id: {"name": f"乙{n}", "place": "x"} for n, row_id in enumerate(ids)})
        work.update_all(things, {})
        rows = {row["id"]: row for row in work.rows(select(things))}
        assert [rows[row_id]["name"] for row_id in ids] == [f"乙{n}" for n in range(20)]
        assert {row["place"] for row in rows.values()} == {"x"}
    with pytest.raises(NotFoundError), registry.transaction(EVERYBODY) as work:
        work.update_all(things, {ids[0]: {"place": "y"}, "0" * 32: {"place": "y"}})
    with registry.transaction(EVERYBODY) as work:
        assert work.get(things, ids[0])["place"] == "x"


def test_many_move_at_once_and_each_is_in_the_chain(registry, things):
    with registry.transaction(EVERYBODY) as work:
        put(work, things)
        old = put(work, things, 1, "OLD")
        rows = work.rows(select(things.c.id, things.c.state))
        work.move_all(things, rows, LIFE, "thing.use", place="here")
    with registry.transaction(EVERYBODY) as work:
        states = {row["id"]: (row["state"], row["place"]) for row in work.rows(select(things))}
        assert states.pop(old[0]) == ("GONE", "here")
        assert set(states.values()) == {("USED", "here")}
        told = work.rows(select(audit.c.subject_id, audit.c.detail).order_by(audit.c.seq))
        assert [row["subject_id"] for row in told] == [row["id"] for row in rows]
        assert {row["detail"] for row in told} == {
            '{"after":"USED","before":"NEW"}',
            '{"after":"GONE","before":"OLD"}',
        }
        public = work.custodian.public_key(AUDIT_KEY)
        assert chain.verify(work.connection, public) == ()


def test_one_that_cannot_move_holds_all(registry, things):
    with registry.transaction(EVERYBODY) as work:
        put(work, things, 3)
        put(work, things, 1, "USED")
    with pytest.raises(TransitionRefusedError), registry.transaction(EVERYBODY) as work:
        work.move_all(things, work.rows(select(things.c.id, things.c.state)), LIFE, "thing.use")
    with registry.transaction(EVERYBODY) as work:
        stale = [{**row, "state": "NEW"} for row in work.rows(select(things.c.id, things.c.state))]
    with pytest.raises(ChangedMeanwhileError), registry.transaction(EVERYBODY) as work:
        work.move_all(things, stale, LIFE, "thing.use")
    with registry.transaction(EVERYBODY) as work:
        assert sorted(row["state"] for row in work.rows(select(things))) == ["NEW", "NEW", "NEW", "USED"]
        assert work.rows(select(audit.c.seq)) == []


def test_numbers_in_blocks_follow_each_other(registry):
    with registry.transaction(EVERYBODY) as work:
        assert work.next_number("n") == 1
        assert work.next_numbers("n", 5) == range(2, 7)
        assert work.next_numbers("other", 2) == range(1, 3)
    with registry.transaction(EVERYBODY) as work:
        assert work.next_number("n") == 7


def test_blocks():
    assert list(batched(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(batched([])) == []
