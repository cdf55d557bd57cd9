"""Kinds of columns. A sealed column holds what only the custodian can open; see `Work`.

Every table has `id`, 32 hex digits drawn at random, which says nothing and binds sealed values to their row.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from sqlalchemy import Column, Dialect, ForeignKey, LargeBinary, MetaData, String, Table, TypeDecorator
from sqlalchemy.schema import SchemaItem

ID_LENGTH = 32
DIGEST_LENGTH = 32
SEALED = "sealed"
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC as text, `2026-01-31T08:00:00.000000Z`: it sorts, and is the same in every database."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Text for the database; a moment without a zone is refused with ValueError."""
        return None if value is None else instant_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """The moment, in UTC."""
        return None if value is None else datetime.fromisoformat(value)


def instant_text(value: datetime) -> str:
    """27 characters, in UTC; raises ValueError for a moment without a zone."""
    if value.tzinfo is None:
        raise ValueError("a moment needs a zone")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def new_id() -> str:
    """An id for a row."""
    return secrets.token_hex(ID_LENGTH // 2)


def table(name: str, *columns: SchemaItem) -> Table:
    """A table of the registry with its id."""
    return Table(name, metadata, Column("id", String(ID_LENGTH), primary_key=True), *columns)


def reference(name: str, to: str, *, nullable: bool = True) -> Column[str]:
    """A column with the id of a row of the table `to`."""
    return Column(name, String(ID_LENGTH), ForeignKey(f"{to}.id"), index=True, nullable=nullable)


def sealed_text(name: str, *, nullable: bool = True) -> Column[bytes]:
    """Personal text."""
    return Column(name, LargeBinary, info={SEALED: "text"}, nullable=nullable)


def sealed_json(name: str, *, nullable: bool = True) -> Column[bytes]:
    """A personal record of JSON values."""
    return Column(name, LargeBinary, info={SEALED: "json"}, nullable=nullable)


def sealed_bytes(name: str, *, nullable: bool = True) -> Column[bytes]:
    """Personal bytes, such as a portrait."""
    return Column(name, LargeBinary, info={SEALED: "bytes"}, nullable=nullable)


def search_digest(name: str, *, nullable: bool = True) -> Column[bytes]:
    """The keyed digest of a personal value, 32 bytes: equal values are found by it."""
    return Column(name, LargeBinary(DIGEST_LENGTH), index=True, nullable=nullable)
