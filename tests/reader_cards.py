"""An issued card and a SAM with dummy keys in one process, and a channel that writes down what passes."""

from __future__ import annotations

from dataclasses import dataclass, field

from card_os.crypto.keys import card_key, province_factor
from card_os.iso7816.atr import contactless_atr
from card_os.iso7816.tlv import pack
from card_os.kernel.card import Card
from card_os.kernel.file_system import cell_of
from card_os.kernel.manufacture import chip
from card_os.kernel.memory import Memory
from card_os.spec.codecs import encode
from card_os.spec.loader import load
from reader_client.channel import Channel, ReaderState
from reader_client.errors import CardRemovedError
from reader_client.in_process import InProcessChannel
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession

ROOT = bytes(range(16))
SERIAL = bytes.fromhex("00000001")
FACTOR_ATR = contactless_atr(bytes.fromhex("00A1A1A1") + SERIAL)
PIN = "123456"
CITY = "210000"


def issued_card() -> Card:
    """A card of province 21 with empty files, keys under ROOT."""
    profile = load("health_card")
    memory = chip(profile, SERIAL).memory
    factor, province = memory.read("historical"), province_factor(bytes.fromhex(CITY))
    cells = {"life_cycle": b"ISSUED", "historical": factor}
    for file in profile.files.values():
        if file.kind.is_ef:
            cells[cell_of(file)] = memory.read(cell_of(file))
    basic = profile.files["MF/DDF1/EF05"]
    cells[cell_of(basic)] = b"".join(
        pack(i.tag or 0, encode(profile, i, CITY if i.name == "application_city_code" else None))
        for i in profile.items_of(basic)
    )
    for key in profile.sam_keys.values():
        value = card_key(ROOT, factor, province if key.steps == 2 else None)
        cells |= {f"key:{key.name}:{version}": value for version in range(1, key.versions + 1)}
    return Card(profile, Memory(cells))


def sam_card(province: str = CITY[:2], without: tuple[str, ...] = ()) -> Card:
    """A SAM with every key but those `without`, for terminals of a province."""
    profile = load("sam")
    memory = chip(profile, SERIAL).memory
    cells = {"life_cycle": b"ISSUED", "historical": memory.read("historical"), "pin": bytes.fromhex(PIN)}
    for file in profile.files.values():
        if file.kind.is_ef:
            cells[cell_of(file)] = memory.read(cell_of(file))
    cells[cell_of(profile.files["MF/0016"])] = bytes.fromhex(province + "0101000001")
    for key in profile.sam_keys.values():
        if key.name not in without:
            cells |= {f"key:{key.name}:{version}": ROOT for version in range(1, key.versions + 1)}
    return Card(profile, Memory(cells))


@dataclass
class Recorded:
    """A channel that keeps the commands which passed, and can lose the card before one of them."""

    channel: Channel
    commands: list[bytes] = field(default_factory=list)
    commands_left: int | None = None

    def reset(self) -> bytes:
        return self.channel.reset()

    def transmit(self, command: bytes) -> bytes:
        if self.commands_left == len(self.commands):
            raise CardRemovedError(reader="desk contactless")
        self.commands.append(command)
        return self.channel.transmit(command)

    def close(self) -> None:
        self.channel.close()

    @property
    def instructions(self) -> list[int]:
        """INS of every command so far."""
        return [command[1] for command in self.commands]


@dataclass
class Desk:
    """A `ChannelFactory` over two cards in this process."""

    card: Card = field(default_factory=issued_card)
    sam_card: Card = field(default_factory=sam_card)

    def readers(self) -> tuple[ReaderState, ...]:
        return (ReaderState("desk contactless", self.card.atr), ReaderState("desk SAM", self.sam_card.atr))

    def user_card(self, reader: str | None, sam_reader: str | None) -> Recorded:
        return Recorded(InProcessChannel(self.card))

    def sam(self, reader: str | None, sam_reader: str | None) -> Recorded:
        return Recorded(InProcessChannel(self.sam_card))


def opened(desk: Desk) -> tuple[HealthCardSession, Recorded]:
    """A session that is ready, and its channel with nothing recorded yet."""
    channel = desk.user_card(None, None)
    sam = SamSession(desk.sam(None, None))
    sam.open()
    sam.verify_pin(PIN)
    session = HealthCardSession(channel, sam)
    session.open()
    channel.commands.clear()
    return session, channel


@dataclass
class Scripted:
    """A channel that expects these commands in this order; pairs of command and response in hex."""

    pairs: list[tuple[str, str]]

    def reset(self) -> bytes:
        return bytes.fromhex("3B680000") + bytes(8)

    def transmit(self, command: bytes) -> bytes:
        expected, response = self.pairs.pop(0)
        assert command.hex().upper() == expected.replace(" ", "")
        return bytes.fromhex(response)

    def close(self) -> None:
        assert self.pairs == []
