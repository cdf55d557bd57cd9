"""What Alembic runs: the migrations over the connection that `setting_up` hands in."""

from __future__ import annotations

from alembic import context

from issuer.registry.schema.columns import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite changes a table by making it anew
    render_as_batch=True,
    compare_type=True,
    user_module_prefix="columns.",
)
with context.begin_transaction():
    context.run_migrations()
