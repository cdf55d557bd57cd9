"""kill -9, a full disk, a database that goes away: every card is made once, and everything adds up."""

from __future__ import annotations

import random
import resource
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

import postgres_server
import pytest
from batch_bench import SETTINGS, World, audited, everything, world
from killed_runs import DONE, KILLED, REFUSED, Countdown, Moment, Watched, address, in_child, run
from registry_bench import EVERYBODY, Clock
from sqlalchemy import event, select

from issuer.applications import making
from issuer.batches import receiving
from issuer.batches.card_making import CardMaking, Result
from issuer.batches.chip_source import ChipSource
from issuer.batches.errors import BatchRefusedError
from issuer.batches.house import reconcile_house
from issuer.batches.personalising import PersonalisationReport, personalise_batch
from issuer.batches.reconciliation import reconcile
from issuer.batches.terms import terms_of
from issuer.keys.certificates import AUDIT_KEY
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.registry import audit, setting_up
from issuer.registry.errors import RegistryUnavailableError
from issuer.registry.registry import Registry
from issuer.registry.schema.batches import batch, batch_line, chip, chip_waste
from issuer.registry.schema.cards import card

LINES = 2
SPARES = 4  # a run that is killed spoils a chip at most, and a batch is killed twice at most


def ready(made: World, count: int = LINES) -> str:
    number = made.plan(count, bank="", centre="").number
    made.to_maker(number, spares=SPARES)
    return number


def adds_up(made: World, number: str) -> None:
    """What was committed is whole, at any moment: the chain, each count, each card with its chip."""
    with made.registry.transaction(EVERYBODY) as work:
        assert audit.verify(work.connection, work.custodian.public_key(AUDIT_KEY)) == ()
        assert [str(phrase) for phrase in reconcile(work, number).discrepancies] == []
        assert reconcile_house(work).adds_up


def each_card_once(made: World, number: str, lines: int = LINES) -> None:
    """Every application has one card, on a chip that is that card; no other chip is a card of anybody."""
    adds_up(made, number)
    assert made.state(number) == "PERSO_BACK"
    with made.registry.transaction(EVERYBODY) as work:
        row = work.one(select(batch).where(batch.c.number == number), "batch", number)
        rows = work.rows(
            select(batch_line.c.application_id, chip.c.serial, batch_line.c.attempt, batch_line.c.state)
            .join_from(batch_line, chip, chip.c.id == batch_line.c.chip_id)
            .where(batch_line.c.batch_id == row["id"])
        )
        cards = work.rows(
            select(card.c.application_id, card.c.chip_serial)
            .join_from(card, batch_line, batch_line.c.application_id == card.c.application_id)
            .where(batch_line.c.batch_id == row["id"])
        )
        waste = work.rows(
            select(chip.c.serial)
            .join_from(chip_waste, chip, chip.c.id == chip_waste.c.chip_id)
            .where(chip.c.batch_id == row["id"])
        )
        records = {
            one.application_id: one for one in making.records(work, [one["application_id"] for one in rows])
        }
    assert [one["state"] for one in rows] == ["FINISHED"] * lines
    made_of = {(one["application_id"], one["serial"]) for one in rows}
    assert {(one["application_id"], one["chip_serial"]) for one in cards} == made_of
    assert len(cards) == lines
    assert sum(one["attempt"] - 1 for one in rows) == len(waste)
    maker = CardMaking(SETTINGS, terms_of(row), PublishedTestCustodian(), made.store)
    for application_id, serial in made_of:
        assert maker.make(serial, records[application_id]).found
    for one in waste:
        for record in records.values():
            assert maker.make(one["serial"], record).result is Result.WASTE


def killed_and_finished(made: World, drawn: random.Random, kills: int) -> list[tuple[Moment, int]]:
    """One batch that is killed up to so many times, and then runs to its end."""
    number = ready(made)
    told = []
    for _ in range(kills):
        moment = Moment.drawn(drawn, LINES)
        told.append((moment, run(made, number, moment)))
        adds_up(made, number)
        if told[-1][1] != KILLED:
            break
    # a run that was killed behind its last commit has nothing left to do
    assert made.state(number) == "PERSO_BACK" or run(made, number) == DONE, told
    each_card_once(made, number)
    return told


