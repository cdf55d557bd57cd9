"""A bench for cards: keys, challenges and secure messages computed by the oracle, never by the card.

Roots are hashes of their names, so they are dummies and differ for every key and version.
Typed by hand from commands_and_crypto 2.1, 2.5, 4.1 and 5.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from hashlib import sha256
from typing import NamedTuple

import field_oracle as oracle

from card_os.kernel import manufacture
from card_os.kernel.card import Card
from card_os.kernel.memory import Memory
from card_os.spec import loader
from card_os.spec.model import Profile

SERIAL = bytes.fromhex("00000001")
HISTORICAL = bytes.fromhex("00A1A1A1") + SERIAL
CITY = b"21000000"
PIN = bytes.fromhex("123456")
HOLDER_PIN = bytes.fromhex("246813")
TRANSPORT_KEY = bytes(range(16))
TERMINAL_DATA = bytes.fromhex("1122334455667788")


class KeyRow(NamedTuple):
    """A row of commands_and_crypto 2.5: DF, P2 on the card, id and P1 of 80DE, versions."""

    df: str
    reference: int
    sam_id: int
    p1: int
    versions: int

    @property
    def authenticates(self) -> bool:
        """Whether EXTERNAL AUTHENTICATE takes it: every type 7 key but IRK."""
        return self.p1 & 0x1F == 7 and self.reference != 0


KEYS = {
    "IRK_DDF1": KeyRow("DDF1", 0x00, 0x01, 0x47, 4),
    "STK_DDF1": KeyRow("DDF1", 0x02, 0x02, 0x28, 1),
    "STK_DF01": KeyRow("DDF1/DF01", 0x82, 0x03, 0x28, 1),
    "STK_DF02": KeyRow("DDF1/DF02", 0x82, 0x04, 0x48, 1),
    "STK_DF03": KeyRow("DDF1/DF03", 0x82, 0x05, 0x48, 1),
    "LK_DDF1": KeyRow("DDF1", 0x03, 0x06, 0x27, 1),
    "LK_DF01": KeyRow("DDF1/DF01", 0x83, 0x07, 0x27, 1),
    "LK_DF02": KeyRow("DDF1/DF02", 0x83, 0x08, 0x27, 1),
    "LK_DF03": KeyRow("DDF1/DF03", 0x83, 0x09, 0x27, 1),
    "UK1_DDF1": KeyRow("DDF1", 0x05, 0x0A, 0x27, 4),
    "UK1_DF01": KeyRow("DDF1/DF01", 0x85, 0x0B, 0x27, 4),
    "UK1_DF02": KeyRow("DDF1/DF02", 0x85, 0x0C, 0x47, 4),
    "UK2_DF02": KeyRow("DDF1/DF02", 0x86, 0x0D, 0x47, 4),
    "UK3_DF02": KeyRow("DDF1/DF02", 0x87, 0x0E, 0x47, 4),
    "UK1_DF03": KeyRow("DDF1/DF03", 0x85, 0x0F, 0x47, 4),
    "UK2_DF03": KeyRow("DDF1/DF03", 0x86, 0x10, 0x27, 4),
    "RK1_DDF1": KeyRow("DDF1", 0x04, 0x11, 0x47, 4),
    "RK1_DF01": KeyRow("DDF1/DF01", 0x84, 0x12, 0x47, 4),
    "RK1_DF02": KeyRow("DDF1/DF02", 0x84, 0x13, 0x47, 4),
    "RK1_DF03": KeyRow("DDF1/DF03", 0x84, 0x14, 0x47, 4),
    "BK_MF": KeyRow("MF", 0x03, 0x15, 0x27, 1),
    "STM_MF": KeyRow("MF", 0x02, 0x16, 0x28, 1),
}


class Answer(NamedTuple):
    """Response data and status word."""

    data: bytes
    sw: int


def root(name: str, version: int) -> bytes:
    """The dummy key that a SAM holds."""
    return sha256(f"dummy root {name} {version}".encode()).digest()[:16]


def card_value(name: str, version: int) -> bytes:
    """The key on the card of this bench."""
    if name == "KT_MF":
        return TRANSPORT_KEY
    return oracle.card_key(root(name, version), HISTORICAL, CITY if KEYS[name].p1 >> 5 == 2 else None)


class Random:
    """Random bytes that are the same in every run."""

    def __init__(self) -> None:
        self.drawn = 0

    def __call__(self, length: int) -> bytes:
        self.drawn += 1
        return sha256(b"challenge %d" % self.drawn).digest()[:length]


class Bench:
    """A powered card and a terminal that knows every key."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self.atr = card.power_on()

    def send(self, command: str | bytes) -> Answer:
        """Transmit hex or bytes."""
        raw = bytes.fromhex(command) if isinstance(command, str) else command
        answer = self.card.transmit(raw)
        return Answer(answer[:-2], int.from_bytes(answer[-2:], "big"))

    def do(self, command: str | bytes) -> bytes:
        """Transmit what must succeed."""
        answer = self.send(command)
        assert answer.sw == 0x9000, f"{answer.sw:04X}"
        return answer.data

    def select(self, path: str) -> None:
        """Walk down a path such as DDF1/DF01/EF05; its parts are the FIDs."""
        for fid in path.split("/"):
            answer = self.send("00A4000002" + ("3F00" if fid == "MF" else fid))
            assert answer.sw == 0x9000 or answer.sw >> 8 == 0x61, f"{fid}: {answer.sw:04X}"

    def challenge(self) -> bytes:
        """Draw the card's 8 bytes."""
        return self.do("0084000008")

    def session(self, name: str, version: int = 1) -> bytes:
        """A session key over a fresh challenge."""
        return oracle.session_key(card_value(name, version), self.challenge())

    def authentication(self, name: str, version: int = 1) -> bytes:
        """A valid EXTERNAL AUTHENTICATE for a fresh challenge."""
        reference = 0x01 if name == "KT_MF" else KEYS[name].reference
        return oracle.external_authenticate(self.session(name, version), reference, TERMINAL_DATA, version)

    def authenticate(self, name: str, version: int = 1) -> None:
        """Win the right of a key in the current DF."""
        self.do(self.authentication(name, version))

    def fail(self, reference: int, version: int = 1) -> int:
        """Authenticate wrongly; returns the status word."""
        self.challenge()
        return self.send(bytes((0, 0x82, 0, reference, 0x11)) + bytes(16) + bytes((version,))).sw

    def secure(self, name: str, header: str, data: bytes) -> bytes:
        """CLA INS P1 P2 with enciphered data and MAC under the session of an STK or the transport key."""
        return protect(self.session(name), header, data)

    def mac_only(self, name: str, header: str) -> bytes:
        """CLA INS P1 P2 and a MAC under the session of an STK."""
        return mac_only(self.session(name), header)

    def block(self, df: str, *, for_good: bool = False) -> None:
        """Block an application with its own lock key."""
        self.enter(df, f"LK_{df[-4:]}")
        self.do(self.mac_only(f"STK_{df[-4:]}", f"841E000{for_good:d}"))

    def block_card(self) -> None:
        """Block the whole card."""
        self.enter("MF", "BK_MF")
        self.do(self.mac_only("STM_MF", "84160000"))

    def enter(self, path: str, *keys: str) -> None:
        """Select a file and win the rights of keys of its DF on the way."""
        self.select(path)
        for key in keys:
            self.authenticate(key)


