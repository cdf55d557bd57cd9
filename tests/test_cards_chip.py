"""Acts on chips: what they do to the chip, what the registry says, and what a cut at any point leaves.

# spec: issuance_and_ecard A.5; commands_and_crypto 1.1 rows 17, 22 to 25, 5.3
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import card_bench
import pytest
from cards_bench import ADMIN, CLERK, OTHER_CLERK, PIN, SECOND_ADMIN, Held, audited, holder, in_use, made_card
from registry_bench import Clock
from sqlalchemy import select

from card_os.faults import Cut, CutAtStep, FaultyCard, Moment, Plan, Rule, When
from card_os.faults.layer import SilenceAsEmpty
from card_os.faults.plan import Fault, HeaderMask, Status
from card_os.kernel.card import Card
from card_os.kernel.file_system import cell_of
from card_os.kernel.memory import Memory
from card_os.spec.model import LifeCycle, Meaning
from card_os.vpcd import CardMute
from issuer.access.permission import SecondPersonError
from issuer.cards import chip_acts, ending, losses
from issuer.cards.chip_acts import ChipActRefusedError, Settled
from issuer.cards.chip_desk import LOCKABLE, CardSilentError, ChipDesk, PinFormError, WrongCardError
from issuer.cards.identity import IdentityRefusedError, Presence, Shown
from issuer.keys.key_set import KeyVersions
from issuer.personalisation.chip import PersonalisationError, WrongChipError
from issuer.registry.errors import RegistryUnavailableError, TransitionRefusedError
from issuer.registry.registry import Registry
from issuer.registry.schema.cards import card_event, chip_act
from issuer.registry.schema.columns import metadata

OLD_PIN = bytes.fromhex("123456")


def faulty(held: Held, *faults: tuple[When, Fault]) -> FaultyCard:
    rules = tuple(Rule(number, *fault) for number, fault in enumerate(faults, start=1))
    return FaultyCard(held.chip, Plan(Meaning("试验", "trial"), rules))


def torn(held: Held, when: When, fault: Fault) -> ChipDesk:
    """The chip in a reader where a fault waits for it."""
    broken = faulty(held, (when, fault))
    return ChipDesk(broken.transmit, broken.power_on(), held.chip.profile)


def locked(held: Held) -> set[str]:
    """The applications that the chip itself holds for locked."""
    files = held.chip.profile.files
    return {
        name for name in LOCKABLE if held.chip.df_state(files[f"MF/DDF1/{name}"]) is LifeCycle.APP_BLOCKED
    }


def dead(held: Held) -> bool:
    return held.chip.life_cycle is LifeCycle.CARD_BLOCKED


def acts(held: Held) -> list[str]:
    """The states of all orders to the chip."""
    with held.registry.transaction(CLERK) as work:
        rows = work.rows(select(chip_act.c.state).where(chip_act.c.card_id == held.id))
    return [row["state"] for row in rows]


def agrees(held: Held) -> bool:
    """Whether registry and chip say the same."""
    row = held.row()
    return set(row["locked"].split()) == locked(held) and (row["state"] == "BLOCKED") == dead(held)


def verifies(held: Held, pin: bytes) -> bool:
    held.chip.power_on()
    held.chip.transmit(bytes.fromhex("00A4000002DDF1"))
    return held.chip.transmit(b"\x00\x20\x00\x00" + bytes((len(pin),)) + pin) == b"\x90\x00"


# --- activation -------------------------------------------------------------------------------------------


def test_a_genuine_card_is_activated(registry: Registry):
    held = made_card(registry)
    with pytest.raises(TransitionRefusedError):
        chip_acts.activate(held.begin(), held.id, held.desk())
    held.pick_up()
    assert chip_acts.activate(held.begin(), held.id, held.desk()) == "ACTIVE"
    assert (held.codes()[-1], acts(held)) == ("03", ["DONE"])
    chip_acts.authenticate(held.begin(), held.id, held.desk())
    assert held.codes()[-1] == "06"


def test_another_card_is_not_activated(registry: Registry):
    held, other = made_card(registry), made_card(registry, "02", serial=2)
    held.pick_up()
    with pytest.raises(WrongCardError, match="it has another chip"):
        chip_acts.activate(held.begin(), held.id, other.desk())
    foreign = ChipDesk(other.chip.transmit, bytes.fromhex("3B888001000000000000000009"))
    with pytest.raises(WrongChipError):
        chip_acts.activate(held.begin(), held.id, foreign)
    assert (held.state, acts(held)) == ("ISSUED", [])


def test_a_chip_with_other_data_is_not_activated(registry: Registry):
    held = made_card(registry)
    held.pick_up()
    file = held.chip.profile.files["MF/DDF1/EF05"]
    raw = bytearray(held.chip.memory.read(cell_of(file)))
    with held.chip.memory.transaction():
        at = raw.index(b"11010119000315007X")
        held.chip.memory.write(cell_of(file), b"310101190011280197", at)
    with pytest.raises(WrongCardError, match="its card_number is another"):
        chip_acts.activate(held.begin(), held.id, held.desk())
    assert (held.state, acts(held)) == ("ISSUED", ["WITHDRAWN"])


def test_a_chip_without_the_keys_is_not_genuine(registry: Registry):
    held = made_card(registry)
    held.pick_up()
    # the same answer to reset and the same data, but keys of somebody else
    cells = {name: value for name, value in held.chip.memory.snapshot().items() if "key" not in name}
    keys = {name: value for name, value in card_bench.snapshot().items() if "key" in name}
    assert keys
    forged = Card(held.chip.profile, Memory({**cells, **keys}))
    with pytest.raises(WrongCardError, match="it is not genuine"):
        chip_acts.activate(held.begin(), held.id, ChipDesk(forged.transmit, forged.power_on()))
    with pytest.raises(WrongCardError, match="it is not genuine"):
        chip_acts.authenticate(held.begin(), held.id, ChipDesk(forged.transmit, forged.power_on()))
    assert held.state == "ISSUED"


def test_a_card_past_its_last_day_is_not_activated(registry: Registry, clock: Clock):
    held = made_card(registry)
    held.pick_up()
    clock.now = clock.now.replace(year=2036, month=1, day=6)
    with pytest.raises(ChipActRefusedError, match="it expired on 2036-01-05"):
        chip_acts.activate(held.begin(), held.id, held.desk())


def test_the_holder_chooses_a_pin(registry: Registry):
    held = made_card(registry, variant="with_holder_pin")
    held.pick_up()
    with pytest.raises(ChipActRefusedError, match="its holder must choose a PIN"):
        chip_acts.activate(held.begin(), held.id, held.desk())
    for pin in ("12345", "1", "12345678901234567", "12345x", ""):
        with pytest.raises(PinFormError) as told:
            chip_acts.activate(held.begin(), held.id, held.desk(), pin)
        assert pin == "" or pin not in str(told.value).replace("16", "")
    assert verifies(held, OLD_PIN)
    assert chip_acts.activate(held.begin(), held.id, held.desk(), PIN) == "ACTIVE"
    assert verifies(held, bytes.fromhex(PIN))
    assert not verifies(held, OLD_PIN)


def test_a_card_without_a_pin_takes_none(registry: Registry):
    held = made_card(registry)
    held.pick_up()
    with pytest.raises(ChipActRefusedError, match="it has no holder PIN"):
        chip_acts.activate(held.begin(), held.id, held.desk(), PIN)
    held.activate()
    with pytest.raises(ChipActRefusedError, match="it has no holder PIN"):
        chip_acts.reset_pin(held.begin(), held.id, held.desk(), PIN, holder(held))


# --- PIN reset --------------------------------------------------------------------------------------------


def test_a_blocked_pin_is_set_anew_for_its_holder(registry: Registry):
    held = in_use(registry, variant="with_holder_pin")
    while not held.chip.transmit(bytes.fromhex("0020000003999999")).hex().startswith("6983"):
        held.chip.transmit(bytes.fromhex("00A4000002DDF1"))
    assert not verifies(held, bytes.fromhex(PIN))
    with pytest.raises(IdentityRefusedError):
        chip_acts.reset_pin(held.begin(), held.id, held.desk(), "24681357", Shown(Presence.HOLDER))
    assert acts(held) == ["DONE"]
    assert chip_acts.reset_pin(held.begin(), held.id, held.desk(), "24681357", holder(held)) == "ACTIVE"
    assert verifies(held, bytes.fromhex("24681357"))
    assert held.codes()[-1] == "A7"
    with registry.transaction(CLERK) as work:
        rows = work.rows(select(card_event).where(card_event.c.code == "A7"))
    assert rows[0]["evidence"]["presence"] == "holder"
    assert audited(registry, held.id)[-1] == "card.reset_pin"


# --- locking and blocking ---------------------------------------------------------------------------------


def test_applications_are_locked_and_unlocked_on_the_chip(registry: Registry):
    held = in_use(registry)
    for name in LOCKABLE:
        assert chip_acts.lock(held.begin(), held.id, name, held.desk(), "dispute") == "APP_LOCKED"
        assert agrees(held)
    assert locked(held) == set(LOCKABLE)
    with pytest.raises(ChipActRefusedError, match="DF01 is in that state already"):
        chip_acts.lock(held.begin(), held.id, "DF01", held.desk(), "again")
    for name, state in (("DF02", "APP_LOCKED"), ("DF01", "APP_LOCKED"), ("DF03", "ACTIVE")):
        assert chip_acts.unlock(held.begin(), held.id, name, held.desk(), "settled") == state
        assert agrees(held)
    assert held.codes()[-6:] == ["A4"] * 3 + ["A5"] * 3
    assert set(acts(held)) == {"DONE"}


def test_what_cannot_be_locked(registry: Registry):
    held = in_use(registry)
    for name, reason, text in (("DDF1", "x", "one of DF01, DF02, DF03"), ("DF01", " ", "it takes a reason")):
        with pytest.raises(ChipActRefusedError, match=text):
            chip_acts.lock(held.begin(), held.id, name, held.desk(), reason)
    with pytest.raises(TransitionRefusedError):
        chip_acts.unlock(held.begin(), held.id, "DF01", held.desk(), "x")
    held.do(losses.report_formal, holder(held))
    with pytest.raises(TransitionRefusedError):
        chip_acts.lock(held.begin(), held.id, "DF01", held.desk(), "x")
    assert agrees(held)


def test_a_locked_card_comes_back_locked_from_a_loss(registry: Registry, clock: Clock):
    held = in_use(registry)
    chip_acts.lock(held.begin(), held.id, "DF03", held.desk(), "dispute")
    slip = held.do(losses.report_formal, holder(held))
    assert losses.undo_loss(held.begin(), held.id, slip.number) == "APP_LOCKED"  # type: ignore[attr-defined]
    losses.report_oral(held.begin(), held.id, holder(held))
    clock.move(days=10)
    with registry.transaction(CLERK) as work:
        losses.lapse_due(work)
    assert held.state == "APP_LOCKED"
    assert agrees(held)


def test_a_card_is_blocked_for_ever_by_two_people(registry: Registry):
    held = in_use(registry)
    for second in (None, CLERK):
        with pytest.raises(SecondPersonError):
            chip_acts.block(held.begin(CLERK, second), held.id, held.desk(), "stolen")
    assert chip_acts.block(held.begin(CLERK, OTHER_CLERK), held.id, held.desk(), "stolen") == "BLOCKED"
    assert held.chip.transmit(bytes.fromhex("00A40000023F00")) == bytes.fromhex("6A81")
    assert agrees(held)
    with pytest.raises(TransitionRefusedError):
        chip_acts.unlock(held.begin(), held.id, "DF01", held.desk(), "x")
    held.do(ending.cancel, "blocked", proof="protocol 7")
    assert held.state == "CANCELLED"


# --- cuts -------------------------------------------------------------------------------------------------

Act = Callable[[Held, ChipDesk], str]
ACTS: dict[str, tuple[Act, str, bytes]] = {
    "lock": (lambda h, d: chip_acts.lock(h.begin(), h.id, "DF02", d, "x"), "DF02", b"\x84\x1e"),
    "unlock": (lambda h, d: chip_acts.unlock(h.begin(), h.id, "DF02", d, "x"), "DF02", b"\x84\x18"),
    "block": (
        lambda h, d: chip_acts.block(h.begin(ADMIN, SECOND_ADMIN), h.id, d, "x"), "MF", b"\x84\x16"
    ),
}  # fmt: skip


def test_a_database_that_fails_after_the_chip_obeyed(registry: Registry):
    """The order stays open, and the chip tells what became of it."""
    held = in_use(registry)
    real = held.begin()
    calls = 0

    @contextmanager
    def failing() -> Iterator[object]:
        nonlocal calls
        calls += 1
        if calls == 4:  # permit, settle, order, and then the one that closes
            raise RegistryUnavailableError(reason="the disk is full")
        with real() as work:
            yield work

    with pytest.raises(RegistryUnavailableError):
        chip_acts.lock(failing, held.id, "DF02", held.desk(), "dispute")  # type: ignore[arg-type]
    assert (held.state, locked(held), acts(held)) == ("ACTIVE", {"DF02"}, ["DONE", "OPEN"])
    # a card in this doubt can still be lost and found
    slip = held.do(losses.report_formal, holder(held))
    with pytest.raises(TransitionRefusedError):
        chip_acts.settle(held.begin(), held.id, held.desk())
    losses.undo_loss(held.begin(), held.id, slip.number)  # type: ignore[attr-defined]
    assert chip_acts.settle(held.begin(), held.id, held.desk()) == Settled("card.lock", "DF02", True)
    assert (held.state, acts(held)) == ("APP_LOCKED", ["DONE", "DONE"])
    assert agrees(held)
    assert chip_acts.settle(held.begin(), held.id, held.desk()) is None


@pytest.mark.parametrize("name", ["lock", "unlock"])
def test_a_cut_anywhere_leaves_what_can_be_settled(registry: Registry, name: str):
    held = in_use(registry)
    act, target, order = ACTS[name]
    if name == "unlock":
        chip_acts.lock(held.begin(), held.id, target, held.desk(), "x")
    before = held.state
    faults: list[tuple[When, Fault]] = [
        (When(nth=nth), Cut(moment)) for nth in range(1, 8) for moment in Moment
    ]
    mask = HeaderMask(order.hex().upper() + "....")
    faults += [(When(header=mask), CutAtStep(step)) for step in range(1, 7)]
    outcomes = set()
    for when, fault in faults:
        try:
            act(held, torn(held, when, fault))
            outcomes.add("whole")
        except CardMute:
            assert acts(held).count("OPEN") <= 1
            settled = chip_acts.settle(held.begin(), held.id, held.desk())
            outcomes.add("done" if settled and settled.done else "withdrawn" if settled else "not ordered")
        assert agrees(held), (when, fault)
        assert "OPEN" not in acts(held)
        if held.state != before:  # back to where it began
            back = chip_acts.unlock if name == "lock" else chip_acts.lock
            back(held.begin(), held.id, target, held.desk(), "back")
    assert {"done", "withdrawn"} <= outcomes


def test_a_cut_while_blocking(registry: Registry):
    """The card is dead or it lives, and the registry finds out."""
    act, _target, order = ACTS["block"]
    mask = HeaderMask(order.hex().upper() + "....")
    found = set()
    held = in_use(registry)
    for when, fault in (
        (When(nth=1), Cut()),
        (When(nth=3), Cut(Moment.AFTER)),
        (When(header=mask), Cut()),
        (When(header=mask), CutAtStep(1)),
        (When(header=mask), Cut(Moment.AFTER)),
    ):
        with pytest.raises(CardMute):
            act(held, torn(held, when, fault))
        settled = chip_acts.settle(held.begin(ADMIN, SECOND_ADMIN), held.id, held.desk())
        assert settled is not None
        found.add(settled.done)
        assert agrees(held)
    assert found == {True, False}
    assert held.state == "BLOCKED"


def test_a_cut_in_the_middle_of_an_activation(registry: Registry):
    held = made_card(registry, variant="with_holder_pin")
    held.pick_up()
    for nth in range(1, 12):
        for moment in Moment:
            with pytest.raises(CardMute):
                chip_acts.activate(held.begin(), held.id, torn(held, When(nth=nth), Cut(moment)), PIN)
            assert held.state == "ISSUED"
    assert chip_acts.activate(held.begin(), held.id, held.desk(), PIN) == "ACTIVE"
    assert verifies(held, bytes.fromhex(PIN))
    assert acts(held).count("DONE") == 1
    assert set(acts(held)) == {"DONE", "WITHDRAWN"}


def test_a_chip_that_obeys_and_says_otherwise_is_looked_at(registry: Registry):
    held = in_use(registry)
    mask = HeaderMask("841E....")
    desk = torn(held, When(header=mask), Status(0x6F00, executed=True))
    assert chip_acts.lock(held.begin(), held.id, "DF01", desk, "x") == "APP_LOCKED"
    desk = torn(held, When(header=HeaderMask("8418....")), Status(0x6F00))
    with pytest.raises(PersonalisationError, match="6F00"):
        chip_acts.unlock(held.begin(), held.id, "DF01", desk, "x")
    assert acts(held)[-2:] == ["DONE", "WITHDRAWN"]
    assert agrees(held)


def test_silence_is_said_in_a_plain_line(registry: Registry):
    held = in_use(registry)
    silent = SilenceAsEmpty(faulty(held, (When(nth=3), Cut())))
    desk = ChipDesk(silent.transmit, silent.power_on())
    with pytest.raises(CardSilentError, match="gives no answer"):
        chip_acts.lock(held.begin(), held.id, "DF01", desk, "x")
    assert acts(held)[-1] == "OPEN"
    # the next act on the card settles what is open before it begins
    assert chip_acts.lock(held.begin(), held.id, "DF01", held.desk(), "x") == "APP_LOCKED"
    assert acts(held)[-2:] == ["WITHDRAWN", "DONE"]


def test_the_same_act_again_after_it_was_done_is_done(registry: Registry):
    held = in_use(registry)
    mask = HeaderMask("841E....")
    with pytest.raises(CardMute):
        chip_acts.lock(held.begin(), held.id, "DF01", torn(held, When(header=mask), Cut(Moment.AFTER)), "x")
    assert chip_acts.lock(held.begin(), held.id, "DF01", held.desk(), "x") == "APP_LOCKED"
    assert acts(held) == ["DONE", "DONE"]


def test_pins_are_written_down_nowhere(registry: Registry):
    held = in_use(registry, variant="with_holder_pin")
    chip_acts.reset_pin(held.begin(), held.id, held.desk(), "90817263", holder(held))
    with registry.engine.begin() as connection:
        for table in metadata.tables.values():
            for row in connection.execute(select(table)):
                assert "90817263" not in str(row)
                assert bytes.fromhex("90817263") not in b"".join(c for c in row if isinstance(c, bytes))


def test_a_card_with_newer_keys_and_those_of_a_city(registry: Registry):
    held = in_use(registry, city_has_keys=True, versions=KeyVersions(3, (2, 3)))
    assert chip_acts.lock(held.begin(), held.id, "DF01", held.desk(), "x") == "APP_LOCKED"
    chip_acts.authenticate(held.begin(), held.id, held.desk())
    assert agrees(held)


@pytest.mark.parametrize("variant", ["contact_t0", "fci_none", "strict_index"])
def test_cards_of_other_kinds_obey_too(registry: Registry, variant: str):
    held = in_use(registry, variant=variant)
    assert chip_acts.lock(held.begin(), held.id, "DF03", held.desk(), "x") == "APP_LOCKED"
    assert agrees(held)
    mask = HeaderMask("8418....")
    with pytest.raises(CardMute):
        chip_acts.unlock(held.begin(), held.id, "DF03", torn(held, When(header=mask), Cut()), "x")
    assert chip_acts.settle(held.begin(), held.id, held.desk()) == Settled("card.unlock", "DF03", False)
    assert chip_acts.unlock(held.begin(), held.id, "DF03", held.desk(), "x") == "ACTIVE"
    assert chip_acts.block(held.begin(CLERK, OTHER_CLERK), held.id, held.desk(), "x") == "BLOCKED"
    assert agrees(held)
