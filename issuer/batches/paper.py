"""A reconciliation as the batch report that is printed.  # spec: issuance_and_ecard A.9"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from issuer.access.permission import action
from issuer.batches.exchange.file import Head, file_name
from issuer.batches.exchange.kinds import kinds
from issuer.batches.reconciliation import FAILED_RESULTS, OK_RESULTS, REQUESTS
from issuer.batches.rows import batch_of, files_of, lines_of
from issuer.batches.sending import LINES
from issuer.batches.states import GIVEN_UP, names
from issuer.printing.documents import BatchHop, BatchMode, BatchProblem, BatchReport, Hop
from issuer.registry.work import Row, Work
from language import choose

HOPS = {"bank": Hop.BANK, "maker": Hop.MAKER, "centre": Hop.PERSONALISATION, "outlet": Hop.OUTLET}
_LOST = frozenset({"MISSING", "DAMAGED", "CAME_BACK"})


@action("batch.reconcile")
def report_of(work: Work, number: str, issuer_name: str, mode: BatchMode = BatchMode.BATCH) -> BatchReport:
    """The report of a batch for `issuer.printing.papers.batch_report_pdf`; raises NotFoundError."""
    row = batch_of(work, number)
    lines, files = lines_of(work, row["id"]), files_of(work, row["id"])
    ends = Counter(_end(line) for line in lines)
    return BatchReport(
        environment=work.custodian.environment,
        batch_number=number,
        issuer_name=issuer_name,
        mode=mode,
        created_at=row["made_at"],
        closed_at=row["closed_at"],
        reported_at=work.now,
        received=len(lines),
        made=ends["made"],
        failed=ends["failed"],
        waste=ends["waste"],
        open=ends["open"],
        hops=tuple(_hops(work, row, files)),
        problems=tuple(_problems(lines)),
    )


def _end(line: Row) -> str:
    """What became of a line: a card, a failure, a card that is lost or destroyed, or nothing yet."""
    reached = str(line["failed_as"] or line["state"])
    name = names("line")[reached]
    if reached in _LOST:
        return "waste"
    if name.has_passed("centre"):
        return "made"
    return "failed" if name.failed or line["state"] in GIVEN_UP else "open"


def _hops(work: Work, row: Row, files: list[Row]) -> Iterator[BatchHop]:
    """Each way out, with all that came back for it."""
    for hop, request in REQUESTS.items():
        sent = [file for file in files if file["kind"] == request and file["answer"].get(LINES)]
        back = next(kind.name for kind in kinds().values() if kind.sender == hop)
        answers = [file for file in files if file["kind"] == back]
        brought: Counter[str] = Counter()
        for file in answers:
            brought.update(file["answer"])
        if not sent:
            continue
        first, last = sent[0], answers[-1] if answers else None
        failed = sum(brought[result] for result in FAILED_RESULTS[hop])
        spoilt = brought["missing"] + brought["damaged"]
        environment = work.custodian.environment
        head = Head(
            request, row["number"], first["seq"], row["issuer"], first["receiver"], first["at"], environment
        )
        yield BatchHop(
            hop=HOPS[hop],
            file_name=file_name(head),
            sent_at=first["at"],
            sent=sum(file["answer"][LINES] for file in sent),
            answered_at=last["at"] if last else None,
            done=brought[OK_RESULTS[hop]],
            failed=failed - spoilt,
            waste=spoilt,
            digest=bytes(last["digest"]) if last else None,
        )


def _problems(lines: list[Row]) -> Iterator[BatchProblem]:
    for line in lines:
        reached = names("line")[str(line["failed_as"] or line["state"])]
        if reached.failed:
            reason = choose(reached.meaning) + (f": {line['fault']}" if line["fault"] else "")
            yield BatchProblem(line=line["line"], hop=HOPS[reached.failed], reason=reason)