@pytest.mark.parametrize("seed", range(2))
def test_killed_anywhere_a_batch_makes_each_card_once(registry, tmp_path, seed):
    made = world(registry, tmp_path, every_write=True)
    drawn = random.Random(seed)  # noqa: S311  a test that can be run again
    for _ in range(2):
        killed_and_finished(made, drawn, kills=2)


POINTS = (
    Moment("audit before", 1), Moment("audit after", 1), Moment("begin", 1), Moment("commit", 1),
    Moment("begin", 3), Moment("commit", 3), Moment("chip", 1), Moment("chip", 120),
)  # fmt: skip


@pytest.mark.parametrize("new_registry", ["sqlite"], indirect=True)
def test_killed_at_the_beginning_the_next_run_begins(new_registry, tmp_path):
    made = world(new_registry(), tmp_path, every_write=True)
    for moment in POINTS:
        number = ready(made, 1)
        assert run(made, number, moment) == KILLED, moment
        adds_up(made, number)
        assert run(made, number) == DONE
        each_card_once(made, number, 1)


def test_killed_between_chip_and_commit_the_card_is_found(registry, tmp_path):
    """The chip is done, its line is not: the next run takes the card as it is and spoils nothing."""
    made = world(registry, tmp_path, every_write=True)
    number = ready(made, 1)
    # begin, supply, read, record: the fourth transaction records the card
    assert run(made, number, Moment("commit", 4)) == KILLED
    assert made.states(number) == {"MADE": 1}
    report = personalise(made, number, made.store)
    assert (report.finished, report.found, report.wasted) == (1, 1, 0)
    each_card_once(made, number, 1)


@pytest.mark.parametrize("new_registry", ["sqlite"], indirect=True)
def test_a_file_that_is_being_taken_in_is_taken_in_whole_or_not(new_registry, tmp_path):
    made = world(new_registry(), tmp_path)
    number = made.plan(3, bank="").number
    made.to_maker(number, spares=1)
    raw = made.centre.answer(made.send(number, "PER-REQ", 1))[0]
    before = everything(made.registry)

    def take_in(what: str, count: int) -> None:
        registry = Registry(address(made.registry), PublishedTestCustodian(), made.registry.clock)
        bomb = Countdown(count)
        if what == "commit":
            event.listen(registry.engine, "commit", bomb)
        else:
            event.listen(registry.engine, "before_cursor_execute", bomb)
        with registry.transaction(EVERYBODY) as work:
            receiving.receive(work, raw)

    statements = 0
    for count in range(1, 200, 3):
        if in_child(made.registry, partial(take_in, "statement", count)) == DONE:
            break
        statements += 1
        assert everything(made.registry) == before
    assert statements > 8
    assert made.receive(raw).again
    adds_up(made, number)
    assert made.states(number) == {"FINISHED": 3}


# --- a full disk -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("new_registry", ["sqlite"], indirect=True)
def test_a_full_disk_leaves_nothing_half_done(new_registry, tmp_path):
    made = world(new_registry(), tmp_path, every_write=True)
    number = ready(made)
    codes, finished = [], [0]
    for most in range(100_000, 2_000_000, 60_000):
        codes.append(run(made, number, prepare=partial(_limit_files, most)))
        adds_up(made, number)
        finished.append(made.states(number).get("FINISHED", 0))
        if codes[-1] == DONE:
            break
    assert set(codes[:-1]) == {REFUSED}
    assert finished == sorted(finished)
    assert len(set(finished)) > 2, "the disk was never full between two cards"
    each_card_once(made, number)


