"""The whole table of APDUs against a contactless and a contact card, over PC/SC."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from field_walk import ALL_ROWS
from variant_bench import Desk, issuing_families, walk_issued, walk_unissued

from card_os.kernel.card import Card
from lab import demo
from lab.pcsc.readers import Readers
from reader_client.pcsc import PcscChannel

pytestmark = pytest.mark.pcsc


@contextmanager
def laid_in(readers: Readers, card: Card) -> Iterator[Desk]:
    """The card in the first reader, the SAM of the readers beside it."""
    card_slot, sam_slot = readers.slots[0], readers.slots[2]
    readers.insert(card_slot, card)
    user, sam = PcscChannel(card_slot.reader), PcscChannel(sam_slot.reader)
    try:
        yield Desk(user.transmit, user.reset, sam.transmit, sam.reset)
    finally:
        user.close()
        sam.close()
        readers.eject(card_slot)


@pytest.mark.parametrize("variant", ["contactless", "contact_t0"])
def test_every_row_of_the_table(pcsc_readers: Readers, variant: str) -> None:
    pcsc_readers.insert(pcsc_readers.slots[2], demo.issue_sam(1))
    proved: Counter[str] = Counter()
    with laid_in(pcsc_readers, demo.issue_card(demo.resident("01"), 1, variant=variant).card) as desk:
        assert desk.is_contact is (variant == "contact_t0")
        proved += walk_issued(desk, variant)
    for family in issuing_families(variant):
        with laid_in(pcsc_readers, demo.keyed(1, variant)) as desk:
            proved += walk_unissued(desk, family)
    assert set(proved) == ALL_ROWS


@pytest.mark.parametrize(("variant", "rows"), [("chip_0085", {"11", "23"}), ("chip_008c", {"12", "22"})])
def test_chip_makers_by_their_own_code(pcsc_readers: Readers, variant: str, rows: set[str]) -> None:
    pcsc_readers.insert(pcsc_readers.slots[2], demo.issue_sam(1))
    family = issuing_families(variant)[0]
    with laid_in(pcsc_readers, demo.keyed(1, variant)) as desk:
        assert set(walk_unissued(desk, family)) >= rows
