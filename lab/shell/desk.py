"""The two cards of a shell: connected when they are needed, let go when they are lost, and connected anew."""

from __future__ import annotations

from contextlib import suppress
from enum import StrEnum

from card_os.spec.errors import PlainError
from card_os.spec.loader import load
from card_os.spec.model import Profile
from lab.shell.card_view import CardView, TracedChannel
from lab.shell.errors import PinNeededError
from reader_client.channel import ChannelFactory, ReaderState
from reader_client.errors import (
    CardRemovedError,
    CardTakenError,
    NoCardError,
    NoPcscError,
    NoReaderError,
    NotAHealthCardError,
    PinError,
)
from reader_client.sam import CardFactors, SamSession
from reader_client.session import HealthCardSession

_LOST = (CardRemovedError, CardTakenError, NoCardError, NoReaderError, NoPcscError, NotAHealthCardError)


class Target(StrEnum):
    """Which of the two cards is meant."""

    CARD = "card"
    SAM = "sam"


class Desk:
    """A user card and a SAM on readers; names of readers as in `ChannelFactory`.

    Two ways lead to a card: items by name through a session, and raw commands. A session does not know what
    raw commands changed, so the first use of it after them begins with a reset (`touched`).
    """

    def __init__(
        self,
        factory: ChannelFactory,
        reader: str | None = None,
        sam: str | None = None,
        pin: str | None = None,
    ) -> None:
        self._factory, self._reader, self._sam_reader, self._pin = factory, reader, sam, pin
        self.views = {Target.CARD: CardView(load("health_card")), Target.SAM: CardView(load("sam"))}
        self._channels: dict[Target, TracedChannel] = {}
        self._touched: set[Target] = set()
        self._session: HealthCardSession | None = None
        self._sam: SamSession | None = None

    @property
    def profile(self) -> Profile:
        """What is declared of the user card."""
        return self.views[Target.CARD].profile

    @property
    def connected(self) -> bool:
        """Whether the user card is."""
        return Target.CARD in self._channels

    def readers(self) -> tuple[ReaderState, ...]:
        """The readers that there are."""
        return self._factory.readers()

    def channel(self, target: Target) -> TracedChannel:
        """The card, connected and reset where it was not yet; raises NoReaderError, NoCardError."""
        if target not in self._channels:
            connect = self._factory.user_card if target is Target.CARD else self._factory.sam
            channel = TracedChannel(connect(self._reader, self._sam_reader), self.views[target].told)
            self._channels[target] = channel
            self._touched.add(target)
            channel.reset()
        return self._channels[target]

    def touched(self, target: Target) -> None:
        """Say that raw commands may have changed what a session takes for granted."""
        self._touched.add(target)

    def sam(self) -> SamSession:
        """The SAM with its PIN verified; raises PinNeededError, PinError."""
        channel = self.channel(Target.SAM)
        if self._sam is None:
            self._sam = SamSession(channel, self.views[Target.SAM].profile)
        if Target.SAM in self._touched:
            if self._pin is None:
                raise PinNeededError
            self._sam.open()
            try:
                self._sam.verify_pin(self._pin)
            except PinError:
                self._pin = None  # a wrong PIN costs a try: it is never sent twice
                raise
            self._touched.discard(Target.SAM)
        return self._sam

    def session(self) -> HealthCardSession:
        """The user card by the names of its items, reset first where raw commands went before."""
        sam, channel = self.sam(), self.channel(Target.CARD)
        if self._session is None:
            self._session = HealthCardSession(channel, sam, self.profile)
        if Target.CARD in self._touched:
            self._session.open()
            self._touched.discard(Target.CARD)
        return self._session

    def factors(self) -> CardFactors:
        """What makes the keys of the card; found once for a connection, without a reset later."""
        if self._session is None or not self._session.factors.card:
            return self.session().factors
        return self._session.factors

    def verify(self, pin: str) -> None:
        """Verify a PIN with the SAM and keep it for later connections, in memory only."""
        self._pin = pin
        self.touched(Target.SAM)
        self.sam()

    def drop(self) -> None:
        """Let both cards go; the next use connects anew."""
        channels, self._channels = self._channels, {}
        self._session = self._sam = None
        self._touched.clear()
        for channel in channels.values():
            with suppress(PlainError, OSError):
                channel.close()


def lost(error: Exception) -> bool:
    """Whether after this error a connection is of no use: card, reader or service may be others now."""
    return isinstance(error, _LOST)
