"""The oracle agrees with every vector of commands_and_crypto 3.7."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import field_oracle as oracle
import pytest
from cryptography.hazmat.primitives import hashes

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors" / "g128.json").read_text("utf-8"))


def value(name: str) -> bytes:
    return bytes.fromhex(VECTORS[name])


ROOT = value("root")
CARD = value("card_factor")
CITY = VECTORS["province_factor_ascii"].encode("ascii")
SESSION = {1: value("session_1_step"), 2: value("session_2_steps")}


def test_sm4_known_answer() -> None:
    known = VECTORS["sm4_known_answer"]
    key = bytes.fromhex(known["key_and_text"])
    assert oracle.encrypt(key, key).hex().upper() == known["cipher"]
    assert oracle.decrypt(key, bytes.fromhex(known["cipher"])) == key


def test_sm3_known_answer() -> None:
    known = VECTORS["sm3_known_answer"]
    digest = hashes.Hash(hashes.SM3())
    digest.update(known["text_ascii"].encode("ascii"))
    result = digest.finalize().hex().upper()
    assert len(result) == 64
    assert result.startswith(known["first_4_bytes"])
    assert result.endswith(known["last_4_bytes"])


def test_city_factor() -> None:
    assert oracle.city_factor(int(VECTORS["city_code_first_byte"], 16)) == CITY
    assert CITY.hex() == "3231303030303030"


def test_derivation() -> None:
    assert oracle.diversify(ROOT, CITY) == value("province_key")
    assert oracle.card_key(ROOT, CARD, CITY) == value("card_key_2_steps")
    assert oracle.card_key(ROOT, CARD, None) == value("card_key_1_step")


def test_factor_must_have_eight_bytes() -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        oracle.diversify(ROOT, bytes(7))


def test_session_keys() -> None:
    challenge = value("challenge")
    assert oracle.session_key(value("card_key_2_steps"), challenge) == SESSION[2]
    assert oracle.session_key(value("card_key_1_step"), challenge) == SESSION[1]


def test_authentication() -> None:
    terminal_data = value("terminal_data")
    output = oracle.encrypt(SESSION[2], terminal_data + bytes(8))
    assert output == value("output_80fa_2_steps")
    assert oracle.fold(output) == value("folded_2_steps")
    assert oracle.authentication_value(SESSION[1], terminal_data) == value("folded_1_step")
    assert oracle.external_authenticate(SESSION[2], 0x04, terminal_data) == value("read_authentication_ddf1")


@pytest.mark.parametrize("name", ["update_record_6_ddf1_ef05", "update_record_2_df02_ef05"])
def test_secure_update(name: str) -> None:
    vector = VECTORS[name]
    record = bytes.fromhex(vector["record"])
    command = oracle.secure_update(SESSION[vector["steps"]], vector["record_number"], 0x04, record)
    assert command.hex().upper() == vector["command"]
    plain = oracle.decrypt(SESSION[vector["steps"]], command[5:-4])
    assert plain == oracle.pad_always(bytes([len(record)]) + record)


@pytest.mark.parametrize(
    ("name", "instruction"), [("mark_visit_1_valid", 0xD2), ("mark_visit_1_erased", 0x0C)]
)
def test_index_commands(name: str, instruction: int) -> None:
    vector = VECTORS[name]
    assert oracle.index_command(SESSION[vector["steps"]], instruction, 1).hex().upper() == vector["command"]


def test_mac_input_is_what_the_terminal_sends() -> None:
    sent = bytes.fromhex(VECTORS["mark_visit_1_valid"]["sam_command"])
    assert sent == bytes.fromhex("80FA050020") + oracle.mac_input(bytes.fromhex("84D2010404"))


# spec: commands_and_crypto 3.3, check values of Lc
@pytest.mark.parametrize(
    ("record_bytes", "lc"),
    [
        *[(1, 0x14), (3, 0x14), (14, 0x14), (20, 0x24), (22, 0x24), (24, 0x24)],
        *[(32, 0x34), (42, 0x34), (102, 0x74), (120, 0x84), (128, 0x94), (182, 0xC4)],
    ],
)
def test_length_of_a_secure_command(record_bytes: int, lc: int) -> None:
    assert oracle.secure_update(SESSION[1], 1, 4, bytes(record_bytes))[4] == lc


def test_padding_rules_differ_only_on_whole_blocks() -> None:
    assert oracle.pad_if_needed(bytes(15)) == oracle.pad_always(bytes(15)) == bytes(15) + b"\x80"
    assert oracle.pad_if_needed(bytes(16)) == bytes(16)
    assert oracle.pad_always(bytes(16)) == bytes(16) + b"\x80" + bytes(15)
