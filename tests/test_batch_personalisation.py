"""Personalising a whole batch at our own desk: each card once, whatever chips do."""

from __future__ import annotations

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
from batch_bench import SETTINGS, World, audited, everything, world
from registry_bench import EVERYBODY
from sqlalchemy import event, select
from test_batches import column, personalise, reconciled, sound

from card_os import image
from card_os.crypto.keys import province_factor
from card_os.spec.errors import Phrase
from card_os.spec.loader import load
from issuer.applications import making
from issuer.batches import listing, recording, stock
from issuer.batches.card_making import CardMaking, Outcome, Result
from issuer.batches.errors import BatchRefusedError, KeysChangedError
from issuer.batches.looking import Seen, look
from issuer.batches.personalising import Bench, PersonalisationReport, personalise_batch
from issuer.batches.recording import Came
from issuer.keys.custodian import CardFactors
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.personalisation.card_script import plan_card
from issuer.personalisation.chip import Chip
from issuer.personalisation.issuance import city_code_bytes, issuer_values
from issuer.personalisation.record import read_record
from issuer.personalisation.steps import perform
from issuer.registry.errors import RegistryUnavailableError
from issuer.registry.registry import Registry
from issuer.registry.schema.applications import person
from issuer.registry.schema.batches import chip
from issuer.registry.schema.cards import card

FULL = 15
FIRST, SECOND, THIRD = (f"{number:010d}" for number in (1, 2, 3))


@pytest.fixture
def made(registry, tmp_path) -> World:
    return world(registry, tmp_path)


def ready(made: World, count: int, spares: int = 0) -> str:
    """A batch with its chips, to be personalised here."""
    number = made.plan(count, bank="", centre="").number
    made.to_maker(number, spares=spares)
    return number


def lines(made: World, number: str) -> list[dict[str, object]]:
    with made.registry.transaction(EVERYBODY) as work:
        return listing.lines(work, number)


# --- chips that refuse ------------------------------------------------------------------------------------


def test_a_chip_that_refuses_is_waste_and_the_line_gets_the_next(made):
    number = ready(made, 3, spares=2)
    dying = replace(made.store, dying={SECOND: 60, "0000000004": 0})
    report = personalise(made, number, chips=dying)
    assert (report.finished, report.failed, report.wasted, report.complete) == (3, 0, 2, True)
    assert [(line["chip_serial"], line["attempt"]) for line in lines(made, number)] == [
        (FIRST, 1), ("0000000005", 3), (THIRD, 1),
    ]  # fmt: skip
    assert made.state(number) == "PERSO_BACK"
    assert reconciled(made, number).discrepancies == ()
    sound(made)


def test_a_line_that_spent_three_chips_is_a_key_error(made):
    number = ready(made, 1, spares=3)
    report = personalise(made, number, chips=replace(made.store, dying={f"{n:010d}": 7 for n in range(1, 5)}))
    assert (report.finished, report.failed, report.wasted) == (0, 1, recording.MOST_ATTEMPTS)
    assert made.states(number) == {"KEY_ERROR": 1}
    assert sorted(column(made, chip.c.state)) == ["BLANK", "WASTE", "WASTE", "WASTE"]
    assert reconciled(made, number).discrepancies == ()


def test_a_line_without_a_chip_waits_until_more_are_delivered(made):
    number = ready(made, 2)
    report = personalise(made, number, chips=replace(made.store, dying={FIRST: 99}))
    assert (report.finished, report.waiting, report.complete) == (1, 1, False)
    assert made.state(number) == "PERSO_OUT"
    assert reconciled(made, number).hops[2].open == 1
    made.to_maker(number, spares=1)
    report = personalise(made, number)
    assert (report.finished, report.waiting) == (1, 0)
    assert made.state(number) == "PERSO_BACK"
    assert reconciled(made, number).discrepancies == ()
    sound(made)


def test_a_chip_that_is_not_there_stops_its_line_only(made):
    number = ready(made, 3, spares=1)
    made.store.file(SECOND).unlink()
    report = personalise(made, number)
    assert (report.finished, report.skipped, report.complete) == (2, 1, False)
    assert lines(made, number)[1]["state"] == "MADE"
    with made.registry.transaction(EVERYBODY) as work:
        stock.waste_chip(work, SECOND, "丢失")
    assert personalise(made, number).finished == 1
    assert [line["attempt"] for line in lines(made, number)] == [1, 2, 1]
    assert reconciled(made, number).discrepancies == ()


def test_another_chip_than_was_asked_for_is_not_touched(made):
    number = ready(made, 2)
    made.store.file(FIRST).write_bytes(made.store.file(SECOND).read_bytes())
    before = made.store.file(FIRST).read_bytes()
    report = personalise(made, number)
    assert (report.finished, report.skipped, report.wasted) == (1, 1, 0)
    assert made.store.file(FIRST).read_bytes() == before


def test_a_chip_in_use_by_another_process_is_left_to_it(made):
    number = ready(made, 1)
    with made.store.open(FIRST):
        assert personalise(made, number).skipped == 1
    assert personalise(made, number).finished == 1


