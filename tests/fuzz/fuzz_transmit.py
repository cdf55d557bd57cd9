"""Coverage-guided fuzzing of `Card.transmit`; needs atheris.

    python tests/fuzz/fuzz_transmit.py -max_total_time=600

An input is a small program: a card, then steps. A step sends raw bytes or a known command with one byte
changed, or lets a terminal that knows the keys
authenticate or protect what comes, or takes the power away. After each command: a well-formed answer, a
status word that the declaration knows for it, and no change of memory that the rights held before do not
explain.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import atheris

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

with atheris.instrument_imports(include=["card_os"]):
    import card_bench as cb
    import field_oracle as oracle

    from card_os.iso7816.status import base
    from card_os.kernel.memory import PowerLoss
    from card_os.spec.access import AccessRule

CARDS: list[Callable[[], cb.Bench]] = [
    lambda: cb.card_in("ISSUED"),
    cb.holder_card,
    lambda: cb.holder_card("PERSO"),
    lambda: cb.holder_card(bad_mac_limit=3),
    lambda: cb.holder_card(transport="contact_t0"),
    lambda: cb.card_in("TRANSPORT"),
    cb.chip,
    lambda: cb.chip("sam"),
    cb.sam,
    lambda: cb.sam(verified=True),
    lambda: cb.card_in("PERSO", "sam"),
]
KEYS = [*sorted(cb.KEYS), "KT_MF"]
GENERAL = {0x9000, 0x6700, 0x6985, 0x6D00, 0x6E00, 0x6581}
RAW, AUTHENTICATE, PROTECT, MAC, CUT, RESET, KNOWN = range(7)
FIDS = "3F00 DDF1 DF01 DF02 DF03 EF05 EF06 EF07 EF08 EE01 ED01 0015 001A"
COMMANDS = [bytes.fromhex("00A4000002" + fid) for fid in FIDS.split()] + [
    bytes.fromhex(text)
    for text in (
        "00A4040006915600013200 00B0000010 00B0870010 00B2010400 00B2050000 00D6000001AA 00DC010403070100 "
        "00DC000318" + "00" * 24 + " 00E2004018" + "00" * 24 + " 84D2010400 840C010400 0084000008 0084000004 "
        "00C0000000 0020000003246813 0020000003123456 805E010007246813FF135797 8005000000 0044000000 "
        "0044050000 80CA000400 800E000000 80D4000001 80E0DDF112380000FFFF0057532E5359532E4444463031 "
        "0088000011" + "00" * 16 + "01 80DE473118" + "00" * 24 + " 80FA000010" + "00" * 16 + " "
        "002A90800461626364 102A90800461626364 002A9EA020" + "00" * 32 + " 0046800000 0046810000 80CC000000"
    ).split()
]


class Violation(AssertionError):
    """The card did what it must not."""


class Program:
    """Reads an input byte by byte; zeros behind its end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def byte(self) -> int:
        """The next byte."""
        value = self._data[self._at] if self else 0
        self._at += 1
        return value

    def take(self, length: int) -> bytes:
        """The next bytes, as many as there are."""
        part = self._data[self._at : self._at + length]
        self._at += length
        return part


def session(bench: cb.Bench, key: str) -> bytes:
    """A session key over a fresh challenge, where the card gives one."""
    challenge = bench.card.transmit(bytes.fromhex("0084000008"))[:-2]
    return oracle.session_key(cb.card_value(key, 1), challenge.ljust(8, b"\0")[:8])


def built(bench: cb.Bench, program: Program) -> tuple[bytes, bool]:
    """The next command, and whether a terminal with keys made it."""
    step = program.byte() % 7
    if step == RESET:
        bench.card.power_on()
    if step == AUTHENTICATE:
        key = KEYS[program.byte() % len(KEYS)]
        reference = 0x01 if key == "KT_MF" else cb.KEYS[key].reference
        return oracle.external_authenticate(session(bench, key), reference, cb.TERMINAL_DATA), True
    if step in (PROTECT, MAC):
        key, header = KEYS[program.byte() % len(KEYS)], program.take(4).ljust(4, b"\0").hex()
        if step == MAC:
            return cb.mac_only(session(bench, key), header), True
        return cb.protect(session(bench, key), header, program.take(program.byte() % 130)), True
    if step == KNOWN:
        command = bytearray(COMMANDS[program.byte() % len(COMMANDS)])
        command[program.byte() % len(command)] ^= program.byte()
        return bytes(command), False
    if step == CUT:
        arm(bench, program.byte() % 16)
    return program.take(program.byte()), False


