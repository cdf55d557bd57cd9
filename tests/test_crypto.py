"""Every vector of commands_and_crypto 3.7 through card_os.crypto, and the second opinion of the oracle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest import mock

import field_oracle as oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from card_os.crypto import block_cipher, keys
from card_os.crypto import secure_messaging as sm
from card_os.crypto.block_cipher import SM1, SM4

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors" / "g128.json").read_text("utf-8"))


def value(name: str) -> bytes:
    return bytes.fromhex(VECTORS[name])


ROOT, CARD, CHALLENGE = value("root"), value("card_factor"), value("challenge")
PROVINCE = VECTORS["province_factor_ascii"].encode("ascii")
SESSION = {1: value("session_1_step"), 2: value("session_2_steps")}
KEY, EIGHT = st.binary(min_size=16, max_size=16), st.binary(min_size=8, max_size=8)


def test_sm4_known_answer() -> None:
    known = VECTORS["sm4_known_answer"]
    block = bytes.fromhex(known["key_and_text"])
    assert SM4.encrypt_ecb(block, block).hex().upper() == known["cipher"]
    assert SM4.decrypt_ecb(block, bytes.fromhex(known["cipher"])) == block


@given(KEY, st.binary(min_size=16, max_size=16))
def test_both_libraries_encipher_a_block_alike(key: bytes, block: bytes) -> None:
    alike = SM4.encrypt_ecb(key, block * 2)  # more than a block is always OpenSSL's
    assert SM4.encrypt_ecb(key, block) * 2 == alike
    with mock.patch.object(block_cipher, "_counter_mode", None):
        assert SM4.encrypt_ecb(key, block) * 2 == alike


@pytest.mark.parametrize(("key", "data"), [(15, 16), (17, 16), (16, 15), (15, 15), (0, 0)])
def test_other_lengths_are_refused_with_and_without_the_library(key: int, data: int) -> None:
    for counter_mode in (block_cipher._counter_mode, None):
        with (
            mock.patch.object(block_cipher, "_counter_mode", counter_mode),
            pytest.raises(ValueError, match=r".+"),
        ):
            SM4.encrypt_ecb(bytes(key), bytes(data))


def test_province_factor_and_key() -> None:
    assert keys.province_factor(bytes.fromhex("210000")) == PROVINCE
    assert keys.province_factor(bytes.fromhex("130185")) == b"13000000"
    assert keys.diversify(ROOT, PROVINCE) == value("province_key")


def test_card_keys() -> None:
    assert keys.card_key(ROOT, CARD, PROVINCE) == value("card_key_2_steps")
    assert keys.card_key(value("province_key"), CARD, None) == value("card_key_2_steps")
    assert keys.card_key(ROOT, CARD, None) == value("card_key_1_step")


def test_session_keys() -> None:
    assert keys.session_key(value("card_key_2_steps"), CHALLENGE) == SESSION[2]
    assert keys.session_key(value("card_key_1_step"), CHALLENGE) == SESSION[1]


def test_authentication_values() -> None:
    data = value("terminal_data")
    assert SM4.encrypt_ecb(SESSION[2], data + bytes(8)) == value("output_80fa_2_steps")
    assert sm.fold(value("output_80fa_2_steps")) == value("folded_2_steps")
    assert sm.authentication_value(SESSION[2], data) == value("folded_2_steps")
    assert sm.authentication_value(SESSION[1], data) == value("folded_1_step")
    assert value("read_authentication_ddf1") == (
        bytes.fromhex("0082000411") + sm.authentication_value(SESSION[2], data) + data + b"\x01"
    )


@pytest.mark.parametrize("name", ["update_record_6_ddf1_ef05", "update_record_2_df02_ef05"])
def test_secure_updates(name: str) -> None:
    vector = VECTORS[name]
    session, record = SESSION[vector["steps"]], bytes.fromhex(vector["record"])
    header = bytes((0x04, 0xDC, vector["record_number"], 0x04))
    body = sm.encipher(session, record)
    command = header + bytes((len(body) + 4,)) + body + sm.command_mac(session, header, body)
    assert command.hex().upper() == vector["command"]
    assert sm.decipher(session, body) == record


@pytest.mark.parametrize("name", ["mark_visit_1_valid", "mark_visit_1_erased"])
def test_commands_under_a_mac_alone(name: str) -> None:
    command = bytes.fromhex(VECTORS[name]["command"])
    assert command[5:] == sm.command_mac(SESSION[2], command[:4], b"")


def test_sam_data_of_the_mac() -> None:
    command = bytes.fromhex(VECTORS["mark_visit_1_valid"]["sam_command"])
    message = bytes.fromhex("84D2010404")
    assert command[5:] == sm.ZERO_IV + sm.pad(message)
    assert SM4.cbc_mac(SESSION[2], command[5:21], command[21:])[:4] == sm.mac(SESSION[2], message)


def test_check_value() -> None:
    assert keys.check_value(ROOT) == oracle.encrypt(ROOT, bytes(16))[:3]


def test_sm1_refuses_clearly() -> None:
    for call in (
        lambda: SM1.encrypt_ecb(ROOT, bytes(16)),
        lambda: SM1.decrypt_ecb(ROOT, bytes(16)),
        lambda: SM1.cbc_mac(ROOT, bytes(16), bytes(16)),
        lambda: keys.diversify(ROOT, CARD, SM1),
    ):
        with pytest.raises(
            block_cipher.UnpublishedAlgorithmError, match="unpublished and exists in hardware only"
        ):
            call()


def test_ciphers_by_name() -> None:
    assert block_cipher.cipher_named("SM4") is SM4
    assert block_cipher.cipher_named("SM1") is SM1
    with pytest.raises(KeyError):
        block_cipher.cipher_named("DES")


@pytest.mark.parametrize(("key", "factor"), [(15, 8), (17, 8), (16, 7), (16, 9), (0, 0)])
def test_lengths_of_keys_and_factors(key: int, factor: int) -> None:
    with pytest.raises(ValueError, match="key of 16 and a factor of 8"):
        keys.diversify(bytes(key), bytes(factor))


@pytest.mark.parametrize(
    ("length", "blocks"),
    [(0, 1), (12, 1), (13, 1), (14, 1), (15, 1), (16, 2), (29, 2), (30, 2), (31, 2), (32, 3)],
)
def test_lengths_at_the_edge_of_a_block(length: int, blocks: int) -> None:
    # spec: commands_and_crypto 3.3 "Padding trap", 6.2 M5
    data = bytes(range(length))
    plain = sm.length_prefixed(data)
    assert len(plain) == 16 * blocks
    assert plain[0] == length
    assert sm.decipher(ROOT, sm.encipher(ROOT, data)) == data
    tolerated = SM4.encrypt_ecb(ROOT, sm.pad(bytes((length,)) + data))
    assert sm.decipher(ROOT, tolerated) == data


@pytest.mark.parametrize(
    "plain",
    [
        "10" + "00" * 15,
        "FF" + "00" * 31,
        "0E" + "00" * 14 + "81",
        "0D" + "00" * 13 + "0000",
        "0C" + "00" * 12 + "008000",
        "0C" + "00" * 12 + "800001",
        "05" + "00" * 5 + "80" + "00" * 25,
        "0F" + "00" * 15 + "00" * 16,
        "0F" + "00" * 15 + "80" + "00" * 14 + "01",
    ],
)
def test_plain_text_whose_length_and_padding_do_not_agree(plain: str) -> None:
    with pytest.raises(sm.DecipheredDataError, match="do not agree"):
        sm.decipher(ROOT, SM4.encrypt_ecb(ROOT, bytes.fromhex(plain)))


@pytest.mark.parametrize("length", [0, 1, 15, 17])
def test_cipher_text_of_broken_blocks(length: int) -> None:
    with pytest.raises(sm.DecipheredDataError, match="whole number of blocks"):
        sm.decipher(ROOT, bytes(length))


def test_pad_and_compare() -> None:
    assert sm.pad(b"") == b"\x80" + bytes(15)
    assert sm.pad(bytes(15)) == bytes(15) + b"\x80"
    assert len(sm.pad(bytes(16))) == 32
    assert sm.same(b"ab", b"ab")
    assert not sm.same(b"ab", b"ac")
    assert not sm.same(b"ab", b"abc")


@given(KEY, EIGHT, EIGHT, st.binary(max_size=255))
def test_the_oracle_agrees(key: bytes, factor: bytes, random: bytes, data: bytes) -> None:
    assert keys.card_key(key, factor, random) == oracle.card_key(key, factor, random)
    assert keys.session_key(key, random) == oracle.session_key(key, random)
    assert sm.authentication_value(key, random) == oracle.authentication_value(key, random)
    assert sm.encipher(key, data) == oracle.encipher_record(key, data)
    assert sm.mac(key, data) == oracle.mac(key, data)
    assert sm.decipher(key, sm.encipher(key, data)) == data


@given(st.integers(0, 99))
def test_the_oracle_agrees_about_provinces(code: int) -> None:
    packed = bytes.fromhex(f"{code:02}0000")
    assert keys.province_factor(packed) == oracle.city_factor(packed[0])
