"""Card memory: a transaction is whole or nothing, wherever the power fails."""

from __future__ import annotations

from collections.abc import Callable

import card_bench as cb
import pytest

from card_os.kernel.memory import Memory, PowerLoss

Scenario = Callable[[], tuple[cb.Bench, bytes]]


class Cut:
    """Takes the power away at one write step."""

    def __init__(self, at: int) -> None:
        self.at, self.steps = at, 0

    def __call__(self, step: str) -> None:
        self.steps += 1
        if self.steps - 1 == self.at:
            raise PowerLoss(step)


def at(path: str, *keys: str, state: str = "ISSUED") -> cb.Bench:
    bench = cb.card_in(state)
    bench.enter(path, *keys)
    return bench


def secure_record() -> tuple[cb.Bench, bytes]:
    bench = at("DDF1/EF08", "UK1_DDF1")
    return bench, bench.secure("STK_DDF1", "04DC0104", bytes.fromhex("070420461231"))


def plain_append() -> tuple[cb.Bench, bytes]:
    return at("DDF1/DF02/EF08", "UK3_DF02"), bytes.fromhex("00DC000318") + b"A" * 24


def secure_append() -> tuple[cb.Bench, bytes]:
    bench = at("DDF1/DF02/EF07", "UK3_DF02")
    return bench, bench.secure("STK_DF02", "04DC0003", b"A" * 120)


def update_binary() -> tuple[cb.Bench, bytes]:
    bench = at("DDF1/DF03", "UK1_DF03")
    bench.select("ED01")
    return bench, bytes.fromhex("00D6000080") + b"A" * 128


def secure_binary() -> tuple[cb.Bench, bytes]:
    bench = at("DDF1/EF07", "UK1_DDF1")
    return bench, bench.secure("STK_DDF1", "04D60000", b"A" * 128)


def set_valid() -> tuple[cb.Bench, bytes]:
    return at("DDF1/DF03/EF05", "UK1_DF03"), bytes.fromhex("84D2010400")


def erase() -> tuple[cb.Bench, bytes]:
    bench = at("DDF1/DF03/EF05", "UK1_DF03", "UK2_DF03")
    bench.do("84D2010400")
    return bench, cb.mac_only(bench.session("STK_DF03"), "840C0104")


def plain_record() -> tuple[cb.Bench, bytes]:
    return at("DDF1/EF05", "UK1_DDF1", state="PERSO"), bytes.fromhex("00DC060406060420260102")


def write_key_plain() -> tuple[cb.Bench, bytes]:
    bench = cb.chip()
    bench.select("DDF1")
    return bench, cb.plain_write_key(0x04, cb.key_record("RK1_DDF1", 1))


def write_key() -> tuple[cb.Bench, bytes]:
    bench = cb.card_in("PERSO")
    bench.authenticate("KT_MF")
    bench.select("DDF1")
    assert bench.fail(0x04) == 0x63CE
    return bench, bench.secure("KT_MF", "84D40104", cb.key_record("RK1_DDF1", 1))


def activate() -> tuple[cb.Bench, bytes]:
    bench = cb.chip()
    bench.do(cb.plain_write_key(0x01, cb.TRANSPORT_RECORD))
    return bench, bytes.fromhex("0044000000")


def lock() -> tuple[cb.Bench, bytes]:
    return at("DDF1", state="PERSO"), bytes.fromhex("8005000000")


def activate_sam() -> tuple[cb.Bench, bytes]:
    sam = cb.card_in("PERSO", "sam")
    sam.authenticate("KT_MF")
    return sam, bytes.fromhex("0044000000")


def sam_pin() -> tuple[cb.Bench, bytes]:
    sam = cb.card_in("PERSO", "sam")
    sam.authenticate("KT_MF")
    return sam, sam.secure("KT_MF", "84D40100", bytes.fromhex("3A00FF010A4321"))


