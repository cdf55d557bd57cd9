"""Every state against every act: what the table of states has happens, what it lacks is refused.

The table was typed here a second time, from issuance_and_ecard A.5 and the notes of the project, so that a
wrong row cannot prove itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from cards_bench import ADMIN, BANKER, CENTRE, CLERK, OTHER_CLERK, SECOND_ADMIN, Held, holder, made_card
from sqlalchemy import update

from issuer.access.actor import Actor
from issuer.cards import bank, chip_acts, ending, hand_over, life, losses, registration
from issuer.registry.errors import TransitionRefusedError
from issuer.registry.registry import Registry
from issuer.registry.schema.cards import bank_part, card
from issuer.registry.work import Work

USABLE = {"ACTIVE", "APP_LOCKED", "ORAL_LOSS", "FORMAL_LOSS", "ISSUED"}
POSSIBLE: dict[str, dict[str, str]] = {
    "pick_up": {"PERSO": "ISSUED"},
    "lost_on_the_way": {"PERSO": "CANCELLED"},
    "destroy_unissued": {"PERSO": "DESTROYED"},
    "activate": {"ISSUED": "ACTIVE"},
    "report_oral": {"ACTIVE": "ORAL_LOSS", "APP_LOCKED": "ORAL_LOSS"},
    "report_formal": dict.fromkeys(("ACTIVE", "APP_LOCKED", "ORAL_LOSS"), "FORMAL_LOSS"),
    "undo_loss": {"ORAL_LOSS": "ACTIVE", "FORMAL_LOSS": "ACTIVE"},
    "undo_loss_locked": {"ORAL_LOSS": "APP_LOCKED", "FORMAL_LOSS": "APP_LOCKED"},
    "lapse": {"ORAL_LOSS": "ACTIVE"},
    "lapse_locked": {"ORAL_LOSS": "APP_LOCKED"},
    "cancel": dict.fromkeys(USABLE | {"BLACKLISTED", "BLOCKED"}, "CANCELLED"),
    "blacklist": dict.fromkeys(USABLE, "BLACKLISTED"),
    "lock": {"ACTIVE": "APP_LOCKED", "APP_LOCKED": "APP_LOCKED"},
    "unlock": {"APP_LOCKED": "ACTIVE"},
    "unlock_part": {"APP_LOCKED": "APP_LOCKED"},
    "block": dict.fromkeys(("ACTIVE", "APP_LOCKED", "BLACKLISTED"), "BLOCKED"),
    "expire": dict.fromkeys(USABLE | {"PERSO"}, "EXPIRED"),
    "destroy": {"CANCELLED": "DESTROYED", "EXPIRED": "DESTROYED"},
    "register": {"": "PERSO"},
}
BANK_POSSIBLE: dict[str, dict[str, str]] = {
    "open": {"": "INACTIVE"},
    "activate": {"INACTIVE": "ACTIVE"},
    "report_oral": {"ACTIVE": "ORAL_LOSS"},
    "lapse": {"ORAL_LOSS": "ACTIVE"},
    "report_formal": {"ACTIVE": "FORMAL_LOSS", "ORAL_LOSS": "FORMAL_LOSS"},
    "undo_loss": {"ORAL_LOSS": "ACTIVE", "FORMAL_LOSS": "ACTIVE"},
    "lock": {"ACTIVE": "LOCKED"},
    "unlock": {"LOCKED": "ACTIVE"},
    "close": dict.fromkeys(("INACTIVE", "ACTIVE", "ORAL_LOSS", "FORMAL_LOSS", "LOCKED"), "CLOSED"),
}
ONE = "0000000001"


@pytest.mark.parametrize(
    ("table", "prefix", "typed"),
    [(life.STATES, "card", POSSIBLE), (life.BANK_STATES, "bank", BANK_POSSIBLE)],
    ids=["card", "bank"],
)
def test_the_table_is_the_one_that_was_typed(table, prefix: str, typed: dict[str, dict[str, str]]):
    expected = {(state, f"{prefix}.{verb}"): to for verb, row in typed.items() for state, to in row.items()}
    assert dict(table.next) == expected


def test_every_act_at_the_counter_in_every_state(registry: Registry):
    held = made_card(registry, bank_account="6210")
    acts: dict[str, tuple[Callable[[Work], object], tuple[object, object]]] = {
        "pick_up": (lambda w: hand_over.pick_up(w, held.id, holder(held)), (CLERK, None)),
        "lost_on_the_way": (lambda w: registration.lost_on_the_way(w, ONE, "x"), (CLERK, None)),
        "destroy_unissued": (lambda w: registration.destroy_unissued(w, ONE, "x"), (CLERK, None)),
        "report_formal": (lambda w: losses.report_formal(w, held.id, holder(held)), (CLERK, None)),
        "cancel": (lambda w: ending.cancel(w, held.id, "death", proof="x"), (CLERK, None)),
        "blacklist": (lambda w: ending.blacklist(w, held.id, "x"), (CENTRE, None)),
        "destroy": (lambda w: ending.destroy(w, held.id), (CLERK, OTHER_CLERK)),
    }
    tried = 0
    for verb, (act, people) in acts.items():
        for state in life.STATES.states:
            found = outcome(registry, held, act, people, state)
            assert found == POSSIBLE[verb].get(state, "refused"), (verb, state)
            tried += 1
    assert tried == 7 * 11


def outcome(registry: Registry, held: Held, act: Callable[[Work], object], people, state: str) -> str:
    """The state after an act that begins in a state, or that it was refused; everything is taken back."""
    with undone(registry, *people) as work:
        work.connection.execute(update(card).values(state=state))
        try:
            act(work)
        except TransitionRefusedError:
            assert work.get(card, held.id)["state"] == state
            return "refused"
        return str(work.get(card, held.id)["state"])


@contextmanager
def undone(registry: Registry, *people: Actor | None) -> Iterator[Work]:
    """A transaction that leaves nothing."""
    with registry.engine.connect() as connection, connection.begin() as whole:
        first, second = (*people, None)[:2]
        yield Work(connection, registry.custodian, first, second, registry.clock())  # type: ignore[arg-type]
        whole.rollback()


def test_every_act_on_a_chip_in_the_states_that_lack_it(registry: Registry):
    held = made_card(registry)
    cells = dict(held.chip.memory.snapshot())
    both = held.begin(ADMIN, SECOND_ADMIN)
    acts: dict[str, Callable[[], object]] = {
        "activate": lambda: chip_acts.activate(held.begin(), held.id, held.desk()),
        "lock": lambda: chip_acts.lock(held.begin(), held.id, "DF01", held.desk(), "x"),
        "unlock": lambda: chip_acts.unlock(held.begin(), held.id, "DF01", held.desk(), "x"),
        "block": lambda: chip_acts.block(both, held.id, held.desk(), "x"),
        "report_oral": lambda: losses.report_oral(held.begin(), held.id, holder(held)),
        "undo_loss": lambda: losses.undo_loss(held.begin(), held.id, "GS-20260302-00000000-6"),
    }
    for verb, act in acts.items():
        for state in life.STATES.states - set(POSSIBLE[verb]):
            with registry.transaction(CLERK) as work:
                work.connection.execute(update(card).values(state=state))
            with pytest.raises(TransitionRefusedError, match=f"is not possible in state {state}"):
                act()
            assert held.state == state
    assert dict(held.chip.memory.snapshot()) == cells


def test_every_act_of_the_bank_in_every_state(registry: Registry):
    held = made_card(registry, bank_account="6210")
    acts: dict[str, Callable[[Work], object]] = {
        "lock": lambda w: bank.lock(w, held.id, "x"),
        "unlock": lambda w: bank.unlock(w, held.id, "x"),
        "close": lambda w: bank.close(w, held.id, "x"),
        "report_formal": lambda w: losses.report_formal_bank(w, held.id, holder(held)),
    }
    for verb, act in acts.items():
        for state in life.BANK_STATES.states:
            with undone(registry, BANKER) as work:
                work.connection.execute(update(bank_part).values(state=state))
                try:
                    act(work)
                    found = life.bank_row(work, held.id)["state"]
                except TransitionRefusedError:
                    found = "refused"
            assert found == BANK_POSSIBLE[verb].get(state, "refused"), (verb, state)
