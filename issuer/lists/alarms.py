"""The swipe log held against the black list: a listed card that was accepted although the list was there.

A swipe log is JSON lines `rhc-swipe/1` as terminals write them. A card that was accepted before its front
server had the entry is told apart: that is nobody's fault but the distance's.
# spec: issuance_and_ecard A.9 [V] S9 S15
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from card_os.spec.card_list import Mark, Operation
from issuer.access.permission import action
from issuer.lists import delivery
from issuer.registry.schema.cards import card
from issuer.registry.schema.lists import front_server, list_alarm, list_delivery, list_entry, list_version
from issuer.registry.work import Row, Work, first_of

FORMAT = "rhc-swipe/1"
ACCEPTED = "done"
EMERGENCY = "emergency"
"""An emergency asks no list: its swipes raise no alarm.  # spec: issuance_and_ecard D.3"""


@dataclass(frozen=True, slots=True)
class Report:
    """What a log came to: its rows, those that are none, alarms that are new, swipes ahead of the list."""

    rows: int
    damaged: int
    alarms: int
    known: int
    ahead: int


@dataclass(frozen=True, slots=True)
class _Swipe:
    at: datetime
    step: str
    card_number: str = field(repr=False)
    chip_serial: str
    accepted: bool


@action("list.report_swipes")
def check(work: Work, server: str, lines: Iterable[str]) -> Report:
    """Hold a log of the terminals behind a front server against the black list; keep what is an alarm.

    The same log twice gives no alarm twice. Raises NotFoundError, FrontServerRefusedError.
    """
    asking = delivery.own(work, server)
    swipes, rows, damaged = _accepted(lines)
    held = _held(work, asking["id"])
    fresh = known = ahead = 0
    for swipe in swipes:
        card_id, marks = _black(work, swipe)
        if not _is_black(marks, until=swipe.at):
            continue
        version, last_seq = _at(held, swipe.at)
        if not _is_black([row for row in marks if row["seq"] <= last_seq], until=swipe.at):
            ahead += 1
        elif _keep(work, asking["id"], card_id, swipe, version):
            fresh += 1
            work.record("list.alarm", "card", card_id, server=server, version=version, step=swipe.step)
        else:
            known += 1
    return Report(rows, damaged, fresh, known, ahead)


@action("list.alarms")
def listed(work: Work, count: int = 100) -> list[Row]:
    """The newest alarms: front server, chip serial, when, at which step, version held, when it was found."""
    columns = (
        front_server.c.name.label("server"),
        card.c.chip_serial,
        list_alarm.c.swiped_at,
        list_alarm.c.step,
        list_alarm.c.version,
        list_alarm.c.found_at,
    )
    joined = select(*columns).select_from(list_alarm).join(front_server).join(card)
    return work.rows(joined.order_by(list_alarm.c.swiped_at.desc()).limit(count))


def _accepted(lines: Iterable[str]) -> tuple[list[_Swipe], int, int]:
    """Accepted swipes outside emergencies; the number of rows, and of lines that are none."""
    swipes: list[_Swipe] = []
    rows = damaged = 0
    for line in lines:
        if not line.strip():
            continue
        try:
            swipe = _swipe(json.loads(line))
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError):
            damaged += 1
            continue
        rows += 1
        if swipe.accepted and swipe.step != EMERGENCY and swipe.card_number:
            swipes.append(swipe)
    return swipes, rows, damaged


def _swipe(found: dict[str, Any]) -> _Swipe:
    at = datetime.fromisoformat(found["time"])
    number, serial = ((found[name] or "").strip() for name in ("card_number", "chip_serial"))
    # no half characters or null characters either, which no database looks for
    whole = all(text.isprintable() for text in (found["step"], number, serial))
    if found["format"] != FORMAT or at.tzinfo is None or not whole:
        raise ValueError
    return _Swipe(at.astimezone(UTC), found["step"][:32], number, serial, found["result"] == ACCEPTED)


def _black(work: Work, swipe: _Swipe) -> tuple[str, list[Row]]:
    """The id of a card and its changes on the black list, in order; nothing where it was never on it."""
    wanted = (
        select(list_entry.c.card_id, list_entry.c.seq, list_entry.c.operation, list_entry.c.at)
        .where(list_entry.c.card_number_digest == work.digest("card_number", swipe.card_number))
        .where(list_entry.c.chip_serial == swipe.chip_serial, list_entry.c.mark == Mark.BLACK.value)
        .order_by(list_entry.c.seq)
    )
    rows = work.rows(wanted)
    return (rows[0]["card_id"] if rows else ""), rows


def _is_black(marks: Sequence[Row], until: datetime) -> bool:
    said = [row for row in marks if row["at"] <= until]
    return bool(said) and said[-1]["operation"] == Operation.ADD.value


def _held(work: Work, server_id: str) -> list[tuple[datetime, int, int]]:
    """Since when the server held which version, up to which entry; in order of time."""
    wanted = (
        select(list_delivery.c.at, list_delivery.c.version, list_version.c.last_seq)
        .join(list_version, list_version.c.version == list_delivery.c.version)
        .where(list_delivery.c.front_server_id == server_id)
        .order_by(list_delivery.c.at, list_delivery.c.version)
    )
    return [(row["at"], row["version"], row["last_seq"]) for row in work.rows(wanted)]


def _at(held: Sequence[tuple[datetime, int, int]], moment: datetime) -> tuple[int, int]:
    before: Iterator[tuple[int, int]] = (
        (version, last_seq) for at, version, last_seq in reversed(held) if at <= moment
    )
    return next(before, (0, 0))


def _keep(work: Work, server_id: str, card_id: str, swipe: _Swipe, version: int) -> bool:
    """Keep an alarm; False where it is there already."""
    known = (
        select(list_alarm.c.id)
        .where(list_alarm.c.front_server_id == server_id, list_alarm.c.card_id == card_id)
        .where(list_alarm.c.swiped_at == swipe.at, list_alarm.c.step == swipe.step)
    )
    if first_of(work.rows(known)):
        return False
    values = {"front_server_id": server_id, "card_id": card_id, "swiped_at": swipe.at, "step": swipe.step}
    work.insert(list_alarm, **values, version=version, found_at=work.now)
    return True
