"""The registry: opens the database, and gives out transactions.

    with registry.transaction(actor) as work:
        person = persons.add(work, …)

A refused permission leaves nothing of the transaction but a row in the audit chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Engine

from issuer.access.actor import Actor
from issuer.access.permission import NotPermittedError
from issuer.keys.custodian import Custodian
from issuer.registry.audit import wait_for_turn
from issuer.registry.engine import open_engine, told
from issuer.registry.work import Work

DENIED = "access.denied"


def utc_now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


class Registry:
    """A database and the custodian whose keys seal what is in it."""

    def __init__(self, url: str, custodian: Custodian, clock: Callable[[], datetime] = utc_now) -> None:
        """Raises RegistryUnavailableError where `url` is no address of a database; connects later."""
        self.engine: Engine = open_engine(url)
        self.custodian = custodian
        self.clock = clock

    @contextmanager
    def transaction(self, actor: Actor, second: Actor | None = None) -> Iterator[Work]:
        """One piece of work: kept when the block ends, undone when it raises.

        Raises RegistryUnavailableError where the database fails.
        """
        try:
            with told(), self.engine.begin() as connection:
                wait_for_turn(connection)
                yield Work(connection, self.custodian, actor, second, self.clock())
        except NotPermittedError as error:
            self._deny(actor, second, error)
            raise

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()

    def _deny(self, actor: Actor, second: Actor | None, error: NotPermittedError) -> None:
        with told(), self.engine.begin() as connection:
            work = Work(connection, self.custodian, actor, second, self.clock())
            work.record(DENIED, "operator", actor.name, wanted=error.fields["action"])
