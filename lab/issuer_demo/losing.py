"""A card is lost: the list goes out, terminals refuse it once they know, a new card takes its place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import select

from card_os.spec.card_list import CardList
from issuer.applications import release, reviews
from issuer.applications.reviews import Verdict
from issuer.batches import planning, stock
from issuer.batches.personalising import personalise_batch
from issuer.batches.planning import BatchOrder
from issuer.cards import chip_acts, ending, hand_over, losses
from issuer.front_server import home as homes
from issuer.front_server.home import FrontServerSettings
from issuer.front_server.store import ListStore
from issuer.keys.certificates import LIST_KEY
from issuer.lists import delivery, publishing
from issuer.registry.schema.cards import card
from issuer.registry.work import Row
from lab.issuer_demo import making, people
from lab.issuer_demo.applying import REVIEWERS
from lab.issuer_demo.counter import CLERK, begin, holders, in_reader, shown_by
from lab.issuer_demo.hospital import Swiped, swipe
from lab.issuer_demo.served import served
from lab.issuer_demo.stage import COUNTY, POINT, SETTINGS, Stage
from language import _

A, B = "hospital-a", "hospital-b"
LOST = "24"
"""What drivers answer for a card that was reported lost.  # spec: issuance_and_ecard A.5"""


def lose(stage: Stage) -> Mapping[str, object]:
    """Lost in A: refused there after the next synchronisation, in B after its own, and not before."""
    lost = _loser(stage)
    with served(stage.province) as address:
        servers = {name: _front_server(stage, name, address) for name in (A, B)}
        _publish(stage)
        versions = {name: _synchronise(stage, name, servers[name]) for name in servers}
        before = _at(stage, servers, B, lost)
        with stage.work(CLERK) as work:
            losses.report_formal(work, lost["id"], shown_by(lost))
        stage.say(_("a card was reported lost; the holder has the slip"))
        _publish(stage)
        versions[A] = _synchronise(stage, A, servers[A])
        at_a, at_b = _at(stage, servers, A, lost), _at(stage, servers, B, lost)
        versions[B] = _synchronise(stage, B, servers[B])
        after = _at(stage, servers, B, lost)
    stage.say(_("hospital A after its synchronisation: {answer}").format(answer=_words(at_a)))
    stage.say(_("hospital B before its synchronisation: {answer}").format(answer=_words(at_b)))
    stage.say(_("hospital B after it: {answer}").format(answer=_words(after)))
    stage.lost = lost["id"]
    return {
        "versions": versions,
        "before": before.accepted,
        "a": at_a.answer,
        "b_unsynchronised": at_b.accepted,
        "b": after.answer,
        "ok": before.accepted and at_b.accepted and at_a.answer == after.answer == LOST,
    }


def replace(stage: Stage) -> Mapping[str, object]:
    """The lost card is cancelled, a new one made under the same number, handed out and put into use."""
    with stage.work(CLERK) as work:
        ordered = ending.replace(work, stage.lost, POINT)
        old = work.get(card, stage.lost)
    for party, name in REVIEWERS.items():
        with stage.work(name) as work:
            reviews.give(work, party, Verdict.PASS, [ordered.application])
    with stage.work("centre-1") as work:
        release.release(work, [ordered.application])
        planned = planning.plan(work, BatchOrder(SETTINGS.code, COUNTY))
    with stage.work("perso-1") as work:
        stock.take_from_stock(work, planned.number)
    report = personalise_batch(
        stage.registry, stage.people["perso-1"], planned.number, settings=stage.cards, chips=stage.store
    )
    stage.batches.append(planned.number)
    with stage.work(CLERK) as work:
        wanted = select(card).where(card.c.replaces == stage.lost)
        (new,) = holders(work, work.rows(wanted))
        hand_over.pick_up(work, new["id"], shown_by(new))
    with in_reader(stage, new["chip_serial"]) as desk:
        chip_acts.activate(begin(stage), new["id"], desk)
    making.close(stage, place=-1)
    same_number = new["card_number"] == old["card_number"]
    swiped = swipe(stage, A, new["chip_serial"], None)
    text = _("card {old} is cancelled, card {new} has its number; fee {fee} yuan; at the terminal: {answer}")
    stage.say(
        text.format(old=old["chip_serial"], new=new["chip_serial"], fee=ordered.fee, answer=_words(swiped))
    )
    return {
        "fee": str(ordered.fee),
        "finished": report.finished,
        "same_number": same_number,
        "accepted": swiped.accepted,
        "ok": report.finished == 1 and same_number and swiped.accepted,
    }


def _loser(stage: Stage) -> Row:
    """An adult with an active card."""
    with stage.work(CLERK) as work:
        wanted = select(card).where(card.c.state == "ACTIVE").order_by(card.c.chip_serial)
        return next(row for row in holders(work, work.rows(wanted)) if row["guardian"] is None)


def _front_server(stage: Stage, name: str, address: str) -> Path:
    """A front server that the issuer knows, with a home of its own."""
    with stage.work("admin-1") as work:
        delivery.add_server(work, name, people.HOSPITAL, name)
    home = stage.home / f"front-server-{name}"
    key = stage.province.custodian.public_key(LIST_KEY).hex().upper()
    homes.make(home, FrontServerSettings(name, address, name, key), None)
    return home


def _publish(stage: Stage) -> None:
    with stage.work("centre-1") as work:
        version = publishing.publish(work)
    text = _("list {version} is published, {entries} entries")
    stage.say(text.format(version=version.number, entries=version.entries))


def _synchronise(stage: Stage, name: str, home: Path) -> int:
    """What the service of a front server does, in a process of its own; the version that it holds then."""
    command = [sys.executable, "-m", "lab", "front-server", "sync", "--json", "--home", str(home)]
    password = {homes.PASSWORD_VARIABLE: stage.people.passwords[name]}
    done = subprocess.run(  # noqa: S603  our own program
        command, env=os.environ | password, check=True, capture_output=True, timeout=60
    )
    return int(json.loads(done.stdout)["version"])


def _at(stage: Stage, servers: Mapping[str, Path], name: str, lost: Row) -> Swiped:
    return swipe(stage, name, lost["chip_serial"], _held(servers[name]))


def _held(home: Path) -> CardList | None:
    return ListStore(home, homes.read(home).trusted_key).read()


def _words(swiped: Swiped) -> str:
    if swiped.accepted:
        return _("accepted")
    return _("refused, answer {answer}: {reason}").format(answer=swiped.answer, reason=swiped.reason)
