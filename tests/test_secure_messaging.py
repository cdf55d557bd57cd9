"""Secure messaging on the card: nothing but the right message changes a file."""

from __future__ import annotations

import card_bench as cb
import field_oracle as oracle
import pytest

from card_os.kernel.card import Card
from card_os.kernel.memory import Memory

RECORD = bytes.fromhex("070420461231")  # card_expiry_date, record 1 of DDF1/EF08


@pytest.fixture
def bench() -> cb.Bench:
    """UK1_DDF1 held, DDF1/EF08 current."""
    bench = cb.card_in()
    bench.enter("DDF1/EF08", "UK1_DDF1")
    return bench


def content(bench: cb.Bench, path: str = "MF/DDF1/EF08") -> bytes:
    return bench.card.files.contents(bench.card.files[path])


def refused(bench: cb.Bench, command: bytes, path: str = "MF/DDF1/EF08") -> int:
    """The status word of a command that must leave the file alone."""
    before = content(bench, path)
    answer = bench.send(command)
    assert answer.data == b""
    assert content(bench, path) == before
    return answer.sw


def test_a_valid_message_is_written(bench: cb.Bench) -> None:
    bench.do(bench.secure("STK_DDF1", "04DC0104", RECORD))
    assert content(bench).startswith(RECORD)


def test_every_flipped_byte_is_refused(bench: cb.Bench) -> None:
    # spec: commands_and_crypto 6.2 M2
    length = len(bench.secure("STK_DDF1", "04DC0104", RECORD))
    seen = set()
    for position in range(length):
        for flip in (0x01, 0x80, 0xFF):
            command = bytearray(bench.secure("STK_DDF1", "04DC0104", RECORD))
            command[position] ^= flip
            sw = refused(bench, bytes(command))
            if position >= 5:
                assert sw == 0x6988, position
            seen.add(sw)
    assert 0x9000 not in seen


@pytest.mark.parametrize("number", [2, 3, 9, 0x7F])
def test_a_message_for_another_record_does_not_fit(bench: cb.Bench, number: int) -> None:
    command = bytearray(bench.secure("STK_DDF1", "04DC0104", RECORD))
    command[2] = number
    assert refused(bench, bytes(command)) == 0x6988


def test_a_stale_challenge(bench: cb.Bench) -> None:
    stale = bench.secure("STK_DDF1", "04DC0104", RECORD)
    bench.challenge()
    assert refused(bench, stale) == 0x6988


def test_a_message_does_not_replay(bench: cb.Bench) -> None:
    command = bench.secure("STK_DDF1", "04DC0104", RECORD)
    bench.do(command)
    assert refused(bench, command) == 0x6984
    bench.challenge()
    assert refused(bench, command) == 0x6988


def test_a_wrong_mac_uses_the_challenge_up(bench: cb.Bench) -> None:
    command = bench.secure("STK_DDF1", "04DC0104", RECORD)
    assert refused(bench, command[:-1] + bytes((command[-1] ^ 1,))) == 0x6988
    assert refused(bench, command) == 0x6984


def test_without_a_challenge(bench: cb.Bench) -> None:
    session = oracle.session_key(cb.card_value("STK_DDF1", 1), bytes(8))
    assert refused(bench, cb.protect(session, "04DC0104", RECORD)) == 0x6984


def test_without_the_right_the_challenge_stays() -> None:
    bench = cb.card_in()
    bench.select("DDF1/EF08")
    command = bench.secure("STK_DDF1", "04DC0104", RECORD)
    assert refused(bench, command) == 0x6982
    assert bench.card.volatile.challenge is not None


def test_plain_to_a_file_that_demands_it(bench: cb.Bench) -> None:
    assert refused(bench, bytes.fromhex("00DC010406") + RECORD) == 0x6987


def test_a_message_without_mac(bench: cb.Bench) -> None:
    bench.challenge()
    assert refused(bench, bytes.fromhex("04DC010403070420")) == 0x6987


def test_a_mac_over_nothing(bench: cb.Bench) -> None:
    assert refused(bench, cb.mac_only(bench.session("STK_DDF1"), "04DC0104")) == 0x6A80


def test_to_a_file_that_takes_plain_data_only() -> None:
    bench = cb.card_in()
    bench.enter("DDF1/DF03", "UK1_DF03")
    bench.select("EE01")
    command = bench.secure("STK_DF03", "04D60000", b"\x01")
    assert refused(bench, command, "MF/DDF1/DF03/EE01") == 0x6882


