"""From chip to issued card: WRITE KEY, ACTIVATE, LOCK and the life cycle of commands_and_crypto 5.3."""

from __future__ import annotations

import card_bench as cb
import pytest

from card_os.kernel import manufacture
from card_os.spec.model import LifeCycle

RK = cb.key_record("RK1_DDF1", 1)


def perso() -> cb.Bench:
    """PERSO, the transport key authenticated, DDF1 current."""
    bench = cb.card_in("PERSO")
    bench.authenticate("KT_MF")
    bench.select("DDF1")
    return bench


def blank_bench() -> cb.Bench:
    """A blank card that has nothing but its transport key, opened, DDF1 current."""
    bench = cb.Bench(manufacture.blank_card(cb.profile(), cb.SERIAL, cb.TRANSPORT_KEY, cb.Random()))
    bench.authenticate("KT_MF")
    bench.select("DDF1")
    return bench


def write_key(bench: cb.Bench, kid: int, record: bytes) -> int:
    return bench.send(bench.secure("KT_MF", f"84D401{kid:02X}", record)).sw


def test_a_blank_card_is_unpowered_and_in_transport() -> None:
    card = manufacture.blank_card(cb.profile(), cb.SERIAL, cb.TRANSPORT_KEY)
    assert card.ram is None
    assert card.life_cycle is LifeCycle.TRANSPORT
    assert card.historical == cb.HISTORICAL


def test_a_serial_has_four_bytes() -> None:
    with pytest.raises(ValueError, match="4 bytes"):
        manufacture.chip(cb.profile(), bytes(3))


def test_a_transport_key_of_another_length_makes_no_blank_card() -> None:
    with pytest.raises(RuntimeError, match="6A80"):
        manufacture.blank_card(cb.profile(), cb.SERIAL, bytes(15))


def test_encrypted_keys_on_a_blank_card() -> None:
    bench = blank_bench()
    assert bench.send("0082000411" + "00" * 16 + "01").sw == 0x6A88
    for version in (1, 2, 3, 4):
        assert write_key(bench, 0x04, cb.key_record("RK1_DDF1", version)) == 0x9000
    for version in (1, 2, 3, 4):
        bench.authenticate("RK1_DDF1", version)


def test_a_new_key_replaces_the_old_one_and_has_all_tries() -> None:
    bench = perso()
    assert bench.fail(0x04) == 0x63CE
    other = RK[:5] + bytes(16)
    assert write_key(bench, 0x04, other) == 0x9000
    assert bench.send(bench.authentication("RK1_DDF1")).sw == 0x63CE
    assert write_key(bench, 0x04, RK) == 0x9000
    bench.authenticate("RK1_DDF1")


@pytest.mark.parametrize(
    ("kid", "record", "sw"),
    [
        (0x04, b"", 0x6A80),
        (0x04, RK[:5], 0x6A80),
        (0x04, RK[:-1], 0x6A80),
        (0x04, RK + b"\x00", 0x6A80),
        (0x04, b"\x36" + RK[1:], 0x6A80),
        (0x04, RK[:1] + b"\x01" + RK[2:], 0x6A80),
        (0x04, RK[:2] + b"\x00" + RK[3:], 0x6A80),
        (0x04, RK[:4] + b"\x0e" + RK[5:], 0x6A80),
        (0x04, RK[:3] + b"\x00" + RK[4:], 0x6A88),
        (0x04, RK[:3] + b"\x05" + RK[4:], 0x6A88),
        (0x06, RK, 0x6A88),
        (0x84, RK, 0x6A88),
        (0x01, RK, 0x6A88),  # the transport key stands at the MF
        (0x02, RK, 0x6A80),
        (0x00, b"\x3a" + RK[1:], 0x6A88),  # this card has no PIN
    ],
)
def test_refused_records(kid: int, record: bytes, sw: int) -> None:
    bench = perso()
    before = bench.card.memory.snapshot()
    assert write_key(bench, kid, record) == sw
    assert bench.card.memory.snapshot() == before