def arm(bench: cb.Bench, steps: int) -> None:
    """Let the power fail at a write step to come."""

    def fail(step: str) -> None:
        nonlocal steps
        steps -= 1
        if steps < 0:
            raise PowerLoss(step)

    bench.card.memory.on_step = fail


def check_answer(bench: cb.Bench, command: bytes, answer: bytes) -> None:
    """Data of at most 256 bytes and a status word that is declared for the command."""
    if not 2 <= len(answer) <= 258:
        raise Violation(f"an answer of {len(answer)} bytes")
    sw = int.from_bytes(answer[-2:], "big")
    profile = bench.card.profile
    spec = profile.command_of(command[1], command[2]) if len(command) > 2 else None
    declared = set(profile.statuses[spec.name]) if spec else set()
    if sw == 0x6F00 or base(sw) not in declared | GENERAL:
        raise Violation(f"{spec.name if spec else command.hex()} answered {sw:04X}")


class Rights:
    """What was allowed just before a command."""

    def __init__(self, bench: cb.Bench, *, made_with_keys: bool) -> None:
        card = bench.card
        self.card, self.made_with_keys = card, made_with_keys
        self.keys, self.life = card.volatile.keys, card.life_cycle
        self.pin_verified = card.volatile.pin_verified
        self.before = card.memory.snapshot()

    def allows(self, rule: AccessRule) -> bool:
        """Whether a rule was met."""
        return rule.allows(self.keys, self.life)

    def check(self, after: Mapping[str, bytes]) -> None:
        """Raise Violation for a change that they do not explain."""
        free = self.life == "CHIP" or self.made_with_keys
        for cell in self.before.keys() | after.keys():
            old, new = self.before.get(cell), after.get(cell)
            if old != new and not free and not self._explains(cell, old, new):
                raise Violation(f"{cell} changed without a right in state {self.life}")

    def _explains(self, cell: str, old: bytes | None, new: bytes | None) -> bool:
        kind, _, name = cell.partition(":")
        if kind == "file":
            file = self.card.files[name]
            return any(self.allows(rule) for rule in (file.update, file.set_valid, file.erase))
        if kind == "tries":  # a guess costs one; the PIN of the bench may be found among the inputs
            return name == "pin" or (new is not None and (old is None or new[0] == old[0] - 1))
        if kind == "pin" and old is not None:
            return True  # CHANGE PIN with the right old one
        if kind in ("life_cycle", "key") and self.life == "PERSO":
            return cell in ("life_cycle", "key:KT_MF:1") or bool(self.keys)  # the lock asks for no right
        counted = kind in ("bad_macs", "df_state") and self.card.profile.bad_mac_limit > 0
        return counted or bool(self.keys)


def run(data: bytes) -> None:
    """One input."""
    program = Program(data)
    bench = CARDS[program.byte() % len(CARDS)]()
    while program:
        command, made_with_keys = built(bench, program)
        if bench.card.ram is None:
            bench.card.power_on()
        rights = Rights(bench, made_with_keys=made_with_keys)
        with suppress(PowerLoss):
            check_answer(bench, command, bench.card.transmit(command))
        bench.card.memory.on_step = lambda _: None
        after = bench.card.memory.snapshot()
        rights.check(after)
        if bench.card.ram is None:
            bench.card.power_on()
            if bench.card.memory.snapshot() != after:
                raise Violation("power-on found another state than the cut left")
        elif not made_with_keys and bench.card.volatile.keys - rights.keys:
            raise Violation("a right was won without a key")


def main() -> None:
    """Fuzz until time or a violation."""
    atheris.Setup(sys.argv, run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
