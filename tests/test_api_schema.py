"""The HTTP interface against its own description: whatever the description allows, nothing answers with 5xx.

Everybody's roles and a second person are at hand, so that calls get as deep as they can.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from registry_bench import EVERYBODY
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from test_api import SETTINGS, routes, settle

from issuer.access.actor import Actor
from issuer.access.sign_in import open_session
from issuer.api.app import create_app
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.office import Office
from issuer.registry import setting_up
from issuer.registry.registry import Registry

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


SECOND = Actor("everybody-else", EVERYBODY.roles)


@pytest.fixture(scope="module")
def described(tmp_path_factory) -> Iterator[tuple[schemathesis.BaseSchema, Registry]]:
    home = tmp_path_factory.mktemp("api")
    registry = Registry(f"sqlite:///{home}/registry.db", PublishedTestCustodian())
    setting_up.create(registry)
    settle(registry, EVERYBODY, SECOND)
    app = create_app(Office(home, SETTINGS, registry.custodian, registry))
    yield schemathesis.openapi.from_asgi("/openapi.json", app), registry
    registry.close()


@pytest.mark.parametrize("route", routes(), ids=lambda route: route.operation_id)
def test_the_description_holds(described, route):
    schema, registry = described
    operation = schema[route.path][next(iter(route.methods))]
    # sessions of this test alone, for one of the routes ends them
    first, second = (open_session(registry, person).token for person in (EVERYBODY, SECOND))
    headers = {"Authorization": f"Bearer {first}", "X-Second-Token": second}
    statuses = set()

    # the pytest plugin of schemathesis does not work with this pytest, so that hypothesis is called here
    @settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def holds(case: schemathesis.Case) -> None:
        case.headers = {**(case.headers or {}), **headers}
        statuses.add(case.call_and_validate(checks=CHECKS).status_code)

    holds()
    assert statuses - {401, 403} or route.operation_id == "session.open"
