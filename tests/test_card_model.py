"""The card and a model of it, side by side: every answer and what power leaves are the same.

The power fails at any write step; then the card must be where the model was before the command, where it is
after it, or one try short of before.  # spec: commands_and_crypto 1 to 5, 6.2 N1, N4
"""

from __future__ import annotations

import copy
from typing import Any

import card_bench as cb
import field_oracle as oracle
import pytest
from card_model import LIMIT, PIN_LIMIT, CardModel
from card_model_files import NAMES, TABLE
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from card_os.kernel.card import Card
from card_os.kernel.file_system import cell_of
from card_os.kernel.memory import PowerLoss
from card_os.spec.model import FileKind

FIDS = sorted({fid for _, fid in TABLE} | {0x3F00, 0xDDF1, 0xDF01, 0xDF02, 0xDF03, 0xEF09})
DFS = list(NAMES)
PINS = [cb.HOLDER_PIN, bytes.fromhex("9753"), bytes.fromhex("1357997531"), bytes.fromhex("01")]
BYTE = st.integers(0, 255)
NUMBERS = st.integers(0, 11)
DAMAGE = st.sampled_from(["none"] * 6 + ["bit", "stale", "key"])


def observed(card: Card) -> dict[str, Any]:
    """What power leaves of a card, in the form of the model."""
    cells = card.memory.snapshot()
    files: dict[tuple[str, int], Any] = {}
    for file in card.profile.files.values():
        if not file.kind.is_ef:
            continue
        raw, place = cells[cell_of(file)], (file.parent[-4:], file.fid)
        if not file.kind.has_records:
            files[place] = raw
            continue
        start, records = int(file.kind is FileKind.CYCLIC), []
        for length in file.record_lengths:
            records.append(raw[start : start + length])
            start += length
        newest = raw[0] if file.kind is FileKind.CYCLIC else 0
        files[place] = records[newest:] + records[:newest]
    words = {b"APP_BLOCKED": "blocked", b"APP_DEAD": "dead"}
    return {
        "life": cells["life_cycle"].decode(),
        "blocked": {c[-4:]: words[v] for c, v in cells.items() if c.startswith("df_state:")},
        "files": files,
        "tries": {c.removeprefix("tries:"): v[0] for c, v in cells.items() if c.startswith("tries:")},
        "pin": cells["pin"],
    }


def plain_state(keep: dict[str, Any]) -> dict[str, Any]:
    """Full counters are the same as counters that were never touched."""
    full = {"pin": PIN_LIMIT}
    tries = {cell: left for cell, left in keep["tries"].items() if left != full.get(cell, LIMIT)}
    return {**keep, "tries": tries}


class Steps:
    """How many commands, cuts and resets were done by all runs."""

    done = 0


