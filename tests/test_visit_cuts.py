"""The card is pulled at every command of a visit write: it reads without error afterwards, the log says why.

# spec: issuance_and_ecard D.2
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import count
from pathlib import Path

import pytest
from fault_bench import plan
from hospital_bench import INPATIENT, OUTPATIENT, Counter, card_cells, sam_cells

from card_os.crypto import sm2
from card_os.faults import FaultyCard, SilenceAsEmpty
from card_os.kernel.card import Card
from card_os.kernel.memory import Memory
from card_os.spec.codecs import Value
from card_os.spec.loader import load
from reader_client.channel import Channel
from reader_client.contents import Values
from reader_client.errors import CardRemovedError
from reader_client.hospital import steps
from reader_client.hospital.records import RecordState, VisitRecord, read_visits
from reader_client.in_process import InProcessChannel
from reader_client.visits import VisitCutError, VisitKind, WriteStage

pytestmark = pytest.mark.skipif(not sm2.available(), reason="gmssl-pyx is not installed")

OUT, IN = VisitKind.OUTPATIENT, VisitKind.INPATIENT
NEW: dict[VisitKind, dict[str, Value]] = {OUT: OUTPATIENT, IN: INPATIENT}
STEP = {OUT: steps.cashier, IN: steps.discharge}
STEP_NAMES = {OUT: "cashier", IN: "discharge"}
SLOTS = {OUT: 5, IN: 3}
WRITE_INS = (0xD6, 0xD2, 0x0C)
# the oldest of a full card stands in this slot
OLDEST = 2
DAYS = (14, 11, 13, 12, 15)


class Pulled:
    """A card that is pulled out of the reader before the command of this number, from 0."""

    def __init__(self, card: Card, commands: int) -> None:
        self._card, self._left = card, commands
        self._channel = InProcessChannel(card)

    def reset(self) -> bytes:
        return self._channel.reset()

    def transmit(self, command: bytes) -> bytes:
        if self._left == 0:
            self._card.power_off()
            raise CardRemovedError(reader="counter")
        self._left -= 1
        return self._channel.transmit(command)

    def close(self) -> None:
        self._channel.close()


def before(card: Card, number: int) -> Channel:
    return Pulled(card, number)


def after(card: Card, number: int) -> Channel:
    """The command is carried out and its answer lost, as a plan of faults has it."""
    rule = f'nth = {number + 1}\nfault = "cut"\nat = "after"'
    return InProcessChannel(SilenceAsEmpty(FaultyCard(card, plan(rule))))


def old(kind: VisitKind, slot: int) -> dict[str, Value]:
    day = DAYS[slot - 1]
    if kind is IN:
        return {**INPATIENT, "admission_date": date(2025, 1, day), "medical_record_number": f"ZY{slot}"}
    return {**OUTPATIENT, "visit_datetime": datetime(2025, 1, day, 8), "outpatient_number": f"MZ{slot}"}


@dataclass(frozen=True)
class Case:
    """A write: into a free slot or over the oldest one, by a SAM of the card's province or of another."""

    kind: VisitKind
    full: bool
    province: str = "11"

    @property
    def target(self) -> int:
        return OLDEST if self.full else SLOTS[self.kind]

    @property
    def others(self) -> set[int]:
        """The slots with records that must outlive everything."""
        return set(range(1, SLOTS[self.kind] + self.full)) - {self.target}

    def __str__(self) -> str:
        return f"{self.kind}-{'oldest' if self.full else 'free'}-{self.province}"


CASES = [Case(kind, full) for kind in VisitKind for full in (False, True)]
ELSEWHERE = [Case(kind, True, "32") for kind in VisitKind]


@cache
def prepared(case: Case) -> dict[str, bytes]:
    """The memory of a card with signed records in all slots, or in all but the last."""
    card = Card(load("health_card"), Memory(card_cells("06")))
    counter = Counter(Path(), card=card)
    terminal = counter.terminal()
    terminal.session.open()
    for slot in range(1, SLOTS[case.kind] + case.full):
        assert terminal.session.add_visit(case.kind, old(case.kind, slot)).slot == slot
    return dict(card.memory.snapshot())


def counter_of(case: Case, folder: Path) -> Counter:
    return Counter(
        folder,
        card=Card(load("health_card"), Memory(prepared(case))),
        sam=Card(load("sam"), Memory(sam_cells(case.province))),
    )


def records(counter: Counter, kind: VisitKind) -> dict[int, VisitRecord]:
    """Read the whole card with a new terminal, then its visits with their signatures."""
    terminal = counter.terminal()
    terminal.session.open()
    terminal.session.read_all()
    return {record.slot: record for record in read_visits(terminal.session, kind, terminal.trust)}


