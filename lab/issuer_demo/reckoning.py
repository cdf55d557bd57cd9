"""The end: everything adds up, and nobody has touched the audit log."""

from __future__ import annotations

from collections.abc import Mapping

from issuer.batches import reconciliation
from issuer.cards import listing
from issuer.registry import auditing
from lab.issuer_demo.stage import Stage
from language import _, describe


def reconcile(stage: Stage) -> Mapping[str, object]:
    """Every batch is counted at all its places."""
    told: list[str] = []
    batches = {}
    for number in stage.batches:
        with stage.work("centre-1") as work:
            found = reconciliation.reconcile(work, number)
        told += [describe(why) for why in found.discrepancies]
        batches[number] = {
            "lines": found.lines,
            "hops": {hop.hop: [hop.came, hop.ok, hop.failed, hop.open] for hop in found.hops if hop.partner},
            "chips": [found.chips.delivered, found.chips.made, found.chips.waste, found.chips.blank],
        }
        text = _("batch {number}: {delivered} chips = {made} cards + {waste} waste + {blank} left over")
        chips = found.chips
        stage.say(
            text.format(
                number=number,
                delivered=chips.delivered,
                made=chips.made,
                waste=chips.waste,
                blank=chips.blank + chips.planned,
            )
        )
    with stage.work("auditor-1") as work:
        cards = listing.counts(work)
    for line in told:
        stage.say(line)
    return {"batches": batches, "cards": cards, "discrepancies": told, "ok": not told}


def verify(stage: Stage) -> Mapping[str, object]:
    """The audit chain holds, also against the checkpoints that left the house."""
    folder = stage.home / "checkpoints"
    outside = [line for file in sorted(folder.glob("*.txt")) for line in file.read_text().splitlines()]
    with stage.work("auditor-1") as work:
        verdict = auditing.verify(work, outside, stage.progress)
    text = _("{rows} rows, {checkpoints} checkpoints, {count} findings")
    count = len(verdict.findings)
    stage.say(text.format(rows=verdict.rows, checkpoints=verdict.checkpoints, count=count))
    return {"rows": verdict.rows, "checkpoints": verdict.checkpoints, "findings": count, "ok": not count}
