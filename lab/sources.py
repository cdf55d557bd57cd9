"""Where the cards of the simulator come from: issued for a demo resident, as a SAM, or kept in a file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path

from card_os.image import KeptCard, open_card
from card_os.kernel.card import Card
from card_os.spec.decoders import decode
from card_os.spec.errors import PlainError
from card_os.spec.loader import load
from card_os.spec.model import Profile
from lab import demo, scenes
from language import _


class SourceError(PlainError):
    """A card that nobody can bring."""

    template = "{given}: {reason}"


class Kind(StrEnum):
    """What a card is for a terminal."""

    USER = "user"
    SAM = "sam"


@dataclass(frozen=True, slots=True)
class Wish:
    """A card as it is asked for: a kind with a demo resident, or a file."""

    given: str
    kind: Kind | None
    resident: str
    file: Path | None

    @classmethod
    def parse(cls, given: str, resident: str) -> Wish:
        """`user`, `user:03`, `sam`, or the path of a card file; `resident` serves where none is named."""
        kind, colon, name = given.partition(":")
        if kind == Kind.SAM and not colon:
            return cls(given, Kind.SAM, "", None)
        if kind == Kind.USER:
            return cls(given, Kind.USER, name or resident, None)
        if not Path(given).is_file():
            reason = _("neither user, user:RESIDENT, sam nor the file of a card")
            raise SourceError(given=given, reason=reason)
        return cls(given, None, "", Path(given))


@dataclass(frozen=True, slots=True)
class SourcedCard:
    """A card ready for a slot. `resident` is who a demo card was issued to, `kept` the file that holds it."""

    card: Card
    kind: Kind
    about: str
    resident: demo.Resident | None = None
    kept: KeptCard | None = None

    @property
    def profile(self) -> Profile:
        """What is declared of the card."""
        return self.card.profile

    @property
    def number(self) -> str | None:
        """The number on a user card, None on a SAM and on a card without one."""
        item = self.profile.items.get("card_number")
        if item is None:
            return None
        file = self.profile.files_of(item.layout)[0]
        value = decode(self.profile, item, self.card.files.record(file, item.record or 0)[2:])
        return str(value) if value is not None else None

    def close(self) -> None:
        """Let its file go."""
        if self.kept is not None:
            self.kept.close()


class Sources:
    """Brings cards; every chip gets a serial of its own.

    `variant` is that of the user cards. A `scene` gives the first user card and the first SAM.
    Raises UnknownVariantError, UnknownSceneError.
    """

    def __init__(self, resident: str, variant: str = "", scene: str = "") -> None:
        load("health_card", variant)
        self._resident, self._variant = resident, variant
        self._serials = count(1)
        self._waiting = self._scene(scene) if scene else {}

    def bring(self, given: str) -> SourcedCard:
        """The card that is asked for; raises SourceError, UnknownResidentError, the errors of card files."""
        wish = Wish.parse(given, self._resident)
        if wish.file is not None:
            kept = open_card(wish.file)
            kind = Kind.SAM if kept.card.profile.name == "sam" else Kind.USER
            return SourcedCard(kept.card, kind, str(wish.file), kept=kept)
        if wish.kind in self._waiting:
            return self._waiting.pop(wish.kind)
        if wish.kind is Kind.SAM:
            return SourcedCard(demo.issue_sam(next(self._serials)), Kind.SAM, demo.PROVINCE)
        person = demo.resident(wish.resident)
        issued = demo.issue_card(person, next(self._serials), variant=self._variant)
        return SourcedCard(issued.card, Kind.USER, person.name, resident=person)

    def _scene(self, name: str) -> dict[Kind | None, SourcedCard]:
        person = demo.resident(self._resident)
        made = scenes.scene(name, person, next(self._serials), self._variant)
        resident = person if made.issued else None
        return {
            Kind.USER: SourcedCard(made.user, Kind.USER, name, resident=resident),
            Kind.SAM: SourcedCard(made.sam, Kind.SAM, name),
        }
