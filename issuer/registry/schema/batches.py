"""Batches, their lines, partners, the files that cross organisations, and the chips that makers deliver."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Index, Integer, LargeBinary, String, Text, UniqueConstraint

from issuer.registry.schema.columns import DIGEST_LENGTH, Instant, reference, sealed_text, table

# another organisation that files go to and come from; `public_key` serves its signatures and its envelopes
partner = table(
    "partner",
    Column("name", String(64), nullable=False, unique=True),
    Column("kind", String(8), nullable=False),  # bank, maker, centre, outlet
    Column("display_name", String(64), nullable=False),
    Column("public_key", LargeBinary(64), nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("added_at", Instant, nullable=False),
)
# `issuer` is our own name in files; an empty bank, maker or centre says that the batch goes without one
batch = table(
    "batch",
    Column("number", String(20), nullable=False, unique=True),
    Column("issuer", String(64), nullable=False),
    Column("county", String(6), nullable=False),
    Column("bank", String(64), nullable=False),
    Column("maker", String(64), nullable=False),
    Column("centre", String(64), nullable=False),
    Column("outlet", String(64), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("made_at", Instant, nullable=False),
    # what all cards have in common, given out at once when personalisation begins
    Column("city_code", String(6)),
    Column("issued_on", Date),
    Column("expires_on", Date),
    Column("keys", Text),  # check values by key and version, as JSON
    Column("closed_at", Instant),
)
# one application on its way to a card; `attempt` counts the chips that were given to it
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
    Column("failed_as", String(16)),  # the state of failure that a line had before it was given up
    UniqueConstraint("batch_id", "line"),
    UniqueConstraint("chip_id"),
)
# the last guard: an application is on one living line only
LIVING_LINE = batch_line.c.state.notin_(("READY_AGAIN", "RETURNED"))
Index(
    "ux_batch_line_living_application",
    batch_line.c.application_id,
    unique=True,
    sqlite_where=LIVING_LINE,
    postgresql_where=LIVING_LINE,
)
# a chip by its serial number, once in the whole registry, from delivery to waste or card
chip = table(
    "chip",
    Column("serial", String(10), nullable=False, unique=True),
    Column("factor", LargeBinary(8), nullable=False, unique=True),
    Column("maker", String(64), nullable=False),
    Column("state", String(16), nullable=False, index=True),  # BLANK, PLANNED, MADE, WASTE
    reference("ordered_for", "batch"),
    reference("batch_id", "batch"),  # the batch that has it, none for a chip of the stock
    Column("delivered_at", Instant, nullable=False),
)
# why a chip is waste, and the line that it was spent on where there was one
chip_waste = table(
    "chip_waste",
    reference("chip_id", "chip", nullable=False),
    reference("batch_line_id", "batch_line"),
    Column("hop", String(8), nullable=False),  # maker, centre
    Column("fault", String(40), nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("chip_id"),
)
# a file that was sent or taken in, whole; `digest` is that of its body, `answer` what it brought, as JSON
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
    Column("content", LargeBinary, nullable=False),
    Column("answer", Text, nullable=False),
    UniqueConstraint("batch_id", "kind", "sender", "seq"),
)