def _limit_files(most: int) -> None:
    """Let this process write no longer file than that: the log of the database grows, chips do not."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


@pytest.mark.parametrize("new_registry", ["sqlite"], indirect=True)
def test_a_database_without_room_is_one_plain_line_and_the_batch_goes_on(new_registry, tmp_path):
    registry = new_registry()
    made = world(registry, tmp_path)
    number = ready(made, 6)
    with registry.engine.begin() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    @event.listens_for(registry.engine, "connect")
    def limit(connection, _record) -> None:
        connection.execute(f"PRAGMA max_page_count={pages + 3}")

    registry.close()
    with pytest.raises(RegistryUnavailableError, match="full"):
        personalise(made, number, made.store)
    event.remove(registry.engine, "connect", limit)
    registry.close()
    adds_up(made, number)
    finished = made.states(number)["FINISHED"]
    assert 0 < finished < 6
    report = personalise(made, number, made.store)
    # the chip whose card could not be recorded is found as it is
    assert (report.finished, report.found, report.wasted) == (6 - finished, 1, 0)
    each_card_once(made, number, 6)


# --- a database that goes away ------------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path) -> Iterator[tuple[World, str]]:
    with postgres_server.running() as address_of:
        registry = Registry(address_of.format("postgres"), PublishedTestCustodian(), Clock())
        setting_up.create(registry)
        yield world(registry, tmp_path, every_write=True), address_of
        registry.close()


def test_a_database_that_goes_away_leaves_nothing_half_done(server):
    made, address_of = server
    number = ready(made)
    gone = ExitStack()
    heard = 0

    def stop() -> None:
        nonlocal heard
        heard += 1
        if heard == 250:  # while the second chip is being worked on
            gone.enter_context(postgres_server.away(address_of))

    with gone:
        with pytest.raises(RegistryUnavailableError) as told:
            personalise(made, number, Watched(made.store, stop))
        assert "\n" not in str(told.value)
        with pytest.raises(RegistryUnavailableError):
            personalise(made, number, made.store)
    adds_up(made, number)
    assert made.states(number) == {"FINISHED": 1, "MADE": 1}
    report = personalise(made, number, made.store)
    assert (report.finished, report.found, report.wasted) == (1, 1, 0)
    each_card_once(made, number)


def personalise(made: World, number: str, chips: ChipSource, **more: object) -> PersonalisationReport:
    return personalise_batch(made.registry, EVERYBODY, number, settings=SETTINGS, chips=chips, **more)


# --- several workers ----------------------------------------------------------------------------------------


def open_registry(url: str) -> Registry:
    return Registry(url, PublishedTestCustodian())


def open_registry_and_die(url: str, after: int) -> Registry:
    """What a worker opens that is killed in its n-th transaction."""
    registry = open_registry(url)
    event.listen(registry.engine, "commit", Countdown(after))
    return registry


def test_a_worker_that_is_killed_is_told_in_one_line_and_the_next_run_goes_on(registry, tmp_path):
    made = world(registry, tmp_path, every_write=True)
    number = ready(made, 4)
    opener = partial(open_registry_and_die, address(registry), 3)
    with pytest.raises(BatchRefusedError, match="a worker was ended from outside"):
        personalise(made, number, made.store, workers=2, open_registry=opener)
    adds_up(made, number)
    assert made.states(number).get("MADE", 0) > 0
    personalise(made, number, made.store)
    each_card_once(made, number, 4)


# --- for an evening -----------------------------------------------------------------------------------------


@pytest.mark.soak
@pytest.mark.parametrize("new_registry", ["sqlite"], indirect=True)
def test_two_hundred_kills(new_registry, tmp_path):
    made = world(new_registry(), tmp_path, every_write=True)
    _kill_until(made, 200)


@pytest.mark.soak
@pytest.mark.parametrize("new_registry", ["postgresql"], indirect=True)
def test_sixty_kills_on_postgresql(new_registry, tmp_path):
    made = world(new_registry(), tmp_path, every_write=True)
    _kill_until(made, 60)


def _kill_until(made: World, due: int) -> None:
    drawn = random.Random(20260302)  # noqa: S311
    kinds: dict[str, int] = {}
    batches = 0
    while sum(kinds.values()) < due:
        for moment, code in killed_and_finished(made, drawn, kills=2):
            if code == KILLED:
                kinds[moment.what] = kinds.get(moment.what, 0) + 1
        batches += 1
    assert set(kinds) == {"audit before", "audit after", "begin", "commit", "chip", "time"}
    assert audited(made.registry, "card.register") == LINES * batches
    print(f"{sum(kinds.values())} kills in {batches} batches: {kinds}")
