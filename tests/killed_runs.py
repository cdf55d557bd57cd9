"""Runs that are killed: a batch is personalised in a child process that dies at a chosen moment."""

from __future__ import annotations

import os
import random
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from select import select as wait_for
from typing import Any

from batch_bench import SETTINGS, World
from registry_bench import EVERYBODY
from sqlalchemy import event

from card_os.spec.errors import PlainError
from issuer.batches.chip_source import ChipSource, OpenedChip
from issuer.batches.personalising import personalise_batch
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.registry import audit
from issuer.registry.registry import Registry

DONE, REFUSED, BROKEN = 0, 3, 4
KILLED = -signal.SIGKILL


@dataclass(frozen=True)
class Moment:
    """When a run dies: at the n-th audit row, transaction or chip command, or after so many seconds."""

    what: str
    number: int = 0
    seconds: float = 0.0

    @classmethod
    def drawn(cls, drawn: random.Random, lines: int) -> Moment:
        """Any moment of a run over so many lines; some fall behind its end."""
        what = drawn.choice(("audit before", "audit after", "begin", "commit", "chip", "chip", "time"))
        most = {"audit before": 6 * lines, "audit after": 6 * lines, "begin": 3 * lines, "commit": 3 * lines}
        return cls(what, drawn.randint(1, most.get(what, 200 * lines)), drawn.uniform(0, 0.25 * lines))


class Countdown:
    """Kills this process at the n-th call."""

    def __init__(self, number: int) -> None:
        self._left = number

    def __call__(self, *_given: object) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Watched:
    """A chip source that tells of every command before the chip hears it."""

    source: ChipSource
    tell: Callable[[], None]

    @contextmanager
    def open(self, serial: str) -> Iterator[OpenedChip]:
        with self.source.open(serial) as opened:

            def line(command: bytes) -> bytes:
                self.tell()
                return opened.transmit(command)

            yield replace(opened, transmit=line)


def address(registry: Registry) -> str:
    return registry.engine.url.render_as_string(hide_password=False)


def run(
    made: World, number: str, moment: Moment | None = None, prepare: Callable[[], None] = lambda: None
) -> int:
    """Personalise in a child; its exit code: DONE, REFUSED for a plain error, KILLED."""

    def work() -> None:
        prepare()
        registry = Registry(address(made.registry), PublishedTestCustodian(), made.registry.clock)
        chips: ChipSource = made.store
        if moment is not None:
            chips = _armed(registry, chips, moment)
        personalise_batch(registry, EVERYBODY, number, settings=SETTINGS, chips=chips)

    return in_child(made.registry, work, moment.seconds if moment and moment.what == "time" else None)


def in_child(registry: Registry, work: Callable[[], None], kill_after: float | None = None) -> int:
    """Do something in a child process with no connection of ours; killed after so many seconds, if any."""
    registry.close()  # what SQLite knows of its locks must not be inherited
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        code = BROKEN
        try:
            os.close(ours)
            work()
            code = DONE
        except PlainError:
            code = REFUSED
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(theirs)
    # the pipe is closed by the end of the child, and by nothing before
    if kill_after is not None and not wait_for([ours], [], [], kill_after)[0]:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(ours)
    return os.waitstatus_to_exitcode(status)


def _armed(registry: Registry, chips: ChipSource, moment: Moment) -> ChipSource:
    bomb = Countdown(moment.number)
    if moment.what == "chip":
        return Watched(chips, bomb)
    if moment.what in ("begin", "commit"):
        event.listen(registry.engine, moment.what, bomb)
    elif moment.what != "time":
        before = moment.what == "audit before"
        audit.append_all = _telling(audit.append_all, bomb, before=before)  # in this child only
    return chips


def _telling(function: Callable[..., None], tell: Callable[[], None], *, before: bool) -> Any:
    def told(*given: object) -> None:
        if before:
            tell()
        function(*given)
        if not before:
            tell()

    return told
