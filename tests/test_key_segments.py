"""Segments of numbers: ranges never overlap, numbers are given out once, whoever asks at the same time."""

from __future__ import annotations

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registry_bench import actor
from sqlalchemy import func, select

from issuer.access.actor import Role
from issuer.access.permission import NotPermittedError, SecondPersonError
from issuer.keys.segments import (
    Grant,
    SegmentRefusedError,
    SegmentUsedUpError,
    give,
    kinds,
    listed,
    take,
    take_next,
)
from issuer.registry.schema.audit import audit
from issuer.registry.schema.sams import segment

FIRST, SECOND = (actor(Role.KEY_CUSTODIAN, name=name) for name in ("custodian-1", "custodian-2"))


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("RHC_LANG", "en")


def gave(registry, *grants):
    with registry.transaction(FIRST, SECOND) as work:
        return [give(work, grant) for grant in grants]


def took(registry, kind, owner, count=1):
    with registry.transaction(FIRST) as work:
        return take(work, kind, owner, count)


def test_the_kinds_have_bounds_and_words():
    assert {"sam_serial", "terminal", "key_index", "certificate", "card_batch"} <= set(kinds())
    for kind in kinds().values():
        assert 0 <= kind.least < kind.most
        assert kind.meaning.chinese
        assert kind.meaning.english


def test_an_owner_gets_its_numbers_in_order_and_no_others(registry):
    gave(
        registry,
        Grant("terminal", "河南", 10, 12),
        Grant("terminal", "湖北", 13, 20),
        Grant("terminal", "河南", 30, 31),
    )
    assert [took(registry, "terminal", "河南", count) for count in (1, 2, 1)] == [[10], [11, 12], [30]]
    with registry.transaction(FIRST) as work:
        assert take_next(work, "terminal", "湖北") == 13
    with pytest.raises(SegmentUsedUpError, match="fewer than 2 numbers of the kind terminal"):
        took(registry, "terminal", "河南", 2)
    assert took(registry, "terminal", "河南") == [31]
    for owner, kind in (("河南", "terminal"), ("河北", "terminal"), ("湖北", "sam_serial")):
        with pytest.raises(SegmentUsedUpError):
            took(registry, kind, owner)


def test_what_a_transaction_took_and_lost_comes_back(registry):
    gave(registry, Grant("terminal", "河南", 1, 5))

    def fail():
        with registry.transaction(FIRST) as work:
            assert take(work, "terminal", "河南", 3) == [1, 2, 3]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert took(registry, "terminal", "河南", 3) == [1, 2, 3]


REFUSED = [
    (Grant("terminal", "湖北", 15, 25), "10 to 19 of it is given already"),
    (Grant("terminal", "湖北", 1, 10), "given already"),
    (Grant("terminal", "湖北", 12, 13), "given already"),
    (Grant("terminal", "湖北", 1, 99), "given already"),
    (Grant("terminal", "河南", 19, 19), "given already"),
    (Grant("terminal", "湖北", 30, 29), "the numbers go up, from 1 to 999999"),
    (Grant("terminal", "湖北", 0, 5), "the numbers go up"),
    (Grant("terminal", "湖北", 999999, 1000000), "the numbers go up"),
    (Grant("nothing", "湖北", 1, 2), "there are the kinds sam_serial"),
    (Grant("terminal", "", 1, 2), "an owner of 1 to 64"),
    (Grant("terminal", "长" * 65, 1, 2), "an owner of 1 to 64"),
    (Grant("terminal", "河\x00南", 1, 2), "an owner of 1 to 64"),
    (Grant("terminal", "河南", 11, 12, "河南"), "other than its giver"),
    (Grant("terminal", "郑州", 18, 20, "河南"), "河南 has no segment that holds it"),
    (Grant("terminal", "郑州", 11, 12, "湖北"), "湖北 has no segment"),
    (Grant("sam_serial", "郑州", 11, 12, "河南"), "河南 has no segment"),
    (Grant("terminal", "郑州", 10, 14, "河南"), "numbers before 13 are given out already"),
]


def test_what_cannot_be_given(registry):
    gave(registry, Grant("terminal", "河南", 10, 19))
    took(registry, "terminal", "河南", 3)
    for grant, reason in REFUSED:
        with pytest.raises(SegmentRefusedError, match=reason):
            gave(registry, grant)
    with registry.transaction(FIRST) as work:
        assert len(listed(work)) == 1


def test_a_part_goes_to_another_owner_and_the_giver_walks_around_it(registry):
    gave(registry, Grant("terminal", "河南", 1, 20))
    assert took(registry, "terminal", "河南", 2) == [1, 2]
    gave(registry, Grant("terminal", "郑州", 5, 9, "河南"), Grant("terminal", "洛阳", 12, 13, "河南"))
    gave(registry, Grant("terminal", "中原区", 6, 7, "郑州"))
    with pytest.raises(SegmentRefusedError, match="5 to 9 of it is given already"):
        gave(registry, Grant("terminal", "开封", 8, 10, "河南"))
    with pytest.raises(SegmentRefusedError, match="1 to 20 of it is given already"):
        gave(registry, Grant("terminal", "开封", 10, 11))
    assert took(registry, "terminal", "河南", 6) == [3, 4, 10, 11, 14, 15]
    assert took(registry, "terminal", "郑州", 3) == [5, 8, 9]
    assert took(registry, "terminal", "中原区", 2) == [6, 7]
    with registry.transaction(FIRST) as work:
        left = {(row["owner"], row["first"]): row["left"] for row in listed(work, "terminal")}
    assert left == {("河南", 1): 5, ("郑州", 5): 0, ("中原区", 6): 0, ("洛阳", 12): 2}
    assert took(registry, "terminal", "河南", 5) == [16, 17, 18, 19, 20]


