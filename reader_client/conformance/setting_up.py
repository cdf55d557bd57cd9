"""From readers to a bench: card and SAM connected, the profile chosen, keys found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from card_os.iso7816.atr import Atr, AtrError
from card_os.spec.loader import load
from card_os.spec.model import Profile
from reader_client.channel import Channel, ChannelFactory
from reader_client.conformance.bench import Bench, CardKeys
from reader_client.conformance.keys import SamKeys, read_keys
from reader_client.conformance.laboratory import Laboratory, NoLaboratoryError
from reader_client.conformance.model import CardState
from reader_client.errors import NoCardError, NoReaderError
from reader_client.sam import SamSession, packed_pin

CARD_PROFILE, CONTACT_VARIANT = "health_card", "contact_t0"
PUBLISHED = "test"  # in the place of a file of keys: the published test keys


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person named. `blank`: the card in the reader is blank; `pin` is that of the SAM, digits."""

    reader: str | None = None
    sam_reader: str | None = None
    pin: str = ""
    variant: str = ""
    keys: str = ""
    blank: bool = False
    simulated: bool = False
    with_data: bool = False


@contextmanager
def set_up(wish: Wish, channels: ChannelFactory | None, laboratory: Laboratory | None) -> Iterator[Bench]:
    """The bench for a run; raises the errors of readers, files of keys and variants.

    Without a SAM reader by name a run goes on without a SAM where there is none.
    """
    if wish.simulated:
        if laboratory is None:
            raise NoLaboratoryError
        bench = laboratory.bench(wish.variant)
        bench.shows_data = bench.shows_data or wish.with_data
        yield bench
        return
    if channels is None:
        raise NoReaderError(wanted=wish.reader or "", known="-")
    with ExitStack() as opened:
        card = channels.user_card(wish.reader, wish.sam_reader)
        opened.callback(card.close)
        sam = _sam(channels, wish)
        if sam is not None:
            opened.callback(sam.close)
        profile = load(CARD_PROFILE, wish.variant or _variant_of(card.reset()))
        pin = packed_pin(load("sam"), wish.pin) if sam is not None and wish.pin else b""
        yield Bench(
            card=card,
            profile=profile,
            keys=_keys(wish, profile, sam, laboratory),
            sam=sam,
            sam_pin=pin,
            state=CardState.BLANK if wish.blank else CardState.ISSUED,
            shows_data=wish.with_data,
        )


def _sam(channels: ChannelFactory, wish: Wish) -> Channel | None:
    try:
        return channels.sam(wish.reader, wish.sam_reader)
    except (NoReaderError, NoCardError):
        if wish.sam_reader:
            raise
        return None


def _variant_of(atr: bytes) -> str:
    """A card that offers T=0 alone is a contact card, whatever else it may be."""
    try:
        return CONTACT_VARIANT if Atr.parse(atr).protocols == (0,) else ""
    except AtrError:
        return ""


def _keys(
    wish: Wish, profile: Profile, sam: Channel | None, laboratory: Laboratory | None
) -> CardKeys | None:
    if wish.keys == PUBLISHED:
        if laboratory is None:
            raise NoLaboratoryError
        return laboratory.published_keys()
    if wish.keys:
        return read_keys(profile, Path(wish.keys))
    return SamKeys(SamSession(sam), wish.pin) if sam is not None and wish.pin else None
