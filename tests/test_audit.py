"""The audit chain: whatever is altered, removed, inserted, cut off or made anew is found."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from hypothesis import given, settings
from hypothesis import strategies as st
from registry_bench import NOW, actor
from sqlalchemy import Connection, create_engine, delete, insert, select, update

from issuer.access.actor import Role
from issuer.access.permission import NotPermittedError
from issuer.keys.certificates import AUDIT_KEY, LIST_KEY
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.registry import audit as chain
from issuer.registry import auditing
from issuer.registry.audit import AuditEntry, Checkpoint, CheckpointFormatError
from issuer.registry.schema import audit as tables

AUDITOR = actor(Role.AUDITOR)
PUBLIC = PublishedTestCustodian().public_key(AUDIT_KEY)


def fill(registry, count: int) -> None:
    with registry.transaction(AUDITOR) as work:
        for number in range(count):
            work.record("thing.make", "thing", str(number), before="NEW", count=number)


def tamper(registry, *statements) -> None:
    """Change the log as somebody could who owns the database: with its guards taken away first."""
    with registry.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            for name in ("audit_no_UPDATE", "audit_no_DELETE"):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("DROP TRIGGER audit_append_only ON audit")
        for statement in statements:
            connection.execute(statement)


def found(registry, outside: list[str] | None = None) -> list[tuple[int, str]]:
    with registry.transaction(AUDITOR) as work:
        verdict = auditing.verify(work, outside or [])
    return [(finding.seq, str(finding.reason)) for finding in verdict.findings]


def row(connection: Connection, seq: int) -> dict:
    return dict(connection.execute(select(tables.audit).where(tables.audit.c.seq == seq)).mappings().one())


# --- a sound chain ----------------------------------------------------------------------------------------


def test_a_sound_chain_has_no_findings(registry):
    fill(registry, 3)
    with registry.transaction(AUDITOR) as work:
        line = auditing.checkpoint(work).line()
    fill(registry, 2)
    with registry.transaction(AUDITOR) as work:
        verdict = auditing.verify(work, [line, ""])
    assert (verdict.rows, verdict.checkpoints, verdict.findings) == (5, 2, ())


def test_digests_follow_the_published_rule(registry):
    """Typed by hand: SM3 over the digest before and the row as canonical JSON."""
    fill(registry, 1)
    canonical = (
        '{"action":"thing.make","at":"2026-03-02T08:00:00.000000Z","detail":"{\\"before\\":\\"NEW\\",\\"count\\":0}",'
        '"operator":"auditor","second":"","seq":1,"subject":"thing","subject_id":"0"}'
    )
    due = hashes.Hash(hashes.SM3())
    due.update(bytes(32) + canonical.encode())
    with registry.engine.begin() as connection:
        assert row(connection, 1)["digest"] == due.finalize()


def test_only_those_who_may_see_it(registry):
    for service in (auditing.verify, auditing.checkpoint):
        with pytest.raises(NotPermittedError), registry.transaction(actor(Role.COLLECTOR)) as work:
            service(work)
    with pytest.raises(NotPermittedError), registry.transaction(actor(Role.ADMINISTRATOR)) as work:
        auditing.newest(work, 10)


def test_the_newest_rows_come_first(registry):
    fill(registry, 4)
    with registry.transaction(AUDITOR) as work:
        assert [entry["seq"] for entry in auditing.newest(work, 3)] == [4, 3, 2]
        assert [entry["seq"] for entry in auditing.newest(work, 3, "1")] == [2]


# --- a chain that was touched -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("operator", "x"),
        ("second", "x"),
        ("action", "x"),
        ("subject", "x"),
        ("subject_id", "x"),
        ("detail", "{}"),
    ],
)
def test_an_altered_row_is_found(registry, column, value):
    fill(registry, 5)
    tamper(registry, update(tables.audit).where(tables.audit.c.seq == 3).values({column: value}))
    assert found(registry) == [(3, "it was altered, or a row before it was altered or inserted")]


def test_an_altered_row_with_its_digest_made_anew_is_found(registry):
    fill(registry, 5)
    with registry.engine.begin() as connection:
        second, third = row(connection, 2), row(connection, 3)
    third["operator"] = "somebody"
    digest = chain._digest(second["digest"], third)
    tamper(
        registry,
        update(tables.audit).where(tables.audit.c.seq == 3).values(operator="somebody", digest=digest),
    )
    assert found(registry) == [(4, "it was altered, or a row before it was altered or inserted")]


def test_a_removed_row_is_found(registry):
    fill(registry, 5)
    tamper(registry, delete(tables.audit).where(tables.audit.c.seq == 3))
    assert (4, "rows are missing before it") in found(registry)


def test_an_inserted_row_is_found(registry):
    fill(registry, 3)
    with registry.engine.begin() as connection:
        copy = row(connection, 3)
    tamper(registry, insert(tables.audit).values({**copy, "seq": 4}))
    problems = found(registry)
    assert (4, "it was altered, or a row before it was altered or inserted") in problems
    assert (4, "the chain does not end where its head says") in problems


def test_a_cut_end_is_found_by_its_head(registry):
    fill(registry, 5)
    tamper(registry, delete(tables.audit).where(tables.audit.c.seq > 3))
    assert found(registry) == [(3, "the chain does not end where its head says")]


def test_a_cut_end_with_a_forged_head_is_found_by_a_checkpoint_outside(registry):
    fill(registry, 5)
    with registry.transaction(AUDITOR) as work:
        line = auditing.checkpoint(work).line()
    with registry.engine.begin() as connection:
        third = row(connection, 3)
    tamper(
        registry,
        delete(tables.audit).where(tables.audit.c.seq > 3),
        update(tables.audit_head).values(seq=3, digest=third["digest"]),
    )
    assert (
        found(registry, [line]) == [(5, "a checkpoint speaks of a row that is gone: the end was cut off")] * 2
    )


def test_a_chain_made_anew_is_found_by_a_checkpoint_outside(new_registry):
    old, new = new_registry(), new_registry()
    fill(old, 3)
    with old.transaction(AUDITOR) as work:
        line = auditing.checkpoint(work).line()
    with new.transaction(AUDITOR) as work:
        for number in range(3):
            work.record("thing.make", "thing", str(number), before="OTHER")
    assert found(new, [line]) == [(3, "a checkpoint has another digest: the chain was made anew")]


def test_a_checkpoint_of_another_key_or_altered_is_found(registry):
    fill(registry, 2)
    with registry.transaction(AUDITOR) as work:
        mark = auditing.checkpoint(work)
    for forged in (
        Checkpoint(1, mark.at, mark.digest, mark.signature, mark.public_key),
        Checkpoint(mark.seq, mark.at, mark.digest, mark.signature[::-1], mark.public_key),
        Checkpoint(
            mark.seq, mark.at, mark.digest, mark.signature, PublishedTestCustodian().public_key(LIST_KEY)
        ),
    ):
        assert (forged.seq, "a checkpoint is not signed by the key of this log") in found(
            registry, [forged.line()]
        )


def test_a_registry_without_a_head_is_found(registry):
    with registry.engine.begin() as connection:
        connection.execute(delete(tables.audit_head))
        assert str(chain.verify(connection, PUBLIC)[0].reason) == "the head of the chain is missing"


# --- checkpoints as text ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "",
        "x",
        "rhc-audit-checkpoint/1 1 2",
        "rhc-audit-checkpoint/2 1 2026 00 00 00",
        "rhc-audit-checkpoint/1 1 2026-03-02T08:00:00 00 00 00",
        "rhc-audit-checkpoint/1 1 0001-01-01T00:00:00+14:00 00 00 00",
    ],
)
def test_what_is_no_checkpoint_is_refused_with_its_line(registry, line):
    with pytest.raises(CheckpointFormatError, match="line 7"):
        Checkpoint.parse(line, 7)


def test_a_checkpoint_comes_back_from_its_line(registry):
    fill(registry, 1)
    with registry.transaction(AUDITOR) as work:
        mark = auditing.checkpoint(work)
        assert auditing.checkpoint(work) == mark
    assert Checkpoint.parse(mark.line()) == mark
    assert mark.is_signed()


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_change_of_any_row_is_found(data):
    """On a small chain in memory: one cell of one row, one bit of one digest."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        for table in (tables.audit, tables.audit_head, tables.audit_checkpoint):
            table.create(connection)
        chain.begin(connection)
        count = data.draw(st.integers(1, 5))
        for number in range(count):
            entry = AuditEntry(NOW, "op", "", "a", "s", str(number), {"n": number})
            chain.append(connection, entry)
        assert chain.verify(connection, PUBLIC) == ()
        seq = data.draw(st.integers(1, count))
        before = row(connection, seq)
        cell = data.draw(
            st.sampled_from(["operator", "second", "action", "subject", "subject_id", "detail", "digest"])
        )
        if cell == "digest":
            at = data.draw(st.integers(0, 255))
            changed = bytearray(before[cell])
            changed[at // 8] ^= 1 << at % 8
            value = bytes(changed)
        else:
            value = data.draw(st.text(max_size=5).filter(lambda text: text != before[cell]))
        connection.execute(update(tables.audit).where(tables.audit.c.seq == seq).values({cell: value}))
        assert chain.verify(connection, PUBLIC) != ()
