"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from issuer.registry.schema import columns
from issuer.registry.schema.audit import guards

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The first schema."""
    op.create_table(
        "application_file",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("collection_point", sa.String(length=16), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("at", columns.Instant(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_file")),
        sa.UniqueConstraint("digest", name=op.f("uq_application_file_digest")),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", columns.Instant(length=27), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("second", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_action"), ["action"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_operator"), ["operator"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "audit_checkpoint",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", columns.Instant(length=27), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_checkpoint")),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("issuer", sa.String(length=64), nullable=False),
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("bank", sa.String(length=64), nullable=False),
        sa.Column("maker", sa.String(length=64), nullable=False),
        sa.Column("centre", sa.String(length=64), nullable=False),
        sa.Column("outlet", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("made_at", columns.Instant(length=27), nullable=False),
        sa.Column("city_code", sa.String(length=6), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("keys", sa.Text(), nullable=True),
        sa.Column("closed_at", columns.Instant(length=27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("number", name=op.f("uq_batch_number")),
    )
    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_batch_state"), ["state"], unique=False)

    op.create_table(
        "card_rule",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_rule")),
        sa.UniqueConstraint("name", name=op.f("uq_card_rule_name")),
    )
    op.create_table(
        "collection_point",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("institution", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_point")),
        sa.UniqueConstraint("code", name=op.f("uq_collection_point_code")),
    )
    with op.batch_alter_table("collection_point", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_collection_point_county"), ["county"], unique=False)

    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "county",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("institution", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_county")),
        sa.UniqueConstraint("code", name=op.f("uq_county_code")),
    )
    op.create_table(
        "front_server",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("institution", sa.String(length=64), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("asked_at", columns.Instant(length=27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_front_server")),
        sa.UniqueConstraint("name", name=op.f("uq_front_server_name")),
    )
    with op.batch_alter_table("front_server", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_front_server_operator"), ["operator"], unique=False)

    op.create_table(
        "key_version",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("since", columns.Instant(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_version")),
        sa.UniqueConstraint("version", name=op.f("uq_key_version_version")),
    )
    op.create_table(
        "list_version",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", columns.Instant(length=27), nullable=False),
        sa.Column("expires", columns.Instant(length=27), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signer", sa.LargeBinary(length=64), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_version")),
        sa.UniqueConstraint("version", name=op.f("uq_list_version_version")),
    )
    op.create_table(
        "operator",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("display_name", sa.String(length=64), nullable=False),
        sa.Column("institution", sa.String(length=64), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("tries_left", sa.Integer(), nullable=False),
        sa.Column("locked_until", columns.Instant(length=27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator")),
        sa.UniqueConstraint("name", name=op.f("uq_operator_name")),
    )
    op.create_table(
        "partner",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("display_name", sa.String(length=64), nullable=False),
        sa.Column("public_key", sa.LargeBinary(length=64), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("added_at", columns.Instant(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner")),
        sa.UniqueConstraint("name", name=op.f("uq_partner_name")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("document_type", sa.String(length=2), nullable=False),
        sa.Column("document_number", sa.LargeBinary(), nullable=False),
        sa.Column("document_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("name_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("items", sa.LargeBinary(), nullable=False),
        sa.Column("entries", sa.LargeBinary(), nullable=False),
        sa.Column("portrait", sa.LargeBinary(), nullable=True),
        sa.Column("merged_into", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["merged_into"], ["person.id"], name=op.f("fk_person_merged_into")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("document_type", "document_digest", name=op.f("uq_person_document_type")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_document_digest"), ["document_digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_merged_into"), ["merged_into"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_name_digest"), ["name_digest"], unique=False)

    op.create_table(
        "sam",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("serial", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("province", sa.String(length=2), nullable=False),
        sa.Column("city_code", sa.String(length=6), nullable=False),
        sa.Column("factor", sa.LargeBinary(length=8), nullable=True),
        sa.Column("institution", sa.String(length=64), nullable=True),
        sa.Column("device", sa.String(length=64), nullable=True),
        sa.Column("terminal", sa.String(length=6), nullable=True),
        sa.Column("certificate_serial", sa.String(length=16), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("keys", sa.Text(), nullable=True),
        sa.Column("ordered_at", columns.Instant(length=27), nullable=False),
        sa.Column("changed_at", columns.Instant(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sam")),
        sa.UniqueConstraint("factor", name=op.f("uq_sam_factor")),
        sa.UniqueConstraint("serial", name=op.f("uq_sam_serial")),
    )
    with op.batch_alter_table("sam", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sam_state"), ["state"], unique=False)

    op.create_table(
        "segment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.Column("given_at", columns.Instant(length=27), nullable=False),
        sa.Column("parent", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["parent"], ["segment.id"], name=op.f("fk_segment_parent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment")),
    )
    with op.batch_alter_table("segment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_segment_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_segment_parent"), ["parent"], unique=False)

    op.create_table(
        "application",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("open_person", sa.String(length=32), nullable=True),
        sa.Column("document_type", sa.String(length=2), nullable=True),
        sa.Column("document_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("business", sa.String(length=2), nullable=False),
        sa.Column("source", sa.String(length=2), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_since", columns.Instant(length=27), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("collection_point", sa.String(length=16), nullable=False),
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("form", sa.LargeBinary(), nullable=False),
        sa.Column("photo", sa.LargeBinary(), nullable=True),
        sa.Column("guardian", sa.LargeBinary(), nullable=True),
        sa.Column("collected_by", sa.Text(), nullable=False),
        sa.Column("made_at", columns.Instant(length=27), nullable=False),
        sa.Column("applied_on", sa.Date(), nullable=False),
        sa.Column("return_reason", sa.String(length=200), nullable=True),
        sa.Column("replaces", sa.String(length=32), nullable=True),
        sa.Column("file_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["application_file.id"], name=op.f("fk_application_file_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_application_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("number", name=op.f("uq_application_number")),
        sa.UniqueConstraint("open_person", name=op.f("uq_application_open_person")),
    )
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_application_collection_point"), ["collection_point"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_application_county"), ["county"], unique=False)
        batch_op.create_index(batch_op.f("ix_application_document_digest"), ["document_digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_application_file_id"), ["file_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_application_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_application_state"), ["state"], unique=False)

    op.create_table(
        "chip",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("serial", sa.String(length=10), nullable=False),
        sa.Column("factor", sa.LargeBinary(length=8), nullable=False),
        sa.Column("maker", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("ordered_for", sa.String(length=32), nullable=True),
        sa.Column("batch_id", sa.String(length=32), nullable=True),
        sa.Column("delivered_at", columns.Instant(length=27), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_chip_batch_id")),
        sa.ForeignKeyConstraint(["ordered_for"], ["batch.id"], name=op.f("fk_chip_ordered_for")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chip")),
        sa.UniqueConstraint("factor", name=op.f("uq_chip_factor")),
        sa.UniqueConstraint("serial", name=op.f("uq_chip_serial")),
    )
    with op.batch_alter_table("chip", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chip_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_chip_ordered_for"), ["ordered_for"], unique=False)
        batch_op.create_index(batch_op.f("ix_chip_state"), ["state"], unique=False)

    op.create_table(
        "exchange_file",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("batch_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("sender", sa.String(length=64), nullable=False),
        sa.Column("receiver", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", columns.Instant(length=27), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_exchange_file_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_file")),
        sa.UniqueConstraint("batch_id", "kind", "sender", "seq", name=op.f("uq_exchange_file_batch_id")),
    )
    with op.batch_alter_table("exchange_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exchange_file_batch_id"), ["batch_id"], unique=False)

    op.create_table(
        "list_delivery",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("front_server_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", columns.Instant(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["front_server_id"], ["front_server.id"], name=op.f("fk_list_delivery_front_server_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_delivery")),
        sa.UniqueConstraint("front_server_id", "version", name=op.f("uq_list_delivery_front_server_id")),
    )
    with op.batch_alter_table("list_delivery", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_list_delivery_front_server_id"), ["front_server_id"], unique=False
        )

    op.create_table(
        "operator_role",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("operator_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_operator_role_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_role")),
        sa.UniqueConstraint("operator_id", "role", name=op.f("uq_operator_role_operator_id")),
    )
    with op.batch_alter_table("operator_role", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_operator_role_operator_id"), ["operator_id"], unique=False)

    op.create_table(
        "person_alias",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("document_type", sa.String(length=2), nullable=False),
        sa.Column("document_number", sa.LargeBinary(), nullable=False),
        sa.Column("document_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", columns.Instant(length=27), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_alias_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_alias")),
        sa.UniqueConstraint("document_type", "document_digest", name=op.f("uq_person_alias_document_type")),
    )
    with op.batch_alter_table("person_alias", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_person_alias_document_digest"), ["document_digest"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_person_alias_person_id"), ["person_id"], unique=False)

    op.create_table(
        "session",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("operator_id", sa.String(length=32), nullable=False),
        sa.Column("token", sa.LargeBinary(length=32), nullable=False),
        sa.Column("until", columns.Instant(length=27), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_session_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("token", name=op.f("uq_session_token")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_operator_id"), ["operator_id"], unique=False)

    op.create_table(
        "batch_line",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("batch_id", sa.String(length=32), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("bank_account", sa.LargeBinary(), nullable=True),
        sa.Column("chip_id", sa.String(length=32), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(length=40), nullable=True),
        sa.Column("failed_as", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_batch_line_application_id")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_batch_line_batch_id")),
        sa.ForeignKeyConstraint(["chip_id"], ["chip.id"], name=op.f("fk_batch_line_chip_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_line")),
        sa.UniqueConstraint("batch_id", "line", name=op.f("uq_batch_line_batch_id")),
        sa.UniqueConstraint("chip_id", name=op.f("uq_batch_line_chip_id")),
    )
    with op.batch_alter_table("batch_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_batch_line_application_id"), ["application_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_batch_line_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_batch_line_chip_id"), ["chip_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_batch_line_state"), ["state"], unique=False)
        batch_op.create_index(
            "ux_batch_line_living_application",
            ["application_id"],
            unique=True,
            sqlite_where=sa.text("(state NOT IN ('READY_AGAIN', 'RETURNED'))"),
            postgresql_where=sa.text("(state NOT IN ('READY_AGAIN', 'RETURNED'))"),
        )

    op.create_table(
        "card",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("application_id", sa.String(length=32), nullable=False),
        sa.Column("chip_id", sa.String(length=32), nullable=False),
        sa.Column("card_number", sa.LargeBinary(), nullable=False),
        sa.Column("card_number_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("chip_serial", sa.String(length=10), nullable=False),
        sa.Column("card_factor", sa.LargeBinary(length=8), nullable=False),
        sa.Column("city_code", sa.String(length=6), nullable=False),
        sa.Column("has_city_keys", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("locked", sa.String(length=40), nullable=False),
        sa.Column("has_pin", sa.Boolean(), nullable=False),
        sa.Column("made_at", columns.Instant(length=27), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("outlet", sa.String(length=64), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("replaces", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_card_application_id")),
        sa.ForeignKeyConstraint(["chip_id"], ["chip.id"], name=op.f("fk_card_chip_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_card_person_id")),
        sa.ForeignKeyConstraint(["replaces"], ["card.id"], name=op.f("fk_card_replaces")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card")),
        sa.UniqueConstraint("chip_serial", name=op.f("uq_card_chip_serial")),
    )
    with op.batch_alter_table("card", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_card_application_id"), ["application_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_card_card_number_digest"), ["card_number_digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_card_chip_id"), ["chip_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_card_expires_on"), ["expires_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_card_outlet"), ["outlet"], unique=False)
        batch_op.create_index(batch_op.f("ix_card_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_card_replaces"), ["replaces"], unique=False)
        batch_op.create_index(batch_op.f("ix_card_state"), ["state"], unique=False)

    op.create_table(
        "review",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("application_id", sa.String(length=32), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(length=8), nullable=False),
        sa.Column("verdict", sa.String(length=2), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("at", columns.Instant(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_review_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_application_id"), ["application_id"], unique=False)

    op.create_table(
        "bank_notice",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("card_id", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("at", columns.Instant(length=27), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_bank_notice_card_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_notice")),
        sa.UniqueConstraint("seq", name=op.f("uq_bank_notice_seq")),
    )
    with op.batch_alter_table("bank_notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bank_notice_card_id"), ["card_id"], unique=False)

    op.create_table(
        "bank_part",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("card_id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_bank_part_card_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_part")),
        sa.UniqueConstraint("card_id", name=op.f("uq_bank_part_card_id")),
    )
    with op.batch_alter_table("bank_part", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bank_part_card_id"), ["card_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bank_part_state"), ["state"], unique=False)

    op.create_table(
        "card_event",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("card_id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=2), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=True),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("at", columns.Instant(length=27), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_card_event_card_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_event")),
        sa.UniqueConstraint("seq", name=op.f("uq_card_event_seq")),
    )
    with op.batch_alter_table("card_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_card_event_card_id"), ["card_id"], unique=False)

    op.create_table(
        "card_tries",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("card_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.Column("locked_until", columns.Instant(length=27), nullable=True),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_card_tries_card_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_tries")),
        sa.UniqueConstraint("card_id", "kind", name=op.f("uq_card_tries_card_id")),
    )
    with op.batch_alter_table("card_tries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_card_tries_card_id"), ["card_id"], unique=False)

    op.create_table(
        "chip_act",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("card_id", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("at", columns.Instant(length=27), nullable=False),
        sa.Column("ended_at", columns.Instant(length=27), nullable=True),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_chip_act_card_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chip_act")),
    )
    with op.batch_alter_table("chip_act", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chip_act_card_id"), ["card_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_chip_act_state"), ["state"], unique=False)

    op.create_table(
        "chip_waste",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("chip_id", sa.String(length=32), nullable=False),
        sa.Column("batch_line_id", sa.String(length=32), nullable=True),
        sa.Column("hop", sa.String(length=8), nullable=False),
        sa.Column("fault", sa.String(length=40), nullable=False),
        sa.Column("at", columns.Instant(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_line_id"], ["batch_line.id"], name=op.f("fk_chip_waste_batch_line_id")
        ),
        sa.ForeignKeyConstraint(["chip_id"], ["chip.id"], name=op.f("fk_chip_waste_chip_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chip_waste")),
        sa.UniqueConstraint("chip_id", name=op.f("uq_chip_waste_chip_id")),
    )
    with op.batch_alter_table("chip_waste", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chip_waste_batch_line_id"), ["batch_line_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_chip_waste_chip_id"), ["chip_id"], unique=False)

    op.create_table(
        "list_alarm",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("front_server_id", sa.String(length=32), nullable=False),
        sa.Column("card_id", sa.String(length=32), nullable=False),
        sa.Column("swiped_at", columns.Instant(length=27), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("found_at", columns.Instant(length=27), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_list_alarm_card_id")),
        sa.ForeignKeyConstraint(
            ["front_server_id"], ["front_server.id"], name=op.f("fk_list_alarm_front_server_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_alarm")),
        sa.UniqueConstraint(
            "front_server_id", "card_id", "swiped_at", "step", name=op.f("uq_list_alarm_front_server_id")
        ),
    )
    with op.batch_alter_table("list_alarm", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_list_alarm_card_id"), ["card_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_list_alarm_front_server_id"), ["front_server_id"], unique=False)

    op.create_table(
        "list_entry",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("card_id", sa.String(length=32), nullable=False),
        sa.Column("card_number", sa.LargeBinary(), nullable=False),
        sa.Column("card_number_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("chip_serial", sa.String(length=10), nullable=False),
        sa.Column("mark", sa.String(length=1), nullable=False),
        sa.Column("operation", sa.String(length=1), nullable=False),
        sa.Column("reason", sa.String(length=1), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("at", columns.Instant(length=27), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_list_entry_card_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_entry")),
        sa.UniqueConstraint("seq", name=op.f("uq_list_entry_seq")),
    )
    with op.batch_alter_table("list_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_list_entry_card_id"), ["card_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_list_entry_card_number_digest"), ["card_number_digest"], unique=False
        )

    op.create_table(
        "loss_report",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("card_id", sa.String(length=32), nullable=False),
        sa.Column("part", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("slip_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("reporter", sa.LargeBinary(), nullable=False),
        sa.Column("institution", sa.String(length=64), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("at", columns.Instant(length=27), nullable=False),
        sa.Column("until", columns.Instant(length=27), nullable=True),
        sa.Column("ended_at", columns.Instant(length=27), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_loss_report_card_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loss_report")),
    )
    with op.batch_alter_table("loss_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_loss_report_card_id"), ["card_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_loss_report_slip_digest"), ["slip_digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_loss_report_until"), ["until"], unique=False)

    op.create_table(
        "pick_up",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("card_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("by", sa.LargeBinary(), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("at", columns.Instant(length=27), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_pick_up_card_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pick_up")),
        sa.UniqueConstraint("number", name=op.f("uq_pick_up_number")),
    )
    with op.batch_alter_table("pick_up", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pick_up_card_id"), ["card_id"], unique=False)

    op.create_table(
        "replacement",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("card_id", sa.String(length=32), nullable=False),
        sa.Column("application_number", sa.String(length=20), nullable=False),
        sa.Column("business", sa.String(length=2), nullable=False),
        sa.Column("fee", sa.String(length=12), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("at", columns.Instant(length=27), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_replacement_card_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replacement")),
        sa.UniqueConstraint("application_number", name=op.f("uq_replacement_application_number")),
    )
    with op.batch_alter_table("replacement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_replacement_card_id"), ["card_id"], unique=False)
    for statement in guards(op.get_bind().dialect.name):
        op.execute(statement)
