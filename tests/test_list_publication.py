"""The black and grey list on the issuer's side: published, fetched, held, and compared with swipe logs.

# spec: issuance_and_ecard A.9, D.1, H
"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from cards_bench import ADMIN, CENTRE, CLERK, Held, holder, in_use
from registry_bench import Clock, actor
from sqlalchemy import select
from test_api import settle

from card_os.spec import card_list_format
from card_os.spec.card_list import CardList, Mark, Reason
from issuer.access.actor import Role
from issuer.access.permission import NotPermittedError
from issuer.cards import ending, losses
from issuer.keys.certificates import LIST_KEY
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.lists import alarms, delivery, publishing
from issuer.lists.delivery import FrontServerRefusedError
from issuer.lists.publishing import Version
from issuer.registry.errors import NotFoundError, TakenError
from issuer.registry.registry import Registry
from issuer.registry.schema.lists import list_entry, list_version

SERVER = actor(Role.TERMINAL, name="fs-a")
OTHER = actor(Role.TERMINAL, name="fs-b")
KEY = PublishedTestCustodian().public_key(LIST_KEY)


def publish(registry: Registry) -> Version:
    with registry.transaction(CENTRE) as work:
        return publishing.publish(work)


def whole(registry: Registry) -> CardList:
    with registry.transaction(CENTRE) as work:
        return card_list_format.parse_json(publishing.whole(work)[1])


def fetch(registry: Registry, since: int, who: object = SERVER, name: str = "fs-a") -> delivery.Parcel:
    with registry.transaction(who) as work:  # type: ignore[arg-type]
        return delivery.fetch(work, name, since)


def hold(registry: Registry, version: int) -> None:
    with registry.transaction(SERVER) as work:
        delivery.held(work, "fs-a", version)


@pytest.fixture
def served(registry: Registry) -> Registry:
    """A registry that knows the front server fs-a."""
    settle(registry, SERVER, OTHER)
    with registry.transaction(ADMIN) as work:
        delivery.add_server(work, "fs-a", "示范医院", "fs-a")
    return registry


def lose(held: Held) -> None:
    held.do(losses.report_formal, holder(held))


# --- publication ------------------------------------------------------------------------------------------


def test_a_version_is_signed_and_holds_what_stands(registry: Registry, clock: Clock):
    empty = publish(registry)
    assert (empty.number, empty.entries, empty.expires) == (1, 0, clock.now + timedelta(days=7))
    first, second = in_use(registry), in_use(registry, "02", serial=2)
    lose(first)
    losses.report_oral(second.begin(), second.id, holder(second))
    assert publish(registry).number == 2
    found = whole(registry)
    assert found.is_signed_by(KEY)
    assert [(entry.chip_serial, entry.mark, entry.reason) for entry in found.entries] == [
        ("0000000001", Mark.BLACK, Reason.LOSS),
        ("0000000002", Mark.GREY, Reason.LOSS),
    ]
    clock.move(days=10)
    with registry.transaction(CLERK) as work:
        losses.lapse_due(work)
    first.do(ending.cancel, "lost", shown=holder(first))
    third = publish(registry)
    found = whole(registry)
    assert (third.number, third.entries) == (3, 1)
    assert found.entries[0].reason is Reason.CANCELLED
    assert found.is_signed_by(KEY)


def test_without_news_there_is_no_new_version_until_the_old_one_has_aged(registry: Registry, clock: Clock):
    first = publish(registry)
    clock.move(hours=23)
    assert publish(registry) == first
    clock.move(hours=1)
    second = publish(registry)
    assert (second.number, second.digest) == (2, first.digest)
    with registry.transaction(CENTRE) as work:
        assert [row["version"] for row in publishing.listed(work)] == [2, 1]
    with pytest.raises(NotPermittedError), registry.transaction(CLERK) as work:
        publishing.publish(work)


def test_only_the_newest_version_keeps_its_text_and_that_is_sealed(registry: Registry):
    held = in_use(registry)
    publish(registry)
    lose(held)
    publish(registry)
    with registry.engine.begin() as connection:
        rows = connection.execute(select(list_version.c.content).order_by(list_version.c.version)).all()
        numbers = connection.execute(select(list_entry.c.card_number)).all()
    assert rows[0][0] is None
    for cell in (rows[1][0], numbers[0][0]):
        assert held.issued.card_number.encode() not in bytes(cell)


# --- delivery ---------------------------------------------------------------------------------------------


def test_a_front_server_gets_the_whole_list_a_delta_or_nothing(served: Registry):
    with pytest.raises(NotFoundError, match="list_version 1"):
        fetch(served, 0)
    cards = [in_use(served, name, serial=serial) for serial, name in enumerate(("01", "02", "03"), start=1)]
    lose(cards[0])
    publish(served)
    parcel = fetch(served, 0)
    assert (parcel.version, parcel.is_delta) == (1, False)
    held = card_list_format.parse_json(parcel.text)
    lose(cards[1])
    publish(served)
    lose(cards[2])
    cards[0].do(ending.cancel, "lost", shown=holder(cards[0]))
    publish(served)
    parcel = fetch(served, 1)
    assert (parcel.version, parcel.is_delta) == (3, True)
    delta = card_list_format.parse_delta(parcel.text)
    assert (delta.base, delta.version, len(delta.changes)) == ("1", "3", 3)
    result = delta.applied_to(held)
    assert result == whole(served)
    assert result.is_signed_by(KEY)
    assert fetch(served, 3) == delivery.Parcel(3, "", False)
    for unknown in (4, 99):
        assert not fetch(served, unknown).is_delta


def test_after_a_long_absence_the_whole_list_is_shorter(served: Registry):
    held = in_use(served)
    publish(served)
    lose(held)
    publish(served)
    held.do(ending.cancel, "lost", shown=holder(held))
    publish(served)
    assert fetch(served, 1).is_delta
    other = in_use(served, "02", serial=2)
    slip = losses.report_oral(other.begin(), other.id, holder(other))
    losses.undo_loss(other.begin(), other.id, slip.number)
    publish(served)
    # two changes that are left over, one of them a deletion, and one entry that stands
    parcel = fetch(served, 1)
    assert (parcel.is_delta, parcel.version) == (False, 4)
    assert card_list_format.parse_json(parcel.text) == whole(served)


def test_a_front_server_speaks_for_itself_only(served: Registry):
    publish(served)
    with pytest.raises(NotFoundError, match="front_server fs-x"):
        fetch(served, 0, name="fs-x")
    with pytest.raises(FrontServerRefusedError, match="somebody else than fs-b"):
        fetch(served, 0, who=OTHER)
    with pytest.raises(NotPermittedError):
        fetch(served, 0, who=CLERK)
    with pytest.raises(FrontServerRefusedError, match="version 7 was never published"):
        hold(served, 7)
    with pytest.raises(TakenError), served.transaction(ADMIN) as work:
        delivery.add_server(work, "fs-a", "x", "fs-b")
    with pytest.raises(NotFoundError, match="operator nobody"), served.transaction(ADMIN) as work:
        delivery.add_server(work, "fs-c", "x", "nobody")


def test_who_is_behind_and_who_is_silent(served: Registry, clock: Clock):
    def report() -> tuple[int, int, bool]:
        with served.transaction(CENTRE) as work:
            (row,) = delivery.servers(work)
        return row["version"], row["behind"], row["late"]

    assert report() == (0, 0, True)
    publish(served)
    assert report() == (0, 1, True)
    fetch(served, 0)
    assert report() == (0, 1, False)
    hold(served, 1)
    assert report() == (1, 0, False)
    lose(in_use(served))
    publish(served)
    assert report() == (1, 1, False)
    clock.move(hours=48, seconds=1)
    assert report() == (1, 1, True)
    fetch(served, 2)
    assert report() == (2, 0, False)


# --- the swipe log ----------------------------------------------------------------------------------------


def swipe(clock: Clock, *, result: str = "done", serial: str = "0000000001", **more: object) -> str:
    row = {
        "format": "rhc-swipe/1", "time": clock.now.isoformat(), "step": "register", "result": result,
        "operator": "N017", "sam_serial": "0000000001", "issuer_code": "1",
        "card_number": "11010119000315007X", "chip_serial": serial, "environment": "TEST", "text": "",
    }  # fmt: skip
    return json.dumps({**row, **more})


def check(registry: Registry, *lines: str) -> alarms.Report:
    with registry.transaction(SERVER) as work:
        return alarms.check(work, "fs-a", lines)


def test_a_listed_card_that_was_accepted_is_an_alarm_once_the_list_was_there(served: Registry, clock: Clock):
    held = in_use(served)
    publish(served)
    hold(served, 1)
    clock.move(hours=1)
    before = swipe(clock)
    clock.move(hours=1)
    lose(held)
    clock.move(hours=1)
    ahead = swipe(clock)
    publish(served)
    clock.move(hours=1)
    still_ahead = swipe(clock)
    clock.move(minutes=1)
    hold(served, 2)
    clock.move(hours=1)
    wrong = swipe(clock)
    assert check(served, before, ahead, still_ahead) == alarms.Report(3, 0, 0, 0, 2)
    assert check(served, wrong, "", "nonsense", '{"format": "other"}') == alarms.Report(1, 2, 1, 0, 0)
    assert check(served, wrong) == alarms.Report(1, 0, 0, 1, 0)
    with served.transaction(CENTRE) as work:
        (row,) = alarms.listed(work)
    assert (row["server"], row["chip_serial"], row["step"], row["version"]) == (
        "fs-a", "0000000001", "register", 2
    )  # fmt: skip
    assert (row["swiped_at"], row["found_at"]) == (clock.now, clock.now)


def test_what_is_no_alarm(served: Registry, clock: Clock):
    held = in_use(served)
    slip = losses.report_oral(held.begin(), held.id, holder(held))
    publish(served)
    hold(served, 1)
    clock.move(hours=1)
    # grey: the ID was looked at
    assert check(served, swipe(clock)).alarms == 0
    losses.undo_loss(held.begin(), held.id, slip.number)
    lose(held)
    publish(served)
    hold(served, 2)
    clock.move(hours=1)
    fine = [
        swipe(clock, result="refused"),
        swipe(clock, step="emergency"),
        swipe(clock, serial="0000000009"),
        swipe(clock, card_number=None),
    ]
    assert check(served, *fine) == alarms.Report(4, 0, 0, 0, 0)
    damaged = [swipe(clock, time="2026-03-02T10:00:00"), swipe(clock, step=7), swipe(clock, time="x")]
    assert check(served, *damaged) == alarms.Report(0, 3, 0, 0, 0)
    cut = json.loads(swipe(clock))
    del cut["result"]
    halves = [swipe(clock, **{name: "\ud800"}) for name in ("card_number", "chip_serial", "step")]
    nulls = [swipe(clock, **{name: "1\0"}) for name in ("card_number", "chip_serial", "step")]
    assert check(served, json.dumps(cut), *halves, *nulls) == alarms.Report(0, 7, 0, 0, 0)


def test_a_swipe_log_is_that_of_its_own_front_server(served: Registry):
    with pytest.raises(FrontServerRefusedError), served.transaction(OTHER) as work:
        alarms.check(work, "fs-a", [])
