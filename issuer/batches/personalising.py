"""Personalises a whole batch, each card exactly once, with one process or several.

Chips and keys were given out before, each in one transaction. A worker makes a card on its chip and then
records it in one transaction of its own: a process that is killed leaves lines that are done, lines that are
not, and at most one chip a worker that is found as it is by the next run. Each worker opens its own registry
and its own custodian: no key is ever an argument.
# spec: stack "Exactly once", "bulk on one machine"
"""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from card_os.spec.errors import Phrase, PlainError
from issuer.access.actor import Actor
from issuer.batches import recording
from issuer.batches.card_making import CardMaking, Result
from issuer.batches.chip_source import ChipSource
from issuer.batches.errors import BatchRefusedError
from issuer.batches.recording import Came
from issuer.batches.terms import Terms
from issuer.personalisation.issuance import IssuerSettings
from issuer.registry.registry import Registry
from issuer.registry.work import batched

BLOCK = 5
"""Lines that are read at a time; what is read is a person's data, so that it is few."""

Progress = Callable[[int, int], None]
OpenRegistry = Callable[[], Registry]


@dataclass(frozen=True, slots=True)
class PersonalisationReport:
    """What a run did: lines that became cards or failed, and chips that were spent in vain.

    `found` of the cards had been made before on their chips, and were not recorded. `waiting` lines wait for
    a blank chip, `skipped` ones for a chip that was not there or in use.
    """

    finished: int
    found: int
    failed: int
    wasted: int
    waiting: int
    skipped: int

    @property
    def complete(self) -> bool:
        """Whether no line of the batch is left."""
        return not self.waiting and not self.skipped


@dataclass(frozen=True, slots=True)
class Bench:
    """What a worker needs besides its registry; it can be pickled and holds no key."""

    actor: Actor
    number: str
    settings: IssuerSettings
    terms: Terms
    source: ChipSource


def personalise_batch(
    registry: Registry,
    actor: Actor,
    number: str,
    *,
    settings: IssuerSettings,
    chips: ChipSource,
    workers: int = 1,
    open_registry: OpenRegistry | None = None,
    progress: Progress = lambda done, total: None,
) -> PersonalisationReport:
    """Make the cards of a batch, or go on where a run before this one stopped.

    `open_registry` opens the registry anew in each worker where there are more than one; it must be a
    function that can be pickled, and finds the keys by itself. `progress` hears lines done and all due.
    Raises BatchRefusedError, KeysChangedError, NotPermittedError, RegistryUnavailableError.
    """
    if workers > 1 and open_registry is None:
        raise ValueError("several workers need a way to open the registry")
    with registry.transaction(actor) as work:
        terms = recording.open_batch(work, number, settings)
    bench = Bench(actor, number, settings, terms, chips)
    came: Counter[str] = Counter()
    stuck: set[str] = set()
    while True:
        with registry.transaction(actor) as work:
            waiting = recording.supply(work, number)
            lines = [line for line in recording.due(work, number) if line not in stuck]
        if not lines:
            break
        total = came[Came.FINISHED] + came[Came.FAILED] + len(lines)
        for told in _run(registry, bench, lines, workers, open_registry):
            came.update(told.came)
            stuck.update(told.skipped)
            progress(came[Came.FINISHED] + came[Came.FAILED], total)
    with registry.transaction(actor) as work:
        stuck &= set(recording.due(work, number))  # another run may have made them
        recording.end(work, number)
    wasted = came[Came.NEXT_CHIP] + came[Came.NO_CHIP] + came[_SPENT_LAST]
    return PersonalisationReport(
        came[Came.FINISHED], came[_FOUND], came[Came.FAILED], wasted, waiting, len(stuck)
    )


_FOUND, _SPENT_LAST = "found", "spent last"


@dataclass(frozen=True, slots=True)
class _Told:
    """What a worker did with a block of lines; `skipped` are those whose chips were not there.

    `failure` is the kind of error that ended it, with its fields: an error itself does not travel.
    """

    came: Mapping[str, int]
    skipped: Sequence[str]
    failure: tuple[type[PlainError], Mapping[str, object]] | None = None


def _run(
    registry: Registry, bench: Bench, lines: Sequence[str], workers: int, open_registry: OpenRegistry | None
) -> Iterator[_Told]:
    if workers == 1 or open_registry is None:
        for block in batched(lines, BLOCK):
            yield from _work_on(registry, bench, block)
        return
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(workers, context, _open, (open_registry, bench)) as pool:
        tasks = [pool.submit(_task, block) for block in batched(lines, BLOCK)]
        try:
            for task in as_completed(tasks):
                told = task.result()
                yield told
                if told.failure is not None:
                    kind, fields = told.failure
                    raise kind(**fields)
        except BrokenProcessPool:
            reason = Phrase("a worker was ended from outside; start again, it goes on from there")
            raise BatchRefusedError(batch=bench.number, reason=reason) from None
        finally:
            for task in tasks:
                task.cancel()


def _work_on(registry: Registry, bench: Bench, lines: Sequence[str]) -> Iterator[_Told]:
    """Make and record these lines, one after the other; tells of each."""
    making = CardMaking(bench.settings, bench.terms, registry.custodian, bench.source)
    with registry.transaction(bench.actor) as work:
        jobs = recording.jobs(work, bench.number, lines)
    for job in jobs:
        outcome = making.make(job.line["chip_serial"], job.record)
        with registry.transaction(bench.actor) as work:
            came = recording.record(work, bench.number, job, outcome)
        told: Counter[str] = Counter({came: 1})
        told[_FOUND] += came is Came.FINISHED and outcome.found
        told[_SPENT_LAST] += came is Came.FAILED and outcome.result is Result.WASTE
        yield _Told(told, [job.line["id"]] if came is Came.SKIPPED else [])


# --- in a worker ------------------------------------------------------------------------------------------

_opened: list[tuple[Registry, Bench]] = []


def _open(open_registry: OpenRegistry, bench: Bench) -> None:
    _opened.append((open_registry(), bench))


def _task(lines: Sequence[str]) -> _Told:
    registry, bench = _opened[-1]
    came: Counter[str] = Counter()
    skipped: list[str] = []
    try:
        for told in _work_on(registry, bench, lines):
            came.update(told.came)
            skipped += told.skipped
    except PlainError as error:
        return _Told(came, skipped, (type(error), error.fields))
    return _Told(came, skipped)
