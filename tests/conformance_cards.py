"""Cards for the conformance suite to meet: an issued card with its SAM as in two readers, strange ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from card_os.kernel.card import Card
from card_os.spec.loader import load
from lab import demo
from lab.conformance_bench import PIN, RESIDENT
from reader_client.channel import Channel
from reader_client.conformance.bench import Bench
from reader_client.conformance.keys import SamKeys
from reader_client.errors import CardRemovedError
from reader_client.in_process import InProcessChannel
from reader_client.sam import SamSession

ISO_ATR = bytes.fromhex("3B6800000073C84013009000")
Answer = Callable[[bytes], bytes]


@dataclass
class TwoReaders:
    """An issued card and a SAM without a factory of fresh ones: what a person at a desk has."""

    variant: str = ""
    pin: str = demo.SAM_PIN
    card: Card = field(init=False)
    sam: Card = field(init=False)
    bench: Bench = field(init=False)

    def __post_init__(self) -> None:
        self.card = demo.issue_card(demo.resident(RESIDENT), 1, variant=self.variant).card
        self.sam = demo.issue_sam(1)
        channel = InProcessChannel(self.sam)
        self.bench = Bench(
            card=InProcessChannel(self.card),
            profile=self.card.profile,
            keys=SamKeys(SamSession(channel), self.pin),
            sam=channel,
            sam_pin=bytes.fromhex(self.pin),
        )


class StrangeCard:
    """Satisfies `Channel` by a function; an answer of None is silence."""

    def __init__(self, answer: Callable[[bytes], bytes | None], atr: bytes = ISO_ATR) -> None:
        self._answer, self._atr = answer, atr
        self.commands: list[bytes] = []

    def reset(self) -> bytes:
        return self._atr

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(command)
        answer = self._answer(command)
        if answer is None:
            raise CardRemovedError(reader="strange")
        return answer

    def close(self) -> None:
        pass


def iso_card(command: bytes) -> bytes:
    """A card of another application: it knows its MF, GET CHALLENGE, and refuses the rest by the book."""
    if len(command) < 4:
        return b"\x67\x00"
    if command[0] not in (0x00, 0x80):
        return b"\x6e\x00"
    if command == bytes.fromhex("00A40000023F00"):
        return b"\x90\x00"
    if command[1] == 0xA4:
        return b"\x6a\x82"
    return bytes(range(8)) + b"\x90\x00" if command == bytes.fromhex("0084000008") else b"\x6d\x00"


def bench_of(card: Channel) -> Bench:
    """A bench with this card and nothing else."""
    return Bench(card=card, profile=load("health_card"))


def contents(card: Card) -> dict[str, bytes]:
    """What a card holds: its files, cyclic ones by the order of their records, blocks, counters."""
    found = {}
    for path, file in card.profile.files.items():
        if file.kind.has_records:
            for number in range(1, len(file.record_lengths) + 1):
                found[f"{path} {number}"] = card.files.record(file, number)
        elif file.kind.is_ef:
            found[path] = card.files.contents(file)
    for cell, value in card.memory.snapshot().items():
        if cell.startswith("tries:"):
            key = card.profile.keys.get(cell.split(":")[1])
            if key is None or value[0] != key.tries:
                found[cell] = value
        elif not cell.startswith("file:"):
            found[cell] = value
    return found


__all__ = ["ISO_ATR", "PIN", "StrangeCard", "TwoReaders", "bench_of", "contents", "iso_card"]
