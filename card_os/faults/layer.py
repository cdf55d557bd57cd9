"""A layer round a card that lets the faults of a plan happen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from card_os.faults.course import Course
from card_os.faults.plan import (
    NO_FAULTS,
    Cut,
    CutAtStep,
    Delay,
    Eject,
    Flip,
    Moment,
    Mute,
    Plan,
    Rule,
    Status,
    Swap,
)
from card_os.faults.plan_file import PlanFile
from card_os.kernel.card import Card
from card_os.kernel.memory import Memory, PowerLoss
from card_os.vpcd import CardMute, PoweredCard

MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class Strike:
    """A rule has struck: at which command since power-on or reset, and before which write step."""

    rule: Rule
    nth: int
    step: str = ""

    @property
    def card_is_out(self) -> bool:
        """Whether the reader has no card after this strike, until one is put in again."""
        return isinstance(self.rule.fault, Cut | CutAtStep | Mute | Eject | Swap)


def _keep_quiet(strike: Strike) -> None:
    """Tell nobody."""


class FaultyCard:
    """A card under a plan. Its silence is CardMute; power-on or reset end it.

    `told` hears of every strike, in the thread that uses the card and before the fault is felt. Where the
    card is out then, it has to see to the reader, in another thread: the reader waits for this one. `memory`
    is needed for rules about write steps; that of a `Card` is found without it.
    """

    def __init__(
        self,
        card: PoweredCard,
        plan: Plan | PlanFile = NO_FAULTS,
        *,
        memory: Memory | None = None,
        told: Callable[[Strike], None] = _keep_quiet,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._card = card
        self._memory = card.memory if memory is None and isinstance(card, Card) else memory
        self._told, self._sleep = told, sleep
        self._lock = threading.Lock()
        self._file: PlanFile | None = None
        self._course = Course(NO_FAULTS)
        self._nth, self._silent = 0, False
        if isinstance(plan, PlanFile):
            self.follow(plan)
        else:
            self.plan = plan

    @property
    def plan(self) -> Plan:
        """The plan in force. Setting one, from any thread, replaces it before the next command.

        Raises ValueError for a plan about write steps over a card whose memory is not known.
        """
        return self._in_force().plan

    @plan.setter
    def plan(self, plan: Plan) -> None:
        with self._lock:
            self._file = None
            self._enforce(plan)

    def follow(self, file: PlanFile) -> None:
        """Keep to the plan in a file, as it stands before each command."""
        with self._lock:
            self._enforce(file.plan)
            self._file = file

    @property
    def atr(self) -> bytes:
        """The answer to reset."""
        return self._card.atr

    def power_on(self) -> bytes:
        """Give power; a silent card speaks again."""
        self._nth, self._silent = 0, False
        return self._card.power_on()

    def reset(self) -> bytes:
        """Warm reset; a silent card speaks again."""
        self._nth, self._silent = 0, False
        return self._card.reset()

    def power_off(self) -> None:
        """Take power away."""
        self._card.power_off()

    def transmit(self, command: bytes) -> bytes:
        """The answer of the card, or what the plan makes of it; raises CardMute for silence."""
        course = self._in_force()
        if self._silent:
            raise CardMute
        self._nth += 1
        due = course.due(self._nth, command)
        if not due:
            return self._exchange(command)
        for rule in due:
            if isinstance(rule.fault, Delay):
                self._strike(course, rule)
                self._sleep(rule.fault.milliseconds / MILLISECONDS)
        steps = [rule for rule in due if isinstance(rule.fault, CutAtStep)]
        with self._cut_at_steps(course, steps):
            first = next((rule for rule in due if not isinstance(rule.fault, Delay | CutAtStep)), None)
            return self._exchange(command) if first is None else self._fail(course, first, command)

    def _fail(self, course: Course, rule: Rule, command: bytes) -> bytes:
        match rule.fault:
            case Flip(bit):
                return self._flip(course, rule, self._exchange(command), bit)
            case Status(sw, executed):
                if executed:
                    self._exchange(command)
                self._strike(course, rule)
                return sw.to_bytes(2, "big")
            case Cut(Moment.AFTER):
                self._exchange(command)
        self._strike(course, rule)
        raise self._silence(powered=isinstance(rule.fault, Mute))

    def _flip(self, course: Course, rule: Rule, answer: bytes, bit: int) -> bytes:
        width = 8 * len(answer)
        if not -width <= bit < width:
            return answer
        self._strike(course, rule)
        changed = int.from_bytes(answer, "big") ^ 1 << (width - 1 - bit % width)
        return changed.to_bytes(len(answer), "big")

    def _exchange(self, command: bytes) -> bytes:
        try:
            return self._card.transmit(command)
        except PowerLoss:
            raise self._silence(powered=False) from None

    @contextmanager
    def _cut_at_steps(self, course: Course, rules: Sequence[Rule]) -> Iterator[None]:
        """Let the power fail at write steps while the block runs."""
        memory = self._memory
        if not rules or memory is None:
            yield
            return
        usual, done = memory.on_step, 0

        def step(name: str) -> None:
            nonlocal done
            done += 1
            for rule in rules:
                if rule.fault == CutAtStep(done):
                    self._strike(course, rule, name)
                    raise PowerLoss(name)
            usual(name)

        memory.on_step = step
        try:
            yield
        finally:
            memory.on_step = usual

    def _silence(self, powered: bool) -> CardMute:
        self._silent = True
        if not powered:
            self._card.power_off()
        return CardMute()

    def _strike(self, course: Course, rule: Rule, step: str = "") -> None:
        course.count(rule)
        self._told(Strike(rule, self._nth, step))

    def _in_force(self) -> Course:
        with self._lock:
            if self._file is not None:
                plan = self._file.plan
                if plan is not self._course.plan:
                    self._enforce(plan)
            return self._course

    def _enforce(self, plan: Plan) -> None:
        if plan.needs_memory and self._memory is None:
            raise ValueError("a plan about write steps needs the memory of the card")
        self._course = Course(plan)


class SilenceAsEmpty:
    """A faulty card without a reader: its silence is an empty answer, as PC/SC shows it to clients.

    # spec: pcsc.md fact 3
    """

    def __init__(self, card: PoweredCard) -> None:
        self._card = card

    @property
    def atr(self) -> bytes:
        """The answer to reset."""
        return self._card.atr

    def power_on(self) -> bytes:
        """Give power."""
        return self._card.power_on()

    def reset(self) -> bytes:
        """Warm reset."""
        return self._card.reset()

    def power_off(self) -> None:
        """Take power away."""
        self._card.power_off()

    def transmit(self, command: bytes) -> bytes:
        """One exchange; nothing comes back from a silent card."""
        try:
            return self._card.transmit(command)
        except CardMute:
            return b""