def test_every_key_of_the_table_is_taken_under_the_transport_key() -> None:
    bench = cb.Bench(manufacture.blank_card(cb.profile(), cb.SERIAL, cb.TRANSPORT_KEY, cb.Random()))
    bench.authenticate("KT_MF")
    for name, row in sorted(cb.KEYS.items(), key=lambda entry: entry[1].df == "MF", reverse=True):
        if row.df != "MF":
            bench.select(row.df)
        for version in range(1, row.versions + 1):
            assert write_key(bench, row.reference, cb.key_record(name, version)) == 0x9000
    keys = {cell: value for cell, value in bench.card.memory.snapshot().items() if cell.startswith("key:")}
    assert keys == {cell: value for cell, value in cb.snapshot("PERSO").items() if cell.startswith("key:")}


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("84D4000404" + "00" * 4, 0x6A86),
        ("84D40104", 0x6700),
        ("84D4010404" + "00" * 4 + "00", 0x6700),
        ("84D4010403" + "00" * 3, 0x6987),
        ("84D4010404" + "00" * 4, 0x6988),
        ("80D4010415" + RK.hex(), 0x6982),
        ("00D4010415" + RK.hex(), 0x6E00),
    ],
)
def test_forms(command: str, sw: int) -> None:
    bench = perso()
    bench.challenge()
    assert bench.send(command).sw == sw


def test_write_key_needs_challenge_and_transport_right() -> None:
    bench = perso()
    assert bench.send("84D4010404" + "00" * 4).sw == 0x6984
    bench.select("MF")
    bench.select("DDF1")
    assert write_key(bench, 0x04, RK) == 0x6982


def test_in_state_chip_only_plain_keys() -> None:
    bench = cb.chip()
    bench.select("DDF1")
    assert bench.send("84D4010404" + "00" * 4).sw == 0x6982
    assert bench.send(cb.plain_write_key(0x04, RK)).sw == 0x9000


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        ("CHIP", "A4 84 C0 D4 44"),
        ("TRANSPORT", "A4 84 C0 82"),
        ("PERSO", "A4 B0 D6 B2 DC D2 0C 84 C0 82 D4 44 05"),
        ("ISSUED", "A4 B0 D6 B2 DC D2 0C 84 C0 82"),
    ],
)
def test_commands_by_state(state: str, allowed: str) -> None:
    bench = cb.chip() if state == "CHIP" else cb.card_in(state)
    commands = {
        "A4": "00A40000023F00", "B0": "00B0000001", "D6": "00D600000100", "B2": "00B2010400",
        "DC": "00DC01040100", "D2": "84D2010400", "0C": "840C010400", "84": "0084000008", "82": "0082000100",
        "D4": "80D40104", "44": "0044010000", "05": "8005010000",
    }  # fmt: skip
    answers = {ins: bench.send(command).sw for ins, command in commands.items()}
    assert {ins for ins, sw in answers.items() if sw != 0x6985} == set(allowed.split()) - {"C0"}


def test_transport_opens_to_its_own_key_only_and_stays_open() -> None:
    bench = cb.card_in("TRANSPORT")
    bench.challenge()
    bench.select("DDF1")
    assert bench.send("0082000411" + "00" * 16 + "01").sw == 0x6985
    bench.select("MF")
    assert bench.fail(0x01) == 0x63CE
    assert bench.card.life_cycle is LifeCycle.TRANSPORT
    bench.authenticate("KT_MF")
    assert bench.card.life_cycle is LifeCycle.PERSO
    bench.card.power_off()
    bench.card.power_on()
    assert bench.card.life_cycle is LifeCycle.PERSO
    assert bench.card.volatile.keys == frozenset()


