"""The simulator: issued cards in virtual readers, for any PC/SC program, until it is told to end."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from card_os.faults import SilenceAsEmpty
from card_os.spec.errors import PlainError
from card_os.trace import TracedCard, TraceFile, card_path
from card_os.vpcd import PoweredCard
from lab import control, demo, once
from lab.ending import told_to_end
from lab.faulty_table import Faults
from lab.in_process import SAM_READER, USER_READER, InProcessChannels
from lab.live import LiveTrace
from lab.pcsc.client import SOCKET_VARIABLE
from lab.pcsc.configuration import plan_readers
from lab.pcsc.system_stack import system_stack
from lab.sim_page import page_beside
from lab.sources import Kind, SourcedCard, Sources
from lab.table import Placed, Table
from language import _
from reader_client.channel import Channel
from reader_client.pcsc import PcscChannel
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession


class CannotDemonstrateError(PlainError):
    """A demonstration without the cards that it needs."""

    template = "the demonstration needs a demo card and a SAM: --slots user,sam"


@dataclass(frozen=True, slots=True)
class Options:
    """What the simulator is asked to do.

    `slots` are the cards to insert, as `Wish.parse` reads them; `trace_file` takes what passes; `variant` is
    that of the user cards, `faults` a plan for them by name or file. With `page` the training page is served.
    """

    resident: str
    slots: tuple[str, ...]
    variant: str
    faults: str
    ready_file: Path | None
    trace_file: Path | None
    as_json: bool
    quiet: bool
    page: bool = False


class Simulator:
    """One run of the simulator; `console` is where people read."""

    def __init__(self, options: Options, console: Console) -> None:
        self._options, self._console = options, console
        self._trace = LiveTrace(console, options.as_json)
        self._faults = Faults(options.faults, self._say)
        self._sources = Sources(options.resident, options.variant, self._faults.scene)
        self._stop = threading.Event()
        self._closing = ExitStack()

    def run(self) -> None:
        """Cards in PC/SC readers until Ctrl-C or SIGTERM; `rhc sim insert` and others act meanwhile."""
        with self._table() as table, control.listening(lambda request: self._act(table, request)):
            with self._ready(table.placed()):
                self._say_what_next(table)
                with page_beside(table, self._say) if self._options.page else nullcontext():
                    self._stop.wait()
            self._say(_("Ending: the cards are taken out."))

    def run_once(self) -> list[once.Difference]:
        """The whole demonstration over PC/SC; returns what did not come back as it was written."""
        with self._table() as table:
            placed = {one.source.kind: one for one in reversed(table.placed())}
            if len(placed) < len(Kind):
                raise CannotDemonstrateError
            card = PcscChannel(placed[Kind.USER].slot.reader)
            sam = PcscChannel(placed[Kind.SAM].slot.reader)
            return self._demonstrate(placed[Kind.USER].source, card, sam)

    def run_once_in_process(self) -> list[once.Difference]:
        """The same without PC/SC."""
        with self.in_process() as channels:
            return self._demonstrate(
                channels.source, channels.user_card(None, None), channels.sam(None, None)
            )

    @contextmanager
    def in_process(self) -> Iterator[InProcessChannels]:
        """The first card and the first SAM without PC/SC, for a prompt."""
        with self._closing:
            sources: dict[Kind, SourcedCard] = {}
            for given in self._options.slots:
                source = self._bring(given)
                sources.setdefault(source.kind, source)
            if len(sources) < len(Kind):
                raise CannotDemonstrateError
            self._say(_("Without PC/SC: no other program sees these cards. `sudo make sim` gives readers."))
            user, sam = sources[Kind.USER], sources[Kind.SAM]
            cards = {
                USER_READER: SilenceAsEmpty(self._wrap(user, "card")),
                SAM_READER: self._wrap(sam, "SAM"),
            }
            with self._ready([], user.number):
                yield InProcessChannels(cards, user)

    # --- the table --------------------------------------------------------------------------------------

    @contextmanager
    def _table(self) -> Iterator[Table]:
        sams = sum(given == Kind.SAM for given in self._options.slots)
        plans = plan_readers(len(self._options.slots) - sams, sams)
        with self._closing, told_to_end(self._stop), system_stack(self._say, plans) as readers:
            table = Table(readers, self._sources, self._wrap)
            self._closing.enter_context(self._faults.seen_to_at(table))
            try:
                for given in self._options.slots:
                    self._say(_("Bringing {card}.").format(card=given))
                    table.insert(given)
                yield table
            finally:
                table.clear()

    def _bring(self, given: str) -> SourcedCard:
        self._say(_("Bringing {card}.").format(card=given))
        source = self._sources.bring(given)
        self._closing.callback(source.close)
        return source

    def _wrap(self, source: SourcedCard, name: str) -> PoweredCard:
        """The card with everything round it that was asked for: faults, told live, written down."""
        listeners = []
        if not self._options.quiet:
            listeners.append(self._trace.listener(source.profile, name))
        if self._options.trace_file is not None:
            file = TraceFile(card_path(self._options.trace_file, name), source.profile, name)
            self._closing.callback(file.close)
            listeners.append(file.listener)
        card = self._faults.around(source.card, name) if source.kind is Kind.USER else source.card
        return TracedCard(card, *listeners)

    def _act(self, table: Table, request: dict[str, str | None]) -> control.Answer:
        """What `rhc sim insert`, `eject`, `swap`, `faults` and `list` ask for."""
        do, card, slot = request.get("do"), request.get("card"), request.get("slot")
        if do == "insert" and card:
            table.insert(card, slot)
        elif do == "swap" and card:
            table.swap(card, slot)
        elif do == "eject":
            table.eject(slot)
        elif do == "faults" and card:
            self._faults.change(card)
        return {"slots": rows(table)}

    def _demonstrate(self, source: SourcedCard, card: Channel, sam: Channel) -> list[once.Difference]:
        try:
            if source.resident is None:
                raise CannotDemonstrateError
            sam_session = SamSession(sam)
            sam_session.open()
            sam_session.verify_pin(demo.SAM_PIN)
            session = HealthCardSession(card, sam_session)
            session.open()
            return once.demonstrate(session, source.resident, self._say)
        finally:
            card.close()
            sam.close()

    @contextmanager
    def _ready(self, placed: list[Placed], card_number: str | None = None) -> Iterator[None]:
        """The ready file, written whole, gone when the cards are."""
        path = self._options.ready_file
        if path is None:
            yield
            return
        first = {one.source.kind: one for one in reversed(placed)}
        user, sam = first.get(Kind.USER), first.get(Kind.SAM)
        state = {
            "user_reader": user.slot.reader if user else None,
            "sam_reader": sam.slot.reader if sam else None,
            "sam_pin": demo.SAM_PIN,
            "pcsc_socket": os.environ.get(SOCKET_VARIABLE) or None,
            "card_number": user.source.number if user else card_number,
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

    def _say_what_next(self, table: Table) -> None:
        rhc = Path(sys.argv[0]).name
        self._say(_("Ready. In another terminal:"))
        for command in (
            f"  {rhc} read",
            f"  {rhc} write holder_phone_1=19900001234",
            f"  {rhc} sim list",
            *(f"  opensc-tool -r '{one.slot.reader}' -s 00A4000002DDF1" for one in table.placed()[:1]),
            "  pcsc_scan",
        ):
            self._say(command)
        self._say(_("Ctrl-C ends it. What passes is told here:"))


def rows(table: Table) -> list[dict[str, str | None]]:
    """Each slot and what is in it, as JSON has it."""
    placed = {one.slot: one for one in table.placed()}
    return [
        {
            "slot": str(number),
            "reader": slot.reader,
            "card": placed[slot].name if slot in placed else None,
            "kind": str(placed[slot].source.kind) if slot in placed else None,
            "about": placed[slot].source.about if slot in placed else None,
        }
        for number, slot in enumerate(table.slots)
    ]