def protect(session: bytes, header: str, data: bytes) -> bytes:
    """Encipher, then MAC over the header with its final Lc."""
    cipher = oracle.encipher_record(session, data)
    head = bytes.fromhex(header) + bytes((len(cipher) + 4,))
    return head + cipher + oracle.mac(session, head + cipher)


def mac_only(session: bytes, header: str) -> bytes:
    """A command without data under a MAC."""
    head = bytes.fromhex(header) + b"\x04"
    return head + oracle.mac(session, head)


def profile(name: str = "health_card") -> Profile:
    """A declaration."""
    return loader.load(name)


def key_record(name: str, version: int) -> bytes:
    """Type, rights 00 FF, version, tries, value of WRITE KEY.  # spec: commands_and_crypto 1.2"""
    row = KEYS[name]
    if row.p1 & 0x1F == 8:
        kind, tries = 0x36, 0
    else:
        kind, tries = (0x39, 15) if row.authenticates else (0x34, 0)
    return bytes((kind, 0x00, 0xFF, version, tries)) + card_value(name, version)


def sam_key_record(name: str, version: int) -> bytes:
    """The same for a SAM: the usage byte is the type, no tries."""
    return bytes((KEYS[name].p1, 0x00, 0xFF, version, 0)) + root(name, version)


