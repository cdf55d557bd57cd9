"""The black and grey list as it grew, the versions that were published, and who holds which."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, String, UniqueConstraint

from issuer.registry.schema.columns import (
    DIGEST_LENGTH,
    Instant,
    reference,
    sealed_bytes,
    sealed_text,
    search_digest,
    table,
)

# entries are added, never changed; spec: issuance_and_ecard D.1 front-server list table
list_entry = table(
    "list_entry",
    Column("seq", Integer, nullable=False, unique=True),
    reference("card_id", "card", nullable=False),
    sealed_text("card_number", nullable=False),
    search_digest("card_number_digest", nullable=False),
    Column("chip_serial", String(10), nullable=False),
    Column("mark", String(1), nullable=False),
    Column("operation", String(1), nullable=False),
    Column("reason", String(1), nullable=False),
    Column("text", String(200), nullable=False),
    Column("at", Instant, nullable=False),
)
# a version holds the entries up to `last_seq`; the newest one keeps its whole text in `content`
list_version = table(
    "list_version",
    Column("version", Integer, nullable=False, unique=True),
    Column("at", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("digest", LargeBinary(DIGEST_LENGTH), nullable=False),
    Column("signer", LargeBinary(64), nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
    sealed_bytes("content"),
)
# `operator` is the name under which the server signs in; `version` is what it said that it holds, 0 for none
front_server = table(
    "front_server",
    Column("name", String(64), nullable=False, unique=True),
    Column("institution", String(64), nullable=False),
    Column("operator", String(64), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("asked_at", Instant),
)
# since when a front server has held a version
list_delivery = table(
    "list_delivery",
    reference("front_server_id", "front_server", nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("front_server_id", "version"),
)
# a black-listed card that was accepted although the list was there; spec: issuance_and_ecard A.9
list_alarm = table(
    "list_alarm",
    reference("front_server_id", "front_server", nullable=False),
    reference("card_id", "card", nullable=False),
    Column("swiped_at", Instant, nullable=False),
    Column("step", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("found_at", Instant, nullable=False),
    UniqueConstraint("front_server_id", "card_id", "swiped_at", "step"),
)
