"""A great many random APDUs, against cards in every state: nothing changes that may not.

Random but for the seed, half raw bytes and half of the forms that a card knows.
# spec: commands_and_crypto 6.2 N4
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import card_bench as cb
import pytest

from card_os.iso7816.status import base

FIDS = [
    0x3F00,
    0xDDF1,
    0xDF01,
    0xDF02,
    0xDF03,
    0xEF05,
    0xEF06,
    0xEF07,
    0xEF08,
    0xEE01,
    0xED05,
    0x0015,
    0x001A,
]
NAMES = [bytes.fromhex("915600013200"), bytes.fromhex("915600013202"), b"WS.SYS.DDF01"]
SHORT, LONG = 20_000, 1_000_000
CARDS = {
    "chip of a card": cb.chip,
    "chip of a SAM": lambda: cb.chip("sam"),
    "transport": lambda: cb.card_in("TRANSPORT"),
    "perso": lambda: cb.card_in("PERSO"),
    "issued": lambda: cb.card_in("ISSUED"),
    "issued to a holder": cb.holder_card,
    "counting bad MACs": lambda: cb.holder_card(bad_mac_limit=3),
    "contact": lambda: cb.holder_card(transport="contact_t0"),
    "blocked application": lambda: blocked("DDF1"),
    "dead application": lambda: blocked("DDF1/DF02", for_good=True),
    "blocked card": lambda: blocked(""),
    "SAM": cb.sam,
    "SAM in perso": lambda: cb.card_in("PERSO", "sam"),
}


def blocked(df: str, *, for_good: bool = False) -> cb.Bench:
    bench = cb.holder_card()
    if df:
        bench.block(df, for_good=for_good)
    else:
        bench.block_card()
    bench.card.reset()
    return bench


def apdus(seed: int, count: int, bench: cb.Bench) -> Iterator[bytes]:
    """Raw bytes, headers that the card knows, selections, and commands with a body of the right length."""
    dice = random.Random(seed)  # noqa: S311 the same in every run
    specs = list(bench.card.profile.commands.values())
    for _ in range(count):
        form = dice.randrange(8)
        if form == 0:
            yield dice.randbytes(dice.randrange(0, 40))
        elif form == 1:
            yield b"\x00\xa4\x00\x00\x02" + dice.choice(FIDS).to_bytes(2, "big")
        elif form == 2:
            name = dice.choice(NAMES)
            yield bytes((0x00, 0xA4, 0x04, 0x00, len(name))) + name
        elif form == 3:
            yield b"\x00\x84\x00\x00\x08"
        else:
            yield structured(dice, dice.choice(specs).ins, specs)


def structured(dice: random.Random, ins: int, specs: list) -> bytes:
    spec = next(spec for spec in specs if spec.ins == ins)
    cla = dice.choice(spec.classes) if dice.random() < 0.95 else dice.randrange(256)
    p1 = dice.choice([0, 0, 0, 1, 2, 5, 0x80, 0x87, 0x90, 0x9E, dice.randrange(256)])
    p2 = dice.choice([0, 0, 1, 3, 4, 4, 5, 0x80, 0x84, 0x85, 0xA0, 0x9A, dice.randrange(256)])
    head = bytes((cla, ins, p1, p2))
    length = dice.choice([0, 0, 0, 1, 3, 4, 4, 6, 16, 17, 17, 20, 24, 36, 120, 132, dice.randrange(256)])
    tail = dice.choice([b"", b"", b"\x00", b"\x08", b"\x01"])
    return head + (bytes((length,)) + dice.randbytes(length) if length else b"") + tail


CHANGED_FREELY = {
    # a chip in the hands of its maker takes keys, files and the way out of the state without any right; the
    # lock of a card in PERSO asks for none either; spec: commands_and_crypto 5.3
    "chip of a card", "chip of a SAM", "perso",
}  # fmt: skip


def harmless(bench: cb.Bench, name: str, count: int, seed: int) -> set[int]:
    """Send them all; returns the status words that came."""
    before = cb.without_tries(bench.card.memory.snapshot())
    if name == "counting bad MACs":
        before = {c: v for c, v in before.items() if not c.startswith(("bad_macs:", "df_state:"))}
    statuses = {sw for meanings in bench.card.profile.statuses.values() for sw in meanings}
    seen: set[int] = set()
    for command in apdus(seed, count, bench):
        answer = bench.card.transmit(command)
        assert 2 <= len(answer) <= 258
        sw = int.from_bytes(answer[-2:], "big")
        assert sw != 0x6F00, command.hex()
        assert base(sw) in statuses, (command.hex(), f"{sw:04X}")
        assert not bench.card.volatile.keys
        assert not bench.card.volatile.pin_verified
        seen.add(base(sw))
    after = cb.without_tries(bench.card.memory.snapshot())
    if name == "counting bad MACs":
        after = {c: v for c, v in after.items() if not c.startswith(("bad_macs:", "df_state:"))}
    if name not in CHANGED_FREELY:
        assert after == before
    return seen


def run(name: str, total: int) -> None:
    """A part of the total for one card; begins anew now and then, so that full counters come back."""
    share, turn = total // len(CARDS), 0
    while turn * 5_000 < share:
        seen = harmless(CARDS[name](), name, min(5_000, share - turn * 5_000), seed=turn)
        assert len(seen) >= (2 if name == "blocked card" else 4)
        turn += 1


@pytest.mark.parametrize("name", CARDS)
def test_random_apdus_change_nothing(name: str) -> None:
    run(name, SHORT)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", CARDS)
def test_a_million_random_apdus_change_nothing(name: str) -> None:
    run(name, LONG)


def test_a_personalised_card_keeps_its_keys_whatever_comes() -> None:
    """Where the lock may come from anybody, it is all that may."""
    bench = cb.card_in("PERSO")
    keys = {c: v for c, v in bench.card.memory.snapshot().items() if c.startswith(("key:", "file:"))}
    harmless(bench, "perso", 5_000, seed=99)
    left = {c: v for c, v in bench.card.memory.snapshot().items() if c.startswith(("key:", "file:"))}
    assert {**left, "key:KT_MF:1": cb.TRANSPORT_KEY} == keys
