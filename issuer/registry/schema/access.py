"""Operators and their sessions."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, LargeBinary, String, UniqueConstraint

from issuer.registry.schema.columns import DIGEST_LENGTH, Instant, reference, table

operator = table(
    "operator",
    Column("name", String(64), nullable=False, unique=True),
    Column("display_name", String(64), nullable=False),
    Column("institution", String(64), nullable=False),
    Column("password", String(255), nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("tries_left", Integer, nullable=False),
    Column("locked_until", Instant),
)
operator_role = table(
    "operator_role",
    reference("operator_id", "operator", nullable=False),
    Column("role", String(32), nullable=False),
    UniqueConstraint("operator_id", "role"),
)
session = table(
    "session",
    reference("operator_id", "operator", nullable=False),
    Column("token", LargeBinary(DIGEST_LENGTH), nullable=False, unique=True),
    Column("until", Instant, nullable=False),
)
