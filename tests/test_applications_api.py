"""Applications over HTTP: the way of a list and of a single application, and how refusals tell rules."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from applications_bench import (
    BANK_REVIEWER,
    CENTRE_REVIEWER,
    COLLECTOR,
    COUNTY,
    COUNTY_REVIEWER,
    INSTITUTION,
    POINT,
    a_list,
    adult,
    hand_out,
    rows,
)
from fastapi.testclient import TestClient
from registry_bench import actor

from issuer.access import operators, sign_in
from issuer.access.actor import Role
from issuer.api.app import create_app
from issuer.office import Office, OfficeSettings
from issuer.registry.registry import Registry

ADMINISTRATOR = actor(Role.ADMINISTRATOR, name="admin-1")
PEOPLE = (ADMINISTRATOR, COLLECTOR, COUNTY_REVIEWER, CENTRE_REVIEWER, BANK_REVIEWER)


class Caller:
    """Calls as an operator, who has signed in."""

    def __init__(self, client: TestClient, tokens: dict[str, str]) -> None:
        self.client, self.tokens = client, tokens

    def __call__(self, who, method, path, second=None, **options):
        headers = {"Authorization": f"Bearer {self.tokens[who.name]}"}
        if second is not None:
            headers["X-Second-Token"] = self.tokens[second.name]
        return self.client.request(method, path, headers=headers, **options)


@pytest.fixture
def call(registry: Registry, tmp_path: Path) -> Iterator[Caller]:
    settings = OfficeSettings("测试发卡机构", "41000000001", "410000")
    with registry.transaction(actor(name="founder")) as work:
        for person in PEOPLE:
            new = operators.NewOperator(person.name, person.name, INSTITUTION, person.roles)
            operators._add(work, new, "correct horse battery")
    tokens = {person.name: sign_in.open_session(registry, person).token for person in PEOPLE}
    app = create_app(Office(tmp_path, settings, registry.custodian, registry))
    with TestClient(app, raise_server_exceptions=False) as client:
        called = Caller(client, tokens)
        county = {"code": COUNTY, "name": "示范县", "institution": INSTITUTION}
        point = {"code": POINT, "county": COUNTY, "name": "样板乡", "institution": INSTITUTION}
        assert called(ADMINISTRATOR, "POST", "/places/counties", json=county).status_code == 204
        assert called(ADMINISTRATOR, "POST", "/places/points", json=point).status_code == 204
        yield called


def the_list(registry, count=12, **options):
    return a_list(registry, count, **options)


def send(call, raw, **query):
    return call(COLLECTOR, "POST", "/applications/lists", content=raw, params=query)


def test_a_list_from_intake_to_ready(call, registry):
    receipt = send(call, the_list(registry).raw)
    assert receipt.status_code == 201
    numbers = [row["number"] for row in receipt.json()["accepted"]]
    assert len(numbers) == 12
    for who, party in ((COUNTY_REVIEWER, "county"), (CENTRE_REVIEWER, "centre"), (BANK_REVIEWER, "bank")):
        waiting = call(who, "GET", "/applications", params={"waiting": True}).json()
        assert [row["number"] for row in waiting] == numbers
        verdict = f"/applications/reviews/{party}"
        back = {"numbers": numbers[-1:], "reason": "地址不详"}
        assert call(who, "POST", f"{verdict}/return", json=back).status_code == 204
        numbers.pop()
        assert call(who, "POST", f"{verdict}/pass", json={"numbers": numbers}).status_code == 204
    done = call(CENTRE_REVIEWER, "POST", "/applications/releases", json={"numbers": numbers}).json()
    assert done == {"ready": numbers, "held": []}
    returned = call(COLLECTOR, "GET", "/applications", params={"waiting": True}).json()
    assert [row["return_reason"] for row in returned] == ["地址不详"] * 3
    counts = call(COLLECTOR, "GET", "/applications/statistics").json()
    assert counts == [
        {"county": COUNTY, "state": "READY", "count": 9},
        {"county": COUNTY, "state": "RETURNED", "count": 3},
    ]
    places = call(COLLECTOR, "GET", "/places").json()
    assert [place["kind"] for place in places] == ["county", "point"]


def test_a_bad_line_is_told_with_line_rule_and_field(call, registry):
    made = the_list(registry, 60, faults=6)
    refused = send(call, made.raw)
    assert (refused.status_code, refused.json()["error"]) == (422, "LinesRefusedError")
    told = {row["line"]: (row["rule"], row["field"]) for row in refused.json()["problems"]}
    assert told == {line: (one.rule, one.field) for line, one in made.faults.items()}
    assert rows(registry) == []
    taken = send(call, made.raw, accept_good_lines=True)
    assert (taken.status_code, len(taken.json()["accepted"])) == (201, 54)
    assert send(call, made.raw, accept_good_lines=True).status_code == 409
    broken = send(call, b"rhc-applications/1,count=1,point=x\n\xff")
    assert broken.json()["message"] == "line 2, –: the text is not UTF-8"


def test_an_application_at_the_window(call, registry):
    form = adult()
    body = {"point": POINT, "values": form.changed({"address_1": ""}).values, "mode": "instant"}
    entered = call(COLLECTOR, "POST", "/applications", json=body).json()
    assert [problem["rule"] for problem in entered["problems"]] == ["field.required", "photo.required"]
    path = f"/applications/{entered['number']}"
    refused = call(COLLECTOR, "POST", f"{path}/submission")
    assert (refused.status_code, refused.json()["problems"]) == (422, entered["problems"])
    lacking = {
        "values": {"address_1": form.get("address_1")},
        "photo": base64.b64encode(form.photo).decode(),
    }
    assert call(COLLECTOR, "PATCH", path, json=lacking).json()["problems"] == []
    assert call(COLLECTOR, "POST", f"{path}/submission").status_code == 204
    shown = call(COUNTY_REVIEWER, "GET", path).json()
    assert shown["values"] == form.values
    assert shown["state"] == "SUBMITTED"
    assert "application.county_pass" in shown["possible"]
    assert base64.b64decode(shown["photo"]).startswith(b"\xff\xd8")
    alone = call(COUNTY_REVIEWER, "POST", f"{path}/instant")
    assert (alone.status_code, alone.json()["error"]) == (403, "SecondPersonError")
    assert call(COLLECTOR, "POST", f"{path}/instant", second=COUNTY_REVIEWER).status_code == 204
    key = {name: form.get(name) for name in ("document_type", "document_number")}
    found = call(COLLECTOR, "POST", "/applications/search", json=key).json()
    assert found == {"known": True, "card_state": None, "application": entered["number"], "may_apply": False}


def test_find_before_make_replacement_and_merge(call, registry):
    form = adult()
    key = {name: form.get(name) for name in ("document_type", "document_number")}
    nobody = call(COLLECTOR, "POST", "/applications/search", json=key).json()
    assert nobody == {"known": False, "card_state": None, "application": None, "may_apply": True}
    body = {
        "point": POINT, "values": dict(form.values), "mode": "instant",
        "photo": base64.b64encode(form.photo).decode(),
    }  # fmt: skip
    number = call(COLLECTOR, "POST", "/applications", json=body).json()["number"]
    call(COLLECTOR, "POST", f"/applications/{number}/submission")
    call(COLLECTOR, "POST", f"/applications/{number}/instant", second=COUNTY_REVIEWER)
    card_id = hand_out(registry, rows(registry)[0], state="CANCELLED")
    again = {"card_id": card_id, "business": "07", "point": POINT}
    replaced = call(COLLECTOR, "POST", "/applications/replacements", json=again)
    assert replaced.status_code == 201
    reason = {"reason": "本人放弃"}
    path = f"/applications/{replaced.json()['number']}/withdrawal"
    assert call(COLLECTOR, "POST", path, json=reason).status_code == 204
    merge = {"old": key, "new": {"document_type": "03", "document_number": "ZZ1900001"}}
    both = call(COUNTY_REVIEWER, "POST", "/applications/merges", CENTRE_REVIEWER, json=merge)
    assert both.status_code == 200
    found = call(COLLECTOR, "POST", "/applications/search", json=merge["new"]).json()
    assert found == {"known": True, "card_state": None, "application": None, "may_apply": True}
    unknown = {"document_type": "77", "document_number": "1"}
    assert (
        call(COLLECTOR, "POST", "/applications/search", json=unknown).json()["message"].startswith("77: no")
    )


def test_nothing_that_breaks_off_a_database_gets_into_a_query(call):
    for path in ("/applications/%00", "/applications/a%20b"):
        assert call(COLLECTOR, "GET", path).status_code == 422
    assert call(COLLECTOR, "GET", "/applications?state=%00").status_code == 422
    body = {"point": "\x00", "values": {}}
    assert call(COLLECTOR, "POST", "/applications", json=body).status_code == 422
    body = {"point": POINT, "values": {"address_1": "\x00"}}
    assert call(COLLECTOR, "POST", "/applications", json=body).status_code == 201
    assert call(COLLECTOR, "POST", "/applications", content=b'{"point": "\\ud800"}').status_code == 422
