"""Opens the database: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    InterfaceError,
    InternalError,
    NoSuchModuleError,
    OperationalError,
)

from card_os.spec.errors import Phrase
from issuer.registry.errors import RegistryUnavailableError, ValueRefusedError
from language import cause

FILE_MODE = 0o600
_PRAGMAS = ("journal_mode=wal", "synchronous=full", "foreign_keys=on", "busy_timeout=10000")


def open_engine(url: str) -> Engine:
    """An engine for `sqlite:///FILE` or `postgresql+psycopg://…`; connects later.

    Its errors do not repeat the parameters of a statement.

    Raises RegistryUnavailableError for another address, and where the file cannot be made.
    """
    try:
        made = make_url(url)
        if made.get_backend_name() == "sqlite":
            return _sqlite(url, made.database)
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    except (ArgumentError, NoSuchModuleError, ImportError):
        reason = Phrase("the address must begin with sqlite:/// or postgresql+psycopg://")
        raise RegistryUnavailableError(reason=reason) from None


def _sqlite(url: str, file: str | None) -> Engine:
    if file and file != ":memory:" and not Path(file).exists():
        try:
            os.close(os.open(file, os.O_CREAT, FILE_MODE))
        except OSError as error:
            raise RegistryUnavailableError(reason=cause(error)) from None
    engine = create_engine(url, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # a writer takes its lock at the beginning: none finds out at its end that it worked in vain
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


@contextmanager
def told() -> Iterator[None]:
    """Turn what the database says in trouble into RegistryUnavailableError, one plain line.

    A text that it cannot hold is ValueRefusedError. Other errors of the statement itself (a broken
    constraint) pass: they are for the caller to understand.
    """
    try:
        yield
    except DataError:
        raise ValueRefusedError from None
    except DBAPIError as error:
        if not isinstance(error, OperationalError | InterfaceError | InternalError):
            raise
        raise RegistryUnavailableError(reason=str(error.orig).strip().splitlines()[0]) from None
