"""Plays cases against a card, whatever the card does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from time import perf_counter

from card_os.spec.errors import Phrase, PlainError
from card_os.spec.model import Meaning
from language import _, choose
from reader_client.channel import Channel
from reader_client.conformance.bench import Bench, FreshCardError, KeyNotAtHandError
from reader_client.conformance.desk import CaseFailedError, CaseSkippedError, Desk
from reader_client.conformance.exchange import CARD, SAM
from reader_client.conformance.expectation import OK
from reader_client.conformance.identity import identify
from reader_client.conformance.model import CardState, Case, Need
from reader_client.conformance.result import CaseResult, Finding, Identity, Outcome, RunResult
from reader_client.conformance.words import both, both_of
from reader_client.errors import CardRemovedError

# the case that proves the keys themselves; where it fails no other key is tried
PROOF = "A1-00"
PROOF_KEY = "RK1_DDF1"
# what a destructive case spoils, the least first: without fresh cards they are played in this order
_SEVERITY = ("pin", "key", "df", "sam", "card")
_APPLICATIONS = ("DDF1", "DF01", "DF02", "DF03")

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
    done: Sequence[CaseResult] = (),
) -> RunResult:
    """Play cases and tell what came out; `done` are results of an earlier run that are not played again.

    `listener` hears of each case, `stop` is asked before each one. Nothing that a card does raises.
    """
    begin = perf_counter()
    identity = identify(bench)
    results = list(done)
    known = {result.case.id for result in done}
    session = _Session(bench, identity, destructive=destructive)
    stopped: Meaning | None = None
    for case in in_order(cases, bench):
        if case.id in known:
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
    """One run: what is known of the keys, and what was spoiled."""

    def __init__(self, bench: Bench, identity: Identity, *, destructive: bool) -> None:
        self._bench, self._identity, self._destructive = bench, identity, destructive
        self._proved: dict[str, Meaning | None] = {}
        self._spoiled: dict[str, str] = {}
        self.card_is_gone = False

    def play(self, case: Case) -> CaseResult:
        """One case, from reset to the last restoring step."""
        obstacle = self._obstacle(case)
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
            if self._bench.keys is not None and any(step.uses_sam for step in case.steps):
                self._bench.keys.renew()

    def _played(self, case: Case, desk: Desk) -> CaseResult:
        begin = perf_counter()
        outcome, reason, finding = self._steps(case, desk)
        if self.card_is_gone or outcome is Outcome.SKIPPED:
            pass
        elif (trouble := _restored(case, desk)) is not None and outcome is Outcome.PASSED:
            outcome, reason = Outcome.ERROR, trouble
        if Need.DESTRUCTIVE in case.needs and self._bench.factory is None:
            self._spoiled |= dict.fromkeys(case.leaves, case.id)
        return CaseResult(
            case, outcome, reason, finding, tuple(desk.exchanges), perf_counter() - begin, desk.measured
        )

    def _steps(self, case: Case, desk: Desk) -> tuple[Outcome, Meaning | None, Finding | None]:
        number, line = 0, "reset"
        try:
            desk.reset(CARD)
            if any(step.uses_sam for step in case.steps):
                desk.reset(SAM)
            for number, step in enumerate(case.steps, start=1):  # noqa: B007 - told where it fails
                line = step.line
                step.do(desk)
        except CaseFailedError as error:
            return Outcome.FAILED, None, Finding(number, line, error.expected, error.actual)
        except (CaseSkippedError, KeyNotAtHandError, FreshCardError) as error:
            return Outcome.SKIPPED, both_of(error), None
        except CardRemovedError as error:
            self.card_is_gone = not _answers(desk.channel(CARD))
            return Outcome.ERROR, _at(number, line, both_of(error)), None
        except PlainError as error:
            return Outcome.ERROR, _at(number, line, both_of(error)), None
        except Exception as error:  # whatever a channel or a card in this process throws
            kind = type(error).__name__
            return (
                Outcome.ERROR,
                _at(number, line, both_of(Phrase("internal error: {kind}", kind=kind))),
                None,
            )
        return Outcome.PASSED, None, None

    # --- what stands in the way -------------------------------------------------------------------------

    def _obstacle(self, case: Case) -> Meaning | None:
        found = self._missing(case)
        if found is not None:
            return both_of(found)
        if not self._identity.is_health_card and not case.any_card:
            return self._identity.trouble
        for token in _touched(case):
            if token in self._spoiled:
                spoiler = self._spoiled[token]
                return both_of(Phrase("{case} has used up what it needs: {what}", case=spoiler, what=token))
        if Need.TEST_KEYS in case.needs and case.state is CardState.ISSUED and case.id != PROOF:
            for key in (PROOF_KEY, *case.tries):
                trouble = self._trouble_with(key)
                if trouble is not None:
                    return trouble
        return None

    def _missing(self, case: Case) -> Phrase | None:
        bench, needs = self._bench, case.needs
        fresh = bench.factory is not None
        if Need.DESTRUCTIVE in needs and not self._destructive:
            return Phrase("destructive, and that was not asked for")
        if case.state is not bench.state and not fresh:
            return Phrase("it needs a card in the state {state}", state=case.state.value)
        if Need.TEST_KEYS in needs and bench.keys is None:
            return Phrase("there are no keys for the card")
        if Need.SAM in needs and bench.sam is None:
            return Phrase("there is no SAM")
        if not fresh and not needs.isdisjoint(_FACTORY_ONLY):
            return Phrase("it needs cards made for it, which a test centre has")
        return None

    def _trouble_with(self, key: str) -> Meaning | None:
        """Why a key is not to be used, found by proving it rightly once; this spares the tries of a card."""
        if key not in self._proved:
            self._proved[key] = self._proof(key)
        return self._proved[key]

    def _proof(self, name: str) -> Meaning | None:
        bench = self._bench
        probe = Case(PROOF, Meaning("", ""), "", ())
        desk = Desk(bench, probe, bench.card, bench.sam)
        key = bench.profile.keys[name]
        try:
            desk.reset(CARD)
            for path in _levels(key.df):
                desk.select(CARD, bench.profile.files[path].fid.to_bytes(2, "big"))
            desk.authenticate(name, 1, OK)
        except CaseFailedError as error:
            told = error.actual
            return both(lambda: _not_proved(name, told))
        except PlainError as error:
            return both_of(error)
        except Exception as error:  # as for a case
            return _internal(error)
        return None

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


_FACTORY_ONLY = frozenset({Need.POWER_CUTS, Need.FIXED_CHALLENGES, Need.SAM_BLANK})


def _levels(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:level]) for level in range(1, len(parts) + 1)]


def _touched(case: Case) -> Collection[str]:
    """What a case needs unspoiled, in the words of `leaves`."""
    text = " ".join((*case.lines, *case.keys))
    touched = {f"key:{key}" for key in case.keys}
    touched |= {f"df:{name}" for name in _APPLICATIONS if name in text}
    return {"card", "pin", "sam"} & set(case.leaves) | touched | {"card"}


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
            trouble = trouble or _internal(error)
    if trouble is None:
        return None
    return _at(0, "restore", trouble)


def _at(number: int, line: str, told: Meaning) -> Meaning:
    return Meaning(f"{number} {line}: {told.chinese}", f"{number} {line}: {told.english}")


def _internal(error: Exception) -> Meaning:
    return both_of(Phrase("internal error: {kind}", kind=type(error).__name__))


def _not_proved(name: str, told: Meaning) -> str:
    text = _("the key {key} does not fit, and its tries are spared: {answer}")
    return text.format(key=name, answer=choose(told))


def _answers(card: Channel) -> bool:
    try:
        return bool(card.reset())
    except PlainError:
        return False
    except Exception:  # a card that throws does not answer
        return False
