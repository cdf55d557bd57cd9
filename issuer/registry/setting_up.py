"""Makes the tables of a new registry, and brings those of an old one up to date by the migrations."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import issuer.registry.schema  # noqa: F401  knows all tables
from issuer.registry import audit
from issuer.registry.engine import told
from issuer.registry.errors import RegistryVersionError
from issuer.registry.registry import Registry
from issuer.registry.schema.columns import metadata

NONE = "–"


def create(registry: Registry, begin: Callable[[Connection], None] = lambda connection: None) -> None:
    """Make all tables in an empty database, and the beginning of the audit chain, all of it or nothing.

    `begin` adds the first rows. The tables are those that the migrations make; a test compares the two.
    """
    with told(), registry.engine.begin() as connection:
        metadata.create_all(connection)
        MigrationContext.configure(connection).stamp(scripts(), "head")
        audit.begin(connection)
        begin(connection)


def migrate(registry: Registry) -> str:
    """Take the steps that the database lacks; returns the version that it has then."""
    with told(), registry.engine.begin() as connection:
        command.upgrade(config(connection), "head")
        return _version(connection)


def check(registry: Registry) -> None:
    """Raises RegistryVersionError where the database has another schema than this program."""
    with told(), registry.engine.begin() as connection:
        found, due = _version(connection), scripts().get_current_head() or NONE
    if found != due:
        raise RegistryVersionError(found=found, due=due)


def _version(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or NONE


def scripts() -> ScriptDirectory:
    """The migrations."""
    return ScriptDirectory.from_config(config())


def config(connection: Connection | None = None) -> Config:
    """What Alembic must know to work on a connection."""
    made = Config()
    made.set_main_option("script_location", str(files("issuer.registry") / "migrations"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made