@pytest.mark.parametrize("key", ["STK_DF01", "STK_DF02", "STK_DF03", "STM_MF", "UK1_DDF1"])
def test_a_key_of_another_place(bench: cb.Bench, key: str) -> None:
    assert refused(bench, bench.secure(key, "04DC0104", RECORD)) == 0x6988


@pytest.mark.parametrize("off", [-1, 1])
def test_lc_off_by_one(bench: cb.Bench, off: int) -> None:
    command = bytearray(bench.secure("STK_DDF1", "04DC0104", RECORD))
    command[4] += off
    # neither length agrees with the bytes behind it, or the last byte becomes a Le that no update has
    assert refused(bench, bytes(command)) == 0x6700


@pytest.mark.parametrize("change", [b"", b"\x00"])
def test_a_body_shorter_or_longer_than_the_message(bench: cb.Bench, change: bytes) -> None:
    command = bench.secure("STK_DDF1", "04DC0104", RECORD)
    body = command[5:] + change if change else command[5:-1]
    assert refused(bench, command[:4] + bytes((len(body),)) + body) == 0x6988


@pytest.mark.parametrize(
    "record",
    ["080420461231", "070320461231", "070520461231"],
    ids=["another tag", "length too small", "length too big"],
)
def test_tag_and_length_must_be_those_of_the_record(bench: cb.Bench, record: str) -> None:
    command = bench.secure("STK_DDF1", "04DC0104", bytes.fromhex(record))
    assert refused(bench, command) == 0x6A80


@pytest.mark.parametrize("record", ["", "07", "0703204612", "07052046123100"])
def test_a_record_of_another_size(bench: cb.Bench, record: str) -> None:
    command = bench.secure("STK_DDF1", "04DC0104", bytes.fromhex(record))
    assert refused(bench, command) == 0x6700


@pytest.mark.parametrize("number", [0, 7, 0xFF])
def test_a_record_that_is_not_there(bench: cb.Bench, number: int) -> None:
    assert refused(bench, bench.secure("STK_DDF1", f"04DC{number:02X}04", RECORD)) == 0x6A83


def test_the_value_is_never_looked_at(bench: cb.Bench) -> None:
    # spec: terminal_interface 4.3: a card stores the value as it comes
    bench.do(bench.secure("STK_DDF1", "04DC0104", bytes.fromhex("0704AABBCCDD")))
    assert content(bench).startswith(bytes.fromhex("0704AABBCCDD"))


def test_plain_text_whose_length_byte_lies(bench: cb.Bench) -> None:
    session = bench.session("STK_DDF1")
    cipher = oracle.encrypt(session, b"\xf0" + RECORD + b"\x80" + bytes(8))
    head = bytes.fromhex("04DC0104") + bytes((len(cipher) + 4,))
    assert refused(bench, head + cipher + oracle.mac(session, head + cipher)) == 0x6A80


def test_cipher_text_that_is_no_whole_number_of_blocks(bench: cb.Bench) -> None:
    session = bench.session("STK_DDF1")
    head = bytes.fromhex("04DC010413")
    assert refused(bench, head + bytes(15) + oracle.mac(session, head + bytes(15))) == 0x6A80


def test_the_photo_takes_both_forms() -> None:
    bench = cb.card_in()
    bench.enter("DDF1/EF07", "UK1_DDF1")
    bench.do("00D600000400021122")
    command = bench.secure("STK_DDF1", "04D60080", bytes(range(128)))
    assert command[4] == 0x94  # spec: commands_and_crypto 1.1 row 6
    bench.do(command)
    image = content(bench, "MF/DDF1/EF07")
    assert image[:4].hex() == "00021122"
    assert image[128:256] == bytes(range(128))


def test_a_whole_block_of_length_and_data_goes_with_and_without_a_padding_block() -> None:
    # spec: commands_and_crypto 3.3 "Padding trap"
    bench = cb.card_in()
    bench.enter("DDF1/EF07", "UK1_DDF1")
    data = bytes(range(15))
    for padding in (b"", b"\x80" + bytes(15)):
        session = bench.session("STK_DDF1")
        cipher = oracle.encrypt(session, b"\x0f" + data + padding)
        head = bytes.fromhex("04D60000") + bytes((len(cipher) + 4,))
        bench.do(head + cipher + oracle.mac(session, head + cipher))
        assert content(bench, "MF/DDF1/EF07").startswith(data)
        bench.do("00D600000F" + "00" * 15)


