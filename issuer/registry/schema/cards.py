"""Cards, their two parts, and what happens to them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Integer, LargeBinary, String, Text, UniqueConstraint

from issuer.registry.schema.columns import (
    Instant,
    reference,
    sealed_json,
    sealed_text,
    search_digest,
    table,
)

# `state` is that of the health part; `locked` names what is locked on the chip, such as "DF01 DF03"
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
    Column("has_city_keys", Boolean, nullable=False),  # its keys descend through the city
    Column("state", String(16), nullable=False, index=True),
    Column("locked", String(40), nullable=False),
    Column("has_pin", Boolean, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("expires_on", Date, nullable=False, index=True),
    Column("outlet", String(64), nullable=False, index=True),
    Column("keys", Text, nullable=False),  # check values by key and version, as JSON
    reference("replaces", "card"),
)
# the bank part of a co-branded card has a life of its own; spec: issuance_and_ecard E.1
bank_part = table(
    "bank_part",
    reference("card_id", "card", nullable=False),
    sealed_text("account", nullable=False),
    Column("state", String(16), nullable=False, index=True),
    UniqueConstraint("card_id"),
)
pick_up = table(
    "pick_up",
    reference("card_id", "card", nullable=False),
    Column("number", String(20), nullable=False, unique=True),
    sealed_json("by", nullable=False),
    Column("operator", String(64), nullable=False),
    Column("at", Instant, nullable=False),
)
# the slip number itself is kept nowhere: who wants the loss undone brings it
loss_report = table(
    "loss_report",
    reference("card_id", "card", nullable=False),
    Column("part", String(8), nullable=False),  # health, bank
    Column("kind", String(8), nullable=False),  # oral, formal
    search_digest("slip_digest", nullable=False),
    sealed_json("reporter", nullable=False),
    Column("institution", String(64), nullable=False),
    Column("operator", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("until", Instant, index=True),
    Column("ended_at", Instant),
    Column("ended_by", String(64)),
)
# what happened to a card, with the operation codes of issuance_and_ecard A.5
card_event = table(
    "card_event",
    Column("seq", Integer, nullable=False, unique=True),
    reference("card_id", "card", nullable=False),
    Column("code", String(2), nullable=False),
    Column("action", String(64), nullable=False),
    Column("reason", String(200), nullable=False),
    sealed_json("evidence"),
    Column("operator", String(64), nullable=False),
    Column("at", Instant, nullable=False),
)
# an order to a chip, kept before the chip is touched; OPEN until the chip has answered, or was looked at
chip_act = table(
    "chip_act",
    reference("card_id", "card", nullable=False),
    Column("action", String(64), nullable=False),
    Column("target", String(8), nullable=False),
    Column("reason", String(200), nullable=False),
    sealed_json("evidence"),
    Column("state", String(12), nullable=False, index=True),  # OPEN, DONE, WITHDRAWN
    Column("operator", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("ended_at", Instant),
)
# tries left of what can be guessed: slip numbers, identity questions
card_tries = table(
    "card_tries",
    reference("card_id", "card", nullable=False),
    Column("kind", String(16), nullable=False),
    Column("left", Integer, nullable=False),
    Column("locked_until", Instant),
    UniqueConstraint("card_id", "kind"),
)
# the order for a new card in place of an old one; the fee in yuan, such as 15.00
replacement = table(
    "replacement",
    reference("card_id", "card", nullable=False),
    Column("application_number", String(20), nullable=False, unique=True),
    Column("business", String(2), nullable=False),
    Column("fee", String(12), nullable=False),
    Column("operator", String(64), nullable=False),
    Column("at", Instant, nullable=False),
)
# what the bank is told of its cards, in order
bank_notice = table(
    "bank_notice",
    Column("seq", Integer, nullable=False, unique=True),
    reference("card_id", "card", nullable=False),
    Column("action", String(64), nullable=False),
    Column("at", Instant, nullable=False),
)
# figures that were set otherwise than issuer/cards/rules.csv has them
card_rule = table(
    "card_rule",
    Column("name", String(32), nullable=False, unique=True),
    Column("value", String(16), nullable=False),
)
