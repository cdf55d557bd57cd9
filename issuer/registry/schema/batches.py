"""Batches, their lines, the files that cross organisations, and the chips that came from makers."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, String, UniqueConstraint

from issuer.registry.schema.columns import DIGEST_LENGTH, Instant, reference, sealed_text, table

batch = table(
    "batch",
    Column("number", String(20), nullable=False, unique=True),
    Column("county", String(6), nullable=False),
    Column("outlet", String(64), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("made_at", Instant, nullable=False),
    Column("closed_at", Instant),
)
# one application on its way to a card; `attempt` counts the chips that were spent on it
batch_line = table(
    "batch_line",
    reference("batch_id", "batch", nullable=False),
    Column("line", Integer, nullable=False),
    reference("application_id", "application", nullable=False),
    Column("state", String(16), nullable=False, index=True),
    sealed_text("bank_account"),
    reference("chip_id", "chip"),
    Column("attempt", Integer, nullable=False),
    Column("fault", String(40)),
    UniqueConstraint("batch_id", "line"),
    UniqueConstraint("application_id", "batch_id"),
)
# a chip by its serial number, once in the whole registry, from delivery to waste or card
chip = table(
    "chip",
    Column("serial", String(10), nullable=False, unique=True),
    Column("factor", LargeBinary(8), nullable=False, unique=True),
    Column("maker", String(64), nullable=False),
    Column("state", String(16), nullable=False, index=True),  # BLANK, PLANNED, MADE, WASTE
    Column("delivered_at", Instant, nullable=False),
)
exchange_file = table(
    "exchange_file",
    reference("batch_id", "batch", nullable=False),
    Column("kind", String(8), nullable=False),
    Column("sender", String(64), nullable=False),
    Column("receiver", String(64), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("digest", LargeBinary(DIGEST_LENGTH), nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("batch_id", "kind", "sender", "seq"),
)