WRITERS: list[Scenario] = [
    secure_record, plain_append, secure_append, update_binary, secure_binary, set_valid, erase, plain_record,
    write_key_plain, write_key, activate, lock, activate_sam, sam_pin,
]  # fmt: skip


def steps_of(scenario: Scenario) -> int:
    bench, command = scenario()
    counter = Cut(-1)
    bench.card.memory.on_step = counter
    assert bench.send(command).sw == 0x9000
    return counter.steps


def cut(scenario: Scenario, step: int) -> tuple[dict[str, bytes], cb.Bench]:
    """The memory before, and the bench after a cut at a step and a new power-on."""
    bench, command = scenario()
    before = bench.card.memory.snapshot()
    bench.card.memory.on_step = Cut(step)
    with pytest.raises(PowerLoss):
        bench.send(command)
    assert bench.send("00A40000023F00").sw == 0x6985  # no power, no answer
    promised = bench.card.memory.snapshot()
    bench.card.memory.on_step = lambda _: None
    bench.card.power_on()
    assert bench.card.memory.snapshot() == promised
    return before, bench


@pytest.mark.parametrize("scenario", WRITERS, ids=lambda scenario: scenario.__name__)
def test_a_cut_leaves_the_state_before_or_after(scenario: Scenario) -> None:
    bench, command = scenario()
    before = bench.card.memory.snapshot()
    bench.do(command)
    after = bench.card.memory.snapshot()
    assert after != before
    steps = steps_of(scenario)
    assert steps >= 4
    outcomes = []
    for step in range(steps):
        started, left = cut(scenario, step)
        assert started == before
        assert left.card.memory.snapshot() in (before, after)
        outcomes.append(left.card.memory.snapshot() == after)
        left.card.reset()
        left.select("MF")
    assert outcomes == sorted(outcomes)  # once done, it stays done
    assert outcomes[0] is False
    assert outcomes[-1] is True


def wrong_authentication() -> tuple[cb.Bench, bytes]:
    bench = at("DDF1")
    bench.challenge()
    return bench, bytes.fromhex("0082000411") + bytes(16) + b"\x01"


def right_authentication() -> tuple[cb.Bench, bytes]:
    bench = at("DDF1")
    assert bench.fail(0x04) == 0x63CE
    return bench, bench.authentication("RK1_DDF1")


def wrong_pin() -> tuple[cb.Bench, bytes]:
    return cb.sam(), bytes.fromhex("0020000003654321")


def right_pin() -> tuple[cb.Bench, bytes]:
    return cb.sam(), bytes.fromhex("0020000003123456")


def change_pin() -> tuple[cb.Bench, bytes]:
    return cb.sam(), bytes.fromhex("805E010007123456FF654321")


def wrong_change() -> tuple[cb.Bench, bytes]:
    return cb.sam(), bytes.fromhex("805E010007111111FF654321")


VERIFICATIONS = {
    wrong_authentication: ("tries:RK1_DDF1:1", 15, 0x63CE),
    right_authentication: ("tries:RK1_DDF1:1", 15, 0x9000),
    wrong_pin: ("tries:pin", 10, 0x63C9),
    right_pin: ("tries:pin", 10, 0x9000),
    change_pin: ("tries:pin", 10, 0x9000),
    wrong_change: ("tries:pin", 10, 0x63C9),
}


@pytest.mark.parametrize("scenario", VERIFICATIONS, ids=lambda scenario: scenario.__name__)
def test_a_cut_verification_never_gains_a_try_and_never_answers(scenario: Scenario) -> None:
    cell, limit, sw = VERIFICATIONS[scenario]
    bench, command = scenario()
    counter = Cut(-1)
    bench.card.memory.on_step = counter
    assert bench.send(command).sw == sw
    after = bench.card.memory.snapshot()
    costs = []
    for step in range(counter.steps):
        started, left = cut(scenario, step)
        tries_before = started.get(cell, bytes((limit,)))[0]
        ended = left.card.memory.snapshot()
        tries_left = ended.get(cell, bytes((limit,)))[0]
        if ended == after:
            continue
        assert tries_left in (tries_before, tries_before - 1)
        assert {**ended, cell: b""} == {**started, cell: b""}
        costs.append(tries_before - tries_left)
        assert left.card.volatile.keys == frozenset()
        assert not left.card.volatile.pin_verified
    assert costs == sorted(costs)
    assert 1 in costs or sw != 0x9000


