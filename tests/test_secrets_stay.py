"""Keys, PINs and personal data never leave by a side door: logs, reprs, errors and their tracebacks.

Canaries stand in for them: values that can be found again in any spelling.
# spec: commands_and_crypto 6.2 G5, P5
"""

from __future__ import annotations

import gc
import io
import logging
import traceback
from collections.abc import Iterator
from contextlib import suppress

import card_bench as cb
import field_oracle as oracle
import pytest

from card_os.iso7816.apdu import CommandApdu
from card_os.kernel.commands import COMMANDS
from card_os.kernel.keys import KeyStore
from card_os.kernel.memory import Memory, PowerLoss
from card_os.kernel.pin import Pin
from card_os.kernel.refusal import Refused
from card_os.kernel.volatile import Volatile

PERSON = "华佗甲测试".encode("gb18030")
NUMBER = b"210102190001010018"
NAME_RECORD = PERSON.ljust(30, b"\x00")
NEW_PIN = bytes.fromhex("86420975")


def spellings(secret: bytes) -> Iterator[str]:
    """How a secret could stand in a text: hex in both cases, spaced, as Python shows it, as itself."""
    plain = secret.hex()
    yield plain
    yield plain.upper()
    yield secret.hex(" ")
    yield secret.hex(":")
    yield repr(secret)[2:-1]
    yield repr(list(secret))[1:-1]
    for coding in ("ascii", "gb18030"):
        with suppress(UnicodeDecodeError):
            text = secret.decode(coding)
            if text.isprintable():
                yield text


