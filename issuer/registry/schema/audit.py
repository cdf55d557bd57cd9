"""The audit log: rows are added, never changed or removed; the database itself refuses that too."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Integer, LargeBinary, MetaData, String, Table, Text, event

from issuer.registry.schema.columns import DIGEST_LENGTH, ID_LENGTH, Instant, metadata

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("operator", String(64), nullable=False, index=True),
    Column("second", String(64), nullable=False),
    Column("action", String(64), nullable=False, index=True),
    Column("subject", String(32), nullable=False),
    Column("subject_id", String(64), nullable=False, index=True),
    Column("detail", Text, nullable=False),
    Column("digest", LargeBinary(DIGEST_LENGTH), nullable=False),
)
# the end of the chain: locking this row makes writers queue, so that the chain has no forks
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    Column("digest", LargeBinary(DIGEST_LENGTH), nullable=False),
)
audit_checkpoint = Table(
    "audit_checkpoint",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("digest", LargeBinary(DIGEST_LENGTH), nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
)
counter = Table(
    "counter",
    metadata,
    Column("name", String(ID_LENGTH), primary_key=True),
    Column("value", Integer, nullable=False),
)

APPEND_ONLY = ("audit", "audit_checkpoint", "card_event", "list_entry")
_SQLITE = """CREATE TRIGGER {table}_no_{what} BEFORE {what} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""
_POSTGRESQL = """CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$;
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
EXECUTE FUNCTION append_only()"""


def guards(dialect: str) -> list[str]:
    """The statements that make the tables append-only in a database."""
    if dialect == "sqlite":
        return [
            _SQLITE.format(table=name, what=what) for name in APPEND_ONLY for what in ("UPDATE", "DELETE")
        ]
    return [_POSTGRESQL.format(table=name) for name in APPEND_ONLY]


@event.listens_for(metadata, "after_create")
def _guard(_metadata: MetaData, connection: Connection, **_options: object) -> None:
    for statement in guards(connection.dialect.name):
        connection.exec_driver_sql(
            statement.replace("%", "%%") if connection.dialect.name != "sqlite" else statement
        )
