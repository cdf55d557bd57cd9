"""A terminal of a hospital in the story: a card comes, and is accepted or refused with its answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from card_os.spec.card_list import CardList
from lab.issuer_demo.counter import card_in_reader, inserted
from lab.issuer_demo.stage import Stage
from lab.sources import Kind
from reader_client.hospital import steps
from reader_client.hospital.swipe_log import SwipeLog
from reader_client.hospital.terminal import Post, ready
from reader_client.hospital.validity import CardRefusedError


@dataclass(frozen=True, slots=True)
class Swiped:
    """What a terminal made of a card: accepted, or refused with a reason and the answer of drivers."""

    accepted: bool
    answer: str
    reason: str


def swipe(stage: Stage, name: str, serial: str, card_list: CardList | None) -> Swiped:
    """Register the holder of a card of the store at the terminal `name`, which has this list of cards."""
    sam, pin = stage.sams[stage.hospital_sam]
    log = SwipeLog(_folder(stage, name))
    post = Post(log, card_list=card_list, operator=name)
    with card_in_reader(stage, serial) as reader, inserted(stage, sam, Kind.SAM) as sam_reader:
        card, sam_channel = stage.readers.user_card(reader, None), stage.readers.sam(None, sam_reader)
        try:
            steps.register(ready(post, card, sam_channel, pin))
        except CardRefusedError as refused:
            return Swiped(False, str(refused.check.answer or ""), refused.check.words)
        finally:
            card.close()
            sam_channel.close()
    return Swiped(True, "", "")


def _folder(stage: Stage, name: str) -> Path:
    folder = stage.home / name
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
