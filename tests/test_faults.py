"""Each kind of fault, when it strikes, and that a plan without rules leaves the card as it is."""

from __future__ import annotations

import pytest
from fault_bench import CHALLENGE, FCI, HEAD, SELECT_DDF1, STATUS, VERIFY, WRONG_PIN, Table, new_card, plan
from hypothesis import given
from hypothesis import strategies as st

from card_os.faults import (
    NO_FAULTS,
    FaultyCard,
    HeaderMask,
    SilenceAsEmpty,
)
from card_os.kernel.memory import PowerLoss
from card_os.trace import TracedCard
from card_os.vpcd import CardMute
from reader_client.errors import CardRemovedError
from reader_client.in_process import InProcessChannel

# --- what happens -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ['fault = "cut"', 'fault = "mute"', 'fault = "eject"', 'fault = "swap"'])
def test_silence_lasts_until_power_on(fault: str) -> None:
    table = Table(f"nth = 2\ntimes = 1\n{fault}")
    assert table.select() == FCI
    for _ in range(2):
        with pytest.raises(CardMute):
            table.select()
    assert [(strike.nth, strike.card_is_out) for strike in table.strikes] == [(2, True)]
    assert table.card.power_on() == table.inner.atr
    assert table.pattern(2) == ".."


@pytest.mark.parametrize(("fault", "powered"), [("cut", False), ("eject", False), ("mute", True)])
def test_only_a_mute_card_keeps_its_power(fault: str, powered: bool) -> None:
    table = Table(f'fault = "{fault}"')
    with pytest.raises(CardMute):
        table.select()
    assert (table.inner.ram is not None) is powered


@pytest.mark.parametrize(("at", "tries"), [("before", 10), ("after", 9)])
def test_a_cut_before_or_after_the_command(at: str, tries: int) -> None:
    table = Table(f'header = "0020...."\ntimes = 1\nfault = "cut"\nat = "{at}"', name="sam")
    with pytest.raises(CardMute):
        table.card.transmit(WRONG_PIN)
    table.card.power_on()
    assert table.card.transmit(WRONG_PIN).hex() == f"63c{tries - 1:x}"


def test_a_cut_at_each_write_step_leaves_a_state_before_or_after() -> None:
    """VERIFY writes twice: it takes a try, and gives it back."""
    steps = []
    for step in range(1, 30):
        table = Table(f'step = {step}\ntimes = 1\nfault = "cut"', name="sam")
        try:
            table.card.transmit(VERIFY)
        except CardMute:
            steps.append(table.strikes[0].step)
            assert table.inner.ram is None
            table.card.power_on()
            assert table.card.transmit(WRONG_PIN).hex() in ("63c9", "63c8")
        else:
            assert table.strikes == []
            break
    assert steps[0].startswith("journal ")
    assert steps.count("journal complete") == 2
    assert steps[-1] == "journal empty"


def test_a_power_loss_that_no_rule_made_is_silence_too() -> None:
    card = new_card("sam")

    def fail(step: str) -> None:
        raise PowerLoss(step)

    card.memory.on_step = fail
    faulty = FaultyCard(card)
    faulty.power_on()
    with pytest.raises(CardMute):
        faulty.transmit(VERIFY)


def test_delays_add_up_and_the_answer_comes() -> None:
    table = Table('fault = "delay"\nmilliseconds = 150', 'fault = "delay"\nmilliseconds = 600')
    assert table.select() == FCI
    assert table.slept == [0.15, 0.6]
    assert not any(strike.card_is_out for strike in table.strikes)


@pytest.mark.parametrize(
    ("bit", "answer"),
    [(0, "EF"), (7, "6E"), (-1, "6F")],
)
def test_a_flipped_bit(bit: int, answer: str) -> None:
    table = Table(f'fault = "flip"\nbit = {bit}')
    changed = table.select()
    assert changed[0] == int(answer, 16)
    assert bin(int.from_bytes(changed, "big") ^ int.from_bytes(FCI, "big")).count("1") == 1
    assert changed[-1] == (1 if bit == -1 else 0)


@pytest.mark.parametrize("bit", [16, -17])
def test_an_answer_too_short_for_the_bit_is_left_alone(bit: int) -> None:
    table = Table(f'fault = "flip"\nbit = {bit}\nheader = "00A4...."')
    assert table.card.transmit(bytes.fromhex("00A4000002AAAA")).hex() == "6a82"
    assert table.strikes == []