def test_activate_needs_a_transport_key_and_the_mf() -> None:
    bench = cb.chip()
    assert bench.send("0044000000").sw == 0x6985
    bench.do(cb.plain_write_key(0x01, cb.TRANSPORT_RECORD))
    bench.select("DDF1")
    assert bench.send("0044000000").sw == 0x6985
    bench.select("MF")
    assert bench.send("0044000001").sw == 0x6700
    assert bench.send("004400000100").sw == 0x6700
    assert bench.send("0044000100").sw == 0x6A86
    bench.do("0044000000")
    assert bench.card.life_cycle is LifeCycle.TRANSPORT


def test_activate_is_no_way_out_of_personalisation_for_a_card() -> None:
    bench = cb.card_in("PERSO")
    bench.authenticate("KT_MF")
    assert bench.send("0044000000").sw == 0x6982


@pytest.mark.parametrize("command", ["8005000000", "0044050000"])
def test_lock(command: str) -> None:
    # spec: commands_and_crypto 1.1 rows 26, 27
    bench = cb.card_in("PERSO")
    assert bench.send(command).sw == 0x6985  # at the MF
    bench.enter("DDF1/EF05", "UK1_DDF1")
    bench.do("00DC060406060420260102")
    bench.select("DDF1")
    bench.do(command)
    assert bench.card.life_cycle is LifeCycle.ISSUED
    assert bench.send(command).sw == 0x6985
    bench.enter("DDF1/EF05", "UK1_DDF1")
    assert bench.send("00DC060406060420260102").sw == 0x6982
    assert bench.send(bench.secure("STK_DDF1", "04DC0604", bytes.fromhex("060420260102"))).sw == 0x6982
    bench.select("MF")
    assert bench.fail(0x01) == 0x6A88  # the transport key is dead
    assert "key:KT_MF:1" not in bench.card.memory.snapshot()


@pytest.mark.parametrize(
    ("command", "sw"), [("8005000001", 0x6700), ("800500000100", 0x6700), ("8005010000", 0x6A86)]
)
def test_forms_of_lock(command: str, sw: int) -> None:
    bench = cb.card_in("PERSO")
    bench.select("DDF1")
    assert bench.send(command).sw == sw


def test_no_file_holds_a_key() -> None:
    # spec: commands_and_crypto 6.2 P5
    bench = cb.card_in("PERSO")
    secrets = [value for cell, value in bench.card.memory.snapshot().items() if cell.startswith("key:")]
    assert len(secrets) == 12 * 4 + 10 + 1
    files = [value for cell, value in bench.card.memory.snapshot().items() if cell.startswith("file:")]
    assert not any(secret in content for secret in secrets for content in files)


# --- SAM ------------------------------------------------------------------------------------------------


def test_a_sam_under_its_transport_key() -> None:
    sam = cb.Bench(manufacture.blank_card(cb.profile("sam"), cb.SERIAL, cb.TRANSPORT_KEY, cb.Random()))
    sam.authenticate("KT_MF")
    assert write_key(sam, 0x00, bytes.fromhex("3A00FF010A") + cb.PIN) == 0x9000
    sam.do("00A40000020016")
    sam.do("00D6000006" + "210101000001")
    sam.select("DF01")
    for name, row in cb.KEYS.items():
        for version in range(1, row.versions + 1):
            assert write_key(sam, row.sam_id, cb.sam_key_record(name, version)) == 0x9000
    assert sam.send("0044000000").sw == 0x6985
    sam.select("MF")
    assert sam.send("0044000000").sw == 0x6982
    sam.authenticate("KT_MF")
    assert sam.send("0044050000").sw == 0x6985
    sam.do("0044000000")
    assert sam.card.life_cycle is LifeCycle.ISSUED
    secrets = {c: v for c, v in sam.card.memory.snapshot().items() if c.startswith(("key:", "pin"))}
    assert secrets == {c: v for c, v in cb.snapshot(name="sam").items() if c.startswith(("key:", "pin"))}


