"""The chip in the reader of a seat, as the issuing office works with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import select

from card_os.iso7816.atr import AtrError
from card_os.spec.errors import Phrase, PlainError
from card_os.spec.loader import load
from issuer.batches.chip_source import OpenedChip
from issuer.batches.errors import ChipUnavailableError
from issuer.cards.chip_desk import ChipDesk
from issuer.personalisation.card_script import PROFILE
from issuer.personalisation.chip import WrongChipError, factor_of
from issuer.registry.schema.cards import card
from issuer.registry.work import Row
from lab.sources import Kind
from lab.training.office import Office
from lab.training.office_stock import PIN_VARIANT
from lab.training.seat import Seat
from reader_client.channel import Channel
from reader_client.errors import CardRemovedError

_MAKER_BYTES = 4
_SERIAL_DIGITS = 10


class NotOurCardError(PlainError):
    """A card in the reader that this office did not issue."""

    template = "the card in the reader is none of this office's"


@dataclass(frozen=True, slots=True)
class ReaderChips:
    """A `ChipSource`: the one chip in the reader of a seat, at the pace of a real one."""

    seat: Seat = field(repr=False)

    @contextmanager
    def open(self, serial: str) -> Iterator[OpenedChip]:
        """See ChipSource; a card that is pulled out breaks the line."""
        channel = self.seat.channel(Kind.USER, paced=True)

        def transmit(command: bytes) -> bytes:
            try:
                return channel.transmit(command)
            except CardRemovedError:
                raise ChipUnavailableError(serial=serial, reason=Phrase("it was pulled out")) from None

        try:
            yield OpenedChip(transmit, channel.reset())
        except CardRemovedError:
            raise ChipUnavailableError(serial=serial, reason=Phrase("it was pulled out")) from None


def serial_in_reader(seat: Seat) -> str:
    """The ten digits of the chip in the reader, by its reset answer; raises NoCardError, NotOurCardError."""
    try:
        factor = factor_of(load(PROFILE), seat.channel(Kind.USER).reset())
    except (AtrError, WrongChipError):
        raise NotOurCardError from None
    return f"{int.from_bytes(factor[_MAKER_BYTES:], 'big'):0{_SERIAL_DIGITS}d}"


def card_in_reader(seat: Seat, office: Office) -> Row:
    """The row of the card in the reader; raises NoCardError, NotOurCardError."""
    serial = serial_in_reader(seat)
    with office.looking() as work:
        found = work.rows(select(card).where(card.c.chip_serial == serial))
    if not found:
        raise NotOurCardError
    return found[0]


def desk(seat: Seat, row: Row) -> ChipDesk:
    """The card in the reader, freshly reset, as the services for chips take it."""
    channel: Channel = seat.channel(Kind.USER, paced=True)
    profile = load(PROFILE, PIN_VARIANT if row["has_pin"] else "")
    return ChipDesk(channel.transmit, channel.reset(), profile)
