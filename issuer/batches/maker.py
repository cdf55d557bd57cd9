"""The hop to the maker: each line gets a chip, and so do the spares; what was spoilt is named.

# spec: issuance_and_ecard A.3 [I], A.5 detail codes 30 to 32
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from card_os.iso7816.atr import AtrError
from card_os.spec.errors import Phrase
from card_os.spec.loader import load
from issuer.batches import chips
from issuer.batches.answers import Steps, expect_state, refused
from issuer.batches.exchange.file import Row as FileRow
from issuer.batches.rows import count_lines, lines_of, results_of
from issuer.batches.states import BATCH, LINE
from issuer.batches.stock import WAITING_FOR_CHIPS
from issuer.personalisation.card_script import PROFILE
from issuer.personalisation.chip import WrongChipError, factor_of
from issuer.personalisation.issuance import chip_serial
from issuer.registry.schema.batches import batch, batch_line
from issuer.registry.work import Row, Work

ACTIONS = {"made": "line.make", "failed": "line.fail", "abnormal": "line.abnormal"}
SPARE, WASTE, MADE = "spare", "waste", "made"
ORDERING = frozenset({"FACTORY_OUT", "FACTORY_BACK", "PERSO_OUT"})


def request(work: Work, row: Row, spares: int) -> list[FileRow]:
    """The rows of PRD-REQ: a chip for each line that waits, and spare ones."""
    lines = [] if row["state"] in ORDERING else lines_of(work, row["id"], WAITING_FOR_CHIPS)
    ordered: list[FileRow] = [{"line": line["line"], "application": line["application"]} for line in lines]
    return ordered + [{"line": 0}] * spares


def take_in(work: Work, row: Row, told: Sequence[FileRow]) -> Mapping[str, int]:
    """What PRD-RSP says; the batch is back when every line is answered. Raises ExchangeRefusedError."""
    expect_state(row, "PRD-RSP", ORDERING)
    steps = Steps(lines_of(work, row["id"]))
    delivered: list[chips.Delivered] = []
    for index, one in enumerate(told):
        result = str(one["result"])
        if result in ACTIONS:
            steps.take(index, one, ACTIONS[result])
        elif one["line"] != 0:
            raise refused(index, "line", Phrase("a chip that is {result} stands on line 0", result=result))
        if one["chip_serial"] is not None:
            delivered.append(_delivered(index, one))
    _check_serials(work, told)
    _check_spares(work, row, told)
    rows = chips.deliver(work, row["maker"], row["id"], delivered)
    for action, taken in steps.by_action().items():
        work.move_all(batch_line, [step.line for step in taken], LINE, action)
    made = steps.by_action().get(ACTIONS[MADE], [])
    chips.give(work, [step.line for step in made], [rows[str(step.told["chip_serial"])] for step in made])
    faults = {step.line["id"]: {"fault": step.told["fault"]} for step in steps.taken if step.told["fault"]}
    work.update_all(batch_line, faults)
    if row["state"] == "FACTORY_OUT" and not count_lines(work, row["id"], WAITING_FOR_CHIPS):
        work.move(batch, row, BATCH, "batch.chips_came")
    return Counter(str(one["result"]) for one in told)


def _delivered(index: int, told: FileRow) -> chips.Delivered:
    serial, atr = str(told["chip_serial"]), told["atr"]
    try:
        factor = chips.factor_of_serial(serial)
    except OverflowError:
        raise refused(index, "chip_serial", Phrase("no chip can have this number")) from None
    if isinstance(atr, bytes):
        try:
            found = factor_of(load(PROFILE), atr)
        except (AtrError, WrongChipError):
            raise refused(index, "atr", Phrase("this is no answer to reset of our chips")) from None
        if found != factor:
            reason = Phrase("its chip has the serial number {serial}", serial=chip_serial(found))
            raise refused(index, "chip_serial", reason)
    fault = str(told["fault"]) if told["result"] == WASTE else ""
    return chips.Delivered(serial, factor, fault)


def _check_serials(work: Work, told: Sequence[FileRow]) -> None:
    """The same chip serial never twice: neither in the file nor in the registry."""
    places: dict[str, int] = {}
    for index, one in enumerate(told):
        if one["chip_serial"] is not None and places.setdefault(str(one["chip_serial"]), index) != index:
            raise refused(index, "chip_serial", Phrase("the chip stands twice in the file"))
    if twice := chips.known(work, places):
        index = min(places[serial] for serial in twice)
        raise refused(index, "chip_serial", Phrase("the registry has this chip already"))


def _check_spares(work: Work, row: Row, told: Sequence[FileRow]) -> None:
    left = results_of(work, row["id"], "PRD-REQ")[SPARE] - results_of(work, row["id"], "PRD-RSP")[SPARE]
    for index, one in enumerate(told):
        left -= one["result"] == SPARE
        if left < 0:
            raise refused(index, "result", Phrase("more spare chips than were ordered"))