@pytest.mark.parametrize(
    ("path", "key", "uk", "header", "record", "lc"),
    [
        # spec: terminal_interface 7.2
        ("DDF1/EF08", "STK_DDF1", "UK1_DDF1", "04DC0204", "1014" + "31" * 20, 0x24),
        ("DDF1/DF01/EF05", "STK_DF01", "UK1_DF01", "04DC0204", "1664" + "41" * 100, 0x74),
        ("DDF1/DF02/EF05", "STK_DF02", "UK1_DF02", "04DC0204", "2A011F", 0x14),
        ("DDF1/DF02/EF06", "STK_DF02", "UK2_DF02", "04DC0104", "380101", 0x14),
        ("DDF1/DF02/EF07", "STK_DF02", "UK3_DF02", "04DC0003", "41" * 120, 0x84),
        ("DDF1/DF02/EF08", "STK_DF02", "UK3_DF02", "04DC0003", "41" * 24, 0x24),
        ("DDF1/DF03/EF05", "STK_DF03", "UK1_DF03", "04DC0104", "00", 0x14),
    ],
)
def test_lengths_of_the_field(*, path: str, key: str, uk: str, header: str, record: str, lc: int) -> None:
    bench = cb.card_in()
    bench.enter(path, uk)
    command = bench.secure(key, header, bytes.fromhex(record))
    assert command[4] == lc
    bench.do(command)
    file = bench.card.files[f"MF/{path}"]
    number = command[2] or 1
    assert bench.card.files.record(file, number).hex().upper() == record.upper()


def test_the_certificate_record_while_personalised() -> None:
    bench = cb.card_in("PERSO")
    bench.enter("DDF1/EF05", "UK1_DDF1")
    command = bench.secure("STK_DDF1", "04DC0504", b"\x05\xb4" + bytes(180))
    assert command[4] == 0xC4
    bench.do(command)


def test_plain_issuing_is_an_option() -> None:
    record = bytes.fromhex("00DC060406060420260102")
    on = cb.card_in("PERSO")
    on.enter("DDF1/EF05", "UK1_DDF1")
    on.do(record)
    off = cb.card_with({"issuing_plain_update": False}, "PERSO")
    off.enter("DDF1/EF05", "UK1_DDF1")
    assert refused(off, record, "MF/DDF1/EF05") == 0x6987
    off.do(off.secure("STK_DDF1", "04DC0604", bytes.fromhex("060420260102")))


def test_plain_append_is_an_option() -> None:
    off = cb.card_with({"plain_cyclic_append": False})
    off.enter("DDF1/DF02/EF08", "UK3_DF02")
    assert refused(off, bytes.fromhex("00DC000318") + bytes(24), "MF/DDF1/DF02/EF08") == 0x6987
    off.do(off.secure("STK_DF02", "04DC0003", bytes(24)))


@pytest.mark.parametrize(
    ("path", "header", "length"),
    [
        ("DDF1/EF08", "04DC0104", 20),
        ("DDF1/EF07", "04D60000", 20),
        ("DDF1/DF03/EF05", "84D20104", 4),
        ("DDF1/DF03/EF05", "840C0104", 4),
    ],
)
def test_a_card_whose_key_for_it_was_never_loaded(path: str, header: str, length: int) -> None:
    cells = {cell: value for cell, value in cb.snapshot().items() if not cell.startswith("key:STK")}
    bench = cb.Bench(Card(cb.profile(), Memory(cells), cb.Random()))
    bench.select(path.rpartition("/")[0])
    for key in ("UK1_DDF1",) if path.count("/") == 1 else ("UK1_DF03", "UK2_DF03"):
        bench.authenticate(key)
    bench.select(path.rpartition("/")[2])
    bench.challenge()
    answer = bench.send(bytes.fromhex(header) + bytes((length,)) + bytes(length))
    assert answer.sw == 0x6A88
    command = next(spec for spec in cb.profile().commands.values() if spec.ins == int(header[2:4], 16))
    assert 0x6A88 in cb.profile().statuses[command.name]
