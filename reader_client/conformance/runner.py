"""Plays cases against a card, whatever the card does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from time import perf_counter

from card_os.spec.errors import Phrase, PlainError
from card_os.spec.model import Meaning
from reader_client.channel import Channel
from reader_client.conformance.bench import Bench, FreshCardError, KeyNotAtHandError
from reader_client.conformance.desk import CaseFailedError, CaseSkippedError, Desk
from reader_client.conformance.exchange import CARD, SAM
from reader_client.conformance.identity import identify
from reader_client.conformance.model import Case, Need
from reader_client.conformance.obstacles import Obstacles, internal
from reader_client.conformance.result import CaseResult, Finding, Outcome, RunResult
from reader_client.conformance.words import both_of
from reader_client.errors import CardRemovedError, NoPcscError

# what a destructive case spoils, the least first: without fresh cards they are played in this order
_SEVERITY = ("pin", "key", "df", "sam", "card")

Listener = Callable[[CaseResult], None]


def _hear_nothing(result: CaseResult) -> None:
    """Nobody listens."""


def _go_on() -> bool:
    """Never stop."""
    return False


def run(
    cases: Iterable[Case],
    bench: Bench,
    *,
    destructive: bool = False,
    fail_fast: bool = False,
    listener: Listener = _hear_nothing,
    stop: Callable[[], bool] = _go_on,
    played: Collection[str] = (),
) -> RunResult:
    """Play cases and tell what came out; `played` are ids of an earlier run, which are not played again.

    `listener` hears of each case, `stop` is asked before each one. Nothing that a card does raises.
    """
    begin = perf_counter()
    identity = identify(bench)
    results: list[CaseResult] = []
    obstacles = Obstacles(bench, identity, destructive=destructive)
    session = _Session(bench, obstacles)
    stopped: Meaning | None = None
    for case in in_order(cases, bench):
        if case.id in played:
            obstacles.spoil(case)
            continue
        if stop():
            stopped = both_of(Phrase("stopped on request"))
            break
        result = session.play(case)
        results.append(result)
        listener(result)
        if session.card_is_gone:
            stopped = result.reason
            break
        if fail_fast and result.outcome in (Outcome.FAILED, Outcome.ERROR):
            stopped = both_of(Phrase("stopped at the first failure"))
            break
    return RunResult(identity, tuple(results), perf_counter() - begin, stopped)


def in_order(cases: Iterable[Case], bench: Bench) -> list[Case]:
    """The cases in the order in which they can be played: where no card is fresh the worst come last."""
    listed = list(cases)
    return listed if bench.factory is not None else sorted(listed, key=_severity)


def _severity(case: Case) -> int:
    if Need.DESTRUCTIVE not in case.needs:
        return 0
    kinds = [_SEVERITY.index(token.partition(":")[0]) for token in case.leaves]
    return 1 + max(kinds, default=0)


class _Session:
    """One run over one bench."""

    def __init__(self, bench: Bench, obstacles: Obstacles) -> None:
        self._bench, self._obstacles = bench, obstacles
        self.card_is_gone = False

    def play(self, case: Case) -> CaseResult:
        """One case, from reset to the last restoring step."""
        obstacle = self._obstacles.of(case)
        if obstacle is not None:
            return CaseResult(case, Outcome.SKIPPED, obstacle)
        try:
            card, sam = self._channels(case)
        except PlainError as error:
            return CaseResult(case, Outcome.SKIPPED, both_of(error))
        try:
            return self._played(case, Desk(self._bench, case, card, sam))
        finally:
            for fresh, common in ((card, self._bench.card), (sam, self._bench.sam)):
                if fresh is not None and fresh is not common:
                    fresh.close()
            if self._bench.keys is not None and case.uses_sam:
                self._bench.keys.renew()

    def _played(self, case: Case, desk: Desk) -> CaseResult:
        begin = perf_counter()
        outcome, reason, finding = self._steps(case, desk)
        if self.card_is_gone or outcome is Outcome.SKIPPED:
            pass
        elif (trouble := _restored(case, desk)) is not None and outcome is Outcome.PASSED:
            outcome, reason = Outcome.ERROR, trouble
        self._obstacles.spoil(case)
        return CaseResult(
            case, outcome, reason, finding, tuple(desk.exchanges), perf_counter() - begin, desk.measured
        )

    def _steps(self, case: Case, desk: Desk) -> tuple[Outcome, Meaning | None, Finding | None]:
        number, line = 0, "reset"
        try:
            desk.reset(CARD)
            if case.uses_sam:
                desk.reset(SAM)
            for number, step in enumerate(case.steps, start=1):  # noqa: B007 - told where it fails
                line = step.line
                step.do(desk)
        except CaseFailedError as error:
            return Outcome.FAILED, None, Finding(number, line, error.expected, error.actual)
        except (CaseSkippedError, KeyNotAtHandError, FreshCardError) as error:
            return Outcome.SKIPPED, both_of(error), None
        except Exception as error:  # whatever a channel or a card in this process throws
            return self._broken_off(desk, number, line, error)
        return Outcome.PASSED, None, None

    def _broken_off(
        self, desk: Desk, number: int, line: str, error: Exception
    ) -> tuple[Outcome, Meaning | None, Finding | None]:
        if isinstance(error, NoPcscError):  # readers refuse what is no command; the card never saw it
            told = both_of(Phrase("the reader does not pass this on: {line}", line=line))
            return Outcome.SKIPPED, told, None
        if isinstance(error, CardRemovedError):
            self.card_is_gone = not _answers(desk.channel(CARD))
        told = both_of(error) if isinstance(error, PlainError) else internal(error)
        return Outcome.ERROR, _at(number, line, told), None

    def _channels(self, case: Case) -> tuple[Channel, Channel | None]:
        """The card and the SAM of a case; fresh ones where it uses them up, or wants another state."""
        bench, factory = self._bench, self._bench.factory
        card, sam = bench.card, bench.sam
        if factory is None:
            return card, sam
        if Need.SAM_BLANK in case.needs or "sam" in case.leaves:
            sam = factory.sam(blank=Need.SAM_BLANK in case.needs)
        wanted = case.needs & {Need.DESTRUCTIVE, Need.POWER_CUTS, Need.FIXED_CHALLENGES}
        if wanted or case.state is not bench.state:
            card = factory.card(case.state, case.challenges)
        return card, sam


def _restored(case: Case, desk: Desk) -> Meaning | None:
    """Do the restoring steps, all of them; the trouble with the first that failed."""
    trouble: Meaning | None = None
    for step in case.restore:
        try:
            step.do(desk)
        except CaseFailedError as error:
            trouble = trouble or error.actual
        except PlainError as error:
            trouble = trouble or both_of(error)
        except Exception as error:  # as for the case itself
            trouble = trouble or internal(error)
    if trouble is None:
        return None
    return _at(0, "restore", trouble)


def _at(number: int, line: str, told: Meaning) -> Meaning:
    return Meaning(f"{number} {line}: {told.chinese}", f"{number} {line}: {told.english}")


def _answers(card: Channel) -> bool:
    try:
        return bool(card.reset())
    except PlainError:
        return False
    except Exception:  # a card that throws does not answer
        return False
