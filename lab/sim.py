"""The simulator: issued cards in virtual readers, for any PC/SC program, until it is told to end."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from rich.console import Console

from card_os.spec.errors import PlainError
from card_os.spec.loader import load
from card_os.trace import TracedCard
from lab import demo, once
from lab.in_process import SAM_READER, USER_READER, InProcessChannels
from lab.live import LiveTrace
from lab.pcsc.configuration import SAM_READER as SAM_FRIENDLY_NAME
from lab.pcsc.configuration import USER_READER as USER_FRIENDLY_NAME
from lab.pcsc.configuration import Slot
from lab.pcsc.readers import Readers
from lab.pcsc.system_stack import system_stack
from language import _
from reader_client.channel import Channel
from reader_client.pcsc import PcscChannel
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession

SLOT_KINDS = ("user", "sam")
FIRST_SERIAL = 1


class SlotsError(PlainError):
    """A list of slots that cannot be filled."""

    template = "--slots {given}: {reason}"


@dataclass(frozen=True, slots=True)
class Options:
    """What the simulator is asked to do."""

    resident: str
    slots: tuple[str, ...]
    ready_file: Path | None
    as_json: bool
    quiet: bool


@dataclass(frozen=True, slots=True)
class Bench:
    """The cards on the table: what was issued, and the same cards with their exchanges told."""

    issued: demo.DemoCard
    user: TracedCard
    sam: TracedCard


def parse_slots(given: str) -> tuple[str, ...]:
    """`user,sam` in the order of the slots; raises SlotsError."""
    kinds = tuple(part.strip() for part in given.split(","))
    for kind in kinds:
        if kind not in SLOT_KINDS:
            reason = _("{kind} is no card; there are {known}").format(kind=kind, known=", ".join(SLOT_KINDS))
            raise SlotsError(given=given, reason=reason)
        if kinds.count(kind) > 1:
            raise SlotsError(given=given, reason=_("{kind} stands twice").format(kind=kind))
    return kinds


class Simulator:
    """One run of the simulator; `console` is where people read."""

    def __init__(self, options: Options, console: Console) -> None:
        self._options, self._console = options, console
        self._stop = threading.Event()

    def run(self) -> None:
        """Cards in PC/SC readers until Ctrl-C or SIGTERM."""
        bench = self._issue()
        with self._told_to_end(), system_stack(self._say) as readers:
            places = self._insert(readers, bench)
            with self._ready(bench, places, str(readers.socket)):
                self._say_what_next(places)
                self._stop.wait()
            self._say(_("Ending: the cards are taken out."))
            for slot in places.values():
                readers.eject(slot)

    def run_once(self) -> list[once.Difference]:
        """The whole demonstration over PC/SC; returns what did not come back as it was written."""
        bench = self._issue()
        with self._told_to_end(), system_stack(self._say) as readers:
            places = self._insert(readers, bench)
            card, sam = PcscChannel(places["user"].reader), PcscChannel(places["sam"].reader)
            differences = self._demonstrate(bench, card, sam)
            for slot in places.values():
                readers.eject(slot)
        return differences

    def run_once_in_process(self) -> list[once.Difference]:
        """The same without PC/SC."""
        bench = self._issue()
        channels = self._channels(bench)
        return self._demonstrate(bench, channels.user_card(None, None), channels.sam(None, None))

    @contextmanager
    def in_process(self) -> Iterator[InProcessChannels]:
        """The cards without PC/SC, for a prompt."""
        bench = self._issue()
        self._say(_("Without PC/SC: no other program sees these cards. `sudo make sim` gives real readers."))
        with self._ready(bench, {}, None):
            yield self._channels(bench)

    # --- steps ------------------------------------------------------------------------------------------

    def _issue(self) -> Bench:
        trace = LiveTrace(self._console, self._options.as_json)
        self._say(_("Issuing a SAM of province {province}.").format(province=demo.PROVINCE))
        sam = demo.issue_sam(FIRST_SERIAL)
        person = demo.resident(self._options.resident)
        self._say(_("Issuing the card of {resident}.").format(resident=person.name))
        issued = demo.issue_card(person, FIRST_SERIAL)
        if self._options.quiet:
            return Bench(issued, TracedCard(issued.card, lambda _: None), TracedCard(sam, lambda _: None))
        user = trace.around(issued.card, load("health_card"), "card")
        return Bench(issued, user, trace.around(sam, load("sam"), "SAM"))

    def _insert(self, readers: Readers, bench: Bench) -> dict[str, Slot]:
        cards = {"user": bench.user, "sam": bench.sam}
        places = choose_slots(readers.slots, self._options.slots)
        for kind, slot in places.items():
            readers.insert(slot, cards[kind])
        return places

    def _demonstrate(self, bench: Bench, card: Channel, sam: Channel) -> list[once.Difference]:
        try:
            sam_session = SamSession(sam)
            sam_session.open()
            sam_session.verify_pin(demo.SAM_PIN)
            session = HealthCardSession(card, sam_session)
            session.open()
            return once.demonstrate(session, bench.issued.resident, self._say)
        finally:
            card.close()
            sam.close()

    @staticmethod
    def _channels(bench: Bench) -> InProcessChannels:
        return InProcessChannels({USER_READER: bench.user, SAM_READER: bench.sam})

    @contextmanager
    def _told_to_end(self) -> Iterator[None]:
        """Ctrl-C and SIGTERM end the run in order, wherever it is."""

        def tell(number: int, frame: FrameType | None) -> None:
            self._stop.set()

        before = {number: signal.signal(number, tell) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def _ready(self, bench: Bench, places: dict[str, Slot], socket: str | None) -> Iterator[None]:
        """The ready file, written whole, gone when the cards are."""
        path = self._options.ready_file
        if path is None:
            yield
            return
        default_socket = not os.environ.get("PCSCLITE_CSOCK_NAME")
        state = {
            "user_reader": places["user"].reader if "user" in places else None,
            "sam_reader": places["sam"].reader if "sam" in places else None,
            "sam_pin": demo.SAM_PIN,
            "pcsc_socket": None if default_socket else socket,
            "card_number": bench.issued.issued.card_number,
            "pid": os.getpid(),
        }
        draft = path.with_name(path.name + ".part")
        draft.write_text(json.dumps(state, ensure_ascii=False) + "\n", "utf-8")
        draft.replace(path)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)

    # --- words ------------------------------------------------------------------------------------------

    def _say(self, line: str) -> None:
        if self._options.as_json:
            self._console.print(json.dumps({"step": line}, ensure_ascii=False), soft_wrap=True, markup=False)
        elif not self._options.quiet:
            self._console.print(line, style="bold", soft_wrap=True, markup=False)

    def _say_what_next(self, places: dict[str, Slot]) -> None:
        rhc = Path(sys.argv[0]).name
        self._say(_("Ready. In another terminal:"))
        for command in (
            f"  {rhc} read",
            f"  {rhc} write holder_phone_1=19900001234",
            f"  opensc-tool -r '{places['user'].reader}' -s 00A4000002DDF1" if "user" in places else "",
            "  pcsc_scan",
        ):
            if command:
                self._say(command)
        self._say(_("Ctrl-C ends it. What passes is told here:"))


def choose_slots(slots: Sequence[Slot], kinds: Sequence[str]) -> dict[str, Slot]:
    """Which card goes where: the user card into a "contactless" reader, the SAM into the reader for SAMs.

    Readers of other names are filled in their order. Raises SlotsError where there are too few.
    """
    friendly = {"user": USER_FRIENDLY_NAME, "sam": SAM_FRIENDLY_NAME}
    free, chosen = list(slots), dict[str, Slot]()
    for kind in kinds:
        named = [slot for slot in free if slot.reader.startswith(friendly[kind])]
        fitting = named or free
        if not fitting:
            reason = _("there are only {count} virtual slots").format(count=len(slots))
            raise SlotsError(given=",".join(kinds), reason=reason)
        chosen[kind] = fitting[0]
        free.remove(fitting[0])
    return chosen
