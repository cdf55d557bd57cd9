"""The desk of one test: its cards, its readers, the plan of faults in force, the makers of more cards."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from card_os.faults import NO_FAULTS, FaultyCard, Plan, Strike, Swap
from card_os.faults.plan_file import PlanFile
from card_os.kernel.card import Card
from card_os.spec.codecs import Value
from card_os.vpcd import PoweredCard
from lab import demo, fault_plans
from lab.sources import Kind, SourcedCard
from lab.testing.desk_card import DeskCard, DeskSam
from lab.testing.errors import NoSwapError
from lab.testing.readers import CardReaders
from lab.testing.stock import Stock

RESIDENT = "01"
SWAP_SECONDS = 10.0


class Desk:
    """Everything of one test. `close` ends it."""

    def __init__(self, readers: CardReaders, stock: Stock) -> None:
        self.readers, self.stock = readers, stock
        self.cards: list[DeskCard] = []
        self.strikes: list[Strike] = []
        self.factory = CardFactory(self)
        self.faults = FaultPlan(self)
        self._faulty: list[FaultyCard] = []
        self._plan: Plan = NO_FAULTS

    @property
    def plan(self) -> Plan:
        """The plan in force for all user cards."""
        return self._plan

    @plan.setter
    def plan(self, plan: Plan) -> None:
        self._plan = plan
        for faulty in self._faulty:
            faulty.plan = plan

    def under_plan(self, card: Card) -> PoweredCard:
        """The chip of a user card with the faults round it."""
        faulty = FaultyCard(card, self._plan, told=self.faults.struck)
        self._faulty.append(faulty)
        return faulty

    def first_card(
        self, resident: str = RESIDENT, *, variant: str = "", values: Mapping[str, Value] | None = None
    ) -> DeskCard:
        """The card of the test, in its reader; see `CardFactory.issued`."""
        card = self.factory.issued(resident, variant=variant)
        self.faults.set_scene(card)
        if values:
            card.write(values)
        card.insert()
        return card

    def first_sam(
        self, *, province: str = demo.PROVINCE, pin: str = demo.SAM_PIN, last_day: date | None = None
    ) -> DeskSam:
        """The SAM of the test, in its reader; see `CardFactory.sam`."""
        sam = self.factory.sam(province=province, pin=pin, last_day=last_day)
        self.faults.set_scene(sam)
        sam.insert()
        return sam

    def first(self, kind: Kind) -> DeskCard | None:
        """The first card of a kind."""
        return next((card for card in self.cards if card.kind is kind), None)

    def close(self) -> None:
        """The test is over."""
        self.faults.wait()
        for card in self.cards:
            card.close()
        self.readers.end()


class CardFactory:
    """Makes more cards; none of them is in a reader before its `insert()`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._issued: dict[tuple[object, ...], int] = {}

    def issued(
        self, resident: str = RESIDENT, *, variant: str = "", values: Mapping[str, Value] | None = None
    ) -> DeskCard:
        """The card of a demo resident (`lab/residents`), with other `values` where some are given.

        Raises UnknownResidentError, UnknownVariantError, and the errors of `DeskCard.write`.
        """
        person = self._desk.stock.resident(resident).name
        source = self._desk.stock.user_card(person, variant, self._nth(person, variant))
        card = self._add(source)
        if values:
            card.write(values)
        return card

    def blank(self, *, variant: str = "") -> DeskCard:
        """A card as its maker delivers it: transport key, no keys, no data. Raises UnknownVariantError."""
        return self._add(self._desk.stock.blank(variant))

    def keyed(self, *, variant: str = "") -> DeskCard:
        """A card with its keys, in personalisation, before any data. Raises UnknownVariantError."""
        return self._add(self._desk.stock.keyed(variant))

    def sam(
        self, *, province: str = demo.PROVINCE, pin: str = demo.SAM_PIN, last_day: date | None = None
    ) -> DeskSam:
        """A SAM for the terminals of a province (two digits of GB/T 2260), 11 for that of the cards."""
        nth = self._nth(province, pin, last_day)
        source = self._desk.stock.sam(province, pin, last_day, nth)
        sam = DeskSam(source, self._desk.readers, pin)
        self._desk.cards.append(sam)
        return sam

    def _add(self, source: SourcedCard) -> DeskCard:
        card = DeskCard(source, self._desk.readers, self._desk.under_plan)
        self._desk.cards.append(card)
        return card

    def _nth(self, *wish: object) -> int:
        self._issued[wish] = self._issued.get(wish, 0) + 1
        return self._issued[wish]


class FaultPlan:
    """What goes wrong with the user cards of a test: call it with a plan, and it is in force."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._swapping: threading.Thread | None = None
        self._other: DeskCard | None = None

    def __call__(self, plan: str | Path | Plan) -> None:
        """Put a plan in force: a ready-made one by name, a file, or one of `card_os.faults`.

        Where the plan is about cards that are wrong from the start (expired_sam, blocked_application, …),
        the card and the SAM of the test become those. Raises FaultPlanError.
        """
        self._desk.plan = _found(plan)
        for kind in Kind:
            card = self._desk.first(kind)
            if card is not None:
                self.set_scene(card)

    def end(self) -> None:
        """No faults from now on."""
        self._desk.plan = NO_FAULTS

    @property
    def strikes(self) -> list[Strike]:
        """What has happened so far, in order."""
        return list(self._desk.strikes)

    @property
    def other_card(self) -> DeskCard:
        """The card that a plan has put in place of the first one, once it is there; raises NoSwapError."""
        self.wait()
        if self._other is None:
            raise NoSwapError
        return self._other

    def struck(self, strike: Strike) -> None:
        """Hears of a strike, in the thread that uses the card."""
        self._desk.strikes.append(strike)
        card = self._desk.first(Kind.USER)
        if isinstance(strike.rule.fault, Swap) and card is not None:
            # the reader waits for this thread, so another one has to change the card
            self._swapping = threading.Thread(target=self._swap, args=(card, card.reader), daemon=True)
            self._swapping.start()

    def wait(self) -> None:
        """Wait until a card that is being changed lies in its reader."""
        if self._swapping is not None:
            self._swapping.join(SWAP_SECONDS)

    def _swap(self, card: DeskCard, reader: str) -> None:
        self._desk.readers.eject(reader)
        mine = card.resident.name if card.resident else ""
        other = next(name for name in demo.resident_names() if name != mine)
        self._other = self._desk.factory.issued(other)
        self._other.insert()

    def set_scene(self, card: DeskCard) -> None:
        """Make a card what the plan in force wants it to be from the start, where it does."""
        if not self._desk.plan.scene:
            return
        person = card.resident.name if card.resident else RESIDENT
        variant = card.card.profile.variant if card.kind is Kind.USER else ""
        made = self._desk.stock.scene(self._desk.plan.scene, person, variant)
        if isinstance(card, DeskSam):
            card.become(SourcedCard(made.sam, Kind.SAM, self._desk.plan.scene))
            card.pin = demo.SAM_PIN
            return
        resident = made.issued.resident if made.issued else None
        card.become(SourcedCard(made.user, Kind.USER, person, resident=resident))


def _found(plan: str | Path | Plan) -> Plan:
    if isinstance(plan, Plan):
        return plan
    found = fault_plans.find(str(plan))
    return found.plan if isinstance(found, PlanFile) else found