def test_a_big_range_costs_no_more_than_a_small_one(registry):
    gave(registry, Grant("sam_serial", "河南", 1, 9_999_999_999))
    assert took(registry, "sam_serial", "河南", 5000)[-1] == 5000
    with registry.transaction(FIRST) as work:
        assert listed(work)[0]["left"] == 9_999_999_999 - 5000


def test_giving_takes_two_key_custodians_and_is_audited(registry):
    grant = Grant("terminal", "河南", 1, 2)
    for people in ((FIRST, None), (FIRST, FIRST), (FIRST, actor(Role.AUDITOR))):
        with pytest.raises(SecondPersonError), registry.transaction(*people) as work:
            give(work, grant)
    with pytest.raises(NotPermittedError), registry.transaction(actor(Role.ADMINISTRATOR), SECOND) as work:
        give(work, grant)
    gave(registry, grant)
    with registry.transaction(FIRST) as work:
        rows = work.rows(select(audit.c.second, audit.c.detail).where(audit.c.action == "segment.give"))
    assert [row["second"] for row in rows] == ["custodian-2"]
    assert '"first":1,"giver":"","kind":"terminal","last":2,"owner":"河南"' in rows[0]["detail"]


# --- at the same time -------------------------------------------------------------------------------------


def at_once(count, do):
    """Run `do(number)` in threads that start together; returns what each made or the error that it met."""
    start, done = threading.Barrier(count), [None] * count

    def run(number):
        start.wait()
        try:
            done[number] = do(number)
        except SegmentRefusedError as error:
            done[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return done


def test_of_overlapping_ranges_one_is_given(registry):
    outcome = at_once(
        6, lambda number: gave(registry, Grant("terminal", f"省{number}", 1 + number, 100 + number))
    )
    assert sum(isinstance(made, list) for made in outcome) == 1
    with registry.transaction(FIRST) as work:
        assert len(listed(work)) == 1


def test_numbers_that_many_ask_for_are_given_once(registry):
    gave(registry, Grant("terminal", "河南", 1, 30), Grant("terminal", "河南", 41, 60))
    outcome = at_once(4, lambda _number: [took(registry, "terminal", "河南", 3) for _turn in range(4)])
    given_out = [number for made in outcome for numbers in made for number in numbers]
    assert sorted(given_out) == [*range(1, 31), *range(41, 59)]


def test_a_part_that_is_given_away_while_numbers_are_taken_is_not_taken(registry):
    gave(registry, Grant("terminal", "河南", 1, 1000))

    def work(number):
        if number % 2:
            return [took(registry, "terminal", "河南", 7) for _turn in range(5)]
        low = 20 * number + 10
        return gave(registry, Grant("terminal", f"市{number}", low, low + 9, "河南"))

    outcome = at_once(6, work)
    taken = [number for made in outcome[1::2] for numbers in made for number in numbers]
    assert len(set(taken)) == len(taken) == 105
    with registry.transaction(FIRST) as work_:
        parts = [row for row in listed(work_) if row["parent"]]
    assert len(parts) == sum(isinstance(made, list) for made in outcome[::2])
    assert not {number for row in parts for number in range(row["first"], row["last"] + 1)} & set(taken)


# --- the shape of the rule --------------------------------------------------------------------------------

steps = st.lists(
    st.tuples(
        st.sampled_from(["give", "take"]),
        st.sampled_from(["", "A", "B", "C"]),
        st.sampled_from(["A", "B", "C"]),
        st.integers(1, 40),
        st.integers(0, 15),
    ),
    max_size=14,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps)
def test_no_number_is_ever_in_two_hands(registry, moves):
    """Against a model that remembers for every number whose it is, and which numbers are out."""
    owner_of, out = {}, set()

    def play(work):
        for what, giver, owner, first, length in moves:
            numbers = range(first, first + length + 1)
            if what == "take":
                mine = sorted(n for n, name in owner_of.items() if name == owner and n not in out)
                try:
                    got = take(work, "terminal", owner, length)
                except SegmentUsedUpError:
                    assert len(mine) < length
                    continue
                assert len(got) == len(set(got)) == length
                assert set(got) <= set(mine)
                out.update(got)
                continue
            try:
                give(work, Grant("terminal", owner, numbers[0], numbers[-1], giver))
            except SegmentRefusedError:
                continue
            if giver:
                assert all(owner_of[n] == giver and n not in out for n in numbers)
            else:
                assert not set(numbers) & set(owner_of)
            owner_of.update(dict.fromkeys(numbers, owner))
        raise InterruptedError

    with pytest.raises(InterruptedError), registry.transaction(FIRST, SECOND) as work:
        play(work)
    with registry.transaction(FIRST) as work:
        assert work.connection.execute(select(func.count()).select_from(segment)).scalar_one() == 0
