"""The power fails at every write step of every writing command.

# spec: commands_and_crypto 5.3 "power cut", 6.2 N1; design: take a try, compare, give it back
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

import card_bench as cb
import field_oracle as oracle
import pytest

from card_os.kernel import manufacture
from card_os.kernel.memory import PowerLoss

Snapshot = Mapping[str, bytes]
Scenario = tuple[cb.Bench, bytes]
NEW_PIN = bytes.fromhex("9753")


class Cut:
    """Takes the power away at one write step; counts them."""

    def __init__(self, at: int = -1) -> None:
        self.at, self.steps = at, 0

    def __call__(self, step: str) -> None:
        self.steps += 1
        if self.steps - 1 == self.at:
            raise PowerLoss(step)


def at(path: str, *keys: str, state: str = "ISSUED", **changes: object) -> cb.Bench:
    bench = cb.holder_card(state, **changes)
    bench.enter(path, *keys)
    return bench


def opened(path: str = "MF") -> cb.Bench:
    """PERSO with the transport key authenticated."""
    bench = cb.holder_card("PERSO")
    bench.authenticate("KT_MF")
    if path != "MF":
        bench.select(path)
    return bench


def secure(bench: cb.Bench, key: str, header: str, data: bytes) -> Scenario:
    return bench, bench.secure(key, header, data)


def mac_only(bench: cb.Bench, key: str, header: str) -> Scenario:
    return bench, bench.mac_only(key, header)


def plain(bench: cb.Bench, command: str) -> Scenario:
    return bench, bytes.fromhex(command)


def reload() -> Scenario:
    bench = at("DDF1")
    message = bytes.fromhex("805E000006") + NEW_PIN
    return bench, message + oracle.mac(bench.session("STK_DDF1"), message)


def exhausted() -> cb.Bench:
    bench = at("MF")
    for _ in range(6):
        bench.send("00200000021111")
    return bench


def unblockable() -> Scenario:
    bench = at("DDF1/DF01")
    bench.block("DDF1/DF01")
    return mac_only(bench, "STK_DF01", "84180000")


def chip_with_transport_key() -> Scenario:
    bench = cb.chip()
    bench.do(cb.plain_write_key(0x01, cb.TRANSPORT_RECORD))
    return plain(bench, "0044000000")


def bare(*created: str) -> cb.Bench:
    bench = cb.Bench(manufacture.chip(cb.profile(), cb.SERIAL, cb.Random(), tree=False))
    for command in created:
        bench.do(command)
    return bench


CREATE_DDF1 = "80E0DDF112380000FFFF0057532E5359532E4444463031"
KEY = cb.key_record("RK1_DDF1", 1)
ENTRY, LONG_ENTRY = "18" + "A5" * 24, "78" + "A5" * 120

WRITERS: dict[str, Callable[[], Scenario]] = {
    "update binary": lambda: plain(at("DDF1/EF07", "UK1_DDF1"), "00D6000480" + "A5" * 128),
    "update binary secure": lambda: secure(at("DDF1/EF07", "UK1_DDF1"), "STK_DDF1", "04D60000", b"A" * 128),
    "update binary by sfi": lambda: plain(at("DDF1/DF03", "UK1_DF03"), "00D6910002A5A5"),
    "update record": lambda: plain(at("DDF1/EF05", "UK1_DDF1", state="PERSO"), "00DC060406060420260102"),
    "update record secure": lambda: secure(
        at("DDF1/EF08", "UK1_DDF1"), "STK_DDF1", "04DC0104", bytes.fromhex("070420461231")
    ),
    "update index secure": lambda: secure(at("DDF1/DF03/EF05", "UK1_DF03"), "STK_DF03", "04DC0104", b"\x00"),
    "add cyclic": lambda: plain(at("DDF1/DF02/EF08", "UK3_DF02"), "00DC0003" + ENTRY),
    "add cyclic secure": lambda: secure(at("DDF1/DF02/EF07", "UK3_DF02"), "STK_DF02", "04DC0003", b"A" * 120),
    "append record": lambda: plain(at("DDF1/DF02", "UK3_DF02", state="PERSO"), "00E20040" + ENTRY),
    "append record secure": lambda: secure(
        at("DDF1/DF02", "UK3_DF02", state="PERSO"), "STK_DF02", "04E20038", b"A" * 120
    ),
    "write record": lambda: plain(at("DDF1/DF03/EF05", "UK1_DF03"), "84D2010400"),
    "write record with MAC": lambda: mac_only(at("DDF1/DF03/EF05", "UK1_DF03"), "STK_DF03", "84D20104"),
    "erase record": lambda: plain(marked(), "840C010400"),
    "erase record with MAC": lambda: mac_only(marked(), "STK_DF03", "840C0104"),
    "write key plain": lambda: (chip_at_ddf1(), cb.plain_write_key(0x04, KEY)),
    "write key": lambda: secure(opened("DDF1"), "KT_MF", "84D40104", KEY[:5] + bytes(16)),
    "write the transport key": lambda: secure(
        opened(), "KT_MF", "84D40101", cb.TRANSPORT_RECORD[:5] + bytes(16)
    ),
    "write pin plain": lambda: (cb.chip(), cb.plain_write_key(0x00, cb.HOLDER_PIN_RECORD)),
    "write pin": lambda: secure(opened(), "KT_MF", "84D40100", cb.HOLDER_PIN_RECORD[:5] + NEW_PIN),
    "create df": lambda: plain(bare(), CREATE_DDF1),
    "create ef": lambda: plain(bare(CREATE_DDF1), "80E0EF0706280C02040507"),
    "erase df": lambda: plain(full_chip(), "800E000000"),
    "activate": chip_with_transport_key,
    "lock 8005": lambda: plain(at("DDF1", state="PERSO"), "8005000000"),
    "lock 004405": lambda: plain(at("DDF1", state="PERSO"), "0044050000"),
    "reload pin": reload,
    "unblock pin": lambda: mac_only(exhausted(), "STK_DDF1", "84240000"),
    "unblock and set pin": lambda: secure(exhausted(), "STK_DDF1", "84240001", NEW_PIN),
    "application block": lambda: mac_only(at("DDF1", "LK_DDF1"), "STK_DDF1", "841E0000"),
    "block for good": lambda: mac_only(at("DDF1/DF02", "LK_DF02"), "STK_DF02", "841E0001"),
    "application unblock": unblockable,
    "card block": lambda: mac_only(at("MF", "BK_MF"), "STM_MF", "84160000"),
}


def marked() -> cb.Bench:
    bench = at("DDF1/DF03/EF05", "UK1_DF03", "UK2_DF03")
    bench.do("84D2010400")
    return bench


def chip_at_ddf1() -> cb.Bench:
    bench = cb.chip()
    bench.select("DDF1")
    return bench


def full_chip() -> cb.Bench:
    bench = chip_at_ddf1()
    bench.do(cb.plain_write_key(0x04, KEY))
    bench.select("MF")
    bench.do(cb.plain_write_key(0x00, cb.HOLDER_PIN_RECORD))
    return bench


def whole(scenario: Callable[[], Scenario]) -> tuple[Snapshot, Snapshot, int, int]:
    """Memory before and after, the number of write steps, and the status word."""
    bench, command = scenario()
    before, counter = bench.card.memory.snapshot(), Cut()
    bench.card.memory.on_step = counter
    sw = bench.send(command).sw
    return before, bench.card.memory.snapshot(), counter.steps, sw


def torn(scenario: Callable[[], Scenario], step: int) -> cb.Bench:
    """A card that lost its power at a step and got it back."""
    bench, command = scenario()
    bench.card.memory.on_step = Cut(step)
    with pytest.raises(PowerLoss):
        bench.send(command)
    assert bench.send("0084000008") == (b"", 0x6985)
    bench.card.memory.on_step = Cut()
    bench.card.power_on()
    assert bench.card.volatile.keys == frozenset()
    assert not bench.card.volatile.pin_verified
    return bench


def test_every_command_that_may_write_is_torn() -> None:
    profile, torn_commands = cb.profile(), set()
    for scenario in (*WRITERS.values(), *(make for make, _, _ in VERIFICATIONS.values())):
        _, command = scenario()
        spec = profile.command_of(command[1], command[2])
        assert spec is not None
        torn_commands.add(spec.name)
    reading = {"select", "read_binary", "read_record", "get_challenge", "get_response", "get_card_data"}
    assert torn_commands | reading | {"internal_authenticate"} == set(profile.commands)


@pytest.mark.parametrize("name", WRITERS)
def test_the_state_is_the_one_before_or_the_one_after(name: str) -> None:
    before, after, steps, sw = whole(WRITERS[name])
    assert sw == 0x9000
    assert after != before
    assert steps >= 4
    outcomes = []
    for step in range(steps):
        bench = torn(WRITERS[name], step)
        left = bench.card.memory.snapshot()
        assert left in (before, after)
        bench.card.power_off()
        bench.card.power_on()
        assert bench.card.memory.snapshot() == left
        outcomes.append(left == after)
    assert outcomes == sorted(outcomes)
    assert outcomes[0] is False
    assert outcomes[-1] is True


# --- verifications --------------------------------------------------------------------------------------


def authentication(*, right: bool, failed: int = 1) -> Scenario:
    bench = at("DDF1")
    for _ in range(failed):
        bench.fail(0x04)
    command = bench.authentication("RK1_DDF1")
    return bench, command if right else command[:5] + bytes(8) + command[13:]


def leaving_transport() -> Scenario:
    bench = cb.card_in("TRANSPORT")
    assert bench.fail(0x01) == 0x63CE
    return bench, bench.authentication("KT_MF")


def pin(command: str, failed: int = 1) -> Scenario:
    bench = at("MF")
    for _ in range(failed):
        bench.send("00200000021111")
    return plain(bench, command)


def counted_mac(*, right: bool) -> Scenario:
    bench = at("DDF1/EF08", "UK1_DDF1", bad_mac_limit=3)
    bench.challenge()
    assert bench.send("04DC01040400000000").sw == 0x6988
    command = bench.secure("STK_DDF1", "04DC0104", bytes.fromhex("070420461231"))
    return bench, command if right else command[:-4] + bytes(4)


RK_TRIES, KT_TRIES, PIN_TRIES = "tries:RK1_DDF1:1", "tries:KT_MF:1", "tries:pin"
PIN = cb.HOLDER_PIN.hex()
VERIFICATIONS: dict[str, tuple[Callable[[], Scenario], str, int]] = {
    "right authentication": (lambda: authentication(right=True), RK_TRIES, 15),
    "wrong authentication": (lambda: authentication(right=False), RK_TRIES, 15),
    "first wrong authentication": (lambda: authentication(right=False, failed=0), RK_TRIES, 15),
    "last wrong authentication": (lambda: authentication(right=False, failed=14), RK_TRIES, 15),
    "last right authentication": (lambda: authentication(right=True, failed=14), RK_TRIES, 15),
    "out of transport": (leaving_transport, KT_TRIES, 15),
    "right pin": (lambda: pin("0020000003" + PIN), PIN_TRIES, 6),
    "wrong pin": (lambda: pin("0020000003999999"), PIN_TRIES, 6),
    "last wrong pin": (lambda: pin("0020000003999999", 5), PIN_TRIES, 6),
    "last right pin": (lambda: pin("0020000003" + PIN, 5), PIN_TRIES, 6),
    "change pin": (lambda: pin(f"805E010006{PIN}FF9753"), PIN_TRIES, 6),
    "wrong change": (lambda: pin("805E010006999999FF9753"), PIN_TRIES, 6),
}


@pytest.mark.parametrize("name", VERIFICATIONS)
def test_a_torn_verification_costs_at_most_the_one_try(name: str) -> None:
    scenario, cell, limit = VERIFICATIONS[name]
    before, after, steps, sw = whole(scenario)
    left = before.get(cell, bytes((limit,)))[0]
    taken = {**before, cell: bytes((left - 1,))}
    assert (sw == 0x9000) == (("right" in name) or name in ("change pin", "out of transport"))
    seen = []
    for step in range(steps):
        found = torn(scenario, step).card.memory.snapshot()
        assert found in (before, taken, after)
        seen.append(found)
    assert taken in seen
    assert seen[-1] == after
    order = [before, taken] if after == taken else [before, taken, after]
    assert [order.index(found) for found in seen] == sorted(order.index(found) for found in seen)


@pytest.mark.parametrize("right", [True, False])
def test_a_torn_mac_is_counted_where_macs_are_counted(*, right: bool) -> None:
    before, after, steps, _ = whole(lambda: counted_mac(right=right))
    cell = "bad_macs:MF/DDF1"
    taken = {**before, cell: b"\x02"}
    # a good MAC is a good one before its data is written
    given_back = {name: value for name, value in before.items() if name != cell}
    seen = [torn(lambda: counted_mac(right=right), step).card.memory.snapshot() for step in range(steps)]
    assert all(found in (before, taken, given_back, after) for found in seen)
    assert taken in seen
    assert (given_back in seen) is right


class Guesser:
    """Somebody who takes the power away at one write step of every guess, so as not to be counted."""

    def __init__(self, step: int) -> None:
        self.step = step
        self.bench = cb.holder_card()

    def guess(self, prepare: Callable[[cb.Bench], bytes]) -> int | None:
        """The status word, None where the power was cut before it came."""
        memory = self.bench.card.memory
        memory.on_step = Cut()
        self.bench.card.power_on()
        command = prepare(self.bench)
        memory.on_step = Cut(self.step)
        with suppress(PowerLoss):
            return self.bench.send(command).sw
        return None


def wrong_key(bench: cb.Bench) -> bytes:
    bench.select("DDF1")
    bench.challenge()
    return bytes.fromhex("0082000411") + bytes(16) + b"\x01"


GUESSES = {
    "authentication": (wrong_key, 15),
    "pin": (lambda _: bytes.fromhex("0020000003999999"), 6),
    "change pin": (lambda _: bytes.fromhex("805E010006999999FF9753"), 6),
}


@pytest.mark.parametrize("name", GUESSES)
def test_who_cuts_every_guess_never_compares_more_often_than_the_limit(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare, limit = GUESSES[name]
    compared = []

    def same(expected: bytes, given: bytes) -> bool:
        compared.append(given)
        return expected == given

    monkeypatch.setattr("card_os.crypto.secure_messaging.same", same)
    monkeypatch.setattr("card_os.kernel.pin.same", same)
    for step in range(10):
        compared.clear()
        guesser = Guesser(step)
        answers = [guesser.guess(prepare) for _ in range(3 * limit)]
        assert len(compared) <= limit
        if answers[-1] is None:  # the try was not even taken, and nothing was compared
            assert not compared
        else:
            assert answers[-1] == 0x6983
            assert answers.count(0x6983) == 2 * limit


@pytest.mark.parametrize("name", GUESSES)
def test_tries_never_rise_without_a_right_value(name: str) -> None:
    prepare, limit = GUESSES[name]
    guesser = Guesser(0)
    left = limit
    for attempt in range(10 * limit):
        guesser.step = attempt % 7
        guesser.guess(prepare)
        cells = guesser.bench.card.memory.snapshot()
        now = cells.get(RK_TRIES if name == "authentication" else PIN_TRIES, bytes((limit,)))[0]
        assert now in (left, left - 1)
        left = now
    assert left == 0


# --- cyclic files ---------------------------------------------------------------------------------------


def records(bench: cb.Bench, count: int) -> list[bytes]:
    return [bench.do(f"00B2{number:02X}0400") for number in range(1, count + 1)]


@pytest.mark.parametrize("protected", [False, True])
@pytest.mark.parametrize(("file", "length", "count"), [("EF07", 120, 3), ("EF08", 24, 10)])
def test_a_torn_entry_never_costs_two(file: str, length: int, count: int, *, protected: bool) -> None:
    """After a cut: the records before, or the new one and all but the oldest, in their order."""
    entries = [bytes((n,)) * length for n in range(1, 3 * count)]
    bench = at(f"DDF1/DF02/{file}", "UK3_DF02", "RK1_DF02")
    held = records(bench, count)
    for turn, entry in enumerate(entries):
        command = bytes.fromhex(f"00DC0003{length:02X}") + entry
        if protected:
            command = bench.secure("STK_DF02", "04DC0003", entry)
        bench.card.memory.on_step = Cut(turn % 7)
        lost = False
        try:
            bench.do(command)
        except PowerLoss:
            lost = True
        bench.card.memory.on_step = Cut()
        if lost:
            bench.card.power_on()
            bench.enter(f"DDF1/DF02/{file}", "UK3_DF02", "RK1_DF02")
        now, advanced = records(bench, count), [entry, *held[:-1]]
        assert now == advanced if not lost else now in (held, advanced)
        held = now
