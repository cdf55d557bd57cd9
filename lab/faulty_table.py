"""Faults of the cards on the table: the plan in force, and what follows a strike at the reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from card_os.faults import NO_FAULTS, Eject, FaultyCard, Plan, PlanFile, Strike, Swap
from card_os.kernel.card import Card
from lab import demo, fault_plans
from lab.aftermath import Aftermath
from lab.table import Table
from language import _, describe

Say = Callable[[str], None]
NONE = "none"


class Faults:
    """One plan for all user cards, changed while they are in use."""

    def __init__(self, given: str, say: Say) -> None:
        """`given` is a ready-made plan, a file that is followed while it is edited, or empty for no faults.

        Raises FaultPlanError.
        """
        self._say = say
        self._plan: Plan | PlanFile = self._find(given) if given else NO_FAULTS
        self._cards: list[FaultyCard] = []
        self._aftermath: Aftermath | None = None

    @property
    def scene(self) -> str:
        """The scene of the plan, empty for none."""
        return (self._plan.plan if isinstance(self._plan, PlanFile) else self._plan).scene

    def around(self, card: Card, name: str) -> FaultyCard:
        """The card under the plan."""
        faulty = FaultyCard(card, self._plan, told=lambda strike: self._struck(name, strike))
        self._cards.append(faulty)
        return faulty

    def change(self, given: str) -> None:
        """Put another plan in force for all cards; `none` ends the faults. Raises FaultPlanError."""
        self._plan = NO_FAULTS if given == NONE else self._find(given)
        for card in self._cards:
            if isinstance(self._plan, PlanFile):
                card.follow(self._plan)
            else:
                card.plan = self._plan
        self._say(_("Faults from now on: {plan}.").format(plan=given))

    @contextmanager
    def seen_to_at(self, table: Table) -> Iterator[None]:
        """While the context lasts, cards that fall out are put back, taken out or swapped at this table."""

        def act(name: str, strike: Strike) -> None:
            reader = table.slot_of(name)
            if reader is None or not strike.card_is_out:
                return
            if isinstance(strike.rule.fault, Eject):
                table.eject(reader)
            elif isinstance(strike.rule.fault, Swap):
                table.swap(f"user:{_another(table, reader)}", reader)
            else:
                table.reinsert(name)

        with Aftermath(act, lambda error: self._say(describe(error))) as self._aftermath:
            yield
        self._aftermath = None

    def _find(self, given: str) -> Plan | PlanFile:
        return fault_plans.find(given, self._tell)

    def _tell(self, error: Exception | None) -> None:
        self._say(describe(error) if error else _("The plan of faults was changed."))

    def _struck(self, name: str, strike: Strike) -> None:
        self._say(f"{name}: {fault_plans.strike_in_words(strike)}")
        if self._aftermath is not None:
            self._aftermath.of(name)(strike)


def _another(table: Table, reader: str) -> str:
    """A demo resident whose card is not the one in this reader."""
    here = {placed.source.about for placed in table.placed() if placed.slot.reader == reader}
    return next(name for name in demo.resident_names() if name not in here)