@pytest.mark.parametrize(("executed", "tries"), [("true", 9), ("false", 10)])
def test_another_status_word(executed: str, tries: int) -> None:
    rule = f'header = "0020...."\ntimes = 1\nfault = "status"\nsw = "6581"\nexecuted = {executed}'
    table = Table(rule, name="sam")
    assert table.card.transmit(WRONG_PIN).hex() == "6581"
    assert table.card.transmit(WRONG_PIN).hex() == f"63c{tries - 1:x}"


# --- when it happens --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "pattern"),
    [
        ("nth = 3", "..x......"),
        ("every = 3", "..x..x..x"),
        ("times = 2", "xx......."),
        ("every = 2\ntimes = 2", ".x.x....."),
        ('header = "00A4...."', "xxxxxxxxx"),
        ('header = "00a4000."', "xxxxxxxxx"),
        ('header = "00B2...."', "........."),
        ("probability = 1", "xxxxxxxxx"),
    ],
)
def test_which_commands_are_struck(when: str, pattern: str) -> None:
    assert Table(f"{when}\n{STATUS}").pattern(9) == pattern


def test_the_number_of_a_command_counts_from_reset_and_times_from_the_plan() -> None:
    table = Table(f"nth = 2\ntimes = 2\n{STATUS}")
    patterns = []
    for _ in range(3):
        patterns.append(table.pattern(3))
        table.card.reset()
    assert patterns == [".x.", ".x.", "..."]


def test_chance_is_the_same_for_the_same_seed() -> None:
    def run(seed: int) -> str:
        table = Table()
        table.card.plan = plan(f"probability = 0.3\n{STATUS}", head=f"{HEAD}seed = {seed}\n")
        return table.pattern(60)

    assert run(1) == run(1) != run(2)
    assert 5 < run(1).count("x") < 35


def test_the_first_rule_that_is_due_happens() -> None:
    table = Table('step = 90\nfault = "cut"', f"nth = 2\n{STATUS}", 'fault = "flip"\nbit = 0')
    assert table.select()[0] == 0xEF
    assert table.select().hex() == "6f00"
    assert [strike.rule.number for strike in table.strikes] == [3, 2]


def test_a_mask_fits_nothing_that_is_too_short() -> None:
    assert HeaderMask("........").fits(bytes(4))
    assert not HeaderMask("........").fits(bytes(3))


# --- the layer --------------------------------------------------------------------------------------------


@given(st.lists(st.one_of(st.binary(max_size=12), st.sampled_from([SELECT_DDF1, CHALLENGE, None]))))
def test_without_faults_it_is_the_card_itself(commands: list[bytes | None]) -> None:
    bare, faulty = new_card(), FaultyCard(new_card())
    assert faulty.atr == bare.atr
    assert faulty.transmit(SELECT_DDF1) == bare.transmit(SELECT_DDF1)
    assert faulty.power_on() == bare.power_on()
    for command in commands:
        if command is None:
            assert faulty.reset() == bare.reset()
        else:
            assert faulty.transmit(command) == bare.transmit(command)


def test_a_plan_is_replaced_while_the_card_runs() -> None:
    table = Table()
    assert table.select() == FCI
    table.card.plan = plan(STATUS)
    assert table.select().hex() == "6f00"
    table.card.plan = NO_FAULTS
    assert table.select() == FCI


def test_write_steps_need_a_memory() -> None:
    card = new_card("sam")
    traced = TracedCard(card)
    steps = plan('step = 1\nfault = "cut"')
    with pytest.raises(ValueError, match="memory"):
        FaultyCard(traced, steps)
    faulty = FaultyCard(traced, steps, memory=card.memory)
    faulty.power_on()
    with pytest.raises(CardMute):
        faulty.transmit(VERIFY)


def test_in_process_silence_is_a_removed_card() -> None:
    faulty = FaultyCard(new_card(), plan('nth = 2\ntimes = 1\nfault = "cut"'))
    channel = InProcessChannel(SilenceAsEmpty(faulty))
    assert channel.reset() == faulty.atr
    assert channel.transmit(SELECT_DDF1) == FCI
    with pytest.raises(CardRemovedError):
        channel.transmit(SELECT_DDF1)
    channel.close()
    channel.reset()
    assert channel.transmit(SELECT_DDF1) == FCI
