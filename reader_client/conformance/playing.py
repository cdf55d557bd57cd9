"""A run that a person watches: progress and time left, Ctrl-C stops it behind the current case."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from language import _
from reader_client.conformance.bench import Bench
from reader_client.conformance.continuation import RunFile
from reader_client.conformance.identity import identify
from reader_client.conformance.model import Case
from reader_client.conformance.report.document import (
    About,
    Document,
    case_row,
    document,
    suite_digest,
)
from reader_client.conformance.result import CaseResult, Outcome
from reader_client.conformance.runner import run

_BAD = (Outcome.FAILED.value, Outcome.ERROR.value)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be played: cases chosen out of a suite, the bench, what the report says about it."""

    suite: Sequence[Case]
    cases: Sequence[Case]
    bench: Bench
    about: About
    destructive: bool = False


def play(plan: Plan, kept_in: Path | None = None) -> Document:
    """Play cases and report; in `kept_in` the run can be taken up again. Raises RunFileError."""
    if kept_in is None:
        return _played(plan, [], lambda row: None)
    bench = plan.bench
    head = {
        "suite": suite_digest(plan.suite),
        "card": identify(bench).factor.hex().upper(),
        "variant": bench.profile.variant,
        "selected": dict(plan.about.selected),
    }
    with RunFile(kept_in, head) as file:
        return _played(plan, file.rows, file.keep)


def _played(plan: Plan, before: Sequence[Document], keep: Callable[[Document], None]) -> Document:
    begin = perf_counter()
    place = {case.id: number for number, case in enumerate(plan.suite)}
    wanted = {case.id for case in plan.cases}
    rows = [row for row in before if row["id"] in wanted]
    with _progress(len(wanted), len(rows)) as tell, _stoppable() as stopped:

        def heard(result: CaseResult) -> None:
            row = case_row(result, plan.about)
            rows.append(row)
            keep(row)
            tell(row)

        result = run(
            plan.cases,
            plan.bench,
            destructive=plan.destructive,
            listener=heard,
            stop=stopped,
            played={row["id"] for row in rows},
        )
    rows.sort(key=lambda row: place[row["id"]])
    seconds = perf_counter() - begin
    return document(rows, result.identity, plan.suite, plan.about, seconds=seconds, stopped=result.stopped)


@contextmanager
def _stoppable() -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl-C end the run behind the current case; the second one ends the program."""
    asked: list[int] = []

    def ask(number: int, frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    try:
        before = signal.signal(signal.SIGINT, ask)
    except ValueError:  # not in the main thread: somebody else looks after Ctrl-C
        yield lambda: False
        return
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _progress(count: int, done: int) -> Iterator[Callable[[Document], None]]:
    """A bar on standard error where a person looks at it."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[bad]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=count, completed=done, bad="")
        bad = 0

        def tell(row: Document) -> None:
            nonlocal bad
            bad += row["outcome"] in _BAD
            words = _("{count} failed").format(count=bad) if bad else ""
            bar.update(task, advance=1, description=row["id"], bad=words)

        yield tell
