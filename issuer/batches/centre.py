"""The hop to the personalisation centre: people and chips go out, cards and waste come back.

# spec: issuance_and_ecard A.3 [I], A.5 detail codes 40 and 41
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from card_os.crypto.keys import province_factor
from card_os.spec.errors import Phrase
from issuer.applications import making
from issuer.batches import chips, terms
from issuer.batches.answers import Step, Steps, expect_state, refused
from issuer.batches.exchange.file import Row as FileRow
from issuer.batches.finishing import Finished, finish
from issuer.batches.rows import count_lines, lines_of
from issuer.batches.states import BATCH, CHIP, LINE
from issuer.keys.custodian import CardFactors
from issuer.personalisation.card_script import IssuedCard
from issuer.personalisation.issuance import IssuerSettings
from issuer.registry.schema.batches import batch, batch_line, chip
from issuer.registry.work import Row, Work

ACTIONS = {"finished": "line.finish", "key_error": "line.key_error", "data_error": "line.data_error"}
FINISHED, WASTE, UNUSED = "finished", "waste", "unused"


def request(work: Work, row: Row, spares: int, settings: IssuerSettings) -> list[FileRow]:
    """The rows of PER-REQ: each line with its chip and its person, and chips to spare."""
    lines = lines_of(work, row["id"], {"MADE"})
    if not lines:
        return []
    begun = terms.begin(work, row, settings)
    extra = chips.free(work, row, spares)
    work.move_all(chip, extra, CHIP, "chip.plan")
    return [
        *_cards(work, lines, begun),
        *({"line": 0, "use": "spare", "chip_serial": one["serial"]} for one in extra),
    ]


def _cards(work: Work, lines: Sequence[Row], begun: terms.Terms) -> Iterator[FileRow]:
    by_application = {line["application_id"]: line for line in lines}
    for record in making.records(work, list(by_application)):
        line = by_application[record.application_id]
        yield {
            "line": line["line"],
            "use": "card",
            "chip_serial": line["chip_serial"],
            "application": line["application"],
            "issued_on": begun.issued_on,
            "expires_on": begun.expires_on,
            "versions": " ".join(map(str, begun.versions.valid)),
            "current": begun.versions.current,
            "keys": begun.key_set,
            "record": json.loads(record.raw),
            "photo": record.photo,
        }


def take_in(work: Work, row: Row, told: Sequence[FileRow]) -> Mapping[str, int]:
    """What PER-RSP says; the batch is back when every line is answered. Raises ExchangeRefusedError."""
    expect_state(row, "PER-RSP", {"PERSO_OUT"})
    lines = lines_of(work, row["id"])
    there = _ChipsThere(work, row, lines)
    steps = Steps(lines)
    for index, one in enumerate(told):
        result = str(one["result"])
        if result in ACTIONS:
            there.note(index, one, steps.take(index, one, ACTIONS[result]).line)
        else:
            there.note(index, one, steps.named(index, one) if one["line"] else None)
    begun = terms.terms_of(row)
    taken = steps.by_action()
    done = taken.get(ACTIONS[FINISHED], [])
    _check_keys(done, begun)
    left = sum(line["state"] == "MADE" for line in lines) - len(steps.taken)
    there.check_all_told(steps.taken, len(told) - 1, last=not left)
    there.settle()
    _finish(work, row, begun, there, done)
    for result in ("key_error", "data_error"):
        failed = taken.get(ACTIONS[result], [])
        work.move_all(batch_line, [step.line for step in failed], LINE, ACTIONS[result])
        work.update_all(
            batch_line, {step.line["id"]: {"chip_id": None, "fault": step.told["fault"]} for step in failed}
        )
    if not count_lines(work, row["id"], {"MADE"}):
        work.move(batch, row, BATCH, "batch.personalised")
    return Counter(str(one["result"]) for one in told)


class _ChipsThere:
    """The chips that are at the centre for a batch, and what a file says of each."""

    def __init__(self, work: Work, row: Row, lines: Sequence[Row]) -> None:
        self._work = work
        self._line_of = {line["chip_id"]: line for line in lines if line["state"] == "MADE"}
        spares = chips.unassigned(work, row["id"])
        assigned = chips.rows_by_id(work, [chip_id for chip_id in self._line_of if chip_id])
        self.by_serial: dict[str, Row] = {one["serial"]: one for one in (*assigned.values(), *spares)}
        self.tries: Counter[str] = Counter()
        self._told: dict[str, tuple[int, str]] = {}
        self._faults: dict[str, str] = {}
        self._spent_on: dict[str, str] = {}

    def note(self, index: int, one: FileRow, line: Row | None) -> None:
        """Note what a row says of a chip; raises ExchangeRefusedError."""
        if one["chip_serial"] is None:
            return
        serial, result = str(one["chip_serial"]), str(one["result"])
        if serial not in self.by_serial:
            raise refused(index, "chip_serial", Phrase("this chip is not at the centre for this batch"))
        if serial in self._told:
            raise refused(index, "chip_serial", Phrase("the chip stands twice in the file"))
        owner = self._line_of.get(self.by_serial[serial]["id"])
        if result == FINISHED and owner is not None and owner is not line:
            reason = Phrase("this chip belongs to line {line}", line=owner["line"])
            raise refused(index, "chip_serial", reason)
        self._told[serial] = index, result
        self._faults[serial] = str(one["fault"] or "")
        if result == WASTE and line is not None:
            self._spent_on[serial] = line["id"]
            self.tries[line["id"]] += 1

    def check_all_told(self, taken: Sequence[Step], last_index: int, *, last: bool) -> None:
        """No chip is left in the air; raises ExchangeRefusedError.

        A line that has its result leaves no chip behind; a chip of a line without one is not spoken of; the
        last file tells of every spare.
        """
        settled = {step.line["id"] for step in taken}
        for serial, row in self.by_serial.items():
            owner = self._line_of.get(row["id"])
            if owner is None:
                if last and serial not in self._told:
                    reason = Phrase(
                        "the last file must say what became of spare chip {serial}", serial=serial
                    )
                    raise refused(last_index, "chip_serial", reason)
            elif owner["id"] in settled and serial not in self._told:
                index = next(step.index for step in taken if step.line is owner)
                reason = Phrase("the file must say what became of chip {serial} of this line", serial=serial)
                raise refused(index, "chip_serial", reason)
            elif owner["id"] not in settled and serial in self._told:
                reason = Phrase("its line {line} has no result in this file", line=owner["line"])
                raise refused(self._told[serial][0], "chip_serial", reason)

    def settle(self) -> None:
        """Chips that are waste are waste; those that were not used are blank again."""
        spoilt = [
            chips.Spoilt(self.by_serial[serial], self._faults[serial], self._spent_on.get(serial))
            for serial, (_, result) in self._told.items()
            if result == WASTE
        ]
        chips.spoil(self._work, chips.CENTRE, spoilt)
        unused = [self.by_serial[serial] for serial, (_, result) in self._told.items() if result == UNUSED]
        self._work.move_all(chip, unused, CHIP, "chip.release")


def _check_keys(done: Sequence[Step], begun: terms.Terms) -> None:
    for step in done:
        if step.told["keys"] != begun.key_set:
            reason = Phrase("the batch was begun with the keys {keys}", keys=begun.key_set.hex().upper())
            raise refused(step.index, "keys", reason)


def _finish(work: Work, row: Row, begun: terms.Terms, there: _ChipsThere, done: Sequence[Step]) -> None:
    chip_of = {step.line["id"]: there.by_serial[str(step.told["chip_serial"])] for step in done}
    tries = {step.line["id"]: {"chip_id": None, "attempt": 1 + there.tries[step.line["id"]]} for step in done}
    work.update_all(batch_line, tries)
    work.update_all(batch_line, {row_id: {"chip_id": found["id"]} for row_id, found in chip_of.items()})
    by_application = {step.line["application_id"]: step.line for step in done}
    factor = province_factor(bytes.fromhex(begun.city_code))
    finished = []
    for record in making.records(work, list(by_application)):
        line = by_application[record.application_id]
        issued = IssuedCard(
            card_number=record.card_number,
            chip_serial=chip_of[line["id"]]["serial"],
            factors=CardFactors(chip_of[line["id"]]["factor"], factor),
            issue_date=begun.issued_on,
            expiry_date=begun.expires_on,
            keys=begun.keys,
        )
        finished.append(Finished(line, chip_of[line["id"]], issued))
    finish(work, row, finished)