def test_data_that_fit_on_no_card_spend_no_chip(made, registry):
    number = ready(made, 2)
    with registry.transaction(EVERYBODY) as work:
        rows = work.rows(select(person).order_by(person.c.id))
        victim = rows[0]["id"]
        work.update(person, victim, items={**rows[0]["items"], "holder_phone_1": "1" * 99})
    report = personalise(made, number)
    assert (report.finished, report.failed, report.wasted) == (1, 1, 0)
    failed = next(line for line in lines(made, number) if line["state"] == "DATA_ERROR")
    assert (failed["fault"], failed["chip_serial"]) == ("ValueRefused", None)
    assert sorted(column(made, chip.c.state)) == ["BLANK", "MADE"]
    assert reconciled(made, number).discrepancies == ()


# --- what a chip turns out to be --------------------------------------------------------------------------


def maker_of(made: World, number: str) -> tuple[CardMaking, making.MakingRecord]:
    """What makes the first card of a batch, and whose it is."""
    with made.registry.transaction(EVERYBODY) as work:
        terms = recording.open_batch(work, number, SETTINGS)
        job = recording.jobs(work, number, recording.due(work, number))[0]
    return CardMaking(SETTINGS, terms, PublishedTestCustodian(), made.store), job.record


@pytest.mark.parametrize("new_registry", ["sqlite"], indirect=True)
def test_a_chip_is_seen_as_what_it_is_after_every_number_of_commands(new_registry, tmp_path):
    """Untouched before the first command that changes it, a card after the last one, spoilt in between."""
    made = world(new_registry(), tmp_path)
    number = ready(made, 1)
    making_of, record = maker_of(made, number)
    profile, custodian = load("health_card"), PublishedTestCustodian()
    resident = read_record(profile, record.raw, record.photo)
    blank = made.store.file(FIRST).read_text("utf-8")

    def plan_on(line: Chip) -> list[object]:
        values = issuer_values(
            profile,
            SETTINGS,
            custodian,
            card_number=resident.card_number,
            card_factor=line.factors.card,
            issue_date=making_of.terms.issued_on,
        )
        return list(plan_card(profile, resident, values))

    seen: list[Seen] = []
    done = 0
    while True:
        chip_card = image.parse(blank, "blank").card()
        atr = chip_card.power_on()
        factors = CardFactors(chip_card.historical, province_factor(city_code_bytes(profile, SETTINGS)))
        assert chip_card.historical in atr
        line = Chip(chip_card.transmit, profile, custodian, factors)
        steps = plan_on(line)
        perform(steps[:done], line, lambda step: None)
        chip_card.reset()
        seen.append(look(line, steps))
        cells = chip_card.memory.snapshot().items()
        assert {value[0] for cell, value in cells if cell.startswith("tries")} <= {FULL}
        if done == len(steps):
            break
        done += 1
    assert seen[:2] == [Seen.UNTOUCHED] * 2  # SELECT changes nothing
    assert set(seen[2:-1]) == {Seen.SPOILT}
    assert seen[-1] is Seen.CARD
    assert len(seen) > 90


def test_a_chip_that_was_made_and_not_recorded_is_found_and_taken(made):
    number = ready(made, 2)
    making_of, record = maker_of(made, number)
    assert not making_of.make(FIRST, record).found
    report = personalise(made, number)
    assert (report.finished, report.found, report.wasted) == (2, 1, 0)
    assert reconciled(made, number).discrepancies == ()


def test_a_chip_with_the_card_of_somebody_else_is_waste(made):
    number = ready(made, 2, spares=1)
    making_of, record = maker_of(made, number)
    assert making_of.make(SECOND, record).result is Result.CARD
    report = personalise(made, number)
    assert (report.finished, report.found, report.wasted) == (2, 0, 1)
    assert [line["attempt"] for line in lines(made, number)] == [1, 2]


def test_a_half_made_chip_is_waste(made):
    number = ready(made, 1, spares=1)
    making_of, record = maker_of(made, number)
    broken = replace(making_of, source=replace(made.store, dying={FIRST: 120}))
    outcome = broken.make(FIRST, record)
    assert (outcome.result, outcome.issued) == (Result.WASTE, None)
    assert outcome.fault.endswith(" 6581")
    assert making_of.make(FIRST, record) == Outcome(Result.WASTE, fault="half made")
    assert personalise(made, number).wasted == 1


def test_what_is_recorded_twice_counts_once(made, registry):
    number = ready(made, 1)
    making_of, record = maker_of(made, number)
    with registry.transaction(EVERYBODY) as work:
        job = recording.jobs(work, number, recording.due(work, number))[0]
    outcome = making_of.make(FIRST, record)
    with registry.transaction(EVERYBODY) as work:
        assert recording.record(work, number, job, outcome) is Came.FINISHED
    before = everything(registry)
    for again in (outcome, Outcome(Result.WASTE, fault="x"), Outcome(Result.DATA_ERROR, fault="x")):
        with registry.transaction(EVERYBODY) as work:
            assert recording.record(work, number, job, again) is Came.BEFORE
    assert everything(registry) == before
    assert audited(registry, "card.register") == 1


