"""A card of a test, in a reader or beside it: what the test may know of it and do to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from card_os.image import CardImage
from card_os.kernel.card import Card
from card_os.spec.codecs import Value
from card_os.trace import Exchange, Explainer, TracedCard
from card_os.vpcd import PoweredCard
from lab import demo
from lab.card_contents import ImageContents
from lab.sources import Kind, SourcedCard
from lab.testing.errors import CardInReaderError, CardNotInReaderError
from reader_client.channel import Channel
from reader_client.contents import CardValue
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession

if TYPE_CHECKING:
    from lab.testing.readers import CardReaders

Wrap = Callable[[Card], PoweredCard]


class DeskCard:
    """A user card or a SAM. `card_factory` makes them; `health_card` and `sam` are in a reader already."""

    kind = Kind.USER

    def __init__(self, source: SourcedCard, readers: CardReaders, wrap: Wrap = lambda card: card) -> None:
        """`wrap` puts the faults of the test round the chip."""
        self._readers, self._wrap = readers, wrap
        self._reader: str | None = None
        self._channels: list[Channel] = []
        self.become(source)

    def become(self, source: SourcedCard) -> None:
        """Be another chip from now on; a card that is in its reader is taken out and put in anew."""
        again = self.inserted
        if again:
            self.remove()
        self._source = source
        self.exchanges: list[Exchange] = []
        self._layers = TracedCard(self._wrap(source.card), self.exchanges.append)
        if again:
            self.insert()

    @property
    def name(self) -> str:
        """What a report calls it."""
        return f"{self.kind} {self._source.about}"

    # --- what it is -------------------------------------------------------------------------------------

    @property
    def card(self) -> Card:
        """The chip itself, for what this class does not offer."""
        return self._source.card

    @property
    def resident(self) -> demo.Resident | None:
        """Who it was issued to, with the record of the issuer; None for a SAM and for a card without data."""
        return self._source.resident

    @property
    def number(self) -> str | None:
        """The number on the card, None on a SAM and on a card without data."""
        return self._source.number

    def __getitem__(self, name: str) -> CardValue:
        """What stands on the chip under a name, None for an empty value; read without any right.

        Raises UnknownItemError, FileAbsentError.
        """
        return self._contents.value(name)

    def write(self, values: Mapping[str, Value]) -> None:
        """Put values on the chip without any right, as the test wants to find them; None empties an item.

        Everything is checked first: where one value is refused, nothing is written. Raises UnknownItemError,
        ValueRefusedError, PhotoRefusedError, FileAbsentError.
        """
        changed = self._contents.with_values(values).cells
        memory = self.card.memory
        with memory.transaction():
            for cell, value in changed.items():
                memory.put(cell, value)

    # --- what the program did with it -------------------------------------------------------------------

    @property
    def commands(self) -> list[bytes]:
        """The command APDUs that were answered, in their order."""
        return [exchange.command for exchange in self.exchanges if not exchange.is_reset]

    @property
    def told(self) -> list[str]:
        """The exchanges in words, one a line; PINs, keys and values of persons are left out."""
        explainer = Explainer(self.card.profile, hide_data=True)
        return [explainer.explain(exchange).line for exchange in self.exchanges]

    # --- the reader -------------------------------------------------------------------------------------

    @property
    def inserted(self) -> bool:
        """Whether it is in a reader and answers."""
        return self._reader is not None and self._readers.holds(self._reader, self._layers)

    @property
    def reader(self) -> str:
        """The full name of its reader; raises CardNotInReaderError."""
        if self._reader is None or not self.inserted:
            raise CardNotInReaderError
        return self._reader

    def insert(self) -> None:
        """Put it into the first free reader of its kind, and wait until programs can see it.

        Raises CardInReaderError, ReadersFullError.
        """
        if self.inserted:
            raise CardInReaderError(reader=self.reader)
        self._reader = self._readers.insert(self._layers, self.kind)

    def remove(self) -> None:
        """Take it out, and wait until programs can see that; raises CardNotInReaderError."""
        self._readers.eject(self.reader)
        self._reader = None

    def channel(self) -> Channel:
        """A channel of `reader_client` to it, freshly reset and closed when the test ends at the latest.

        Raises CardNotInReaderError, NoCardError.
        """
        channel = self._connect()
        self._channels.append(channel)
        return channel

    def session(self, sam: DeskSam) -> HealthCardSession:
        """An open session with it and a SAM whose PIN is verified."""
        session = HealthCardSession(self.channel(), sam.open())
        session.open()
        return session

    def close(self) -> None:
        """The test is over: its channels are closed."""
        while self._channels:
            self._channels.pop().close()

    def _connect(self) -> Channel:
        return self._readers.user_card(self.reader, None)

    @property
    def _contents(self) -> ImageContents:
        return ImageContents(CardImage(self.card.profile, self.card.memory.snapshot(), with_secrets=True))


class DeskSam(DeskCard):
    """A SAM with its PIN, 4 to 12 digits."""

    kind = Kind.SAM

    def __init__(self, source: SourcedCard, readers: CardReaders, pin: str) -> None:
        super().__init__(source, readers)
        self.pin = pin

    def open(self) -> SamSession:
        """A session in which the PIN is verified."""
        session = SamSession(self.channel())
        session.open()
        session.verify_pin(self.pin)
        return session

    def _connect(self) -> Channel:
        return self._readers.sam(None, self.reader)
