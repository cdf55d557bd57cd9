"""Makes the tables of a new registry and brings those of an old one up to date, by the migrations."""

from __future__ import annotations

from issuer.registry import audit
from issuer.registry.engine import told
from issuer.registry.registry import Registry
from issuer.registry.schema.columns import metadata


def create(registry: Registry) -> None:
    """Make all tables in an empty database, and the beginning of the audit chain."""
    with told(), registry.engine.begin() as connection:
        metadata.create_all(connection)
        audit.begin(connection)
