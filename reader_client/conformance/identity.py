"""Which card is this? Asked without any key, and of any card at all."""

from __future__ import annotations

from card_os.crypto.keys import province_factor
from card_os.iso7816.atr import Atr, AtrError
from card_os.iso7816.status import SW
from card_os.iso7816.tlv import TlvError, unpack
from card_os.spec.errors import Phrase, PlainError
from card_os.spec.model import Meaning
from reader_client.channel import Channel
from reader_client.conformance.bench import Bench
from reader_client.conformance.result import Identity
from reader_client.conformance.words import both_of
from reader_client.errors import CardRemovedError

SELECT_DDF1 = bytes.fromhex("00A4000002DDF1")
SELECT_EF05 = bytes.fromhex("00A4000002EF05")
READ_SAM_SERIAL = bytes.fromhex("00B095000A")  # spec: terminal_interface 8.5
SPEC_VERSION, ISSUER_NAME, CITY_CODE = 0x02, 0x03, 0x39


def identify(bench: Bench) -> Identity:
    """Reset the card under test and look at it; `bench.province` is set where the card tells its city.

    Never raises for what a card answers.
    """
    try:
        atr = bench.card.reset()
    except PlainError as error:
        return Identity(b"", trouble=both_of(error))
    factor = _factor(atr)
    try:
        trouble = _application(bench)
        records = {} if trouble else _records(bench.card)
    except CardRemovedError:
        return Identity(atr, factor, trouble=both_of(Phrase("the card does not answer the first SELECT")))
    city = records.get(CITY_CODE, b"")
    if city and city[0] != 0xFF:
        bench.province = province_factor(city)
    return Identity(
        atr,
        factor,
        city.hex().upper(),
        _text(records.get(SPEC_VERSION, b"")),
        _text(records.get(ISSUER_NAME, b"")),
        trouble,
        _sam_serial(bench),
    )


def _sam_serial(bench: Bench) -> str:
    """The ten characters that begin the SAM's public file; empty where there is no such SAM."""
    if bench.sam is None:
        return ""
    try:
        bench.sam.reset()
        response = _transmit(bench.sam, READ_SAM_SERIAL)
    except PlainError:
        return ""
    finally:
        if bench.keys is not None:
            bench.keys.renew()
    return _text(response[:-2]) if response.endswith(b"\x90\x00") else ""


def _factor(atr: bytes) -> bytes:
    try:
        return Atr.parse(atr).card_factor
    except AtrError:
        return b""


def _application(bench: Bench) -> Meaning | None:
    """Why the card has no application, None where it has."""
    response = _transmit(bench.card, SELECT_DDF1)
    if response.endswith(b"\x90\x00") or response[-2] == SW.BYTES_WAITING >> 8:
        return None
    sw = int.from_bytes(response[-2:], "big")
    words = both_of(Phrase("it has no application DDF1"))
    meaning = bench.profile.status("select", sw)
    if meaning is None:
        return Meaning(f"{words.chinese}: {sw:04X}", f"{words.english}: {sw:04X}")
    return Meaning(
        f"{words.chinese}: {sw:04X} {meaning.chinese}", f"{words.english}: {sw:04X} {meaning.english}"
    )


def _records(card: Channel) -> dict[int, bytes]:
    """The free records that are there."""
    found: dict[int, bytes] = {}
    if not _transmit(card, SELECT_EF05).endswith(b"\x90\x00"):
        return found
    for tag in (SPEC_VERSION, ISSUER_NAME, CITY_CODE):
        response = _transmit(card, bytes((0x00, 0xB2, tag, 0x00, 0x00)))
        try:
            has_tag, value = unpack(response[:-2])
        except TlvError:
            continue
        if response.endswith(b"\x90\x00") and has_tag == tag:
            found[tag] = value
    return found


def _transmit(card: Channel, command: bytes) -> bytes:
    response = card.transmit(command)
    if len(response) < 2:
        raise CardRemovedError(reader="card")
    return response


def _text(value: bytes) -> str:
    shown = value.rstrip(b"\x00").decode("gbk", "replace")
    return "".join(sign for sign in shown if sign.isprintable())
