"""The programs of the field, played row by row of apdus.csv against card and SAM over PC/SC."""

import pytest
from field_walk import ROWS_OF_AN_ISSUED_CARD, walk_families

from lab import demo
from lab.pcsc.readers import Readers
from reader_client.pcsc import PcscChannel

pytestmark = pytest.mark.pcsc


def test_every_row_that_an_issued_card_answers(pcsc_readers: Readers) -> None:
    card_slot, sam_slot = pcsc_readers.slots[0], pcsc_readers.slots[2]
    pcsc_readers.insert(card_slot, demo.issue_card(demo.resident("01"), 1).card)
    pcsc_readers.insert(sam_slot, demo.issue_sam(1))
    card, sam = PcscChannel(card_slot.reader), PcscChannel(sam_slot.reader)
    try:
        proved = walk_families(
            lambda family: family(
                card=card.transmit, sam=sam.transmit, card_reset=card.reset, sam_reset=sam.reset
            ),
            pin=demo.SAM_PIN,
            internal_authentication=False,
        )
    finally:
        card.close()
        sam.close()
    assert set(proved) >= ROWS_OF_AN_ISSUED_CARD
