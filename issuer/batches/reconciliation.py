"""Reconciles a batch: what the lines say against what the files, the chips and the cards say.

Each number is counted at two places that know nothing of each other; where they differ, that is said.
# spec: issuance_and_ecard A.9; A.3 [I] in = made + failed + waste
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from card_os.spec.errors import Phrase
from issuer.access.permission import action
from issuer.batches.exchange.kinds import kinds
from issuer.batches.report import (
    ChipCount,
    FileRow,
    HopCount,
    KeyRow,
    OutletCount,
    Reconciliation,
)
from issuer.batches.rows import batch_of, files_of, lines_of
from issuer.batches.sending import LINES
from issuer.batches.states import ARRIVED, HOPS, OUT, names
from issuer.batches.terms import terms_of
from issuer.registry.schema.batches import batch_line, chip, chip_waste
from issuer.registry.schema.cards import card
from issuer.registry.work import Row, Work

REQUESTS = {"bank": "ACC-REQ", "maker": "PRD-REQ", "centre": "PER-REQ", "outlet": "DLV"}
OK_RESULTS = {"bank": "has_account", "maker": "made", "centre": "finished", "outlet": "received"}
FAILED_RESULTS = {
    "bank": ("none", "mismatch"),
    "maker": ("failed", "abnormal"),
    "centre": ("key_error", "data_error"),
    "outlet": ("missing", "damaged"),
}
_UNISSUED = "PERSO"


@dataclass(frozen=True, slots=True)
class _Found:
    """Everything that is counted, read once."""

    batch: Row
    lines: Sequence[Row]
    files: Sequence[Row]
    cards: Mapping[str, Row]
    waste: Mapping[str, Counter[str]]
    chips: Mapping[str, int]
    ordered: int

    def reached(self, line: Row) -> str:
        """The state that says how far a line got, also where it was given up since."""
        return str(line["failed_as"] or line["state"])

    def results(self, hop: str) -> Counter[str]:
        """What the answers of a hop brought, by result."""
        answer = next(kind.name for kind in kinds().values() if kind.sender == hop)
        brought: Counter[str] = Counter()
        for file in self.files:
            if file["kind"] == answer:
                brought.update(file["answer"])
        return brought


@action("batch.reconcile")
def reconcile(work: Work, number: str) -> Reconciliation:
    """Count a batch at all its places; raises NotFoundError."""
    found = _read(work, number)
    hops = tuple(_hop(found, hop) for hop in HOPS)
    chips = ChipCount(
        sum(found.chips.values()),
        *(found.chips.get(state, 0) for state in ("BLANK", "PLANNED", "MADE", "WASTE")),
    )
    outlet = _outlet(found)
    return Reconciliation(
        number,
        found.batch["state"],
        found.batch["county"],
        work.custodian.environment,
        found.batch["made_at"],
        found.batch["closed_at"],
        len(found.lines),
        hops,
        chips,
        outlet,
        tuple(_keys(found)),
        tuple(_files(found)),
        tuple(_discrepancies(found, hops, outlet)),
    )


def _read(work: Work, number: str) -> _Found:
    row = batch_of(work, number)
    cards = (
        select(card.c.id, card.c.application_id, card.c.chip_id, card.c.state, card.c["keys"])
        .join_from(card, batch_line, batch_line.c.chip_id == card.c.chip_id)
        .where(batch_line.c.batch_id == row["id"])
    )
    waste = (
        select(chip_waste.c.batch_line_id, chip_waste.c.hop, chip.c.ordered_for)
        .join_from(chip_waste, chip, chip.c.id == chip_waste.c.chip_id)
        .where(chip.c.batch_id == row["id"])
    )
    spoilt: dict[str, Counter[str]] = {hop: Counter() for hop in HOPS}
    for one in work.rows(waste):
        spoilt[one["hop"]][one["batch_line_id"] or ""] += 1
    counted = select(chip.c.state, func.count()).where(chip.c.batch_id == row["id"]).group_by(chip.c.state)
    ordered = select(func.count()).where(chip.c.ordered_for == row["id"])
    return _Found(
        row,
        lines_of(work, row["id"]),
        files_of(work, row["id"]),
        {one["chip_id"]: one for one in work.rows(cards)},
        spoilt,
        {one[0]: int(one[1]) for one in work.connection.execute(counted)},
        int(work.connection.execute(ordered).scalar_one()),
    )


# --- counts -----------------------------------------------------------------------------------------------


def _hop(found: _Found, hop: str) -> HopCount:
    partner, waste = found.batch[hop], sum(found.waste[hop].values())
    if not partner and hop in ("bank", "outlet"):
        return HopCount(hop, partner, 0, 0, 0, 0, waste)
    reached = [names("line")[found.reached(line)] for line in found.lines]
    ok = sum(name.has_passed(hop) for name in reached)
    failed = sum(name.failed == hop for name in reached)
    out, waiting = OUT[hop]
    still = sum(line["state"] in waiting for line in found.lines) if found.batch["state"] == out else 0
    return HopCount(hop, partner, ok + failed + still, ok, failed, still, waste)


def _outlet(found: _Found) -> OutletCount:
    reached = Counter(found.reached(line) for line in found.lines)
    states = Counter(line["state"] for line in found.lines)
    arrived = sum(reached[state] for state in ARRIVED)
    if not found.batch["outlet"]:
        arrived += reached["FINISHED"]
    there = states["AT_OUTLET"] + (0 if found.batch["outlet"] else states["FINISHED"])
    place = found.batch["outlet"] or found.batch["issuer"]
    return OutletCount(place, arrived, states["HANDED_OUT"], reached["CAME_BACK"], there)


def _keys(found: _Found) -> Iterator[KeyRow]:
    used: Counter[tuple[str, str]] = Counter()
    for one in found.cards.values():
        used.update(json.loads(one["keys"]).items())
    for (name, value), count in used.items():
        key, _, version = name.rpartition(" v")
        yield KeyRow(key, int(version), bytes.fromhex(value), count)


def _files(found: _Found) -> Iterator[FileRow]:
    for file in found.files:
        yield FileRow(
            file["kind"],
            file["sender"],
            file["receiver"],
            file["seq"],
            file["lines"],
            file["at"],
            bytes(file["digest"]),
            file["answer"],
        )


# --- what does not add up ---------------------------------------------------------------------------------


def _discrepancies(found: _Found, hops: Sequence[HopCount], outlet: OutletCount) -> Iterator[Phrase]:
    for count in hops:
        yield from _against_files(found, count)
    yield from _chips(found)
    yield from _cards(found)
    if outlet.difference:
        yield Phrase(
            "outlet {outlet}: {count} cards are not accounted for",
            outlet=outlet.outlet,
            count=outlet.difference,
        )


def _against_files(found: _Found, count: HopCount) -> Iterator[Phrase]:
    """What the files of a hop say against what the lines say."""
    if not count.partner:
        return
    sent = sum(file["answer"].get(LINES, 0) for file in found.files if file["kind"] == REQUESTS[count.hop])
    results = found.results(count.hop)
    pairs = (
        (Phrase("sent"), sent, count.came),
        (Phrase("through"), results[OK_RESULTS[count.hop]], count.ok),
        (Phrase("failed"), sum(results[name] for name in FAILED_RESULTS[count.hop]), count.failed),
    )
    for what, in_files, in_lines in pairs:
        if in_files != in_lines:
            fields = {"hop": count.hop, "what": what, "files": in_files, "lines": in_lines}
            yield Phrase("{hop}, {what}: the files say {files}, the lines say {lines}", **fields)


def _chips(found: _Found) -> Iterator[Phrase]:
    brought = found.results("maker")
    delivered = brought["made"] + brought["spare"] + brought["waste"]
    if delivered != found.ordered:
        fields = {"files": delivered, "chips": found.ordered}
        yield Phrase("chips: the files of the maker say {files}, the registry has {chips}", **fields)
    for line in found.lines:
        spent = found.waste["centre"][line["id"]]
        if line["chip_id"] and line["attempt"] != spent + 1:
            fields = {"line": line["line"], "attempt": line["attempt"], "spent": spent}
            yield Phrase("line {line}: attempt {attempt}, but {spent} chips were spent in vain", **fields)


def _cards(found: _Found) -> Iterator[Phrase]:
    """Each line that is through has one card, of its chip and with the keys of the batch; no other has."""
    through = 0
    for line in found.lines:
        done = names("line")[found.reached(line)].has_passed("centre") or line["state"] in (
            "MISSING",
            "DAMAGED",
        )
        one = found.cards.get(line["chip_id"] or "")
        through += done
        if done != (one is not None and one["application_id"] == line["application_id"]):
            yield Phrase(
                "line {line}: state {state} and its card do not agree", line=line["line"], state=line["state"]
            )
        elif one is not None and (one["state"] == _UNISSUED) != (
            line["state"] in ("FINISHED", "SHIPPED", "AT_OUTLET")
        ):
            fields = {"line": line["line"], "state": line["state"], "card": one["state"]}
            yield Phrase("line {line}: it is {state}, its card is {card}", **fields)
    if found.chips.get("MADE", 0) != through:
        fields = {"chips": found.chips.get("MADE", 0), "cards": through}
        yield Phrase("chips: {chips} are cards, but {cards} lines are through", **fields)
    if found.batch["keys"]:
        due = {
            f"{one.key.name} v{one.key.version}": one.check_value.hex().upper()
            for one in terms_of(found.batch).keys
        }
        other = sum(json.loads(one["keys"]) != due for one in found.cards.values())
        if other:
            yield Phrase("keys: {count} cards have others than the batch was begun with", count=other)
