"""The cards that tests get: issued once in a process by real commands, copied for every test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import count

from card_os.kernel.card import Card
from card_os.kernel.memory import Memory
from lab import demo, scenes
from lab.scenes import Scene
from lab.sources import Kind, SourcedCard


class Stock:
    """Every chip has a serial of its own; the same wish gets the same chip again, as its issuer left it."""

    def __init__(self, first_serial: int = 1) -> None:
        self._serials = count(first_serial)
        self._cards: dict[tuple[object, ...], Card] = {}
        self._residents: dict[str, demo.Resident] = {}
        self._scenes: dict[tuple[str, ...], Scene] = {}

    def resident(self, name: str) -> demo.Resident:
        """A demo resident; raises UnknownResidentError."""
        if name not in self._residents:
            self._residents[name] = demo.resident(name)
        return self._residents[name]

    def user_card(self, resident: str, variant: str, nth: int, issued_on: date | None = None) -> SourcedCard:
        """The card of a demo resident, issued today or on a day; `nth` tells cards of one person apart.

        Raises UnknownResidentError, UnknownVariantError.
        """
        person = self.resident(resident)
        wish = (Kind.USER, person.name, variant, nth, issued_on)
        card = self._issued(
            wish, lambda: demo.issue_card(person, next(self._serials), issued_on, variant=variant).card
        )
        return SourcedCard(card, Kind.USER, person.name, resident=person)

    def sam(self, province: str, pin: str, last_day: date | None, nth: int) -> SourcedCard:
        """A SAM for the terminals of a province, two digits; it ends on `last_day`, else in ten years."""
        wish = (Kind.SAM, province, pin, last_day, nth)
        sam = self._issued(
            wish, lambda: demo.issue_sam(next(self._serials), pin, province=province, last_day=last_day)
        )
        return SourcedCard(sam, Kind.SAM, province)

    def blank(self, variant: str) -> SourcedCard:
        """A card as its maker delivers it, without keys and data; raises UnknownVariantError."""
        return SourcedCard(demo.blank("health_card", next(self._serials), variant), Kind.USER, "blank")

    def keyed(self, variant: str) -> SourcedCard:
        """A card with its keys and no data, in personalisation; raises UnknownVariantError."""
        return SourcedCard(demo.keyed(next(self._serials), variant), Kind.USER, "keyed")

    def scene(self, name: str, resident: str, variant: str) -> Scene:
        """The cards of a scene, see `lab.scenes`; raises UnknownSceneError."""
        wish = (name, resident, variant)
        if wish not in self._scenes:
            self._scenes[wish] = scenes.scene(name, self.resident(resident), next(self._serials), variant)
        made = self._scenes[wish]
        return replace(made, user=_copied(made.user), sam=_copied(made.sam))

    def _issued(self, wish: tuple[object, ...], make: Callable[[], Card]) -> Card:
        if wish not in self._cards:
            self._cards[wish] = make()
        return _copied(self._cards[wish])


def _copied(card: Card) -> Card:
    """The same chip over a memory of its own; nobody uses the first one after it was issued."""
    return Card(card.profile, Memory(card.memory.snapshot()))
