"""At the counter: cards are handed out to those who show the right document, and put into use in a reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from sqlalchemy import select

from card_os import image
from card_os.kernel.card import Card
from issuer.cards import chip_acts, hand_over
from issuer.cards.chip_desk import ChipDesk
from issuer.cards.identity import Document, IdentityRefusedError, Presence, Shown
from issuer.cards.life import Begin
from issuer.registry.schema.applications import application, person
from issuer.registry.schema.cards import card
from issuer.registry.work import Row, Work
from lab.issuer_demo.stage import Stage
from lab.sources import Kind
from language import _

CLERK = "outlet-1"
_RELATION, _PROOF = "5", "1"


def hand_out(stage: Stage) -> Mapping[str, object]:
    """Everybody comes: the wrong document gets nothing, the right one gets the card, sealed."""
    with stage.work(CLERK) as work:
        waiting = _cards(work, "PERSO")
    refused = _wrong_document(stage, waiting[0], waiting[1])
    for done, row in enumerate(waiting, start=1):
        with stage.work(CLERK) as work:
            hand_over.pick_up(work, row["id"], shown_by(row))
        stage.progress(done, len(waiting))
    stage.say(_("{count} cards handed out; a wrong document was refused").format(count=len(waiting)))
    return {"handed_out": len(waiting), "wrong_document_refused": refused, "ok": refused and bool(waiting)}


def activate(stage: Stage) -> Mapping[str, object]:
    """Every card shows that it is genuine and is put into use, the first of them in a reader of PC/SC."""
    with stage.work(CLERK) as work:
        sealed = _cards(work, "ISSUED")
    for done, row in enumerate(sealed, start=1):
        with in_reader(stage, row["chip_serial"]) if done == 1 else _on_desk(stage, row) as desk:
            chip_acts.activate(begin(stage), row["id"], desk)
        stage.progress(done, len(sealed))
    with stage.work(CLERK) as work:
        active = len(_cards(work, "ACTIVE"))
    where = stage.readers.readers()[0].name
    text = _("{count} cards are active, the first one in reader {reader}")
    stage.say(text.format(count=active, reader=where))
    return {"activated": active, "reader": where, "ok": active == len(sealed) > 0}


def begin(stage: Stage) -> Begin:
    """Transactions of the clerk at the counter."""
    return partial(stage.registry.transaction, stage.people[CLERK])


def shown_by(row: Row) -> Shown:
    """What the holder of a card shows; a child comes with the guardian who applied."""
    guardian = row["guardian"]
    holder = Document(row["document_type"], row["document_number"])
    if guardian is None:
        return Shown(Presence.HOLDER, holder)
    return Shown(
        Presence.GUARDIAN,
        holder,
        Document(guardian["document_type"], guardian["document_number"]),
        guardian["name"],
        _RELATION,
        _PROOF,
    )


@contextmanager
def in_reader(stage: Stage, serial: str) -> Iterator[ChipDesk]:
    """A card of the store in the contactless reader, as any PC/SC program has it."""
    with card_in_reader(stage, serial) as reader:
        channel = stage.readers.user_card(reader, None)
        try:
            yield ChipDesk(channel.transmit, channel.reset())
        finally:
            channel.close()


@contextmanager
def card_in_reader(stage: Stage, serial: str) -> Iterator[str]:
    """A card of the store in a reader until the block ends; the name of the reader."""
    with image.open_card(stage.store.file(serial)) as kept, inserted(stage, kept.card, Kind.USER) as reader:
        yield reader


@contextmanager
def inserted(stage: Stage, chip: Card, kind: Kind) -> Iterator[str]:
    """A card or SAM in a reader until the block ends; the name of the reader."""
    reader = stage.readers.insert(chip, kind)
    try:
        yield reader
    finally:
        stage.readers.eject(reader)


@contextmanager
def _on_desk(stage: Stage, row: Row) -> Iterator[ChipDesk]:
    with stage.store.open(row["chip_serial"]) as opened:
        yield ChipDesk(opened.transmit, opened.atr)


def _wrong_document(stage: Stage, row: Row, other: Row) -> bool:
    """Somebody else shows their own document for a card: the card stays where it is."""
    wrong = Shown(Presence.HOLDER, Document(other["document_type"], other["document_number"]))
    try:
        with stage.work(CLERK) as work:
            hand_over.pick_up(work, row["id"], wrong)
    except IdentityRefusedError:
        return True
    return False


def _cards(work: Work, state: str) -> list[Row]:
    """The cards in a state, with their holders."""
    return holders(work, work.rows(select(card).where(card.c.state == state).order_by(card.c.chip_serial)))


def holders(work: Work, rows: list[Row]) -> list[Row]:
    """Cards with what their holders show: document, and the guardian where there is one."""
    for row in rows:
        who = work.get(person, row["person_id"])
        row |= {name: who[name] for name in ("document_type", "document_number")}
        row["guardian"] = work.get(application, row["application_id"])["guardian"]
    return rows
