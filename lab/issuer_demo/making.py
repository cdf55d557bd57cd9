"""A batch goes out to bank, maker and outlet and comes back; our own desk personalises the chips."""

from __future__ import annotations

from collections.abc import Mapping

from issuer.batches import closing, listing, partners, planning, receiving, sending
from issuer.batches.exchange.file import Correspondent
from issuer.batches.personalising import personalise_batch
from issuer.batches.planning import BatchOrder
from issuer.keys.certificates import EXCHANGE_KEY
from lab.issuer_demo.stage import COUNTY, SETTINGS, Stage
from lab.partners import Bank, Maker, Outlet, Partner
from language import _

BANK, MAKER, OUTLET = "bank-1", "maker-1", "outlet-1"
WASTE_EVERY = 60
"""Of so many chips the maker spoils one."""
REFUSED_LINES = (3,)
"""Lines to which the bank opens no account."""


def batch(stage: Stage) -> Mapping[str, object]:
    """Plan a batch, send it round, make its cards, deliver them."""
    hands = _partners(stage)
    with stage.work("centre-1") as work:
        planned = planning.plan(
            work, BatchOrder(SETTINGS.code, COUNTY, bank=BANK, maker=MAKER, outlet=OUTLET)
        )
    stage.batches.append(planned.number)
    stage.say(_("batch {number}: {lines} lines").format(number=planned.number, lines=planned.lines))
    files = _exchange(stage, planned.number, "ACC-REQ", hands[BANK])
    files += _exchange(stage, planned.number, "PRD-REQ", hands[MAKER], spares=2)
    report = personalise_batch(
        stage.registry,
        stage.people["perso-1"],
        planned.number,
        settings=stage.cards,
        chips=stage.store,
        progress=stage.progress,
    )
    stage.say(
        _("{finished} cards personalised, {failed} lines failed, {wasted} chips spent in vain").format(
            finished=report.finished, failed=report.failed, wasted=report.wasted
        )
    )
    files += _exchange(stage, planned.number, "APP", hands[OUTLET])
    files += _exchange(stage, planned.number, "DLV", hands[OUTLET])
    with stage.work("centre-1") as work:
        states = dict(listing.shown(work, planned.number).states)
    stage.say(_("at the outlet: {count} cards").format(count=states.get("AT_OUTLET", 0)))
    return {
        "batch": planned.number,
        "lines": planned.lines,
        "files": files,
        "finished": report.finished,
        "failed": report.failed,
        "wasted": report.wasted,
        "states": states,
        "ok": report.complete and states.get("AT_OUTLET") == report.finished,
    }


def close(stage: Stage, place: int = 0) -> Mapping[str, object]:
    """Lines that found no account go back with a reason; then no line is open, and the batch is closed."""
    number = stage.batches[place]
    with stage.work("centre-1") as work:
        open_lines = [line["line"] for line in listing.lines(work, number, "NO_ACCOUNT")]
        if open_lines:
            closing.give_up(work, number, open_lines, "银行未能开户，请与申领人联系", again=False)
        checkpoint = closing.close(work, number)
    stage.kept("checkpoints", f"{number}.txt", (checkpoint.line() + "\n").encode())
    stage.say(_("batch {number} is closed, its checkpoint of the audit log kept").format(number=number))
    return {"batch": number, "sent_back": len(open_lines), "checkpoint": checkpoint.seq, "ok": True}


def _partners(stage: Stage) -> dict[str, Partner]:
    us = Correspondent(SETTINGS.code, "issuer", stage.province.custodian.public_key(EXCHANGE_KEY))
    hands: dict[str, Partner] = {
        BANK: Bank(BANK, us, no_account=REFUSED_LINES),
        MAKER: Maker(MAKER, us, store=stage.store, waste_every=WASTE_EVERY),
        OUTLET: Outlet(OUTLET, us),
    }
    with stage.work("admin-1", "admin-2") as work:
        for partner in hands.values():
            partners.add(work, partner.introduction)
    return hands


def _exchange(stage: Stage, number: str, kind: str, partner: Partner, spares: int = 0) -> int:
    """Send a file and take the answers in; the number of files that went either way."""
    with stage.work("centre-1") as work:
        sent = sending.send(work, number, kind, spares=spares, settings=stage.cards)
    stage.kept("exchange", sent.name, sent.raw)
    count = 1
    for raw in partner.answer(sent.raw):
        with stage.work("centre-1") as work:
            receipt = receiving.receive(work, raw)
        stage.kept("exchange", f"{number}-{receipt.kind}-{receipt.seq}", raw)
        count += 1
        stage.say(
            _("{kind} to {partner}, {answer} back: {results}").format(
                kind=kind,
                partner=partner.name,
                answer=receipt.kind,
                results=", ".join(f"{name} {amount}" for name, amount in receipt.results.items()),
            )
        )
    return count
