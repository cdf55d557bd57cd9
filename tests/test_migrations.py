"""The migrations lead to the schema: on both databases, with the guards of the audit log."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from registry_bench import KINDS, NOW, _administer
from sqlalchemy import delete, insert
from sqlalchemy.exc import DBAPIError

from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.registry import setting_up
from issuer.registry.errors import RegistryVersionError
from issuer.registry.registry import Registry
from issuer.registry.schema.audit import audit_checkpoint, audit_head
from issuer.registry.schema.columns import metadata


@pytest.fixture(params=KINDS)
def empty(request, tmp_path):
    """A database without tables."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/empty.db"
    else:
        address = request.getfixturevalue("postgresql")
        _administer(address, "DROP DATABASE IF EXISTS migrated")
        _administer(address, "CREATE DATABASE migrated")
        url = address.format("migrated")
    registry = Registry(url, PublishedTestCustodian())
    yield registry
    registry.close()


def test_the_steps_lead_to_the_schema(empty):
    with pytest.raises(RegistryVersionError):
        setting_up.check(empty)
    version = setting_up.migrate(empty)
    setting_up.check(empty)
    assert setting_up.migrate(empty) == version
    with empty.engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_steps_set_the_guards_of_the_audit_log(empty):
    setting_up.migrate(empty)
    with empty.engine.begin() as connection:
        connection.execute(insert(audit_checkpoint).values(seq=1, at=NOW, digest=b"", signature=b""))
    with pytest.raises(DBAPIError, match="append-only"), empty.engine.begin() as connection:
        connection.execute(delete(audit_checkpoint))
    with empty.engine.begin() as connection:
        connection.execute(delete(audit_head))


def test_a_new_registry_is_of_the_newest_version(registry):
    setting_up.check(registry)
    assert setting_up.migrate(registry) == setting_up.scripts().get_current_head()
