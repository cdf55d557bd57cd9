"""Batches: from ready applications to cards at an outlet, what goes wrong, and whether it adds up."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from batch_bench import (
    COUNTY,
    ISSUER,
    SETTINGS,
    World,
    audited,
    everything,
    ready_applications,
    world,
)
from registry_bench import ADMIN, EVERYBODY, SECOND_ADMIN, Clock, actor
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError

from card_os.spec.loader import load
from issuer.access.actor import Role
from issuer.access.permission import NotPermittedError, SecondPersonError
from issuer.applications import making
from issuer.batches import closing, house, listing, outlet, partners, planning, stock
from issuer.batches.card_making import CardMaking, Result
from issuer.batches.errors import BatchRefusedError, OpenLinesError, PartnerRefusedError
from issuer.batches.exchange.kinds import PartnerKind
from issuer.batches.paper import report_of
from issuer.batches.partners import NewPartner
from issuer.batches.personalising import PersonalisationReport, personalise_batch
from issuer.batches.planning import BatchOrder
from issuer.batches.reconciliation import reconcile
from issuer.batches.report import Reconciliation, as_json
from issuer.batches.states import BATCH, CHIP, LINE, OPEN_LINES, names
from issuer.batches.terms import keys_now, terms_of
from issuer.keys.certificates import AUDIT_KEY, EXCHANGE_KEY
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.registry import audit
from issuer.registry.errors import NotFoundError, TakenError, TransitionRefusedError
from issuer.registry.schema.applications import application
from issuer.registry.schema.batches import LIVING_LINE, batch, batch_line, chip, chip_waste, exchange_file
from issuer.registry.schema.cards import card, card_event
from issuer.registry.schema.columns import new_id
from issuer.registry.schema.lists import list_entry


@pytest.fixture
def made(registry, tmp_path) -> World:
    return world(registry, tmp_path)


def personalise(made: World, number: str, **more: object) -> PersonalisationReport:
    given = {"settings": SETTINGS, "chips": made.store, **more}
    return personalise_batch(made.registry, EVERYBODY, number, **given)


def give_up(made: World, number: str, lines: list[int], *, again: bool) -> None:
    with made.registry.transaction(EVERYBODY) as work:
        closing.give_up(work, number, lines, "资料有误", again=again)


def reconciled(made: World, number: str) -> Reconciliation:
    with made.registry.transaction(EVERYBODY) as work:
        return reconcile(work, number)


def column(made: World, wanted: object) -> list[object]:
    with made.registry.engine.begin() as connection:
        return list(connection.execute(select(wanted)).scalars())


def sound(made: World) -> None:
    """The audit chain verifies, and the whole house adds up."""
    with made.registry.transaction(EVERYBODY) as work:
        assert audit.verify(work.connection, work.custodian.public_key(AUDIT_KEY)) == ()
        assert house.reconcile_house(work).adds_up


# --- the declaration --------------------------------------------------------------------------------------


def test_states_are_words_with_the_codes_of_the_model_system():
    assert {name.state: name.code for name in names("batch").values() if name.code} == {
        "CREATED": "10", "BANK_OUT": "20", "BANK_BACK": "21", "FACTORY_OUT": "30", "FACTORY_BACK": "31",
        "PERSO_OUT": "40", "PERSO_BACK": "41", "AT_OUTLET": "50",
    }  # fmt: skip
    assert {name.state: name.code for name in names("line").values() if name.code} == {
        "HAS_ACCOUNT": "20", "NO_ACCOUNT": "21", "MISMATCH": "22", "MADE": "30", "FAILED": "31",
        "ABNORMAL": "32", "FINISHED": "40", "KEY_ERROR": "41", "AT_OUTLET": "50", "HANDED_OUT": "60",
    }  # fmt: skip
    assert [name.state for name in names("chip").values()] == ["BLANK", "PLANNED", "MADE", "WASTE"]


def test_a_line_that_is_given_up_ends_and_every_failure_can_be_given_up():
    ended = {"READY_AGAIN", "RETURNED"}
    assert {state for state in LINE.states if not LINE.possible(state)} == {*ended, "HANDED_OUT"}
    failures = {name.state for name in names("line").values() if name.failed}
    assert all({"line.make_again", "line.return"} <= set(LINE.possible(state)) for state in failures)
    assert failures <= OPEN_LINES
    assert ended.isdisjoint(OPEN_LINES)
    assert set(LIVING_LINE.right.value) == ended
    assert BATCH.next["AT_OUTLET", "batch.close"] == "CLOSED"
    assert CHIP.possible("WASTE") == ()


def test_the_number_of_a_batch_bears_the_day_in_china(new_registry, tmp_path):
    made = world(new_registry(Clock(datetime(2026, 3, 1, 16, 0, tzinfo=UTC))), tmp_path)
    ready_applications(made.registry, 1, start=7)
    assert made.plan(1, bank="").number.endswith("202603020001")


# --- the whole way ----------------------------------------------------------------------------------------


def test_a_batch_goes_the_whole_way_and_adds_up(made, registry):
    made.maker.waste_every = 4
    number = made.plan(6).number
    made.send(number, "APP")
    made.to_bank(number)
    assert made.states(number) == {"HAS_ACCOUNT": 6}
    made.to_maker(number, spares=2)
    made.to_centre(number, spares=1)
    assert (made.state(number), made.states(number)) == ("PERSO_BACK", {"FINISHED": 6})
    made.to_outlet(number)
    assert (made.state(number), made.states(number)) == ("AT_OUTLET", {"AT_OUTLET": 6})
    with registry.transaction(EVERYBODY) as work:
        checkpoint = closing.close(work, number)
    assert checkpoint.is_signed()
    assert made.state(number) == "CLOSED"
    found = reconciled(made, number)
    assert found.discrepancies == ()
    assert [(hop.came, hop.ok, hop.failed, hop.open) for hop in found.hops] == [(6, 6, 0, 0)] * 4
    # six cards, two that were spoilt in making; both spares went to the stock when the batch was closed
    assert (found.chips.delivered, found.chips.made, found.chips.waste, found.chips.blank) == (8, 6, 2, 0)
    assert (found.outlet.delivered, found.outlet.there) == (6, 6)
    with registry.transaction(EVERYBODY) as work:
        assert stock.stock(work) == {"BLANK": 2, "PLANNED": 0, "MADE": 6, "WASTE": 2, "in_stock": 2}
    assert set(column(made, application.c.state)) == {"MADE"}
    assert set(column(made, card.c.state)) == {"PERSO"}
    assert audited(registry, "card.register") == 6
    sound(made)


def test_what_the_centre_made_is_the_card_of_its_holder(made, registry):
    number = made.plan(2).number
    made.to_bank(number)
    made.to_maker(number)
    made.to_centre(number)
    with registry.transaction(EVERYBODY) as work:
        lines = work.rows(
            select(batch_line.c.application_id, chip.c.serial).join_from(
                batch_line, chip, chip.c.id == batch_line.c.chip_id
            )
        )
        terms = terms_of(work.one(select(batch), "batch", number))
        records = list(making.records(work, [line["application_id"] for line in lines]))
    maker = CardMaking(SETTINGS, terms, registry.custodian, made.store)
    own = [maker.make(line["serial"], record) for line, record in zip(lines, records, strict=True)]
    others = [maker.make(line["serial"], record) for line, record in zip(lines, records[::-1], strict=True)]
    assert [outcome.found for outcome in own] == [True, True]
    assert [outcome.result for outcome in others] == [Result.WASTE] * 2


def test_what_fails_on_the_way_is_counted_where_it_failed(made, registry):
    made.bank.no_account, made.bank.mismatch = {1}, {2}
    made.maker.failed, made.maker.abnormal = {3}, {4}
    made.outlet.missing, made.outlet.damaged = {5}, {6}
    number = made.plan(8).number
    made.to_bank(number)
    made.to_maker(number)
    made.to_centre(number)
    made.to_outlet(number)
    assert made.states(number) == {
        "NO_ACCOUNT": 1, "MISMATCH": 1, "FAILED": 1, "ABNORMAL": 1, "MISSING": 1, "DAMAGED": 1,
        "AT_OUTLET": 2,
    }  # fmt: skip
    found = reconciled(made, number)
    assert [(hop.came, hop.ok, hop.failed) for hop in found.hops] == [
        (8, 6, 2),
        (6, 4, 2),
        (4, 4, 0),
        (4, 2, 2),
    ]
    assert found.discrepancies == ()
    assert sorted(column(made, card.c.state)) == ["CANCELLED", "DESTROYED", "PERSO", "PERSO"]
    assert len(column(made, list_entry.c.chip_serial)) == 1
    with pytest.raises(OpenLinesError, match="6 lines are open, first line 1 in state NO_ACCOUNT"):
        close(made, number)
    give_up(made, number, [2, 4, 6], again=False)
    give_up(made, number, [1, 3, 5], again=True)
    close(made, number)
    assert reconciled(made, number).discrepancies == ()
    assert reconciled(made, number).hops[0].failed == 2
    states = column(made, application.c.state)
    assert [states.count(state) for state in ("READY", "RETURNED", "MADE")] == [3, 3, 2]
    sound(made)


def close(made: World, number: str) -> None:
    with made.registry.transaction(EVERYBODY) as work:
        closing.close(work, number)


def test_what_failed_goes_into_the_next_batch(made, registry):
    made.bank.no_account = {1}
    first = made.plan(2).number
    made.to_bank(first)
    give_up(made, first, [1], again=True)
    made.bank.no_account = ()
    with registry.transaction(EVERYBODY) as work:
        second = planning.plan(work, BatchOrder(ISSUER, COUNTY, "outlet-1", "bank-1", "maker-1", "centre-1"))
    assert second.lines == 1
    for number in (first, second.number):
        if number != first:
            made.to_bank(number)
        made.to_maker(number)
        made.to_centre(number)
    assert len(column(made, card.c.id)) == 2
    assert set(column(made, application.c.state)) == {"MADE"}
    sound(made)


def test_a_line_with_a_partner_cannot_be_given_up(made):
    number = made.plan(2).number
    made.send(number, "ACC-REQ")
    with pytest.raises(BatchRefusedError, match="line 1 is with the partner"):
        give_up(made, number, [1], again=True)
    with pytest.raises(BatchRefusedError, match="no such lines"):
        give_up(made, number, [1, 3], again=True)


def test_a_line_that_is_given_up_before_work_frees_its_chip(made):
    number = made.plan(2, bank="", centre="").number
    made.to_maker(number)
    give_up(made, number, [2], again=True)
    assert sorted(column(made, chip.c.state)) == ["BLANK", "PLANNED"]
    assert personalise(made, number).finished == 1
    assert reconciled(made, number).discrepancies == ()
    sound(made)


def test_steps_out_of_turn_are_refused(made):
    number = made.plan(1).number
    for kind in ("PRD-REQ", "PER-REQ", "DLV"):
        before = everything(made.registry)
        with pytest.raises((TransitionRefusedError, BatchRefusedError)):
            made.send(number, kind)
        assert everything(made.registry) == before
    made.to_bank(number)
    with pytest.raises(TransitionRefusedError, match=r"batch\.ask_bank is not possible in state BANK_BACK"):
        made.send(number, "ACC-REQ")
    with pytest.raises(BatchRefusedError, match="we send one of: APP, ACC-REQ"):
        made.send(number, "ACC-RSP")
    with pytest.raises(NotFoundError):
        made.send("419901200001010001", "APP")


def test_a_batch_whose_lines_all_failed_goes_no_further_but_ends(made):
    made.bank.mismatch = {1, 2}
    number = made.plan(2).number
    made.to_bank(number)
    with pytest.raises(BatchRefusedError, match="no line is there for PRD-REQ"):
        made.send(number, "PRD-REQ")
    give_up(made, number, [1, 2], again=False)
    close(made, number)
    assert made.state(number) == "CLOSED"


# --- planning ---------------------------------------------------------------------------------------------


def test_a_batch_takes_those_who_waited_longest_and_nobody_twice(made, registry):
    ids = ready_applications(registry, 5)
    with registry.transaction(EVERYBODY) as work:
        order = BatchOrder(ISSUER, COUNTY, limit=3)
        first, second = planning.plan(work, order), planning.plan(work, order)
    assert (first.lines, second.lines) == (3, 2)
    assert first.number != second.number
    with registry.transaction(EVERYBODY) as work:
        lines = listing.lines(work, first.number)
    assert [line["application"] for line in lines] == ["A000000000", "A000000001", "A000000002"]
    before = everything(registry)
    with pytest.raises(BatchRefusedError, match="no application of this county is ready"):
        made.plan(application_ids=None)
    with pytest.raises(TransitionRefusedError):
        made.plan(application_ids=ids[:1])
    with pytest.raises(NotFoundError):
        made.plan(application_ids=["0" * 32])
    assert everything(registry) == before


def test_the_database_itself_lets_an_application_live_on_one_line_and_a_chip_come_once(made, registry):
    number = made.plan(1, bank="").number
    made.to_maker(number)
    line = dict(zip(batch_line.c.keys(), everything(registry)["batch_line"][0], strict=True))
    one = dict(zip(chip.c.keys(), everything(registry)["chip"][0], strict=True))
    for table, row in (
        (batch_line, {**line, "id": new_id(), "line": 2, "chip_id": None}),
        (chip, {**one, "id": new_id(), "factor": bytes(8)}),
        (chip, {**one, "id": new_id(), "serial": "9999999999"}),
    ):
        with pytest.raises(IntegrityError), registry.engine.begin() as connection:
            connection.execute(insert(table).values(row))


def test_partners_of_a_batch_must_be_there_and_of_their_kind(made, registry):
    ready_applications(registry, 1)
    with registry.transaction(ADMIN) as work:
        partners.disable(work, "outlet-1")
    for order in ({"bank": "bank-9"}, {"bank": "maker-1"}, {}):
        with pytest.raises(PartnerRefusedError):
            made.plan(application_ids=None, **order)


# --- partners ---------------------------------------------------------------------------------------------


def test_a_partner_is_added_by_two_people_with_a_key_of_its_own(made, registry):
    other = replace(made.bank.introduction, name="bank-2")
    good = replace(other, public_key=PublishedTestCustodian().public_key(AUDIT_KEY))
    with pytest.raises(SecondPersonError), registry.transaction(ADMIN) as work:
        partners.add(work, good)
    ours = registry.custodian.public_key(EXCHANGE_KEY)
    bad: list[tuple[NewPartner, type[Exception]]] = [
        (other, PartnerRefusedError),
        (replace(good, public_key=bytes(64)), PartnerRefusedError),
        (replace(good, public_key=ours), PartnerRefusedError),
        (replace(good, name="issuer"), PartnerRefusedError),
        (replace(good, name="a b"), PartnerRefusedError),
        (replace(good, display_name=""), PartnerRefusedError),
        (replace(good, name="bank-1"), TakenError),
    ]
    before = everything(registry)
    for new, error in bad:
        with pytest.raises(error), registry.transaction(ADMIN, SECOND_ADMIN) as work:
            partners.add(work, new)
    assert len(everything(registry)["partner"]) == len(before["partner"])
    with registry.transaction(ADMIN, SECOND_ADMIN) as work:
        partners.add(work, good)
        assert [row["name"] for row in partners.listed(work)] == [
            "bank-1", "bank-2", "centre-1", "maker-1", "outlet-1",
        ]  # fmt: skip
        assert partners.named(work, "bank-2", PartnerKind.BANK)["display_name"] == good.display_name


# --- the centre -------------------------------------------------------------------------------------------


def at_centre(made: World, count: int, spares: int, dying: dict[str, int]) -> str:
    """A batch whose chips die at the centre after so many commands."""
    made.centre.store = replace(made.store, dying=dying)
    number = made.plan(count, bank="").number
    made.to_maker(number, spares=spares)
    made.to_centre(number, spares=spares)
    return number


def test_spare_chips_serve_where_chips_refuse(made):
    number = at_centre(made, 3, 2, {"0000000002": 50, "0000000004": 0})
    assert made.states(number) == {"FINISHED": 3}
    with made.registry.transaction(EVERYBODY) as work:
        lines = listing.lines(work, number)
    assert [(line["chip_serial"], line["attempt"]) for line in lines] == [
        ("0000000001", 1), ("0000000005", 3), ("0000000003", 1),
    ]  # fmt: skip
    faults = column(made, chip_waste.c.fault)
    assert len(faults) == 2
    assert all("6581" in str(fault) for fault in faults)
    assert reconciled(made, number).chips.waste == 2
    assert reconciled(made, number).discrepancies == ()
    sound(made)


def test_a_line_for_which_no_chip_is_left_is_a_key_error(made):
    number = at_centre(made, 2, 1, {"0000000001": 9, "0000000003": 9})
    assert made.states(number) == {"FINISHED": 1, "KEY_ERROR": 1}
    found = reconciled(made, number)
    assert (found.hops[2].came, found.hops[2].ok, found.hops[2].failed, found.hops[2].waste) == (2, 1, 1, 2)
    assert found.discrepancies == ()
    give_up(made, number, [1], again=True)
    sound(made)


def test_spares_that_were_not_used_come_back_blank(made):
    number = at_centre(made, 1, 2, {})
    assert sorted(column(made, chip.c.state)) == ["BLANK", "BLANK", "MADE"]
    assert reconciled(made, number).discrepancies == ()


def test_a_centre_with_other_keys_makes_nothing(made, monkeypatch):
    monkeypatch.setattr("lab.partners.keys_now", lambda *given: keys_now(*given)[1:])
    number = at_centre(made, 2, 0, {})
    assert made.states(number) == {"KEY_ERROR": 2}
    assert set(column(made, chip.c.state)) == {"BLANK"}
    assert reconciled(made, number).discrepancies == ()


# --- the outlet and after ---------------------------------------------------------------------------------


def test_cards_are_handed_out_or_come_back(made, registry):
    number = made.plan(3, bank="").number
    made.to_maker(number)
    made.to_centre(number)
    in_order = select(batch_line.c.application_id, chip.c.serial).join(
        chip, chip.c.id == batch_line.c.chip_id
    )
    with registry.engine.begin() as connection:
        ids, serials = zip(*connection.execute(in_order.order_by(batch_line.c.line)), strict=True)
    with pytest.raises(BatchRefusedError, match="has not arrived"), registry.transaction(EVERYBODY) as work:
        outlet.handed_out(work, str(ids[0]))
    made.to_outlet(number)
    with registry.transaction(EVERYBODY) as work:
        outlet.handed_out(work, str(ids[0]))
        outlet.card_back(work, str(serials[1]), "逾期未领")
    with pytest.raises(TransitionRefusedError), registry.transaction(EVERYBODY) as work:
        outlet.handed_out(work, str(ids[0]))
    found = reconciled(made, number)
    assert (found.outlet.delivered, found.outlet.handed_out, found.outlet.returned, found.outlet.there) == (
        3,
        1,
        1,
        1,
    )
    # the card that was handed out is still PERSO here: pick-up, which moves it, is for the room of cards
    assert [str(phrase) for phrase in found.discrepancies] == ["line 1: it is HANDED_OUT, its card is PERSO"]
    with registry.transaction(EVERYBODY) as work:
        work.connection.execute(
            update(card)
            .where(card.c.state == "PERSO", card.c.application_id == ids[0])
            .values(state="ISSUED")
        )
    assert reconciled(made, number).discrepancies == ()
    with pytest.raises(OpenLinesError, match="state CAME_BACK"):
        close(made, number)
    give_up(made, number, [2], again=True)
    close(made, number)
    assert reconciled(made, number).outlet.returned == 1
    sound(made)


def test_without_an_outlet_cards_are_handed_out_here(made, registry):
    number = made.plan(1, bank="", outlet="", centre="").number
    made.to_maker(number)
    personalise(made, number)
    with pytest.raises(BatchRefusedError, match="it goes without a outlet"):
        made.send(number, "DLV")
    with pytest.raises(OpenLinesError):
        close(made, number)
    application_id = str(column(made, batch_line.c.application_id)[0])
    with registry.transaction(EVERYBODY) as work:
        outlet.handed_out(work, application_id)
    close(made, number)
    assert column(made, card.c.outlet) == [ISSUER]


# --- the stock --------------------------------------------------------------------------------------------


def test_a_batch_of_no_lines_orders_chips_for_the_stock_and_one_without_a_maker_takes_them(made, registry):
    order = made.plan(bank="", centre="", application_ids=()).number
    made.to_maker(order, spares=3)
    close(made, order)
    number = made.plan(2, bank="", maker="", centre="", outlet="").number
    with registry.transaction(EVERYBODY) as work:
        assert stock.take_from_stock(work, number) == 2
    assert personalise(made, number).finished == 2
    assert reconciled(made, number).discrepancies == ()
    assert reconciled(made, order).discrepancies == ()
    third = made.plan(2, bank="", maker="", centre="", outlet="").number
    with (
        pytest.raises(BatchRefusedError, match="2 lines wait, the stock has 1 chips"),
        registry.transaction(EVERYBODY) as work,
    ):
        stock.take_from_stock(work, third)
    fourth = made.plan(1, bank="").number
    with pytest.raises(BatchRefusedError), registry.transaction(EVERYBODY) as work:
        stock.take_from_stock(work, fourth)
    sound(made)


def test_more_spares_than_were_ordered_are_refused_and_a_second_order_is_possible(made):
    number = made.plan(1, bank="", centre="").number
    made.to_maker(number, spares=1)
    made.to_maker(number, spares=2)
    assert made.state(number) == "FACTORY_BACK"
    assert column(made, chip.c.state).count("BLANK") == 3
    assert reconciled(made, number).discrepancies == ()


# --- what a reconciliation finds --------------------------------------------------------------------------

THERE = batch_line.c.state == "AT_OUTLET"
OTHER = select(application.c.id).where(application.c.state != "MADE").scalar_subquery()
TAMPERED = {
    "a card is gone": (
        # the database itself keeps events
        (text("DROP TRIGGER card_event_no_DELETE"), card_event.delete(), card.delete()),
        ["line 1: state AT_OUTLET and its card do not agree"],
    ),
    "a card was cancelled": (
        (update(card).values(state="CANCELLED"),),
        ["line 1: it is AT_OUTLET, its card is CANCELLED"],
    ),
    "a card has other keys": (
        (update(card).values({"keys": '{"IRK_DDF1 v1": "000000"}'}),),
        ["keys: 1 cards have others than the batch was begun with"],
    ),
    "a card is somebody else's": (
        (update(card).values(application_id=OTHER),),
        ["line 1: state AT_OUTLET and its card do not agree"],
    ),
    "a line went back": (
        (update(batch_line).where(THERE).values(state="MADE"),),
        [
            "centre, sent: the files say 1, the lines say 0",
            "centre, through: the files say 1, the lines say 0",
            "outlet, sent: the files say 1, the lines say 0",
            "line 1: state MADE and its card do not agree",
            "chips: 1 are cards, but 0 lines are through",
        ],
    ),
    "a line spent more": (
        (update(batch_line).where(THERE).values(attempt=3),),
        ["line 1: attempt 3, but 0 chips were spent in vain"],
    ),
    "a chip is waste": (
        (update(chip).values(state="WASTE"),),
        ["chips: 0 are cards, but 1 lines are through"],
    ),
    "a file brought more": (
        (update(exchange_file).where(exchange_file.c.kind == "DLV-ACK").values(answer='{"received": 2}'),),
        ["outlet, through: the files say 2, the lines say 1"],
    ),
}


@pytest.mark.parametrize("new_registry", ["sqlite"], indirect=True)
@pytest.mark.parametrize("what", TAMPERED)
def test_a_reconciliation_says_what_does_not_add_up(new_registry, tmp_path, what):
    made = world(new_registry(), tmp_path)
    ready_applications(made.registry, 1, start=7)
    number = made.plan(1, bank="").number
    made.to_maker(number)
    made.to_centre(number)
    made.to_outlet(number)
    assert reconciled(made, number).adds_up
    statements, expected = TAMPERED[what]
    with made.registry.engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)
    found = [str(phrase) for phrase in reconciled(made, number).discrepancies]
    assert set(expected) <= set(found)


def test_chips_that_no_file_of_a_maker_names_are_missed(made, registry):
    number = made.plan(1, bank="").number
    made.to_maker(number)
    sound(made)
    row = {"serial": "0000009999", "factor": bytes(8), "maker": "maker-1", "state": "BLANK"}
    with registry.transaction(EVERYBODY) as work:
        of_batch = work.one(select(batch), "batch", number)
        work.insert(chip, **row, ordered_for=of_batch["id"], batch_id=of_batch["id"], delivered_at=work.now)
        assert [str(phrase) for phrase in house.reconcile_house(work).discrepancies] == [
            "chips: 1 were delivered, -1 are not accounted for"
        ]
    assert "chips: the files of the maker say 1, the registry has 2" in map(
        str, reconciled(made, number).discrepancies
    )


def test_reports_as_json_and_for_the_printer(made):
    made.bank.no_account = {2}
    made.outlet.damaged = {1}
    number = made.plan(3).number
    made.to_bank(number)
    made.to_maker(number)
    made.to_centre(number)
    made.to_outlet(number)
    report = json.loads(json.dumps(as_json(reconciled(made, number))))
    assert (report["number"], report["adds_up"], report["discrepancies"]) == (number, True, [])
    assert [hop["failed"] for hop in report["hops"]] == [1, 0, 0, 1]
    assert {row["cards"] for row in report["keys"]} == {2}
    assert len(report["keys"]) == sum(key.versions for key in load("health_card").keys.values()) - 1
    with made.registry.transaction(EVERYBODY) as work:
        paper = report_of(work, number, "测试发卡中心")
    assert (paper.received, paper.made, paper.failed, paper.waste, paper.open) == (3, 1, 1, 1, 0)
    assert paper.difference == 0
    assert [(hop.sent, hop.done, hop.failed, hop.waste, hop.open) for hop in paper.hops] == [
        (3, 2, 1, 0, 0), (2, 2, 0, 0, 0), (2, 2, 0, 0, 0), (2, 1, 0, 1, 0),
    ]  # fmt: skip
    assert [(problem.line, problem.reason) for problem in paper.problems] == [
        (1, "arrived damaged: 卡体断裂"), (2, "has no account: 客户未签约"),
    ]  # fmt: skip


# --- who may ----------------------------------------------------------------------------------------------


def test_nobody_works_on_batches_without_the_role(made, registry):
    number = made.plan(1, bank="").number
    for role in Role:
        with registry.transaction(actor(role)) as work:
            if role in (Role.CENTRE_REVIEWER, Role.PERSONALISER, Role.OUTLET_CLERK, Role.AUDITOR):
                assert listing.shown(work, number).states == {"PLANNED": 1}
                continue
        with pytest.raises(NotPermittedError), registry.transaction(actor(role)) as work:
            listing.shown(work, number)
    with pytest.raises(NotPermittedError):
        personalise_batch(registry, actor(Role.CENTRE_REVIEWER), number, settings=SETTINGS, chips=made.store)