@pytest.mark.parametrize(
    ("df", "kid", "record", "sw"),
    [
        ("DF01", 0x1F, cb.sam_key_record("RK1_DDF1", 1), 0x6A88),
        ("DF01", 0x11, cb.key_record("RK1_DDF1", 1), 0x6A80),
        ("DF01", 0x11, cb.sam_key_record("UK1_DDF1", 1), 0x6A80),
        ("DF01", 0x11, cb.sam_key_record("RK1_DDF1", 1)[:-1], 0x6A80),
        ("MF", 0x11, cb.sam_key_record("RK1_DDF1", 1), 0x6A88),
        ("DF01", 0x00, bytes.fromhex("3A00FF010A123456"), 0x6A88),
        ("MF", 0x01, bytes.fromhex("3A00FF010A123456"), 0x6A88),
        ("MF", 0x00, bytes.fromhex("3A00FF020A123456"), 0x6A80),
        ("MF", 0x00, bytes.fromhex("3A00FF0109123456"), 0x6A80),
        ("MF", 0x00, bytes.fromhex("3A00FF010A12"), 0x6A80),
        ("MF", 0x00, bytes.fromhex("3A00FF010A12345678901234"), 0x6A80),
        ("MF", 0x00, bytes.fromhex("3A00FF010A12FF56"), 0x6A80),
    ],
)
def test_records_that_a_sam_refuses(df: str, kid: int, record: bytes, sw: int) -> None:
    sam = cb.card_in("PERSO", "sam")
    sam.authenticate("KT_MF")
    if df != "MF":
        sam.select(df)
    assert write_key(sam, kid, record) == sw


def test_sam_files_are_written_under_the_transport_key_only() -> None:
    sam = cb.card_in("PERSO", "sam")
    sam.select("0015")
    assert sam.send("00D6000001AA").sw == 0x6982
    sam.select("MF")
    sam.authenticate("KT_MF")
    sam.select("0015")
    sam.do("00D6000001AA")
    assert sam.send("04D6000001AA").sw == 0x6E00


# --- the replacing form: P1 is the type of the key.  # spec: commands_and_crypto 1.2 ---------------------


def test_a_key_is_replaced_and_the_old_one_opens_nothing() -> None:
    bench = cb.card_in("PERSO")
    bench.authenticate("KT_MF")
    bench.select("DDF1")
    other = cb.key_record("RK1_DDF1", 1)[:5] + bytes(range(16))
    assert bench.send(bench.secure("KT_MF", "84D43904", other)).sw == 0x9000
    old = bench.authentication("RK1_DDF1")
    assert bench.send(old).sw == 0x63CE


@pytest.mark.parametrize(
    ("p1", "kid", "record", "sw"),
    [
        (0x36, 0x04, cb.key_record("RK1_DDF1", 1), 0x6A80),  # P1 names another type than the record
        (0x36, 0x02, cb.key_record("STK_DDF1", 1), 0x9000),
        (0x34, 0x00, cb.key_record("IRK_DDF1", 4), 0x9000),
        (0x3A, 0x00, cb.HOLDER_PIN_RECORD, 0x6A88),  # the PIN belongs to the MF
        (0x37, 0x04, cb.key_record("RK1_DDF1", 1), 0x6A86),  # no type of this card
    ],
)
def test_forms_of_replacing(p1: int, kid: int, record: bytes, sw: int) -> None:
    bench = cb.card_in("PERSO")
    bench.authenticate("KT_MF")
    bench.select("DDF1")
    assert bench.send(bench.secure("KT_MF", f"84D4{p1:02X}{kid:02X}", record)).sw == sw


def test_what_is_not_there_cannot_be_replaced() -> None:
    bench = cb.card_in("PERSO")
    bench.authenticate("KT_MF")
    assert bench.send(bench.secure("KT_MF", "84D43A00", cb.HOLDER_PIN_RECORD)).sw == 0x6A88
    bench = cb.chip()
    bench.select("DDF1")
    record = cb.key_record("RK1_DDF1", 1)
    assert bench.send(bytes((0x80, 0xD4, 0x39, 0x04, len(record))) + record).sw == 0x6A88
