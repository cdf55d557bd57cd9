"""Random lives of a card: registry, list and chip never say what cannot be true together.

# spec: issuance_and_ecard A.5; the table of states is the oracle of what may follow
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from cards_bench import (
    ADMIN,
    BANKER,
    CENTRE,
    CLERK,
    OTHER_CLERK,
    SECOND_ADMIN,
    Held,
    chip_and_record,
    holder,
    made_card,
)
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from registry_bench import NOW, Clock
from sqlalchemy import select

from card_os.faults import Cut, FaultyCard, Moment, Plan, Rule, When
from card_os.kernel.card import Card
from card_os.kernel.memory import Memory
from card_os.spec.card_list import Mark, Operation, Reason
from card_os.spec.errors import PlainError
from card_os.spec.loader import load
from card_os.spec.model import LifeCycle, Meaning
from card_os.vpcd import CardMute
from issuer.cards import bank, chip_acts, ending, hand_over, life, live, losses, slips
from issuer.cards.chip_desk import LOCKABLE, ChipDesk
from issuer.cards.life import BANK, BANK_STATES, HEALTH, STATES, Part
from issuer.cards.tries import TriesOverError
from issuer.keys.certificates import AUDIT_KEY
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.lists import entries
from issuer.registry import audit, setting_up
from issuer.registry.registry import Registry
from issuer.registry.schema.cards import card, chip_act, loss_report

BLACK, GREY = Mark.BLACK, Mark.GREY
# what stands on the list in each state; several where the way there matters
ON_LIST: dict[str, list[set[tuple[Mark, Reason]]]] = {
    "PERSO": [set()],
    "ISSUED": [set()],
    "ACTIVE": [set()],
    "APP_LOCKED": [set()],
    "ORAL_LOSS": [{(GREY, Reason.LOSS)}],
    "FORMAL_LOSS": [{(BLACK, Reason.LOSS)}],
    "BLACKLISTED": [{(BLACK, Reason.ILLEGAL_USE)}],
    "BLOCKED": [set(), {(BLACK, Reason.ILLEGAL_USE)}],
    "CANCELLED": [{(BLACK, Reason.CANCELLED)}],
    "EXPIRED": [set(), {(BLACK, Reason.LOSS)}],
    "DESTROYED": [{(BLACK, Reason.CANCELLED)}, set(), {(BLACK, Reason.LOSS)}],
}
LOSSES = {"ORAL_LOSS": "oral", "FORMAL_LOSS": "formal"}


@cache
def prepared() -> Path:
    """A registry with one made card, to be copied."""
    file = Path(tempfile.mkdtemp(prefix="rhc-cards-")) / "registry.db"
    registry = Registry(f"sqlite:///{file}", PublishedTestCustodian(), Clock())
    setting_up.create(registry)
    made_card(registry, bank_account="6210")
    registry.close()
    assert not file.with_name("registry.db-wal").exists(), "the last one to leave writes everything back"
    return file


class CardLife(RuleBasedStateMachine):
    """A clerk, a bank, a centre and a holder with a card that is sometimes pulled out of the reader."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rhc-cards-"))
        shutil.copy(prepared(), self.folder / "registry.db")
        self.clock = Clock(NOW)
        url = f"sqlite:///{self.folder}/registry.db"
        self.registry = Registry(url, PublishedTestCustodian(), self.clock)
        cells, issued = chip_and_record()
        with self.registry.transaction(CLERK) as work:
            row = work.rows(select(card))[0]
        chip = Card(load("health_card"), Memory(cells))
        self.held = Held(self.registry, row["id"], chip, issued, row["person_id"], row["application_id"])
        self.slips = {"health": "", "bank": ""}

    def teardown(self) -> None:
        if hasattr(self, "registry"):
            public = PublishedTestCustodian().public_key(AUDIT_KEY)
            with self.registry.engine.begin() as connection:
                assert audit.verify(connection, public) == ()
            self.registry.close()
            shutil.rmtree(self.folder)

    # --- acts ---

    @rule()
    def pick_up(self) -> None:
        self.act("pick_up", lambda: self.held.do(hand_over.pick_up, holder(self.held)))

    @rule()
    def oral(self) -> None:
        self.act("report_oral", lambda: self.report_oral(HEALTH))

    @rule()
    def formal(self) -> None:
        self.act("report_formal", lambda: self.keep_slip(losses.report_formal, HEALTH))

    @rule()
    def bank_oral(self) -> None:
        self.act("report_oral", lambda: self.report_oral(BANK), BANK)

    @rule()
    def bank_formal(self) -> None:
        self.act("report_formal", lambda: self.keep_slip(losses.report_formal_bank, BANK), BANK)

    @rule(part=st.sampled_from([HEALTH, BANK]), right=st.booleans())
    def undo(self, part: Part, right: bool) -> None:
        other = "GS-20260302-00000000-" + slips.check_digit("2026030200000000")
        slip = self.slips[part.name] if right else other
        before = self.states()
        try:
            losses.undo_loss(self.held.begin(), self.held.id, slip, part)
        except TriesOverError:
            assert self.states() == before
        except PlainError:
            assert self.states() == before
            possible = (before[part.name], part.action("undo_loss")) in part.states.next
            assert not (right and possible and slip), "the right slip was refused"
        else:
            assert right

    @rule(what=st.sampled_from(["lock", "unlock", "close"]))
    def bank_acts(self, what: str) -> None:
        self.act(what, lambda: self.held.do(getattr(bank, what), "x", who=BANKER), BANK)

    @rule()
    def cancel(self) -> None:
        self.act("cancel", lambda: self.held.do(ending.cancel, "lost", shown=holder(self.held)))

    @rule()
    def blacklist(self) -> None:
        self.act("blacklist", lambda: self.held.do(ending.blacklist, "misuse", who=CENTRE))

    @rule()
    def destroy(self) -> None:
        self.act("destroy", lambda: self.held.do(ending.destroy, second=OTHER_CLERK))

    @rule(days=st.sampled_from([1, 4, 6, 10]))
    def time_passes(self, days: int) -> None:
        self.clock.move(days=days)
        with self.registry.transaction(CLERK) as work:
            losses.lapse_due(work)
            ending.expire_due(work)

    @precondition(lambda self: hasattr(self, "clock") and self.clock.now.year < 2036)
    @rule(really=st.integers(0, 9))
    def ten_years_pass(self, really: int) -> None:
        if really == 0:
            self.clock.now = self.clock.now.replace(year=2036)
            self.time_passes(days=10)

    # --- chips ---

    @rule()
    def activate(self) -> None:
        self.act("activate", lambda: chip_acts.activate(self.held.begin(), self.held.id, self.held.desk()))

    @rule(
        what=st.sampled_from(["lock", "unlock", "block"]),
        name=st.sampled_from(LOCKABLE),
        cut=st.one_of(st.none(), st.tuples(st.integers(1, 8), st.sampled_from(Moment))),
    )
    def chip_act(self, what: str, name: str, cut: tuple[int, Moment] | None) -> None:
        begin, card_id = self.held.begin(ADMIN, SECOND_ADMIN), self.held.id
        if what != "block":
            begin = self.held.begin()
        desk = self.held.desk() if cut is None else self.torn(*cut)
        try:
            if what == "block":
                chip_acts.block(begin, card_id, desk, "x")
            else:
                getattr(chip_acts, what)(begin, card_id, name, desk, "x")
        except (PlainError, CardMute):
            pass

    @rule()
    def settle(self) -> None:
        begin = self.held.begin(ADMIN, SECOND_ADMIN)
        with self.registry.transaction(CLERK) as work:
            rows = work.rows(select(chip_act.c.action).where(chip_act.c.state == "OPEN"))
        if rows and rows[0]["action"] != "card.block":
            begin = self.held.begin()
        try:
            chip_acts.settle(begin, self.held.id, self.held.desk())
        except PlainError:
            assert rows, "nothing was open"

    # --- what must hold ---

    @invariant()
    def list_fits(self) -> None:
        with self.registry.transaction(CLERK) as work:
            rows = entries.of_card(work, self.held.id)
        found: dict[str, str] = {}
        for row in rows:
            if row["operation"] == Operation.ADD:
                found[row["mark"]] = row["reason"]
            else:
                del found[row["mark"]]
        state = self.states()["health"]
        assert {(Mark(mark), Reason(reason)) for mark, reason in found.items()} in ON_LIST[state], state

    @invariant()
    def chip_fits(self) -> None:
        files, chip, row = self.held.chip.profile.files, self.held.chip, self.held.row()
        on_chip = {n for n in LOCKABLE if chip.df_state(files[f"MF/DDF1/{n}"]) is LifeCycle.APP_BLOCKED}
        is_dead = chip.life_cycle is LifeCycle.CARD_BLOCKED
        with self.registry.transaction(CLERK) as work:
            open_acts = work.rows(select(chip_act).where(chip_act.c.state == "OPEN"))
        assert len(open_acts) <= 1
        in_doubt = {act["target"] for act in open_acts}
        assert set(row["locked"].split()) ^ on_chip <= in_doubt
        if "MF" not in in_doubt:
            assert is_dead <= (row["state"] in {"BLOCKED", "CANCELLED", "DESTROYED"})
            assert (row["state"] == "BLOCKED") <= is_dead
        assert (row["state"] == "APP_LOCKED") <= bool(row["locked"])
        assert (row["state"] == "ACTIVE") <= (not row["locked"])

    @invariant()
    def reports_fit(self) -> None:
        with self.registry.transaction(CLERK) as work:
            rows = work.rows(
                select(loss_report.c.part, loss_report.c.kind).where(loss_report.c.ended_at.is_(None))
            )
            found = live.live_card_of_person(work, self.held.person_id)
        states = self.states()
        assert {(row["part"], row["kind"]) for row in rows} == {
            (part, LOSSES[state]) for part, state in states.items() if state in LOSSES
        }
        assert (found is not None) == (states["health"] in live.LIVE)

    # --- tools ---

    def act(self, verb: str, do: Callable[[], object], part: Part = HEALTH) -> None:
        """An act happens exactly where the table has it, and leads where the table says."""
        before = self.states()
        due = part.states.next.get((before[part.name], part.action(verb)))
        try:
            do()
        except PlainError:
            assert self.states() == before
            assert due is None, f"{verb} from {before} was refused"
        else:
            assert self.states()[part.name] == due

    def keep_slip(self, report: Callable[..., object], part: Part) -> None:
        slip = self.held.do(report, holder(self.held))
        self.slips[part.name] = slip.number  # type: ignore[attr-defined]

    def report_oral(self, part: Part) -> None:
        slip = losses.report_oral(self.held.begin(), self.held.id, holder(self.held), part)
        self.slips[part.name] = slip.number

    def states(self) -> dict[str, str]:
        with self.registry.transaction(CLERK) as work:
            row = work.get(card, self.held.id)
            return {"health": row["state"], "bank": life.bank_row(work, self.held.id)["state"]}

    def torn(self, nth: int, moment: Moment) -> ChipDesk:
        plan = Plan(Meaning("试验", "trial"), (Rule(1, When(nth=nth), Cut(moment)),))
        broken = FaultyCard(self.held.chip, plan)
        return ChipDesk(broken.transmit, broken.power_on(), self.held.chip.profile)


TestCardLife = CardLife.TestCase
TestCardLife.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)


@pytest.mark.soak
@pytest.mark.timeout(1800)
class TestLongLives(CardLife.TestCase):
    """The same for longer."""

    settings = settings(max_examples=300, stateful_step_count=50, deadline=None)


def test_every_row_of_the_tables_is_known_here():
    assert set(ON_LIST) == STATES.states
    assert {state for state, _name in BANK_STATES.next if state} <= BANK_STATES.states