class Watch:
    """Collects what a session shows and knows what it must not."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.caplog = caplog
        self.texts: list[str] = []
        self.secrets: list[bytes] = [PERSON, NUMBER, NEW_PIN]

    def look_at(self, bench: cb.Bench) -> None:
        """The objects of a card, and everything of the kernel that refers to its memory."""
        card = bench.card
        ram = card.ram
        shown: list[object] = [card, card.memory, card.keys, card.files, card.cipher, ram, card.profile.name]
        shown += [
            kept for kept in gc.get_objects() if isinstance(kept, Volatile | Memory | KeyStore | Refused)
        ]
        if card.profile.pin and "pin" in card.memory:
            shown.append(Pin(card))
        self.texts += [form(thing) for thing in shown for form in (repr, str)]

    def send(self, bench: cb.Bench, command: bytes | str) -> cb.Answer:
        """Send, and look at the request as the kernel sees it."""
        raw = bytes.fromhex(command) if isinstance(command, str) else command
        spec = bench.card.profile.command_of(raw[1], raw[2])
        with suppress(Refused, ValueError):
            self.texts.append(repr(COMMANDS[spec.name].parse(CommandApdu.parse(raw))) if spec else "")
        answer = bench.send(raw)
        if answer.sw != 0x9000:
            self.texts.append(repr(bench.card.ram))
        return answer

    def check(self) -> None:
        """No secret stands in anything that was shown or logged."""
        whole = "\n".join((*self.texts, self.caplog.text, *(str(r.__dict__) for r in self.caplog.records)))
        assert len(self.texts) > 50
        for secret in self.secrets:
            for spelling in spellings(secret):
                assert spelling not in whole


@pytest.fixture
def watch(caplog: pytest.LogCaptureFixture) -> Iterator[Watch]:
    caplog.set_level(logging.DEBUG)
    found = Watch(caplog)
    found.secrets += [
        value for cell, value in cb.holder_snapshot("PERSO").items() if cell.startswith(("key:", "pin"))
    ]
    found.secrets += [cb.root(name, 1) for name in cb.KEYS]
    yield found
    found.check()


def test_the_spellings_find_a_leak(watch: Watch) -> None:
    for leak in (
        f"{NUMBER!r}",
        NUMBER.hex(),
        PERSON.hex().upper(),
        PERSON.decode("gb18030"),
        str(list(NEW_PIN)),
    ):
        assert any(spelling in leak for secret in watch.secrets for spelling in spellings(secret))
    watch.texts = ["nothing"] * 51


def wrong(command: bytes) -> Iterator[bytes]:
    """Many ways in which a command goes wrong."""
    yield command[:-1]
    yield command + b"\x00"
    yield command[:2] + b"\x7f" + command[3:]
    yield command[:3] + b"\x7f" + command[4:]
    yield bytes((command[0] ^ 0x04,)) + command[1:]
    yield bytes((command[0] ^ 0x80,)) + command[1:]
    yield command[:-1] + bytes((command[-1] ^ 1,))


def test_a_long_life_shows_nothing(watch: Watch) -> None:
    """From the chip to the blocked card, every command right and wrong."""
    bench = cb.chip()
    for name, row in cb.KEYS.items():
        bench.select("MF" if row.df == "MF" else f"MF/{row.df}")
        for version in range(1, row.versions + 1):
            command = cb.plain_write_key(row.reference, cb.key_record(name, version))
            for attempt in wrong(command):
                watch.send(bench, attempt)
            assert watch.send(bench, command).sw == 0x9000
    bench.select("MF")
    watch.send(bench, cb.plain_write_key(0x00, cb.HOLDER_PIN_RECORD[:4] + b"\x07" + cb.HOLDER_PIN))
    bench.do(cb.plain_write_key(0x01, cb.TRANSPORT_RECORD))
    watch.look_at(bench)
    bench.do("0044000000")
    bench.authenticate("KT_MF")
    for attempt in wrong(bench.secure("KT_MF", "84D40100", cb.HOLDER_PIN_RECORD)):
        watch.send(bench, attempt)
    assert watch.send(bench, bench.secure("KT_MF", "84D40100", cb.HOLDER_PIN_RECORD)).sw == 0x9000
    bench.enter("DDF1/EF06", "UK1_DDF1", "RK1_DDF1")
    watch.look_at(bench)
    write_person(watch, bench)
    bench.select("DDF1")
    bench.do("8005000000")
    use(watch, bench)
    block(watch, bench)


def write_person(watch: Watch, bench: cb.Bench) -> None:
    item = next(i for i in cb.profile().items.values() if i.layout == "DDF1.EF06" and i.length == 30)
    record = bytes((item.tag or 0, 30)) + NAME_RECORD
    command = bytes((0x00, 0xDC, item.record or 0, 0x04, len(record))) + record
    for attempt in wrong(command):
        watch.send(bench, attempt)
    assert watch.send(bench, command).sw == 0x9000
    assert watch.send(bench, f"00B2{item.record:02X}0400").data == record
    bench.select("EF07")
    assert watch.send(bench, b"\x00\xd6\x00\x00\x12" + NUMBER).sw == 0x9000
    assert watch.send(bench, "00B0000012").data == NUMBER
    bench.enter("DDF1/DF02", "UK3_DF02", "RK1_DF02")
    entry = (PERSON + NUMBER)[:24].ljust(24, b"\x00")
    assert watch.send(bench, b"\x00\xe2\x00\x40\x18" + entry).sw == 0x9000
    assert watch.send(bench, "00B2014400").data == entry


def use(watch: Watch, bench: cb.Bench) -> None:
    pin, holder = NEW_PIN.hex(), cb.HOLDER_PIN.hex()
    reload_head = bytes.fromhex(f"805E000008{pin}")
    for command in (
        f"0020000003{holder}",
        f"0020000004{pin}",
        f"805E010008{pin}FF{holder}",
        f"805E010008{holder}FF{pin}",
        f"0020000004{pin}",
    ):
        for attempt in wrong(bytes.fromhex(command)):
            watch.send(bench, attempt)
        watch.send(bench, command)
        watch.send(bench, reload_head + oracle.mac(bench.session("STK_DDF1"), reload_head))
        watch.look_at(bench)
    for command in (
        bench.secure("STK_DDF1", "84240001", NEW_PIN),
        bench.mac_only("STK_DDF1", "84240000"),
        bytes.fromhex("0088000011") + bytes(16) + b"\x01",
    ):
        for attempt in (*wrong(command), command):
            watch.send(bench, attempt)
    bench.enter("DDF1/EF07", "UK1_DDF1", "RK1_DDF1")
    for command in (bench.secure("STK_DDF1", "04D60000", NUMBER), bench.mac_only("STK_DDF1", "04B00000")):
        for attempt in (*wrong(command), command):
            watch.send(bench, attempt)
            watch.look_at(bench)


def block(watch: Watch, bench: cb.Bench) -> None:
    bench.block("DDF1/DF01")
    watch.look_at(bench)
    bench.block_card()
    for command in (f"0020000003{cb.HOLDER_PIN.hex()}", "0084000008"):
        watch.send(bench, command)
    watch.look_at(bench)


def test_a_sam_shows_nothing(watch: Watch) -> None:
    sam = cb.sam(verified=True)
    factors = cb.HISTORICAL + cb.CITY + bytes(8)
    watch.secrets += [
        cb.card_value("RK1_DDF1", 1),
        oracle.session_key(cb.card_value("RK1_DDF1", 1), bytes(8)),
    ]
    for _ in range(8):
        for p1, p2 in ((0x47, 0x31), (0x47, 0x1F), (0x48, 0x05)):
            command = bytes((0x80, 0xDE, p1, p2, len(factors))) + factors
            for attempt in (*wrong(command), command):
                watch.send(sam, attempt)
            watch.look_at(sam)
            watch.send(sam, "80FA000010" + "00" * 16)
        watch.send(sam, "805E010007999999FF864209")
        watch.look_at(sam)


def test_an_answer_that_waits_is_not_shown(watch: Watch) -> None:
    """A contact card announces what it read; the record waits in its working memory."""
    bench = cb.holder_card(transport="contact_t0")
    bench.enter("DDF1/EF07", "UK1_DDF1", "RK1_DDF1")
    bench.do(b"\x00\xd6\x00\x00\x12" + NUMBER)
    announced = bench.send(bench.mac_only("STK_DDF1", "04B00000"))
    assert announced.sw >> 8 == 0x61
    for _ in range(6):
        watch.look_at(bench)
    assert bench.send("00C0000012").data == NUMBER


def test_the_card_keeps_no_command_with_a_secret() -> None:
    """It keeps those that recur, read and parsed; a PIN of two bytes makes one as short as SELECT."""
    bench = cb.holder_card()
    short_pin, pin = b"\x00\x20\x00\x00\x02\x12\x34", b"\x00\x20\x00\x00\x03" + cb.HOLDER_PIN
    select, challenge = bytes.fromhex("00A4000002DDF1"), bytes.fromhex("0084000008")
    for command in (short_pin, pin, select, challenge):
        bench.send(command)
    proof = bench.authentication("RK1_DDF1")
    assert bench.send(proof).sw == 0x9000
    kept = bench.card._kept
    assert select in kept
    assert challenge in kept
    assert kept.keys().isdisjoint((short_pin, pin, proof))
    for number in range(1, 256):
        for p2 in (0x00, 0x04):
            bench.send(bytes((0x00, 0xB2, number, p2, 0x00)))
    assert 0 < len(kept) <= 256


def test_what_fails_inside_says_nothing(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """6F00, a failing memory and a cut: their texts and tracebacks."""
    bench = cb.holder_card()

    def broken(*_: object) -> bytes:
        raise ValueError("broken on purpose")

    with monkeypatch.context() as patched:
        patched.setattr("card_os.kernel.pin.same", broken)
        assert watch.send(bench, b"\x00\x20\x00\x00\x03" + cb.HOLDER_PIN).sw == 0x6F00
        patched.setattr("card_os.crypto.secure_messaging.same", broken)
        bench.select("DDF1")
        assert watch.send(bench, bench.authentication("RK1_DDF1")).sw == 0x6F00
    assert "broken on purpose" in watch.caplog.text

    def full(_: object) -> None:
        raise OSError("no space")

    bench.card.memory.keep = full
    assert watch.send(bench, b"\x00\x20\x00\x00\x03" + cb.HOLDER_PIN).sw == 0x6581
    bench.card.memory.keep = None

    def cut(step: str) -> None:
        raise PowerLoss(step)

    bench.card.memory.on_step = cut
    for command in (b"\x00\x20\x00\x00\x03" + cb.HOLDER_PIN, bytes.fromhex("805E010008") + cb.HOLDER_PIN):
        with suppress(PowerLoss):
            try:
                bench.send(command)
            except PowerLoss as loss:
                watch.texts += [repr(loss), str(loss), "".join(traceback.format_exception(loss))]
    printed = io.StringIO()
    try:
        bench.card.memory.put("key:RK1_DDF1:1", cb.card_value("RK1_DDF1", 1))
    except RuntimeError:
        traceback.print_exc(file=printed)
    watch.texts += [printed.getvalue()] * 60
    assert "card memory is written inside a transaction only" in printed.getvalue()
