"""How a session shares its reader with other programs.

PC/SC keeps a card powered between programs and tells nobody who else was there: only a reset is reported, a
foreign SELECT or authentication is not. So what a session knows of a shared card is worth nothing once its
transaction has ended. Every public operation of a session is one transaction. At the beginning of an
outermost one the session forgets what was selected and proved, and does it again where the operation needs
it; when another program has reset the card, the channel first connects anew to the same card. Operations
that belong together stand in one `with session.transaction():` and share one opening. A reader held for one
program alone (`PcscChannel(…, exclusive=True)`) and a card in this process have no other users: nothing is
forgotten there.

Two readers are taken in one order everywhere, the user card's first and then the SAM's, so that two programs
can wait for each other, but never both at once.  # spec: pcsc.md fact 6
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Concatenate, ParamSpec, Protocol, TypeVar, runtime_checkable

from reader_client.channel import Channel
from reader_client.errors import ReaderClientError

P = ParamSpec("P")
R = TypeVar("R")


class TransactionOrderError(ReaderClientError):
    """A program that holds the SAM wants a user card as well; two such programs could wait for ever."""

    template = "the transaction of a card begins before that of its SAM"


@runtime_checkable
class SharedChannel(Channel, Protocol):
    """A channel to a card that other programs may use between two transactions."""

    @property
    def shared(self) -> bool:
        """Whether other programs can be there at all."""
        ...

    def begin(self) -> bool:
        """Wait until the card is free and keep others out; whether it was reset since the last transaction.

        Raises CardRemovedError where the card is gone or another one lies there, CardTakenError.
        """
        ...

    def end(self) -> None:
        """Let the others in."""
        ...


class Transactions:
    """The transactions of one session on one channel; they nest."""

    def __init__(self, channel: Channel, forget: Callable[[], None]) -> None:
        """`forget` is called when others may have used the card."""
        self._shared = channel if isinstance(channel, SharedChannel) and channel.shared else None
        self._forget = forget
        self._depth = 0

    @property
    def running(self) -> bool:
        """Whether a transaction stands."""
        return self._depth > 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep other programs out until the block ends."""
        outermost = self._shared if not self._depth else None
        if outermost:
            outermost.begin()
            self._forget()
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if outermost:
                outermost.end()


class Sharing(Protocol):
    """A session with transactions."""

    def transaction(self) -> AbstractContextManager[None]:
        """Keep other programs out until the block ends."""
        ...


S = TypeVar("S", bound=Sharing)


def operation(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Make a public method of a session one transaction."""

    @functools.wraps(method)
    def run(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self.transaction():
            return method(self, *args, **kwargs)

    return run


class SharedReplay:
    """Makes a channel look shared: what was recorded from a shared reader is replayed with its sequence."""

    shared = True

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def reset(self) -> bytes:
        """Reset the card below."""
        return self._channel.reset()

    def transmit(self, command: bytes) -> bytes:
        """Pass a command on."""
        return self._channel.transmit(command)

    def close(self) -> None:
        """Close the channel below."""
        self._channel.close()

    def begin(self) -> bool:
        """Nobody else is there; what a session knows is forgotten all the same."""
        return False

    def end(self) -> None:
        """Nobody waits."""