class SideBySide(RuleBasedStateMachine):
    """A terminal that knows all keys, and is right more often than not."""

    @initialize(state=st.sampled_from(["ISSUED", "ISSUED", "ISSUED", "PERSO"]))
    def start(self, state: str) -> None:
        self.bench = cb.holder_card(state)
        self.model = CardModel(state, cb.Random())
        self.bench.card.random = cb.Random()
        self.known = b""
        self.older = bytes(8)
        self.cut_at: int | None = None

    def both(self, raw: bytes) -> int:
        """Send to both; returns the status word."""
        Steps.done += 1
        if self.cut_at is not None:
            return self.torn(raw)
        given = self.bench.card.transmit(raw)
        expected = self.model.answer(raw)
        assert given.hex() == expected.hex(), raw.hex()
        return int.from_bytes(given[-2:], "big")

    def torn(self, raw: bytes) -> int:
        """Send while the power may fail at a step."""
        left, self.cut_at = self.cut_at, None
        before = copy.deepcopy(self.model.keep)

        def fail(step: str) -> None:
            nonlocal left
            assert left is not None
            left -= 1
            if left < 0:
                raise PowerLoss(step)

        self.bench.card.memory.on_step = fail
        expected = self.model.answer(raw)
        try:
            given = self.bench.card.transmit(raw)
        except PowerLoss:
            self.after_the_cut(before)
            return 0
        finally:
            self.bench.card.memory.on_step = lambda _: None
        assert given.hex() == expected.hex(), raw.hex()
        return int.from_bytes(given[-2:], "big")

    def after_the_cut(self, before: dict[str, Any]) -> None:
        cell = self.model.guessed
        taken = copy.deepcopy(before)
        if cell:
            taken["tries"][cell] = taken["tries"].get(cell, PIN_LIMIT if cell == "pin" else LIMIT) - 1
        self.bench.card.memory.on_step = lambda _: None
        self.bench.card.power_on()
        found = plain_state(observed(self.bench.card))
        possible = [state for state in (before, taken, self.model.keep) if plain_state(state) == found]
        assert possible
        self.model.keep = possible[0]
        self.model.reset()

    def drawn(self, key: str, damage: str, version: int = 1) -> bytes:
        """A session key over a fresh challenge; damaged, over an older one or of another key."""
        self.older, self.known = self.known or bytes(8), b""
        if self.both(bytes.fromhex("0084000008")) == 0x9000:
            self.known = self.model.challenge or b""
        used = self.older if damage == "stale" else self.known or bytes(8)
        name = "STK_DF01" if damage == "key" and key != "STK_DF01" else key
        return oracle.session_key(cb.card_value(name, version), used)

    # --- moving about -----------------------------------------------------------------------------------

    @rule(fid=st.sampled_from(FIDS))
    def select(self, fid: int) -> None:
        self.both(bytes.fromhex("00A4000002") + fid.to_bytes(2, "big"))

    @rule(df=st.sampled_from(DFS))
    def select_by_name(self, df: str) -> None:
        self.both(bytes((0x00, 0xA4, 0x04, 0x00, len(NAMES[df]))) + NAMES[df])

    @rule(place=st.sampled_from(sorted(TABLE)))
    def walk(self, place: tuple[str, int]) -> None:
        df, fid = place
        self.both(bytes.fromhex("00A4000002DDF1"))
        if df != "DDF1":
            self.both(bytes.fromhex("00A4000002" + df))
        key = TABLE[place][2]
        self.authenticate(key, 1, "none")
        if TABLE[place][1]:
            self.authenticate(TABLE[place][1], 1, "none")
        self.both(bytes.fromhex("00A4000002") + fid.to_bytes(2, "big"))

    @rule()
    def reset(self) -> None:
        Steps.done += 1
        assert self.bench.card.reset() == self.bench.atr
        self.model.reset()

    @rule(step=st.integers(0, 12))
    def arm_a_cut(self, step: int) -> None:
        self.cut_at = step

    @rule()
    def challenge(self) -> None:
        self.both(bytes.fromhex("0084000008"))

    # --- keys and PIN -----------------------------------------------------------------------------------

    @rule(
        key=st.sampled_from([name for name, row in cb.KEYS.items() if row.authenticates]),
        version=st.sampled_from([1, 1, 2, 4]),
        damage=DAMAGE,
    )
    def authenticate(self, key: str, version: int, damage: str) -> None:
        version = min(version, cb.KEYS[key].versions)
        session = self.drawn(key, "stale" if damage == "stale" else "none", version)
        command = bytearray(
            oracle.external_authenticate(session, cb.KEYS[key].reference, cb.TERMINAL_DATA, version)
        )
        command[7] ^= damage == "bit"
        command[-1] += 4 * (damage == "key")
        self.both(bytes(command))

    @rule(which=st.integers(0, 5), damage=DAMAGE)
    def authenticate_here(self, which: int, damage: str) -> None:
        names = [name for name, row in cb.KEYS.items() if row.df[-4:] == self.model.df and row.authenticates]
        if names:
            self.authenticate(names[which % len(names)], 1, damage)

    @rule()
    def authenticate_the_transport_key(self) -> None:
        self.both(oracle.external_authenticate(self.drawn("KT_MF", "none"), 0x01, cb.TERMINAL_DATA))

    @rule(reference=BYTE, version=BYTE)
    def authenticate_anything(self, reference: int, version: int) -> None:
        self.both(bytes((0x00, 0x82, 0x00, reference, 0x11)) + bytes(16) + bytes((version,)))

    @rule(data=st.binary(min_size=16, max_size=16), version=st.integers(0, 5))
    def internal(self, data: bytes, version: int) -> None:
        self.both(bytes.fromhex("0088000011") + data + bytes((version,)))

    @rule(pin=st.sampled_from(PINS))
    def verify(self, pin: bytes) -> None:
        self.both(bytes((0x00, 0x20, 0x00, 0x00, len(pin))) + pin)

    @rule(old=st.sampled_from(PINS[:3]), new=st.sampled_from(PINS))
    def change_pin(self, old: bytes, new: bytes) -> None:
        data = old + b"\xff" + new
        self.both(bytes((0x80, 0x5E, 0x01, 0x00, len(data))) + data)

    @rule(pin=st.sampled_from(PINS[:3]), damage=DAMAGE)
    def reload_pin(self, pin: bytes, damage: str) -> None:
        message = bytes((0x80, 0x5E, 0x00, 0x00, len(pin) + 4)) + pin
        self.both(self.damaged(message + oracle.mac(self.drawn("STK_DDF1", damage), message), damage))

    @rule(pin=st.sampled_from(PINS[:3]), damage=DAMAGE, new=st.booleans())
    def unblock_pin(self, pin: bytes, damage: str, *, new: bool) -> None:
        session = self.drawn("STK_DDF1", damage)
        command = cb.protect(session, "84240001", pin) if new else cb.mac_only(session, "84240000")
        self.both(self.damaged(command, damage))

    def damaged(self, command: bytes, damage: str) -> bytes:
        return command[:-1] + bytes((command[-1] ^ 0x40,)) if damage == "bit" else command

    # --- reading ----------------------------------------------------------------------------------------

    @rule(number=NUMBERS, le=st.sampled_from([0, 0, 3, 24]), sfi=st.sampled_from([0, 0, 0, 5, 6, 8]))
    def read_record(self, number: int, le: int, sfi: int) -> None:
        self.both(bytes((0x00, 0xB2, number, sfi << 3 | 0x04, le)))

    @rule(which=st.integers(0, 9), again=st.booleans())
    def look_around(self, which: int, *, again: bool) -> None:
        """Read with the rights that are left, of this DF or after it was selected again."""
        df = self.model.df
        if again and df != "MF":
            self.both(bytes((0x00, 0xA4, 0x04, 0x00, len(NAMES[df]))) + NAMES[df])
        fids = [fid for home, fid in TABLE if home == df] or [0xEF05]
        self.both(bytes.fromhex("00A4000002") + fids[which % len(fids)].to_bytes(2, "big"))
        self.both(bytes.fromhex("00B2010400"))
        self.both(bytes.fromhex("00B0000010"))

    @rule(tag=st.integers(0, 0x60), le=st.sampled_from([0, 0, 3]))
    def read_by_tag(self, tag: int, le: int) -> None:
        self.both(bytes((0x00, 0xB2, tag, 0x00, le)))

    @rule(offset=st.sampled_from([0, 1, 127, 1800, 1892, 1893, 3073, 3074, 3266, 3267]), le=BYTE)
    def read_binary(self, offset: int, le: int) -> None:
        self.both(b"\x00\xb0" + offset.to_bytes(2, "big") + bytes((le,)))

    @rule(sfi=st.sampled_from([5, 7, 0x11, 0x19, 0x1F]), offset=BYTE, le=BYTE)
    def read_binary_by_sfi(self, sfi: int, offset: int, le: int) -> None:
        self.both(bytes((0x00, 0xB0, 0x80 | sfi, offset, le)))

    # --- writing ----------------------------------------------------------------------------------------

    @rule(
        offset=st.sampled_from([0, 5, 1890, 3070, 3300]),
        data=st.binary(min_size=1, max_size=20),
        damage=DAMAGE,
        protected=st.booleans(),
    )
    def update_binary(self, offset: int, data: bytes, damage: str, *, protected: bool) -> None:
        place = offset.to_bytes(2, "big").hex()
        self.send_data("D6", place, data, damage, protected=protected)

    @rule(
        number=st.integers(0, 6),
        value=BYTE,
        ins=st.sampled_from(["DC", "DC", "DC", "E2"]),
        form=st.sampled_from(["fitting"] * 6 + ["short", "other tag"]),
        damage=DAMAGE,
        protected=st.booleans(),
    )
    def write_record(
        self, number: int, value: int, ins: str, form: str, damage: str, *, protected: bool
    ) -> None:
        place = (self.model.df, self.model.ef)
        kind = TABLE[place][0] if place in TABLE else "tlv"
        records = self.model.keep["files"].get(place)
        old = records[min(max(number, 1), len(records)) - 1] if isinstance(records, list) else b"\x07\x04abcd"
        data = old[:2] + bytes((value,)) * (len(old) - 2) if kind == "tlv" else bytes((value,)) * len(old)
        if form == "short":
            data = data[:-1]
        if form == "other tag":
            data = bytes((data[0] ^ 1,)) + data[1:]
        adds = kind == "cyclic" or value % 16 == 0
        p1p2 = "0000" if ins == "E2" else "0003" if adds else f"{number:02X}04"
        self.send_data(ins, p1p2, data or b"\x00", damage, protected=protected)

    def send_data(self, ins: str, p1p2: str, data: bytes, damage: str, *, protected: bool) -> None:
        if not protected:
            self.both(bytes.fromhex(f"00{ins}{p1p2}{len(data):02X}") + data)
            return
        stk = f"STK_{self.model.df}" if self.model.df != "MF" else "STM_MF"
        self.both(self.damaged(cb.protect(self.drawn(stk, damage), f"04{ins}{p1p2}", data), damage))

    @rule(ins=st.sampled_from([0xD2, 0x0C]), number=st.integers(0, 6), damage=DAMAGE, mac=st.booleans())
    def flag(self, ins: int, number: int, damage: str, *, mac: bool) -> None:
        header = f"84{ins:02X}{number:02X}04"
        if mac:
            self.both(self.damaged(cb.mac_only(self.drawn("STK_DF03", damage), header), damage))
        else:
            self.both(bytes.fromhex(header + "00"))

    # --- life cycle -------------------------------------------------------------------------------------

    @rule(ins=st.sampled_from(["1E0000", "180000", "180000"]), damage=DAMAGE, lock_key=st.booleans())
    def block(self, ins: str, damage: str, *, lock_key: bool) -> None:
        df = self.model.df
        if lock_key and df != "MF":
            self.authenticate(f"LK_{df}", 1, "none")
        stk = f"STK_{self.model.df}" if self.model.df != "MF" else "STM_MF"
        self.both(self.damaged(cb.mac_only(self.drawn(stk, damage), "84" + ins), damage))

    @rule(chance=st.integers(0, 9), card=st.booleans())
    def block_for_good(self, chance: int, *, card: bool) -> None:
        if chance:
            return
        if card:
            self.both(bytes.fromhex("00A40000023F00"))
            self.authenticate("BK_MF", 1, "none")
            self.both(cb.mac_only(self.drawn("STM_MF", "none"), "84160000"))
        elif self.model.df != "MF":
            self.authenticate(f"LK_{self.model.df}", 1, "none")
            stk = f"STK_{self.model.df}" if self.model.df != "MF" else "STM_MF"
            self.both(cb.mac_only(self.drawn(stk, "none"), "841E0001"))

    @precondition(lambda self: self.model.keep["life"] == "PERSO")
    @rule(chance=st.integers(0, 4))
    def lock(self, chance: int) -> None:
        if not chance:
            self.both(bytes.fromhex("8005000000"))

    def teardown(self) -> None:
        if hasattr(self, "bench"):
            assert plain_state(observed(self.bench.card)) == plain_state(self.model.keep)


def run(examples: int, steps: int, capsys: pytest.CaptureFixture[str]) -> None:
    Steps.done = 0
    profile = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(SideBySide, settings=profile)
    with capsys.disabled():
        print(f"\ncard and model: {Steps.done} steps side by side")


def test_the_card_is_the_model(capsys: pytest.CaptureFixture[str]) -> None:
    run(400, 50, capsys)
    assert Steps.done > 20_000


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_the_card_is_the_model_for_long(capsys: pytest.CaptureFixture[str]) -> None:
    run(2_000, 60, capsys)
    assert Steps.done > 100_000


def test_the_model_starts_where_the_card_starts() -> None:
    for state in ("PERSO", "ISSUED"):
        card = cb.holder_card(state).card
        assert plain_state(observed(card)) == plain_state(CardModel(state, cb.Random()).keep)
