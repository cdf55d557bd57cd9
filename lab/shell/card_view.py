"""One card as its exchanges show it: every exchange in words, the current file, the rights that are held."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from card_os.iso7816.apdu import ApduFormatError, CommandApdu, ResponseApdu
from card_os.spec.model import FileSpec, Profile
from card_os.trace import Exchange, Explainer, Explanation
from card_os.trace.following import Following
from reader_client.channel import Channel
from reader_client.errors import CardRemovedError

Listener = Callable[[Exchange], None]


class CardView:
    """Follows one card. `listeners` hear each exchange, after it was explained."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.listeners: list[Listener] = []
        self.last: Explanation | None = None
        self._explainer = Explainer(profile, values=True)
        self._following = Following(profile)

    def told(self, exchange: Exchange) -> None:
        """Take over one exchange."""
        self.last = self._explainer.explain(exchange)
        self._follow(exchange)
        for listener in self.listeners:
            listener(exchange)

    @property
    def current(self) -> FileSpec:
        """The selected file: an EF, else the DF."""
        return self._following.ram.ef or self._following.ram.df

    @property
    def current_df(self) -> FileSpec:
        """The selected DF."""
        return self._following.ram.df

    @property
    def held(self) -> frozenset[str]:
        """Names of the keys that were proved and not lost since."""
        return frozenset(self._following.ram.keys)

    def _follow(self, exchange: Exchange) -> None:
        if exchange.is_reset:
            self._following.reset()
            return
        try:
            apdu = CommandApdu.parse(exchange.whole_command)
        except ApduFormatError:
            return
        spec = self.profile.command_of(apdu.ins, apdu.p1)
        if spec is not None and len(exchange.response) > 1:
            self._following.follow(spec, apdu, ResponseApdu.parse(exchange.response))


class TracedChannel:
    """A `Channel` that tells what passes; an answer that broke off is told as an empty one."""

    def __init__(self, channel: Channel, listener: Listener) -> None:
        self._channel, self._listener = channel, listener
        self._begin = perf_counter()

    def reset(self) -> bytes:
        """Reset the card below, and tell it."""
        begin = perf_counter()
        atr = self._channel.reset()
        self._tell(b"", atr, begin)
        return atr

    def transmit(self, command: bytes) -> bytes:
        """One exchange, told after its answer."""
        begin = perf_counter()
        try:
            response = self._channel.transmit(command)
        except CardRemovedError:
            self._tell(command, b"", begin)
            raise
        self._tell(command, response, begin)
        return response

    def close(self) -> None:
        """Let the card below go."""
        self._channel.close()

    def _tell(self, command: bytes, response: bytes, begin: float) -> None:
        self._listener(Exchange(command, response, perf_counter() - begin, begin - self._begin))
