"""The list of lost and doubtful cards with which the hospital of a seat begins."""

from __future__ import annotations

from datetime import UTC, datetime

from card_os.image import CardImage
from card_os.spec.card_list import CardList, Entry, Reason
from lab.card_contents import ImageContents
from lab.training.tray import TrayStock, entries


def first_list(stock: TrayStock) -> CardList:
    """Version 1: the marked cards of the tray, each by number and chip, so that no other one is meant."""
    listed = []
    for row in entries().values():
        if row.mark is not None:
            source = stock.bring(row.id)
            memory = source.card.memory.snapshot()
            contents = ImageContents(CardImage(source.profile, memory, with_secrets=True))
            chip = str(contents.value("chip_serial_number"))
            listed.append(Entry(source.number or "", chip, row.mark, Reason.LOSS))
    return CardList("1", datetime.now(UTC), tuple(listed))
