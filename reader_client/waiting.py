"""Waiting for a card that somebody will put on the reader."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from reader_client.channel import Channel, ChannelFactory
from reader_client.errors import NoCardError, NoReaderError
from reader_client.watch import watch


def wait_for_user_card(
    channels: ChannelFactory,
    reader: str | None,
    sam_reader: str | None,
    *,
    on_wait: Callable[[], None],
    looks: Callable[[], Iterable[object]] = watch,
) -> Channel:
    """A channel to the user card as soon as it is there; what lies there already is taken at once.

    `on_wait` is called before the first wait. `looks` yields when something has changed at the readers, and
    every third of a second besides: a card that is mute at first is tried again. A reader that was named must
    be there; without a name one may still come. Raises NoReaderError, CardTakenError.
    """

    def card() -> Channel | None:
        try:
            return channels.user_card(reader, sam_reader)
        except NoCardError:
            return None
        except NoReaderError:
            if reader:
                raise
            return None

    found = card()
    if found is not None:
        return found
    on_wait()
    for _look in looks():
        found = card()
        if found is not None:
            return found
    raise NoCardError(reader=reader or "")
