"""The black and grey list as it grew, the versions that were published, and who holds which."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, String

from issuer.registry.schema.columns import (
    DIGEST_LENGTH,
    Instant,
    reference,
    sealed_text,
    search_digest,
    table,
)

# entries are added, never changed; spec: issuance_and_ecard D.1 front-server list table
list_entry = table(
    "list_entry",
    Column("seq", Integer, nullable=False, unique=True),
    reference("card_id", "card"),
    sealed_text("card_number", nullable=False),
    search_digest("card_number_digest", nullable=False),
    Column("chip_serial", String(10), nullable=False),
    Column("mark", String(1), nullable=False),
    Column("operation", String(1), nullable=False),
    Column("reason", String(1), nullable=False),
    Column("text", String(200), nullable=False),
    Column("at", Instant, nullable=False),
    Column("version", Integer, index=True),  # the version that brought it out, none before publication
)
list_version = table(
    "list_version",
    Column("version", Integer, nullable=False, unique=True),
    Column("at", Instant, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("digest", LargeBinary(DIGEST_LENGTH), nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
)
front_server = table(
    "front_server",
    Column("name", String(64), nullable=False, unique=True),
    Column("institution", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("asked_at", Instant),
)
