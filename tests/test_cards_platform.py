"""The card platform of hospitals: eight methods, a fault code, a text.  # spec: issuance_and_ecard A.5 S9"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from cards_bench import CENTRE, CLERK, Held, audited, made_card
from registry_bench import actor

from issuer.access.actor import Role
from issuer.access.permission import NotPermittedError
from issuer.applications import replacement
from issuer.cards import platform
from issuer.cards.platform import PlatformAnswer, PlatformCall
from issuer.registry.registry import Registry

CALL = PlatformCall(
    "find",
    "A001",
    "N017",
    date(2026, 3, 2),
    "at the counter",
    "0000000001",
    "01",
    "11010119000315007X",
    "张伟",
)


def call(held: Held, method: str, **more: object) -> PlatformAnswer:
    return platform.answer(held.begin(), replace(CALL, method=method, **more))


def done(held: Held, method: str, **more: object) -> dict[str, object]:
    found = call(held, method, **more)
    assert (found.code, found.text) == (0, "done"), found.text
    return dict(found.result)


def test_a_card_by_the_methods_of_the_platform(registry: Registry, monkeypatch: pytest.MonkeyPatch):
    held = made_card(registry)
    assert "there is a card, PERSO" in call(held, "find").text
    assert str(done(held, "save")["number"]).startswith("LQ-")
    held.activate()
    assert done(held, "status") == {"usable": True, "answer": "", "meaning": "in use"}
    slip = done(held, "report_loss")["slip"]
    assert done(held, "status")["answer"] == "24"
    assert call(held, "undo_loss", slip="GS-1").code == 1
    assert done(held, "undo_loss", slip=slip) == {"state": "ACTIVE"}
    assert "the reason must be one of damaged, lost" in call(held, "cancel").text
    assert done(held, "cancel", reason="lost") == {"state": "CANCELLED"}
    assert done(held, "list_cancelled") == {"cards": [{"chip_serial": "0000000001", "state": "CANCELLED"}]}
    assert done(held, "find") == {"known": True}
    assert done(held, "status") == {"usable": False, "answer": "23", "meaning": "cancelled, cannot be used"}
    monkeypatch.setattr(replacement, "apply_for_replacement", lambda *_any: "A0000001")
    assert done(held, "replace") == {"application": "A0000001", "fee": "15.00"}
    assert audited(registry, "A001").count("card.platform") == 13


def test_what_a_call_must_say(registry: Registry):
    held = made_card(registry)
    for more, text in (
        ({"method": "format"}, "method: one of find, save"),
        ({"agency": " "}, "agency: it is missing"),
        ({"operator": ""}, "operator: it is missing"),
        ({"day": date(2026, 3, 1)}, "day: 2026-03-02 is expected"),
        ({"method": "save", "reason": ""}, "reason: it is missing"),
        ({"method": "save", "chip_serial": "0000000099"}, "card 0000000099: there is none"),
        ({"method": "save", "document_number": "310101190011280197"}, "not that of the holder"),
        ({"name": "李四"}, "name: the document is that of somebody else"),
    ):
        found = platform.answer(held.begin(), replace(CALL, **more))
        assert (found.code, text in found.text, dict(found.result)) == (1, True, {}), found.text
    stranger = replace(CALL, document_number="E12345678", document_type="03")
    assert platform.answer(held.begin(), stranger).result == {"known": False}
    assert held.state == "PERSO"
    assert "11010119000315007X" not in repr(CALL)


def test_who_may_not_call(registry: Registry):
    held = made_card(registry)
    for who in (CENTRE, actor(Role.TERMINAL)):
        with pytest.raises(NotPermittedError):
            platform.answer(held.begin(who), CALL)
    assert platform.answer(held.begin(CLERK), CALL).code == 1
