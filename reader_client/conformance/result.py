"""What came out: of one case, and of a whole run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from card_os.spec.model import Meaning
from reader_client.conformance.exchange import Exchange
from reader_client.conformance.model import Case


class Outcome(StrEnum):
    """How a case ended. ERROR: it could not be played to its end, for reasons that are not its subject."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """Where a case failed: step (from 1) and its line, what was due and what came, in both languages."""

    step: int
    line: str
    expected: Meaning
    actual: Meaning


@dataclass(frozen=True, slots=True)
class CaseResult:
    """The outcome of one case. `measured` are numbers that it took, by name, in milliseconds or bits."""

    case: Case
    outcome: Outcome
    reason: Meaning | None = None
    finding: Finding | None = None
    exchanges: tuple[Exchange, ...] = field(default=(), repr=False)
    seconds: float = 0.0
    measured: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Identity:
    """What could be learned of the card under test without any key.

    `factor` are its eight historical bytes, `city_code` digits of tag 39; both empty where there are none.
    `trouble` says why it cannot be this card, None where nothing speaks against it.
    """

    atr: bytes
    factor: bytes = b""
    city_code: str = ""
    spec_version: str = ""
    issuer: str = ""
    trouble: Meaning | None = None
    sam_serial: str = ""

    @property
    def is_health_card(self) -> bool:
        """Whether it has the application."""
        return self.trouble is None


@dataclass(frozen=True, slots=True)
class RunResult:
    """A run: whose card, every case in the order of play; `stopped` says why it ended early, if it did."""

    identity: Identity
    results: tuple[CaseResult, ...]
    seconds: float = 0.0
    stopped: Meaning | None = None

    @property
    def failures(self) -> tuple[CaseResult, ...]:
        """The cases that failed or could not be played to their end."""
        return tuple(one for one in self.results if one.outcome in (Outcome.FAILED, Outcome.ERROR))

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """How many cases ended in which way."""
        counted = Counter(one.outcome for one in self.results)
        return {outcome: counted[outcome] for outcome in Outcome}

    def __getitem__(self, case_id: str) -> CaseResult:
        """The result of one case; KeyError where it was not played."""
        for one in self.results:
            if one.case.id == case_id:
                return one
        raise KeyError(case_id)
