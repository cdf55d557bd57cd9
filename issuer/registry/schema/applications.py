"""People, what they apply for, and what reviewers said."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, String, UniqueConstraint

from issuer.registry.schema.columns import (
    Instant,
    reference,
    sealed_bytes,
    sealed_json,
    sealed_text,
    search_digest,
    table,
)

# one row a person; `items` are data items of the card by name, in the form of a resident record
person = table(
    "person",
    Column("document_type", String(2), nullable=False),
    sealed_text("document_number", nullable=False),
    search_digest("document_digest", nullable=False),
    sealed_text("name", nullable=False),
    search_digest("name_digest", nullable=False),
    sealed_json("items", nullable=False),
    sealed_bytes("portrait"),
    reference("merged_into", "person"),
    UniqueConstraint("document_type", "document_digest"),
)
# numbers under which a person was known before, such as a newborn's
person_alias = table(
    "person_alias",
    reference("person_id", "person", nullable=False),
    Column("document_type", String(2), nullable=False),
    search_digest("document_digest", nullable=False),
    UniqueConstraint("document_type", "document_digest"),
)
application = table(
    "application",
    Column("number", String(20), nullable=False, unique=True),
    reference("person_id", "person", nullable=False),
    Column("business", String(2), nullable=False),  # 01 new, 05 replacement …; spec: issuance_and_ecard A.5
    Column("source", String(2), nullable=False),  # 01 person, 02 unit
    Column("mode", String(8), nullable=False),  # batch, single, instant
    Column("state", String(16), nullable=False, index=True),
    Column("collection_point", String(64), nullable=False),
    Column("county", String(6), nullable=False, index=True),
    sealed_json("guardian"),
    Column("submitted_by", String(64), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("return_reason", String(200)),
    Column("applied_on", Date, nullable=False),
)
review = table(
    "review",
    reference("application_id", "application", nullable=False),
    Column("party", String(8), nullable=False),  # county, centre, bank
    Column("passed", Boolean, nullable=False),
    Column("reason", String(200), nullable=False),
    Column("operator", String(64), nullable=False),
    Column("at", Instant, nullable=False),
)
