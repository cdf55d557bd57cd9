"""The hop to the bank: accounts are opened for the lines, or refused.

# spec: issuance_and_ecard A.3 [I], A.5 detail codes 20 to 22
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from issuer.applications import making
from issuer.batches.answers import Steps, expect_state
from issuer.batches.exchange.file import Row as FileRow
from issuer.batches.rows import count_lines, lines_of
from issuer.batches.states import BATCH, LINE
from issuer.registry.schema.batches import batch, batch_line
from issuer.registry.work import Row, Work

ACTIONS = {"has_account": "line.account", "none": "line.no_account", "mismatch": "line.mismatch"}


def request(work: Work, row: Row) -> list[FileRow]:
    """The rows of ACC-REQ: who wants an account."""
    lines = lines_of(work, row["id"], {"PLANNED"})
    records = {
        found.application_id: found
        for found in making.records(work, [one["application_id"] for one in lines])
    }
    return [
        {
            "line": line["line"],
            "application": line["application"],
            "document_type": records[line["application_id"]].document_type,
            "document_number": records[line["application_id"]].document_number,
            "name": records[line["application_id"]].holder_name,
        }
        for line in lines
    ]


def take_in(work: Work, row: Row, told: Sequence[FileRow]) -> Mapping[str, int]:
    """What ACC-RSP says; the batch is back when every line is answered. Raises ExchangeRefusedError."""
    expect_state(row, "ACC-RSP", {"BANK_OUT"})
    steps = Steps(lines_of(work, row["id"]))
    for index, one in enumerate(told):
        steps.take(index, one, ACTIONS[str(one["result"])])
    for action, taken in steps.by_action().items():
        work.move_all(batch_line, [step.line for step in taken], LINE, action)
    changes = {
        step.line["id"]: {"bank_account": step.told["account"], "fault": step.told["fault"]}
        for step in steps.taken
    }
    work.update_all(batch_line, changes)
    if not count_lines(work, row["id"], {"PLANNED"}):
        work.move(batch, row, BATCH, "batch.bank_answered")
    return Counter(str(one["result"]) for one in told)