# --- going on ---------------------------------------------------------------------------------------------


def test_a_batch_goes_on_with_the_keys_and_the_days_it_was_begun_with(made, registry, clock, monkeypatch):
    number = ready(made, 2)
    made.store.file(SECOND).rename(made.store.file(THIRD))
    assert personalise(made, number).finished == 1
    made.store.file(THIRD).rename(made.store.file(SECOND))
    clock.move(days=3)
    before = everything(registry)
    with pytest.raises(
        BatchRefusedError, match="with other settings of the cards: city 410000, until 2036-03-02"
    ):
        personalise(made, number, settings=replace(SETTINGS, validity_years=9))
    with pytest.raises(BatchRefusedError, match="with other settings of the cards"):
        personalise(made, number, settings=replace(SETTINGS, city_code="410100"))
    with monkeypatch.context() as patch:
        value = PublishedTestCustodian.check_value

        def other(self: PublishedTestCustodian, name: str, version: int) -> bytes:
            return value(self, name, version)[::-1]

        patch.setattr(PublishedTestCustodian, "check_value", other)
        with pytest.raises(KeysChangedError, match="IRK_DDF1 version 1 of check value"):
            personalise(made, number)
    assert everything(registry) == before
    assert personalise(made, number).finished == 1
    assert len(set(column(made, card.c.issued_on))) == 1


def test_a_batch_of_a_centre_or_without_chips_is_not_for_this_desk(made):
    number = made.plan(1, bank="").number
    made.to_maker(number)
    with pytest.raises(BatchRefusedError, match="centre-1 personalises it"):
        personalise(made, number)
    made.maker.failed = {1}
    number = ready(made, 1)
    with pytest.raises(BatchRefusedError, match="no line has a chip"):
        personalise(made, number)


def test_progress_is_told(made):
    number = ready(made, 3)
    told: list[tuple[int, int]] = []
    personalise(made, number, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


# --- several workers --------------------------------------------------------------------------------------


def open_registry(url: str) -> Registry:
    return Registry(url, PublishedTestCustodian())


def test_two_workers_make_each_card_once(made, registry):
    number = ready(made, 12, spares=2)
    opener = partial(open_registry, registry.engine.url.render_as_string(hide_password=False))
    report = personalise(
        made, number, chips=replace(made.store, dying={SECOND: 40}), workers=2, open_registry=opener
    )
    assert (report.finished, report.wasted, report.failed) == (12, 1, 0)
    assert made.states(number) == {"FINISHED": 12}
    assert audited(registry, "card.register") == len(column(made, card.c.id)) == 12
    assert reconciled(made, number).discrepancies == ()
    sound(made)


def open_registry_without_room(url: str) -> Registry:
    registry = open_registry(url)

    def fail(*_given: object) -> None:
        raise RegistryUnavailableError(reason=Phrase("the registry has operators already"))

    event.listen(registry.engine, "commit", fail)
    return registry


def test_what_stops_a_worker_is_told_as_it_is(made, registry):
    number = ready(made, 3)
    opener = partial(open_registry_without_room, registry.engine.url.render_as_string(hide_password=False))
    with pytest.raises(RegistryUnavailableError, match="the registry has operators already"):
        personalise(made, number, workers=2, open_registry=opener)
    assert made.states(number) == {"MADE": 3}
    assert personalise(made, number).finished == 3


def test_two_runs_at_once_make_each_card_once(made, registry):
    number = ready(made, 10)
    url = registry.engine.url.render_as_string(hide_password=False)
    start = threading.Barrier(2)

    def run(_place: int) -> PersonalisationReport:
        own = open_registry(url)
        start.wait()
        try:
            return personalise_batch(own, EVERYBODY, number, settings=SETTINGS, chips=made.store)
        finally:
            own.close()

    with registry.transaction(EVERYBODY) as work:
        recording.open_batch(work, number, SETTINGS)
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(run, range(2)))
    if made.state(number) != "PERSO_BACK":  # both found the last chip with the other
        reports.append(personalise(made, number))
    assert sum(report.finished for report in reports) == 10
    assert audited(registry, "card.register") == 10
    assert sum(report.wasted for report in reports) == 0
    assert reconciled(made, number).discrepancies == ()
    sound(made)


def test_several_workers_need_their_own_way_in(made):
    with pytest.raises(ValueError, match="a way to open the registry"):
        personalise(made, ready(made, 1), workers=2)


def test_no_key_and_no_person_is_in_what_workers_are_given(made):
    """What is pickled for a worker is a name, settings, days and check values."""
    number = ready(made, 1)
    making_of, record = maker_of(made, number)
    raw = pickle.dumps(Bench(EVERYBODY, number, SETTINGS, making_of.terms, made.store))
    assert record.card_number.encode() not in raw
    assert record.holder_name.encode() not in raw
    assert b"Custodian" not in raw
