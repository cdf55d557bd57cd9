"""Places where people apply, the people, what they apply for, and what reviewers said."""

from __future__ import annotations

from sqlalchemy import Column, Date, Integer, LargeBinary, String, Text, UniqueConstraint

from issuer.registry.schema.columns import (
    DIGEST_LENGTH,
    ID_LENGTH,
    Instant,
    reference,
    sealed_bytes,
    sealed_json,
    sealed_text,
    search_digest,
    table,
)

# a county that takes part; `institution` is the body that answers for it; spec: issuance_and_ecard A.1
county = table(
    "county",
    Column("code", String(6), nullable=False, unique=True),
    Column("name", String(64), nullable=False),
    Column("institution", String(64), nullable=False),
)
# a service point, village or unit where forms are collected
collection_point = table(
    "collection_point",
    Column("code", String(16), nullable=False, unique=True),
    Column("county", String(6), nullable=False, index=True),
    Column("name", String(64), nullable=False),
    Column("institution", String(64), nullable=False),
)
# the master index: one row a person; `items` are data items of the card by name and `entries` its lists of
# allergies and immunizations, both in the form of a resident record; what is there was applied for, and after
# the reviews it is what they passed
person = table(
    "person",
    Column("document_type", String(2), nullable=False),
    sealed_text("document_number", nullable=False),
    search_digest("document_digest", nullable=False),
    sealed_text("name", nullable=False),
    search_digest("name_digest", nullable=False),
    sealed_json("items", nullable=False),
    sealed_json("entries", nullable=False),
    sealed_bytes("portrait"),
    reference("merged_into", "person"),
    UniqueConstraint("document_type", "document_digest"),
)
# numbers under which a person was known before, such as a newborn's
person_alias = table(
    "person_alias",
    reference("person_id", "person", nullable=False),
    Column("document_type", String(2), nullable=False),
    sealed_text("document_number", nullable=False),
    search_digest("document_digest", nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("document_type", "document_digest"),
)
# a list of a village or unit that was taken in; the digest is that of the whole file, so that sending it
# again is found out
application_file = table(
    "application_file",
    Column("digest", LargeBinary(DIGEST_LENGTH), nullable=False, unique=True),
    Column("collection_point", String(16), nullable=False),
    Column("lines", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("operator", String(64), nullable=False),
    Column("at", Instant, nullable=False),
)
# `form` is what was applied with; `person_id` is empty before the first submission. `open_person` is the
# person while the application is under way: the database itself lets a person have one at a time.
application = table(
    "application",
    Column("number", String(20), nullable=False, unique=True),
    reference("person_id", "person"),
    Column("open_person", String(ID_LENGTH), unique=True),
    Column("document_type", String(2)),
    search_digest("document_digest"),
    Column("business", String(2), nullable=False),  # 01 new, 05 replacement …; spec: issuance_and_ecard A.5
    Column("source", String(2), nullable=False),  # 01 person, 02 unit
    Column("mode", String(8), nullable=False),  # batch, single, instant
    Column("state", String(16), nullable=False, index=True),
    Column("state_since", Instant, nullable=False),
    Column("round", Integer, nullable=False),  # how often it was submitted
    Column("collection_point", String(16), nullable=False, index=True),
    Column("county", String(6), nullable=False, index=True),
    sealed_json("form", nullable=False),
    sealed_bytes("photo"),
    sealed_json("guardian"),
    Column("collected_by", Text, nullable=False),  # names of operators, a blank between
    Column("made_at", Instant, nullable=False),
    Column("applied_on", Date, nullable=False),
    Column("return_reason", String(200)),
    # the id of a card; a foreign key would go round in a circle, since cards refer to their applications
    Column("replaces", String(ID_LENGTH)),
    reference("file_id", "application_file"),
)
review = table(
    "review",
    reference("application_id", "application", nullable=False),
    Column("round", Integer, nullable=False),
    Column("party", String(8), nullable=False),  # county, centre, bank
    Column("verdict", String(2), nullable=False),  # 01 passed, 02 returned, 03 refused for good
    Column("reason", String(200), nullable=False),
    Column("operator", String(64), nullable=False),
    Column("at", Instant, nullable=False),
)
