"""One seat: a trainee with a tray of cards, a reader with slots for a card and a SAM, and a hospital.

What is shown of a card comes through `reader_client` and the channel of its slot, as at any terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Event, Lock, RLock

from card_os import image
from card_os.spec.card_list import CardList
from card_os.spec.card_list_format import write_json
from card_os.spec.errors import PlainError
from card_os.spec.loader import load
from lab import demo
from lab.shell.card_view import CardView, TracedChannel
from lab.sources import Kind, SourcedCard
from lab.training import patient_index
from lab.training.facts import Facts
from lab.training.feed import Feed
from lab.training.first_list import first_list
from lab.training.inside import Watched
from lab.training.pace import SECONDS, PacedChannel, SharedLayers
from lab.training.patient_index import PatientIndex
from lab.training.slot import InProcessSlot, Slot
from lab.training.tray import FIRST_SAM, TrayEntry, TrayStock, entries, entry
from reader_client.channel import Channel
from reader_client.hospital.lists import read_list
from reader_client.hospital.swipe_log import SwipeLog
from reader_client.hospital.terminal import Post, Terminal, ready_sam, with_card
from reader_client.in_process import InProcessChannel
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession
from reader_client.sharing import SharedChannel

CARD_LIST = "card_list.json"
CARDS = "cards"
LOOK = "examine"
"""What is at work while a card is looked at for an exercise."""
_LOOK_SECONDS = 5.0
READERS = {Kind.USER: "Contactless", Kind.SAM: "SAM"}


class WindowBusyError(PlainError):
    """Another window of the seat is at work with the card."""

    template = "a window is still at work with the card; wait until it has finished"


@dataclass(frozen=True, slots=True)
class SeatName:
    """Who sits there: a number that stands in file names, and the name that was given."""

    number: str
    name: str = field(repr=False)


class Seat:
    """Everything of one trainee. `folder` is the seat's own directory, mode 0700, which exists.

    `slots` are other readers than those in this process. `pace` is what a command takes while a window
    writes, in seconds.
    """

    def __init__(
        self,
        who: SeatName,
        folder: Path,
        stock: TrayStock,
        *,
        slots: Mapping[Kind, Slot] | None = None,
        pace: float = SECONDS,
    ) -> None:
        self.who, self.folder, self.pace = who, folder, pace
        self.facts, self.feed = Facts(folder), Feed()
        self.log = SwipeLog(folder)
        self.patients = PatientIndex(folder)
        self.slots: Mapping[Kind, Slot] = slots or {kind: InProcessSlot(READERS[kind]) for kind in Kind}
        self.watched = {
            Kind.USER: Watched(CardView(load("health_card")), self.feed, "card"),
            Kind.SAM: Watched(CardView(load("sam")), self.feed, "SAM"),
        }
        self.working, self.version = "", 0
        self.beside: dict[type, object] = {}
        """What goes with the trainee and ends with the seat, by its type."""
        self.idle = Event()
        """Set while no window works."""
        self.idle.set()
        self._stock = stock
        self._sources: dict[str, SourcedCard] = {}
        self._open: list[Channel] = []
        self._work, self._tray = Lock(), RLock()
        for kind, slot in self.slots.items():
            slot.listeners.append(partial(self._changed_outside, kind))
        if not (folder / CARD_LIST).exists():
            image.save(folder / CARD_LIST, write_json(first_list(stock)))

    # --- tray and slots ---------------------------------------------------------------------------------

    def card_in(self, kind: Kind) -> TrayEntry | None:
        """Which card of the tray is in a slot; None for an empty slot and for a card of somebody else.

        A card that a simulator put there becomes that of the tray, where it is of the same person and the
        tray's own has not been used yet.
        """
        source = self.slots[kind].source
        if source is None:
            return None
        row = entries().get(source.about) or entries().get(_likely(source))
        if row is None or self._sources.setdefault(row.id, source).card is not source.card:
            return None
        return row

    def insert(self, card: str) -> None:
        """Put a card of the tray into its slot, the one that is in goes back to the tray.

        Raises NotInTrayError, and what PC/SC raises where the slot is a PC/SC reader.
        """
        row = entry(card)
        with self._tray:
            slot = self.slots[row.kind]
            if self.card_in(row.kind) == row:
                return
            self.eject(row.kind)
            slot.insert(self.source(card))
            self.watched[row.kind].begin()
        self.facts.record("inserted", card=card)
        self.changed()

    def eject(self, kind: Kind) -> None:
        """Take the card out of a slot, also while a window works with it."""
        with self._tray:
            if self.slots[kind].source is None:
                return
            row, during = self.card_in(kind), self.working
            self.slots[kind].eject()
            self.watched[kind].begin()
        card = row.id if row is not None else ""
        self.facts.record("ejected", card=card, **({"during": during} if during else {}))
        self.changed()

    def source(self, card: str) -> SourcedCard:
        """The chip of a card of the tray, made or fetched from its image when first asked for.

        Raises NotInTrayError, ImageError.
        """
        with self._tray:
            if card not in self._sources:
                fresh = self._stock.bring(card)
                kept = self._image(card)
                self._sources[card] = (
                    replace(fresh, card=image.load(image.read(kept))) if kept.exists() else fresh
                )
            return self._sources[card]

    def renew(self, card: str) -> None:
        """Put a card into the tray again as its issuer left it; one that is in its slot comes out first."""
        row = entry(card)
        with self._tray:
            if self.card_in(row.kind) == row:
                self.eject(row.kind)
            self._sources.pop(card, None)
            self._image(card).unlink(missing_ok=True)
        self.facts.record("renewed", card=card)
        self.changed()

    def _changed_outside(self, kind: Kind) -> None:
        self.watched[kind].begin()
        self.changed()

    def renew_patients(self) -> None:
        """The hospital's records as they were on the first day."""
        (self.folder / patient_index.FILE).unlink(missing_ok=True)
        self.patients = PatientIndex(self.folder)

    def changed(self) -> None:
        """The desk looks otherwise now: open pages draw it anew."""
        self.version += 1
        self.feed.tell("desk")

    def keep(self) -> None:
        """Write every card that was used into the seat's directory, mode 0600."""
        with self._tray:
            (self.folder / CARDS).mkdir(0o700, exist_ok=True)
            for card, source in self._sources.items():
                image.save(self._image(card), image.dump(source.card))

    def sleep(self) -> bool:
        """Keep the cards and let go of the memory; False where a window works or a card is in PC/SC."""
        if not all(isinstance(slot, InProcessSlot) for slot in self.slots.values()):
            return False
        if not self._work.acquire(blocking=False):
            return False
        try:
            with self._tray:
                self.keep()
                here = {row.id for row in map(self.card_in, Kind) if row is not None}
                self._sources = {card: source for card, source in self._sources.items() if card in here}
            return True
        finally:
            self._work.release()

    def _image(self, card: str) -> Path:
        return self.folder / CARDS / f"{entry(card).id}.card"

    # --- work with the cards ----------------------------------------------------------------------------

    @contextmanager
    def working_at(self, window: str) -> Iterator[None]:
        """Only one window works with the cards at a time; raises WindowBusyError."""
        # a look at a card is over soon; a window may take as long as a person does
        patience = _LOOK_SECONDS if self.working == LOOK else 0.0
        if not self._work.acquire(timeout=patience):
            raise WindowBusyError
        self.working = window
        self.idle.clear()
        self.feed.tell("work")
        try:
            yield
        finally:
            while self._open:
                self._open.pop().close()
            self.working = ""
            self.idle.set()
            self._work.release()
            self.feed.tell("work")

    def channel(self, kind: Kind, *, paced: bool = False) -> Channel:
        """A channel to the card in a slot, watched by the inside panel; raises NoCardError.

        It is closed when the work of the window is over.
        """
        slot = self.slots[kind]
        bottom = channel = slot.channel()
        self._open.append(bottom)
        if paced and self.pace > 0:
            channel = PacedChannel(channel, self.pace, slot.gone, slot.reader)
        top = TracedChannel(channel, self.watched[kind].view.told)
        return SharedLayers(top, bottom) if isinstance(bottom, SharedChannel) else top

    def terminal(self, *, paced: bool = False) -> Terminal:
        """The terminal of the hospital with both cards; raises NoCardError, PinError, StatusError."""
        card = self.channel(Kind.USER, paced=paced)
        sam = ready_sam(self.channel(Kind.SAM), demo.SAM_PIN)
        return with_card(self.post, card, sam)

    @property
    def post(self) -> Post:
        """What is set at the terminal of this seat."""
        return Post(self.log, card_list=self.card_list, operator=self.who.number)

    @property
    def card_list(self) -> CardList:
        """The list of lost and doubtful cards, from the seat's file; raises CardListError."""
        return read_list(self.folder / CARD_LIST)

    @contextmanager
    def examine(self, card: str, *, as_issued: bool = False) -> Iterator[HealthCardSession]:
        """A session over a card of the tray with a fresh SAM of the province, for checks of exercises.

        It goes through the reader client, and through the slot where the card is in it; or to a copy of the
        card as its issuer left it. Raises WindowBusyError, and what opening a card raises.
        """
        with self.working_at(LOOK):
            channel = InProcessChannel(self._stock.bring(card).card) if as_issued else self.at_rest(card)
            sam = SamSession(InProcessChannel(self._stock.bring(FIRST_SAM).card))
            sam.open()
            sam.verify_pin(demo.SAM_PIN)
            session = HealthCardSession(channel, sam)
            session.open()
            try:
                yield session
            finally:
                session.close()

    def at_rest(self, card: str) -> Channel:
        """A channel to a card of the tray, through its slot where it is in it; nothing of it is traced."""
        row = entry(card)
        in_slot = self.card_in(row.kind) == row
        return self.slots[row.kind].channel() if in_slot else InProcessChannel(self.source(card).card)


def _likely(source: SourcedCard) -> str:
    """The id in the tray of a card that was made elsewhere; empty for one that cannot be there."""
    if source.kind is Kind.SAM:
        return FIRST_SAM if source.about == demo.PROVINCE else ""
    is_plain = source.resident is not None and source.kept is None and not source.profile.variant
    return f"resident-{source.about[:2]}" if is_plain else ""