def files(cells: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: value for name, value in cells.items() if name.startswith("file:")}


def holds(items: Values, values: Mapping[str, Value]) -> bool:
    """Whether the record has these values and no others but signature and certificate."""
    given = {
        name: value for name, value in items.items() if not isinstance(value, bytes) and value is not None
    }
    return given == values


def cuts(case: Case, cut, folder: Path, first: int = 0) -> Iterator[tuple[Counter, CardRemovedError]]:
    """The case once for every command from the first one, cut there; ends when the write comes through."""
    for number in count(first):
        counter = counter_of(case, folder / str(number))
        try:
            STEP[case.kind](counter.terminal(cut(counter.card, number)), NEW[case.kind])
        except CardRemovedError as error:
            yield counter, error
        else:
            break
    assert number > 40


def first_write(case: Case, folder: Path) -> int:
    """The number of the first command that changes the card."""
    counter = counter_of(case, folder / "whole")
    STEP[case.kind](counter.terminal(), NEW[case.kind])
    return next(n for n, ins in enumerate(counter.channel.instructions) if ins in WRITE_INS)


def check(case: Case, counter: Counter, error: CardRemovedError) -> None:
    found = records(counter, case.kind)
    for slot in case.others:
        assert found[slot].state is RecordState.SIGNED
        assert holds(found[slot].items, old(case.kind, slot))
    target = found.get(case.target)
    assert set(found) - case.others <= {case.target}
    if target is not None and target.whole:
        assert target.state is RecordState.SIGNED
        assert holds(target.items, NEW[case.kind]) or (
            case.full and holds(target.items, old(case.kind, case.target))
        )
    elif target is not None:
        # without the key that erases flags the record is told by its missing date; no other way is open
        assert case.province == "32"
        assert target.state is RecordState.INCOMPLETE
    check_log(case, counter, error, target)


def check_log(case: Case, counter: Counter, error: CardRemovedError, target: VisitRecord | None) -> None:
    (row,) = counter.rows
    assert (row.step, row.result, row.text) == (STEP_NAMES[case.kind], "cut", str(error))
    untouched = files(counter.card.memory.snapshot()) == files(prepared(case))
    if not isinstance(error, VisitCutError):
        assert untouched
        return
    assert error.slot in (None, case.target)
    if error.stage is WriteStage.UNTOUCHED:
        assert untouched
        assert "nothing had been written" in row.text
    elif error.stage is WriteStage.MARKING:
        assert f"slot {case.target} is written" in row.text
        assert target is None or holds(target.items, NEW[case.kind])
    else:
        assert f"slot {case.target}" in row.text


@pytest.mark.parametrize("case", CASES + ELSEWHERE, ids=str)
def test_the_card_is_pulled_before_every_command(case: Case, tmp_path: Path) -> None:
    stages = set()
    for counter, error in cuts(case, before, tmp_path):
        check(case, counter, error)
        stages.add(error.stage if isinstance(error, VisitCutError) else None)
    assert stages == {None, *WriteStage} - (
        set() if case.full and case.province == "11" else {WriteStage.ERASING}
    )


@pytest.mark.parametrize("case", [CASES[1], CASES[2], ELSEWHERE[0]], ids=str)
def test_the_answer_to_every_command_is_lost(case: Case, tmp_path: Path) -> None:
    # what a command that only reads leaves behind is tried above
    whole = 0
    for counter, error in cuts(case, after, tmp_path, first_write(case, tmp_path)):
        check(case, counter, error)
        found = records(counter, case.kind).get(case.target)
        whole += found is not None and holds(found.items, NEW[case.kind])
    # the record is complete although its terminal never heard so
    assert whole >= 1


@pytest.mark.parametrize("case", [CASES[0], CASES[3], ELSEWHERE[1]], ids=str)
def test_a_cut_write_is_done_again_and_stands_on_the_card_once(case: Case, tmp_path: Path) -> None:
    for counter, _error in cuts(case, after, tmp_path, first_write(case, tmp_path)):
        done = STEP[case.kind](counter.terminal(), NEW[case.kind]).record
        assert done is not None
        assert done.slot == case.target
        found = records(counter, case.kind)
        assert [slot for slot, record in found.items() if holds(record.items, NEW[case.kind])] == [
            case.target
        ]
        assert {record.state for record in found.values()} == {RecordState.SIGNED}
        assert [row.result for row in counter.rows] == ["cut", "done"]
