"""Batches over HTTP: a file goes out and comes back, and what is refused is told in one line."""

from __future__ import annotations

import base64

import pytest
from batch_bench import COUNTY, ready_applications, world
from fastapi.testclient import TestClient
from registry_bench import actor
from test_api import settle

from issuer.access.actor import Role
from issuer.api.app import create_app
from issuer.office import Office, OfficeSettings

SETTINGS = OfficeSettings("居民健康卡测试发卡中心", "41000000001", "410000")
REVIEWER = actor(Role.CENTRE_REVIEWER, Role.PERSONALISER, name="sun")


@pytest.fixture
def desk(registry, tmp_path):
    made = world(registry, tmp_path)
    ready_applications(registry, 2)
    bearer = {"Authorization": f"Bearer {settle(registry, REVIEWER)['sun']}"}
    office = Office(tmp_path, SETTINGS, registry.custodian, registry)
    with TestClient(create_app(office), headers=bearer) as client:
        yield made, client


def raw(answer) -> bytes:
    assert answer.status_code in (200, 201), answer.text
    return base64.b64decode(answer.json()["content"])


def test_a_batch_goes_to_the_bank_and_the_maker_over_http(desk):
    made, client = desk
    order = {"county": COUNTY, "bank": "bank-1", "maker": "maker-1", "outlet": "outlet-1", "limit": 2}
    planned = client.post("/batches", json=order)
    assert (planned.status_code, planned.json()["lines"]) == (201, 2)
    number = planned.json()["number"]
    files = f"/batches/{number}/files"
    request = raw(client.post(files, json={"kind": "ACC-REQ"}))
    assert raw(client.get(f"{files}/ACC-REQ/1")) == request
    (answer,) = made.bank.answer(request)
    plain = {"Content-Type": "application/octet-stream"}
    broken = client.post("/exchange-files", content=answer[:-2] + b"0\n", headers=plain)
    assert (broken.status_code, broken.json()["error"]) == (422, "ExchangeRefusedError")
    assert broken.json()["message"].startswith(f"line {answer.count(10)}, signature: ")
    taken = client.post("/exchange-files", content=answer, headers=plain).json()
    assert (taken["results"], taken["again"]) == ({"has_account": 2}, False)
    assert client.post("/exchange-files", content=answer, headers=plain).json()["again"]
    (answer,) = made.maker.answer(raw(client.post(files, json={"kind": "PRD-REQ", "spares": 1})))
    assert client.post("/exchange-files", content=answer, headers=plain).status_code == 200
    begun = client.post(f"/batches/{number}/personalisation").json()
    assert (begun["due"], begun["city_code"], len(begun["key_set"])) == (2, "410000", 16)
    shown = client.get(f"/batches/{number}").json()
    assert (shown["state"], shown["lines"]) == ("PERSO_OUT", {"MADE": 2})
    assert [file["kind"] for file in shown["files"]] == ["ACC-REQ", "ACC-RSP", "PRD-REQ", "PRD-RSP"]
    assert client.get("/chips").json()["PLANNED"] == 2
    assert client.get(f"/batches/{number}/reconciliation").json()["adds_up"]
    assert client.get("/reconciliation").json()["chips"]["delivered"] == 3


def test_what_is_not_possible_now_is_409_and_what_is_not_there_404(desk):
    _made, client = desk
    number = client.post("/batches", json={"county": COUNTY, "bank": "bank-1"}).json()["number"]
    wrong = client.post(f"/batches/{number}/personalisation")
    assert (wrong.status_code, wrong.json()["error"]) == (409, "TransitionRefusedError")
    assert client.get("/batches/419901200001010001").status_code == 404
    nobody = client.post("/batches", json={"county": COUNTY, "applications": ["A999"]})
    assert (nobody.status_code, nobody.json()["message"]) == (404, "application A999: there is none")
    given_up = {"lines": [1], "reason": "资料有误", "again": True}
    assert client.post(f"/batches/{number}/given-up", json=given_up).status_code == 204
    lines = client.get(f"/batches/{number}/lines", params={"state": "READY_AGAIN"}).json()
    assert [line["line"] for line in lines] == [1]
