"""The HTTP interface: who may do what, in full; refusals; what is kept when an answer leaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from registry_bench import actor
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError

from issuer.access import operators, permission, sign_in
from issuer.access.actor import Actor, Role
from issuer.api.app import ROUTERS, create_app
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.office import Office, OfficeSettings
from issuer.registry import setting_up
from issuer.registry.registry import Registry
from issuer.registry.schema.access import operator
from issuer.registry.schema.audit import audit
from issuer.registry.work import Work

SETTINGS = OfficeSettings("测试发卡机构", "41000000001", "410000")
PASSWORD = "correct horse battery"  # noqa: S105
# signing in and out is open to all who have a name
WITHOUT_ACTION = {"session.open", "session.close"}


def routes() -> list[APIRoute]:
    return [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


GUARDED = [route for route in routes() if route.operation_id not in WITHOUT_ACTION]
by_operation = {"ids": lambda route: route.operation_id}


@pytest.fixture
def office(registry: Registry, tmp_path: Path) -> Office:
    return Office(tmp_path, SETTINGS, registry.custodian, registry)


@pytest.fixture
def client(office: Office) -> Iterator[TestClient]:
    # an error of ours shows as an answer, as it does to a caller
    with TestClient(create_app(office), raise_server_exceptions=False) as client:
        yield client


def settle(registry: Registry, *people: Actor) -> dict[str, str]:
    """Put operators into the registry, without the cost of their passwords; returns their tokens."""
    with registry.transaction(actor(name="founder")) as work:
        for person in people:
            new = operators.NewOperator(person.name, person.name, "", person.roles)
            operators._add(work, new, PASSWORD)
    return {person.name: sign_in.open_session(registry, person).token for person in people}


def denials(registry: Registry) -> int:
    with registry.engine.begin() as connection:
        return len(connection.execute(select(audit).where(audit.c.action == "access.denied")).all())


def call(client: TestClient, route: APIRoute, token: str | None, second: str | None = None):
    path = route.path
    for name in route.param_convertors:
        path = path.replace(f"{{{name}}}", "x")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if second:
        headers["X-Second-Token"] = second
    return client.request(next(iter(route.methods)), path, headers=headers)


# --- the matrix -------------------------------------------------------------------------------------------


def test_every_route_is_an_action_of_the_table_and_every_name_is_used_once():
    names = [route.operation_id for route in routes()]
    assert len(names) == len(set(names))
    assert {route.operation_id for route in GUARDED} <= set(permission.actions())
    assert len(GUARDED) > 5


# keys, components and chips are handled at a desk, by people who sign in there: no secret passes over HTTP
AT_THE_DESK = {
    "keys.ceremony", "keys.shares", "keys.recover", "keys.export", "keys.import", "keys.destroy_version",
    "keys.destroy", "keys.certify", "keys.keep_certificate", "keys.record", "sam.key",
}  # fmt: skip


def test_every_action_has_a_route_but_those_at_the_desk():
    missing = set(permission.actions()) - {route.operation_id for route in GUARDED}
    assert missing == AT_THE_DESK


def sign_in_name(role: Role, number: int) -> str:
    return f"{role.replace('_', '-')}-{number}"


@pytest.fixture(scope="module")
def matrix_client(tmp_path_factory) -> Iterator[tuple[TestClient, Registry, dict[str, str]]]:
    """One registry for the whole matrix: the calls change nothing, for they ask for nothing that is there."""
    home = tmp_path_factory.mktemp("matrix")
    registry = Registry(f"sqlite:///{home}/registry.db", PublishedTestCustodian())
    setting_up.create(registry)
    people = [actor(role, name=sign_in_name(role, number)) for role in Role for number in (1, 2)]
    tokens = settle(registry, *people)
    office = Office(home, SETTINGS, registry.custodian, registry)
    with TestClient(create_app(office), raise_server_exceptions=False) as client:
        yield client, registry, tokens
    registry.close()


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("route", GUARDED, **by_operation)
def test_role_by_action(matrix_client, role, route):
    client, registry, tokens = matrix_client
    action = permission.actions()[route.operation_id]
    first, second = tokens[sign_in_name(role, 1)], tokens[sign_in_name(role, 2)]
    before = denials(registry)
    alone, together = call(client, route, first), call(client, route, first, second)
    if role not in action.roles:
        assert (alone.status_code, together.status_code) == (403, 403)
        assert alone.json()["error"] == "NotPermittedError"
        assert denials(registry) == before + 2
    elif action.second:
        assert (alone.status_code, alone.json()["error"]) == (403, "SecondPersonError")
        assert call(client, route, first, first).status_code == 403
        assert together.status_code not in (401, 403)
        assert denials(registry) == before + 2
    else:
        assert alone.status_code not in (401, 403)
        assert denials(registry) == before
    assert together.status_code < 500


@pytest.mark.parametrize("route", GUARDED, **by_operation)
def test_nobody_gets_in_without_a_session(matrix_client, route):
    client, _registry, _tokens = matrix_client
    for token in (None, "x" * 43):
        answer = call(client, route, token)
        assert (answer.status_code, answer.json()["error"]) == (401, "SessionOverError")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


# --- sessions ---------------------------------------------------------------------------------------------


def test_a_session_from_password_to_end(client, registry, clock):
    settle(registry, actor(Role.AUDITOR, name="wang"))
    wrong = client.post("/session", json={"name": "wang", "password": "wrong"})
    nobody = client.post("/session", json={"name": "nobody", "password": PASSWORD})
    assert (wrong.status_code, nobody.status_code) == (401, 401)
    assert wrong.json() == nobody.json()
    given = client.post("/session", json={"name": "wang", "password": PASSWORD}).json()
    bearer = {"Authorization": f"Bearer {given['token']}"}
    assert client.get("/audit", headers=bearer).status_code == 200
    clock.move(hours=9)
    assert client.get("/audit", headers=bearer).status_code == 401
    again = client.post("/session", json={"name": "wang", "password": PASSWORD}).json()
    bearer = {"Authorization": f"Bearer {again['token']}"}
    assert client.delete("/session", headers=bearer).status_code == 204
    assert client.get("/audit", headers=bearer).status_code == 401


def test_five_wrong_passwords_lock_the_name_for_a_while(client, registry, clock):
    settle(registry, actor(Role.AUDITOR, name="wang"))
    for _ in range(5):
        assert client.post("/session", json={"name": "wang", "password": "wrong"}).status_code == 401
    right = {"name": "wang", "password": PASSWORD}
    assert client.post("/session", json=right).status_code == 401
    clock.move(minutes=16)
    assert client.post("/session", json=right).status_code == 201


def test_a_try_is_taken_before_the_password_is_looked_at(registry, monkeypatch):
    settle(registry, actor(Role.AUDITOR, name="wang"))

    def cut(_password: str, _kept: str) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(sign_in.passwords, "matches", cut)
    for _ in range(5):
        with pytest.raises(KeyboardInterrupt):
            sign_in.sign_in(registry, "wang", PASSWORD)
    monkeypatch.undo()
    with pytest.raises(sign_in.SignInRefusedError):
        sign_in.sign_in(registry, "wang", PASSWORD)


def test_a_disabled_operator_is_out_at_once(client, registry):
    tokens = settle(registry, actor(Role.AUDITOR, name="wang"), actor(Role.ADMINISTRATOR, name="li"))
    bearers = {name: {"Authorization": f"Bearer {token}"} for name, token in tokens.items()}
    assert client.get("/audit", headers=bearers["wang"]).status_code == 200
    assert client.post("/operators/wang/disable", headers=bearers["li"]).status_code == 204
    assert client.get("/audit", headers=bearers["wang"]).status_code == 401
    assert client.post("/session", json={"name": "wang", "password": PASSWORD}).status_code == 401


def test_tokens_and_passwords_stand_nowhere_in_clear(client, registry):
    token = settle(registry, actor(Role.AUDITOR, name="wang"))["wang"]
    with registry.engine.begin() as connection:
        for name in ("operator", "session", "audit"):
            text = str(connection.exec_driver_sql(f"SELECT * FROM {name}").all())  # noqa: S608
            assert token not in text
            assert PASSWORD not in text


# --- refusals ---------------------------------------------------------------------------------------------


def test_two_administrators_add_an_operator(client, registry):
    tokens = settle(registry, actor(Role.ADMINISTRATOR, name="li"), actor(Role.ADMINISTRATOR, name="wu"))
    both = {"Authorization": f"Bearer {tokens['li']}", "X-Second-Token": tokens["wu"]}
    new = {
        "name": "zhao",
        "display_name": "赵",
        "institution": "县",
        "roles": ["collector"],
        "password": PASSWORD,
    }
    made = client.post("/operators", json=new, headers=both)
    assert (made.status_code, made.json()["roles"]) == (201, ["collector"])
    assert "password" not in made.json()
    again = client.post("/operators", json=new, headers=both)
    assert (again.status_code, again.json()["error"]) == (409, "TakenError")
    weak = client.post("/operators", json={**new, "name": "qian", "password": "short"}, headers=both)
    assert (weak.status_code, weak.json()["error"]) == (422, "PasswordRefusedError")
    unknown = client.post("/operators/nobody/unlock", headers=both)
    assert (unknown.status_code, unknown.json()["message"]) == (404, "operator nobody: there is none")


def test_a_request_that_is_no_request_names_the_field_and_repeats_nothing(client):
    answer = client.post("/session", json={"name": "wang", "passwort": "secret-in-the-wrong-place"})
    assert answer.status_code == 422
    assert answer.json()["field"] == "body.password"
    assert "secret" not in answer.text


def test_a_body_that_is_too_large_is_refused(client):
    answer = client.post("/session", content=b"x" * (33 << 20))
    assert (answer.status_code, answer.json()["error"]) == (413, "TooLargeError")


def test_a_text_that_a_database_does_not_hold_is_no_error_of_ours(client, registry):
    """PostgreSQL has no null character in a text; SQLite takes it, and finds nothing under it."""
    tokens = settle(registry, actor(*Role, name="li"), actor(*Role, name="wu"))
    both = {"Authorization": f"Bearer {tokens['li']}", "X-Second-Token": tokens["wu"]}
    new = {"name": "qian", "display_name": "a\0", "institution": "", "roles": ["auditor"]}
    answers = (
        client.post("/session", json={"name": "a\0", "password": PASSWORD}),
        client.post("/operators", json={**new, "password": PASSWORD}, headers=both),
        client.post("/operators/a%00/disable", headers=both),
        client.post("/partners/a%00/disable", headers=both),
        client.get("/audit?subject=a%00", headers=both),
        client.post("/batches", json={"county": "110101", "applications": ["a\0"]}, headers=both),
    )
    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []
    if registry.engine.dialect.name == "postgresql":
        assert {answer.json()["error"] for answer in answers} == {"ValueRefusedError"}


def test_an_error_of_ours_repeats_nothing_in_answer_or_log(registry, office, monkeypatch, caplog):
    """Neither the values of a statement, nor those of a model that an answer does not fit."""
    tokens = settle(registry, actor(Role.ADMINISTRATOR, name="li"))
    bearer = {"Authorization": f"Bearer {tokens['li']}"}
    secret = "110101190001011234"  # noqa: S105

    def broken(work: Work) -> list[dict[str, object]]:
        work.insert(operator, name="li", display_name=secret)
        return []

    # as a server has it: what leaves the application would be in its log
    with TestClient(create_app(office)) as client:
        for service in (broken, lambda _work: [{"name": secret}]):
            monkeypatch.setattr(operators, "listed", service)
            answer = client.get("/operators", headers=bearer)
            assert (answer.status_code, answer.json()["error"]) == (500, "InternalError")
            assert secret not in answer.text + caplog.text
    with pytest.raises(IntegrityError) as raised, registry.transaction(actor(name="x")) as work:
        broken(work)
    # PostgreSQL itself adds the row that failed, in which what is personal is sealed
    assert "SQL parameters hidden" in str(raised.value)


def test_answers_are_kept_out_of_caches(client):
    answer = client.get("/openapi.json")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_what_cannot_be_kept_is_no_success(client, registry, monkeypatch):
    """The transaction is over before the answer leaves: a commit that fails is 503, not 204."""
    tokens = settle(registry, actor(Role.AUDITOR, name="wang"), actor(Role.ADMINISTRATOR, name="li"))
    bearer = {"Authorization": f"Bearer {tokens['li']}"}

    def fail(connection: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("disk full"))

    monkeypatch.setattr(
        type(registry.engine.dialect), "do_commit", lambda _dialect, _connection: fail(_connection)
    )
    answer = client.post("/operators/wang/disable", headers=bearer)
    monkeypatch.undo()
    assert (answer.status_code, answer.json()["error"]) == (503, "RegistryUnavailableError")
