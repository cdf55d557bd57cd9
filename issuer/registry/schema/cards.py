"""Cards and what happens to them."""

from __future__ import annotations

from sqlalchemy import Column, Date, LargeBinary, String, Text

from issuer.registry.schema.columns import (
    Instant,
    reference,
    sealed_json,
    sealed_text,
    search_digest,
    table,
)

# `state` is that of the health part, `bank_state` that of the bank part, empty where the card has none
card = table(
    "card",
    reference("person_id", "person", nullable=False),
    reference("application_id", "application", nullable=False),
    reference("chip_id", "chip", nullable=False),
    sealed_text("card_number", nullable=False),
    search_digest("card_number_digest", nullable=False),
    Column("chip_serial", String(10), nullable=False, unique=True),
    Column("card_factor", LargeBinary(8), nullable=False),
    Column("city_code", String(6), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("bank_state", String(16), nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("expires_on", Date, nullable=False, index=True),
    Column("outlet", String(64), nullable=False),
    Column("keys", Text, nullable=False),  # check values by key and version, as JSON
    reference("replaces", "card"),
)
pick_up = table(
    "pick_up",
    reference("card_id", "card", nullable=False),
    sealed_json("by", nullable=False),
    Column("operator", String(64), nullable=False),
    Column("at", Instant, nullable=False),
)
loss_report = table(
    "loss_report",
    reference("card_id", "card", nullable=False),
    Column("part", String(8), nullable=False),  # health, bank
    Column("kind", String(8), nullable=False),  # oral, formal
    Column("slip", String(20), nullable=False, unique=True),
    sealed_json("reporter", nullable=False),
    Column("at", Instant, nullable=False),
    Column("until", Instant, index=True),
    Column("ended_at", Instant),
)
# what happened to a card, with the operation codes 01 to 15; spec: issuance_and_ecard A.5
card_event = table(
    "card_event",
    reference("card_id", "card", nullable=False),
    Column("code", String(2), nullable=False),
    Column("action", String(64), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("operator", String(64), nullable=False),
    Column("at", Instant, nullable=False),
)