def test_the_try_is_taken_before_the_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    bench, command = wrong_authentication()
    seen = []

    def same(expected: bytes, given: bytes) -> bool:
        seen.append(bench.card.memory.snapshot()["tries:RK1_DDF1:1"][0])
        return expected == given

    monkeypatch.setattr("card_os.crypto.secure_messaging.same", same)
    assert bench.send(command).sw == 0x63CE
    assert seen == [14]


def test_cutting_every_guess_blocks_the_key_all_the_same() -> None:
    bench = at("DDF1")
    for guess in range(40):
        bench.card.memory.on_step = lambda _: None
        bench.card.power_on()
        bench.select("DDF1")
        bench.challenge()
        steps = Cut(4)  # journal, complete, cell, empty: the try is taken; the next step would give it back
        bench.card.memory.on_step = steps
        answer = bench.send(bytes.fromhex("0082000411") + guess.to_bytes(16, "big") + b"\x01")
        assert steps.steps in (0, 4)
        if answer.sw == 0x6983:
            break
    assert guess == 15


# --- the memory itself ----------------------------------------------------------------------------------


def test_writing_needs_a_transaction() -> None:
    memory = Memory({"a": b"12345"})
    for write in (lambda: memory.write("a", b"x"), lambda: memory.put("a", b"x"), lambda: memory.erase("a")):
        with pytest.raises(RuntimeError, match="transaction"):
            write()
    with memory.transaction(), pytest.raises(RuntimeError, match="nest"), memory.transaction():
        pass
    assert memory.snapshot() == {"a": b"12345"}


def test_a_transaction_reads_its_own_writes_and_drops_them_on_an_error() -> None:
    memory = Memory({"a": b"12345", "b": b"x"})

    def fail() -> None:
        with memory.transaction():
            memory.write("a", b"ZZ", 1)
            memory.erase("b")
            memory.put("c", b"new")
            assert memory.read("a") == b"1ZZ45"
            assert "b" not in memory
            assert "c" in memory
            with pytest.raises(KeyError):
                memory.read("b")
            raise ValueError("dropped")

    with pytest.raises(ValueError, match="dropped"):
        fail()
    assert memory.snapshot() == {"a": b"12345", "b": b"x"}
    with pytest.raises(KeyError):
        memory.read("c")


def test_a_snapshot_in_the_middle_of_a_copy_shows_what_power_on_will_find() -> None:
    memory = Memory({"a": b"1", "b": b"2"})

    def write() -> None:
        with memory.transaction():
            memory.put("a", b"9")
            memory.erase("b")

    memory.on_step = Cut(4)  # journal a, journal b, complete, cell a, | cell b
    with pytest.raises(PowerLoss):
        write()
    assert memory.snapshot() == {"a": b"9"}
    memory.recover()
    assert memory.snapshot() == {"a": b"9"}
    assert "b" not in memory


def test_an_empty_transaction_takes_no_step() -> None:
    memory = Memory({"a": b"1"}, Cut(0))
    with memory.transaction():
        assert memory.read("a") == b"1"
    assert memory.snapshot() == {"a": b"1"}


def test_reading_writes_nothing() -> None:
    bench = at("DDF1/EF08", "RK1_DDF1")
    bench.card.memory.on_step = Cut(0)
    for command in ("00B2010400", "00B0870001", "0084000008", "00A4000002DDF1"):
        assert bench.send(command).sw == 0x9000
