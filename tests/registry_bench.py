"""What the tests of the issuer stand on: registries of both kinds, operators, a clock set by hand."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import postgres_server
import pytest
import sqlalchemy

from issuer.access.actor import Actor, Role
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.registry import setting_up
from issuer.registry.registry import Registry

KINDS = ("sqlite", "postgresql")
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_TEMPLATE = "empty"
_numbers = itertools.count(1)


class Clock:
    """A moment that stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


def actor(*roles: Role | str, name: str = "") -> Actor:
    """An operator with these roles, named after them."""
    kinds = frozenset(Role(role) for role in roles)
    return Actor(name or "-".join(sorted(kinds)) or "nobody", kinds, "测试机构")


ADMIN, SECOND_ADMIN = (actor(Role.ADMINISTRATOR, name=name) for name in ("admin-1", "admin-2"))
EVERYBODY = actor(*Role, name="everybody")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    with postgres_server.running() as address:
        yield address


@pytest.fixture(scope="session")
def empty_postgresql(postgresql: str) -> str:
    """The address of the server, which has a registry to be copied: making tables anew takes long."""
    _administer(postgresql, f"CREATE DATABASE {_TEMPLATE}")
    _create(postgresql.format(_TEMPLATE))
    return postgresql


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a registry to be copied."""
    file = tmp_path_factory.mktemp("registry") / f"{_TEMPLATE}.db"
    _create(f"sqlite:///{file}")
    return file


@pytest.fixture(params=KINDS)
def new_registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Registry]]:
    """Makes an empty registry with its tables; each call makes another one."""
    made: list[Registry] = []
    databases: list[str] = []
    on_postgresql = request.param == "postgresql"
    template = request.getfixturevalue("empty_postgresql" if on_postgresql else "empty_sqlite")

    def make(clock: Callable[[], datetime] | None = None) -> Registry:
        number = next(_numbers)
        if on_postgresql:
            databases.append(f"test_{number}")
            _administer(template, f"CREATE DATABASE test_{number} TEMPLATE {_TEMPLATE}")
            url = template.format(f"test_{number}")
        else:
            url = f"sqlite:///{shutil.copy(template, tmp_path / f'registry-{number}.db')}"
        registry = Registry(url, PublishedTestCustodian(), clock or Clock())
        made.append(registry)
        return registry

    yield make
    for registry in made:
        registry.close()
    for name in databases:
        _administer(template, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry(new_registry: Callable[..., Registry], clock: Clock) -> Registry:
    return new_registry(clock)


def _create(url: str) -> None:
    registry = Registry(url, PublishedTestCustodian())
    setting_up.create(registry)
    registry.close()


def _administer(address: str, statement: str) -> None:
    engine = sqlalchemy.create_engine(address.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