def plain_write_key(kid: int, record: bytes) -> bytes:
    """80D4 in state CHIP."""
    return bytes((0x80, 0xD4, 0x01, kid, len(record))) + record


TRANSPORT_RECORD = bytes.fromhex("3900FF010F") + TRANSPORT_KEY
HOLDER_PIN_RECORD = bytes.fromhex("3A00FF0106") + HOLDER_PIN


def chip(name: str = "health_card") -> Bench:
    """A chip in state CHIP."""
    return Bench(manufacture.chip(profile(name), SERIAL, Random()))


@cache
def _snapshots(name: str) -> Mapping[str, Mapping[str, bytes]]:
    bench, found = chip(name), {}
    if name == "health_card":
        for key, row in KEYS.items():
            bench.select("MF" if row.df == "MF" else f"MF/{row.df}")
            for version in range(1, row.versions + 1):
                bench.do(plain_write_key(row.reference, key_record(key, version)))
    else:
        bench.select("MF/DF01")
        for key, row in KEYS.items():
            for version in range(1, row.versions + 1):
                bench.do(plain_write_key(row.sam_id, sam_key_record(key, version)))
        bench.select("MF")
        bench.do(plain_write_key(0x00, bytes.fromhex("3A00FF010A") + PIN))
    bench.select("MF")
    bench.do(plain_write_key(0x01, TRANSPORT_RECORD))
    bench.do("0044000000")
    found["TRANSPORT"] = bench.card.memory.snapshot()
    bench.authenticate("KT_MF")
    found["PERSO"] = bench.card.memory.snapshot()
    if name == "health_card":
        bench.select("DDF1")
        bench.do("8005000000")
    else:
        bench.do("0044000000")
    found["ISSUED"] = bench.card.memory.snapshot()
    return found


def snapshot(state: str = "ISSUED", name: str = "health_card") -> Mapping[str, bytes]:
    """The memory of a keyed card in a state."""
    return _snapshots(name)[state]


def card_in(state: str = "ISSUED", name: str = "health_card") -> Bench:
    """A keyed card with its blank contents, powered."""
    return Bench(Card(profile(name), Memory(snapshot(state, name)), Random()))


@cache
def holder_snapshot(state: str = "ISSUED") -> Mapping[str, bytes]:
    """The memory of a keyed card whose holder has a PIN, in state PERSO or ISSUED."""
    bench = card_in("PERSO")
    bench.authenticate("KT_MF")
    bench.do(bench.secure("KT_MF", "84D40100", HOLDER_PIN_RECORD))
    if state == "ISSUED":
        bench.select("DDF1")
        bench.do("8005000000")
    return bench.card.memory.snapshot()


def holder_card(state: str = "ISSUED", **changes: object) -> Bench:
    """A keyed card whose holder has a PIN; `changes` are other settings of its profile."""
    declared = replace(profile(), **changes)  # type: ignore[arg-type]
    return Bench(Card(declared, Memory(holder_snapshot(state)), Random()))


def sam(*, verified: bool = False) -> Bench:
    """A SAM in service; DF01 selected and the PIN verified where asked."""
    bench = card_in(name="sam")
    if verified:
        bench.do(b"\x00\x20\x00\x00\x03" + PIN)
        bench.select("DF01")
    return bench


def card_with(options: Mapping[str, bool], state: str = "ISSUED") -> Bench:
    """A keyed card whose profile has other options."""
    declared = replace(profile(), options={**profile().options, **options})
    return Bench(Card(declared, Memory(snapshot(state)), Random()))


def without_tries(cells: Mapping[str, bytes]) -> dict[str, bytes]:
    """Memory without what a failed verification may change."""
    return {cell: value for cell, value in cells.items() if not cell.startswith("tries:")}
