"""What every answer of a partner is held to, line by line, before anything changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from card_os.spec.errors import Phrase
from issuer.batches.exchange.errors import ExchangeRefusedError
from issuer.batches.exchange.file import Row as FileRow
from issuer.batches.exchange.text import FIRST_DETAIL, line_of, refusal
from issuer.batches.states import LINE
from issuer.registry.work import Row


@dataclass(frozen=True, slots=True)
class Step:
    """A line of a batch with the step that a row of the file makes it take, and that row."""

    line: Row
    action: str
    told: FileRow
    index: int


@dataclass(slots=True)
class Steps:
    """The steps that a file takes with the lines of a batch: each line once, and only where it may."""

    lines: Sequence[Row]
    taken: list[Step] = field(default_factory=list)
    _by_number: dict[int, Row] = field(init=False)
    _seen: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._by_number = {line["line"]: line for line in self.lines}

    def named(self, index: int, told: FileRow) -> Row:
        """The line that a row names; raises ExchangeRefusedError."""
        line = self._by_number.get(int(str(told["line"])))
        if line is None:
            reason = Phrase("the batch has the lines {least} to {most}", least=1, most=len(self.lines))
            raise refused(index, "line", reason)
        given = told.get("application")
        if given is not None and given != line["application"]:
            reason = Phrase("the application of this line is {application}", application=line["application"])
            raise refused(index, "application", reason)
        return line

    def take(self, index: int, told: FileRow, action: str) -> Step:
        """Note the step of a row; raises ExchangeRefusedError where the line may not take it now."""
        line = self.named(index, told)
        if line["line"] in self._seen:
            raise refused(index, "line", Phrase("the line stands twice in the file"))
        if (line["state"], action) not in LINE.next:
            states = ", ".join(sorted(state for state, name in LINE.next if name == action))
            fields = {"state": line["state"], "action": action, "states": states}
            reason = Phrase("the line is in state {state}; {action} is accepted in {states}", **fields)
            raise refused(index, "line", reason)
        self._seen.add(line["line"])
        step = Step(line, action, told, index)
        self.taken.append(step)
        return step

    def by_action(self) -> Mapping[str, list[Step]]:
        """The steps by action, in the order of the file."""
        found: dict[str, list[Step]] = {}
        for step in self.taken:
            found.setdefault(step.action, []).append(step)
        return found


def refused(index: int, field_name: str, reason: Phrase) -> ExchangeRefusedError:
    """A refusal at a detail row, counted from 0."""
    return refusal(FIRST_DETAIL + index, field_name, reason)


def expect_state(row: Row, kind: str, states: Collection[str]) -> None:
    """The batch must be in one of these states for such a file; raises ExchangeRefusedError."""
    if row["state"] not in states:
        fields = {"state": row["state"], "kind": kind, "states": ", ".join(sorted(states))}
        reason = Phrase("the batch is in state {state}; {kind} is accepted in {states}", **fields)
        raise refusal(line_of("batch"), "batch", reason)
