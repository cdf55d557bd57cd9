"""Card and SAM without PC/SC: the client of the reader over cards in this process, and a prompt for it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping

import typer

from lab.sources import SourcedCard
from language import _
from reader_client.channel import Channel, ReaderState
from reader_client.errors import NoReaderError
from reader_client.in_process import InProcessChannel, PoweredCard

USER_READER = "In-process Contactless"
SAM_READER = "In-process SAM"
PROMPT = "rhc> "
LEAVE = ("exit", "quit")


class InProcessChannels:
    """A `ChannelFactory` over cards of this process, by the names of their make-believe readers."""

    def __init__(self, cards: Mapping[str, PoweredCard], source: SourcedCard) -> None:
        """`source` is where the user card came from."""
        self._cards, self.source = cards, source

    def readers(self) -> tuple[ReaderState, ...]:
        """Both readers with their cards."""
        return tuple(ReaderState(name, card.reset()) for name, card in self._cards.items())

    def user_card(self, reader: str | None, sam_reader: str | None) -> Channel:
        """The user card; raises NoReaderError for a name that is no reader here."""
        return self._channel(reader or USER_READER)

    def sam(self, reader: str | None, sam_reader: str | None) -> Channel:
        """The SAM; raises NoReaderError for a name that is no reader here."""
        return self._channel(sam_reader or SAM_READER)

    def _channel(self, wanted: str) -> Channel:
        for name, card in self._cards.items():
            if wanted.lower() in name.lower():
                return InProcessChannel(card, name)
        raise NoReaderError(wanted=wanted, known=", ".join(self._cards))


def prompt(run: Callable[..., object], channels: InProcessChannels) -> None:
    """Take `rhc` commands line by line until `exit` or the end of the input; `run` runs one."""
    interactive = sys.stdin.isatty()
    while True:
        try:
            line = input(PROMPT if interactive else "").strip()
        except EOFError:
            return
        if line in LEAVE:
            return
        if line:
            _run(run, line, channels)


def _run(run: Callable[..., object], line: str, channels: InProcessChannels) -> None:
    try:
        arguments = shlex.split(line)
    except ValueError:
        typer.echo(_("The quotation marks do not match."), err=True)
        return
    try:
        run(args=arguments, prog_name="rhc", obj=channels)
    except SystemExit:  # how a command ends; its lines are printed already
        return
