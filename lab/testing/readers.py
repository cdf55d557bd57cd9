"""Readers for the cards of one test, in this process: no other program sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from card_os.vpcd import CardMute, PoweredCard
from lab.sources import Kind
from lab.testing.errors import ReadersFullError
from reader_client import reader_choice
from reader_client.channel import Channel, ChannelFactory, ReaderState
from reader_client.errors import CardRemovedError, NoCardError

# two slots of each kind, as the readers of a private PC/SC stack have them
NAMES = {
    Kind.USER: ("In-process Contactless 00 00", "In-process Contactless 00 01"),
    Kind.SAM: ("In-process SAM 00 00", "In-process SAM 00 01"),
}


class CardReaders(ChannelFactory, Protocol):
    """Where the cards of a test lie, and where its program gets channels from."""

    def insert(self, card: PoweredCard, kind: Kind) -> str:
        """Put a card into the first free reader of its kind; the reader's name. Raises ReadersFullError."""
        ...

    def eject(self, reader: str) -> None:
        """Take the card out of a reader; nothing happens where there is none."""
        ...

    def holds(self, reader: str, card: PoweredCard) -> bool:
        """Whether this very card is in the reader and answers."""
        ...

    def begin(self, kinds: frozenset[Kind]) -> None:
        """A test begins that will have its own first card of each of these kinds."""
        ...

    def end(self) -> None:
        """The test is over; its cards are of no use any more."""
        ...


@dataclass
class _Reader:
    name: str
    kind: Kind
    card: PoweredCard | None = None


class InProcessReaders:
    """Satisfies `CardReaders`. A card that falls silent is out, as it is for PC/SC."""

    def __init__(self) -> None:
        self._readers = {name: _Reader(name, kind) for kind, names in NAMES.items() for name in names}

    def insert(self, card: PoweredCard, kind: Kind) -> str:
        """See CardReaders."""
        for reader in self._readers.values():
            if reader.kind is kind and reader.card is None:
                card.power_on()
                reader.card = card
                return reader.name
        raise ReadersFullError(readers=", ".join(NAMES[kind]))

    def eject(self, reader: str) -> None:
        """See CardReaders."""
        place = self._readers[reader]
        card, place.card = place.card, None
        if card is not None:
            card.power_off()

    def holds(self, reader: str, card: PoweredCard) -> bool:
        """See CardReaders."""
        return self._readers[reader].card is card

    def begin(self, kinds: frozenset[Kind]) -> None:
        """See CardReaders; every test begins with empty readers."""

    def end(self) -> None:
        """See CardReaders."""
        for name in self._readers:
            self.eject(name)

    # --- ChannelFactory ---------------------------------------------------------------------------------

    def readers(self) -> tuple[ReaderState, ...]:
        """All readers, with the ATR of the card in each."""
        return tuple(
            ReaderState(place.name, place.card.atr if place.card is not None else None)
            for place in self._readers.values()
        )

    def user_card(self, reader: str | None, sam_reader: str | None) -> Channel:
        """The user card, by the rules of `reader_choice`."""
        return self._channel(reader_choice.user_reader(self.readers(), reader, sam_reader).name)

    def sam(self, reader: str | None, sam_reader: str | None) -> Channel:
        """The SAM, by the rules of `reader_choice`."""
        return self._channel(reader_choice.sam_reader(self.readers(), reader, sam_reader).name)

    def _channel(self, reader: str) -> Channel:
        place = self._readers[reader]
        if place.card is None:
            raise NoCardError(reader=reader)
        return _CardChannel(place, place.card)


class _CardChannel:
    """A channel to the card that was in the reader when it was opened, and to no other one."""

    def __init__(self, reader: _Reader, card: PoweredCard) -> None:
        self._reader, self._card = reader, card
        card.reset()

    def reset(self) -> bytes:
        """Warm reset; raises CardRemovedError."""
        return self._here().reset()

    def transmit(self, command: bytes) -> bytes:
        """One exchange; raises CardRemovedError where the card is gone or falls silent."""
        card = self._here()
        try:
            return card.transmit(command)
        except CardMute:
            if self._reader.card is card:
                self._reader.card = None
            raise CardRemovedError(reader=self._reader.name) from None

    def close(self) -> None:
        """Let the card go, without any right."""
        if self._reader.card is self._card:
            self._card.reset()

    def _here(self) -> PoweredCard:
        if self._reader.card is not self._card:
            raise CardRemovedError(reader=self._reader.name)
        return self._card
