"""Faults as a client of PC/SC meets them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

import pytest

from card_os.faults import FaultyCard, Plan, Strike, Swap, parse_plan
from lab import demo, fault_plans
from lab.aftermath import Aftermath
from lab.pcsc.client import wait_card
from lab.pcsc.configuration import Slot
from lab.pcsc.readers import Readers
from reader_client.errors import CardRemovedError
from reader_client.pcsc import PcscChannel
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession

pytestmark = pytest.mark.pcsc

SELECT_DDF1 = bytes.fromhex("00A4000002DDF1")
FCI = bytes.fromhex("6F10840C57532E5359532E4444463031A5009000")
SECONDS = 10
PHONE = "holder_phone_1"
OLD, NEW = "19900000001", "19900000002"


def plan(rule: str) -> Plan:
    return parse_plan(f'format = "rhc-faults/1"\nchinese = "试验"\nenglish = "trial"\n[[rule]]\n{rule}\n')


@contextmanager
def connected(slot: Slot) -> Iterator[PcscChannel]:
    channel = PcscChannel(slot.reader)
    try:
        yield channel
    finally:
        channel.close()


@contextmanager
def session(readers: Readers) -> Iterator[HealthCardSession]:
    with connected(readers.slots[0]) as card, connected(readers.slots[2]) as sam:
        sam_session = SamSession(sam)
        sam_session.open()
        sam_session.verify_pin(demo.SAM_PIN)
        opened = HealthCardSession(card, sam_session)
        opened.open()
        yield opened


def faulty(rule: str = 'fault = "mute"\nnth = 1000000') -> FaultyCard:
    return FaultyCard(demo.issue_card(demo.resident("01"), 1).card, plan(rule))


@pytest.mark.parametrize(
    ("where", "expected"), [("step = 1", OLD), ("step = 2", OLD), ("step = 3", NEW), ('at = "after"', NEW)]
)
def test_the_power_fails_in_a_write(pcsc_readers: Readers, where: str, expected: str) -> None:
    slot = pcsc_readers.slots[0]
    card = faulty()
    pcsc_readers.insert(slot, card)
    pcsc_readers.insert(pcsc_readers.slots[2], demo.issue_sam(1))
    with session(pcsc_readers) as opened:
        opened.update({PHONE: OLD})
    card.plan = plan(f'header = "04DC...."\ntimes = 1\nfault = "cut"\n{where}')
    with session(pcsc_readers) as opened, pytest.raises(CardRemovedError):
        opened.update({PHONE: NEW})
    wait_card(slot.reader, False, SECONDS)
    pcsc_readers.insert(slot, card)
    with session(pcsc_readers) as opened:
        assert opened.read([PHONE]) == {PHONE: expected}


def test_a_slow_answer_is_waited_for(pcsc_readers: Readers) -> None:
    pcsc_readers.insert(pcsc_readers.slots[0], faulty('fault = "delay"\nmilliseconds = 700'))
    with connected(pcsc_readers.slots[0]) as channel:
        begin = time.monotonic()
        assert channel.transmit(SELECT_DDF1) == FCI
        assert time.monotonic() - begin >= 0.7


def test_a_mute_card_is_a_removed_one(pcsc_readers: Readers) -> None:
    slot = pcsc_readers.slots[0]
    pcsc_readers.insert(slot, faulty('nth = 2\nfault = "mute"'))
    with connected(slot) as channel:
        assert channel.transmit(SELECT_DDF1) == FCI
        with pytest.raises(CardRemovedError):
            channel.transmit(SELECT_DDF1)
        wait_card(slot.reader, False, SECONDS)
        with pytest.raises(CardRemovedError):
            channel.transmit(SELECT_DDF1)


def test_a_wrong_bit_and_a_wrong_status_word_arrive(pcsc_readers: Readers) -> None:
    card = faulty('fault = "flip"\nbit = -1')
    pcsc_readers.insert(pcsc_readers.slots[0], card)
    with connected(pcsc_readers.slots[0]) as channel:
        assert channel.transmit(SELECT_DDF1) == FCI[:-1] + b"\x01"
        card.plan = plan('fault = "status"\nsw = "6581"')
        assert channel.transmit(SELECT_DDF1).hex() == "6581"


@pytest.mark.parametrize("name", ["card_removed", "card_swapped"])
def test_the_card_is_taken_out_or_swapped(pcsc_readers: Readers, name: str) -> None:
    """The thread of the aftermath empties the slot, and for a swap puts the other card in."""
    slot, sam_slot = pcsc_readers.slots[0], pcsc_readers.slots[2]
    spare = demo.issue_card(demo.resident("02"), 2).card
    done: SimpleQueue[object] = SimpleQueue()

    def act(card: str, strike: Strike) -> None:
        pcsc_readers.eject(slot)
        if isinstance(strike.rule.fault, Swap):
            pcsc_readers.insert(slot, spare)
        done.put(card)

    with Aftermath(act, done.put) as aftermath:
        card = FaultyCard(
            demo.issue_card(demo.resident("01"), 1).card, fault_plans.plan(name), told=aftermath.of("card")
        )
        pcsc_readers.insert(slot, card)
        pcsc_readers.insert(sam_slot, demo.issue_sam(1))
        with session(pcsc_readers) as opened, pytest.raises(CardRemovedError):
            opened.read(["photo"])
        assert done.get(timeout=SECONDS) == "card"
    if name == "card_removed":
        wait_card(slot.reader, False, SECONDS)
    else:
        with connected(slot) as channel:
            assert channel.reset() == spare.atr
