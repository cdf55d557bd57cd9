"""Readers for the issuer's desk: a card behind PC/SC, or a simulated chip that is kept in a directory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from card_os.spec.loader import load
from issuer.cards.chip_desk import ChipDesk
from issuer.cli import card_chips
from issuer.cli.card_chips import Place
from lab.chip_store import ChipStore
from reader_client.pcsc import PcscChannels


@contextmanager
def in_reader(serial: str, place: Place) -> Iterator[ChipDesk]:
    """A card by its serial number, freshly reset.

    Raises UnknownVariantError, ChipUnavailableError, and the errors of PC/SC.
    """
    profile = load("health_card", place.variant)
    if place.chips is not None:
        with ChipStore(place.chips).open(serial) as opened:
            yield ChipDesk(opened.transmit, opened.atr, profile)
        return
    channel = PcscChannels(exclusive=True).user_card(place.reader, None)
    try:
        yield ChipDesk(channel.transmit, channel.reset(), profile)
    finally:
        channel.close()


def join() -> None:
    """Let the issuer's command line have these readers."""
    card_chips.readers.open = in_reader
