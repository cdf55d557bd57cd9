"""Cards and lists over HTTP: a whole life, chips in distant readers, and what callers must not do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import schemathesis
from cards_bench import ADMIN, BANKER, CENTRE, CLERK, OTHER_CLERK, PIN, SECOND_ADMIN, Held, in_use, made_card
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from registry_bench import actor
from test_api import SETTINGS, routes, settle

from issuer.access.actor import Actor, Role
from issuer.api import chip_line
from issuer.api.app import create_app
from issuer.api.chip_line import ChipLines, NoLineError, TooManyLinesError
from issuer.applications import replacement
from issuer.cards.chip_desk import CardSilentError
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.office import Office
from issuer.registry import setting_up
from issuer.registry.registry import Registry

TERMINAL = actor(Role.TERMINAL, name="terminal")
PEOPLE = (CLERK, OTHER_CLERK, ADMIN, SECOND_ADMIN, CENTRE, BANKER, TERMINAL)
NUMBER = "11010119000315007X"
HOLDER = {"presence": "holder", "holder": {"type": "01", "number": NUMBER}}


@dataclass
class Api:
    """The interface, called by people."""

    client: TestClient
    tokens: dict[str, str]
    registry: Registry

    def call(
        self,
        who: Actor,
        method: str,
        path: str,
        body: object = None,
        *,
        second: Actor | None = None,
        status: int = 200,
    ):
        headers = {"Authorization": f"Bearer {self.tokens[who.name]}"}
        if second is not None:
            headers["X-Second-Token"] = self.tokens[second.name]
        answer = self.client.request(method, path, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def act(self, held: Held, name: str, body: dict[str, object], second: Actor | None = None):
        """An act on the chip, over its line; returns the state at the end."""
        atr = held.chip.power_on().hex()
        turn = self.call(CLERK, "POST", f"/cards/{held.id}/{name}", {"atr": atr, **body}, second=second)
        while turn["command"] is not None:
            answer = held.chip.transmit(bytes.fromhex(turn["command"])).hex()
            turn = self.call(CLERK, "POST", f"/chip-lines/{turn['line']}", {"answer": answer}, second=second)
        return turn["state"]


@pytest.fixture
def api(registry: Registry, tmp_path: Path) -> Iterator[Api]:
    office = Office(tmp_path, SETTINGS, registry.custodian, registry)
    tokens = settle(registry, *PEOPLE)
    with TestClient(create_app(office), raise_server_exceptions=False) as client:
        yield Api(client, tokens, registry)


def test_a_whole_life_over_http(api: Api, monkeypatch: pytest.MonkeyPatch):
    held = made_card(api.registry, variant="with_holder_pin", bank_account="6210")
    (found,) = api.call(CLERK, "POST", "/cards/search", {"document_type": "01", "document_number": NUMBER})
    assert (found["id"], found["state"], found["card_number"]) == (held.id, "PERSO", "**************007X")
    slip = api.call(CLERK, "POST", f"/cards/{held.id}/pick-up", HOLDER)
    assert (slip["holder_name"], slip["number"]) == ("张伟", "LQ-20260302-000001")
    variant = {"variant": "with_holder_pin"}
    assert api.act(held, "activate", {**variant, "pin": PIN}) == "ACTIVE"
    assert api.act(held, "authenticate", variant) == "genuine"
    assert api.act(held, "lock", {**variant, "application": "DF03", "reason": "dispute"}) == "APP_LOCKED"
    assert api.act(held, "unlock", {**variant, "application": "DF03", "reason": "settled"}) == "ACTIVE"
    assert api.act(held, "reset-pin", {**variant, "pin": "246813", "shown": HOLDER}) == "ACTIVE"

    known = {"birth_date": "1900-03-15", "holder_phone_1": "19900000001"}
    answers = {"presence": "questions", "answers": known}
    oral = api.call(CLERK, "POST", f"/cards/{held.id}/oral-loss", answers)
    assert oral["until"] is not None
    assert {slip["card_number"], oral["card_number"]} == {"**************007X"}
    status = {"card_number": NUMBER, "chip_serial": "0000000001"}
    assert api.call(TERMINAL, "POST", "/cards/status", status)["answer"] == "24"
    undone = api.call(CLERK, "POST", f"/cards/{held.id}/undo-loss", {"slip": oral["number"]})
    assert undone == {"state": "ACTIVE"}
    api.call(BANKER, "POST", f"/cards/{held.id}/bank/loss", HOLDER)
    api.call(CLERK, "POST", f"/cards/{held.id}/loss", HOLDER)
    monkeypatch.setattr(replacement, "apply_for_replacement", lambda *_any: "A0000001")
    made = api.call(CLERK, "POST", f"/cards/{held.id}/replace", {"collection_point": "P1"})
    assert made == {"application": "A0000001", "business": "05", "fee": "15.00"}
    api.call(CLERK, "POST", f"/cards/{held.id}/destroy", {"text": "cut"}, status=403)
    api.call(CLERK, "POST", f"/cards/{held.id}/destroy", {"text": "cut"}, second=OTHER_CLERK)
    shown = api.call(CLERK, "GET", f"/cards/{held.id}")
    assert (shown["state"], shown["bank_state"], shown["open_act"]) == ("DESTROYED", "FORMAL_LOSS", None)
    assert [event["code"] for event in shown["events"]] == [
        "A1", "C1", "08", "03", "C2", "06", "A4", "A5", "A7", "01", "05", "C5", "02", "04", "B2", "A9"
    ]  # fmt: skip
    assert NUMBER not in str(shown)
    (old,) = api.call(CLERK, "POST", "/cards/cancelled", {"document_type": "01", "document_number": NUMBER})
    assert old["id"] == held.id
    assert api.call(CLERK, "GET", "/cards/counts") == {"DESTROYED": 1}
    notices = api.call(BANKER, "GET", "/bank/notices")
    assert [row["action"] for row in notices] == ["bank.activate", "bank.report_formal", "card.cancel"]
    assert api.call(BANKER, "GET", "/bank/mismatches")[0]["bank_state"] == "FORMAL_LOSS"


def test_the_rest_of_the_calls(api: Api):
    held = in_use(api.registry, bank_account="6210")
    for path, state in (("lock", "LOCKED"), ("unlock", "ACTIVE"), ("close", "CLOSED")):
        found = api.call(BANKER, "POST", f"/cards/{held.id}/bank/{path}", {"text": "x"})
        assert found == {"state": state}
    assert api.call(CLERK, "POST", "/cards/lapse") == {"count": 0}
    assert api.call(ADMIN, "POST", "/cards/expire") == {"count": 0}
    figures = {row["name"]: row["value"] for row in api.call(CLERK, "GET", "/cards/rules")}
    assert figures["oral_loss_days"] == "10"
    api.call(ADMIN, "PUT", "/cards/rules/oral_loss_days", {"value": "7"}, second=SECOND_ADMIN)
    api.call(ADMIN, "PUT", "/cards/rules/oral_loss_days", {"value": "0"}, second=SECOND_ADMIN, status=422)
    api.call(ADMIN, "PUT", "/cards/rules/none", {"value": "1"}, second=SECOND_ADMIN, status=404)
    assert api.call(CENTRE, "POST", f"/cards/{held.id}/blacklist", {"text": "lent"}) == {
        "state": "BLACKLISTED"
    }
    reason = {"reason": "misused", "proof": "case 7"}
    assert api.call(CLERK, "POST", f"/cards/{held.id}/cancel", reason) == {"state": "CANCELLED"}
    api.call(CLERK, "POST", f"/cards/{held.id}/cancel", reason, status=409)
    api.call(CLERK, "POST", f"/cards/{'0' * 32}/cancel", reason, status=404)


def test_lists_over_http(api: Api):
    server = {"name": "fs", "institution": "x", "operator": "terminal"}
    api.call(ADMIN, "POST", "/lists/servers", server, status=201)
    api.call(TERMINAL, "GET", "/lists/servers/fs/list", status=404)
    assert api.call(CENTRE, "POST", "/lists")["version"] == 1
    parcel = api.call(TERMINAL, "GET", "/lists/servers/fs/list?since=0")
    assert (parcel["version"], parcel["is_delta"]) == (1, False)
    api.call(TERMINAL, "PUT", "/lists/servers/fs/version", {"version": 1}, status=204)
    api.call(TERMINAL, "PUT", "/lists/servers/fs/version", {"version": 9}, status=422)
    (row,) = api.call(CENTRE, "GET", "/lists/servers")
    assert (row["version"], row["behind"], row["late"]) == (1, 0, False)
    assert api.call(CENTRE, "GET", "/lists")[0]["entries"] == 0
    found = api.call(TERMINAL, "POST", "/lists/servers/fs/swipes", {"lines": ["x"]})
    assert found == {"rows": 0, "damaged": 1, "alarms": 0, "known": 0, "ahead": 0}
    assert api.call(CENTRE, "GET", "/lists/alarms") == []


# --- chips in distant readers -----------------------------------------------------------------------------


def test_a_refusal_of_the_act_is_the_answer_to_its_turn(api: Api):
    held = made_card(api.registry)
    atr = held.chip.power_on().hex()
    found = api.call(CLERK, "POST", f"/cards/{held.id}/activate", {"atr": atr}, status=409)
    assert found["error"] == "TransitionRefusedError"
    held.pick_up()
    for body, status in (
        ({"atr": "3B00"}, 422),
        ({"atr": atr, "variant": "none"}, 422),
        ({"atr": "xyz"}, 422),
    ):
        api.call(CLERK, "POST", f"/cards/{held.id}/activate", body, status=status)
    turn = api.call(CLERK, "POST", f"/cards/{held.id}/activate", {"atr": atr})
    while turn.get("command"):
        # a chip that knows nothing
        turn = _refuse(api, turn)
    assert turn["error"] == "PersonalisationError"
    assert held.state == "ISSUED"


def _refuse(api: Api, turn: dict[str, object]) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {api.tokens['clerk']}"}
    answer = api.client.post(f"/chip-lines/{turn['line']}", json={"answer": "6D00"}, headers=headers)
    return answer.json()  # type: ignore[no-any-return]


def test_a_line_belongs_to_who_began_it(api: Api):
    held = made_card(api.registry)
    held.pick_up()
    atr = held.chip.power_on().hex()
    turn = api.call(CLERK, "POST", f"/cards/{held.id}/activate", {"atr": atr})
    line = f"/chip-lines/{turn['line']}"
    api.call(OTHER_CLERK, "POST", line, {"answer": "9000"}, status=404)
    api.call(CLERK, "POST", "/chip-lines/other", {"answer": "9000"}, status=404)
    api.call(TERMINAL, "POST", line, {"answer": "9000"}, status=403)
    while turn["command"] is not None:
        answer = held.chip.transmit(bytes.fromhex(turn["command"])).hex()
        turn = api.call(CLERK, "POST", line, {"answer": answer})
    api.call(CLERK, "POST", line, {"answer": "9000"}, status=404)
    assert held.state == "ACTIVE"


def test_a_block_takes_two_and_a_malformed_answer_is_silence(api: Api):
    held = in_use(api.registry)
    atr = held.chip.power_on().hex()
    body = {"atr": atr, "reason": "stolen"}
    api.call(CLERK, "POST", f"/cards/{held.id}/block", body, status=403)
    turn = api.call(CLERK, "POST", f"/cards/{held.id}/block", body, second=OTHER_CLERK)
    line = f"/chip-lines/{turn['line']}"
    found = api.call(CLERK, "POST", line, {"answer": ""}, second=OTHER_CLERK, status=422)
    assert found["error"] == "CardSilentError"
    assert api.call(CLERK, "GET", f"/cards/{held.id}")["open_act"]["action"] == "card.block"
    assert api.act(held, "block", {"reason": "stolen"}, second=OTHER_CLERK) == "BLOCKED"


def test_a_reader_that_falls_silent_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(chip_line, "WAIT", 0.05)
    lines, ended = ChipLines(), threading.Event()

    def act(transmit: Callable[[bytes], bytes]) -> str:
        try:
            return transmit(b"\x00\xa4").hex()
        except CardSilentError:
            ended.set()
            raise

    turn = lines.begin("clerk", act)
    assert turn.command == b"\x00\xa4"
    assert ended.wait(10)
    for _turn in range(100):
        if not lines._lines:
            break
        threading.Event().wait(0.02)
    with pytest.raises(NoLineError):
        lines.answer("clerk", turn.line, b"\x90\x00")


def test_an_answer_that_comes_twice_leaves_nobody_waiting():
    lines, taken, go_on = ChipLines(), threading.Event(), threading.Event()
    states: list[str | None] = []

    def act(transmit: Callable[[bytes], bytes]) -> str:
        transmit(b"\x01")
        taken.set()
        go_on.wait(10)
        return "done"

    name = lines.begin("clerk", act).line
    kept = lines._lines[name]

    def answer() -> None:
        states.append(lines.answer("clerk", name, b"\x90\x00").state)

    callers = [threading.Thread(target=answer, daemon=True) for _ in range(2)]
    callers[0].start()
    assert taken.wait(10)
    callers[1].start()
    for _turn in range(1000):
        if kept.answers.full():
            break
        threading.Event().wait(0.01)
    go_on.set()
    for caller in callers:
        caller.join(10)
    assert states == ["done", "done"]


def test_lines_are_limited(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(chip_line, "MOST_LINES", 2)
    lines = ChipLines()
    turns = [lines.begin("clerk", lambda line: line(b"\x01").hex()) for _ in range(2)]
    with pytest.raises(TooManyLinesError, match="2 chips"):
        lines.begin("clerk", lambda line: line(b"\x01").hex())
    for turn in turns:
        assert lines.answer("clerk", turn.line, b"\x90\x00").state == "9000"
    assert lines.begin("clerk", lambda _line: "done").state == "done"


# --- calls of all shapes on a card that is there ----------------------------------------------------------


def routes_of_cards() -> list[APIRoute]:
    return [route for route in routes() if "{card_id}" in route.path]


@pytest.fixture(scope="module")
def one_card(tmp_path_factory: pytest.TempPathFactory):
    home = tmp_path_factory.mktemp("fuzz")
    registry = Registry(f"sqlite:///{home}/registry.db", PublishedTestCustodian())
    setting_up.create(registry)
    everybody, other = (actor(*Role, name=name) for name in ("everybody", "everybody-else"))
    tokens = settle(registry, everybody, other)
    held = made_card(registry, bank_account="6210")
    held.pick_up()
    app = create_app(Office(home, SETTINGS, registry.custodian, registry))
    headers = {"Authorization": f"Bearer {tokens['everybody']}", "X-Second-Token": tokens["everybody-else"]}
    yield schemathesis.openapi.from_asgi("/openapi.json", app), held.id, headers
    registry.close()


@pytest.mark.parametrize("route", routes_of_cards(), ids=lambda route: route.operation_id)
def test_no_call_on_a_card_is_an_error_of_ours(one_card, route: APIRoute):
    schema, card_id, headers = one_card
    operation = schema[route.path][next(iter(route.methods))]
    statuses = set()

    @settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def holds(case: schemathesis.Case) -> None:
        case.headers = {**(case.headers or {}), **headers}
        case.path_parameters = {**case.path_parameters, "card_id": card_id}
        answer = case.call()
        statuses.add(answer.status_code)
        assert answer.status_code < 500, answer.text

    holds()
    assert statuses - {401, 403, 404}, "the card was reached"
