"""Keys for the card under test, out of a file at every level and through a SAM, against the vectors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conformance_cards import TwoReaders

from card_os.spec.loader import load
from issuer.keys.test_custodian import PublishedTestCustodian
from lab.conformance_bench import CustodianKeys
from reader_client.conformance.bench import KeyNotAtHandError
from reader_client.conformance.keys import FORMAT, FileKeys, KeyFileError, read_keys
from reader_client.sam import CardFactors

PROFILE = load("health_card")
VECTORS = json.loads((Path(__file__).parent / "vectors" / "g128.json").read_text("utf-8"))
ROOT, PROVINCE_KEY = VECTORS["root"], VECTORS["province_key"]
CARD_2, CARD_1 = VECTORS["card_key_2_steps"], VECTORS["card_key_1_step"]
FACTORS = CardFactors(bytes.fromhex(VECTORS["card_factor"]), VECTORS["province_factor_ascii"].encode())
CHALLENGE, DATA = bytes.fromhex(VECTORS["challenge"]), bytes.fromhex(VECTORS["terminal_data"])
NATIONAL, PROVINCE, STK, STK_2 = (PROFILE.keys[n] for n in ("RK1_DDF1", "UK1_DDF1", "STK_DDF1", "STK_DF02"))


def keys_of(tmp_path: Path, keys: object, province: object = "21", fmt: object = FORMAT) -> FileKeys:
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"format": fmt, "province": province, "keys": keys}))
    return read_keys(PROFILE, file)


@pytest.mark.parametrize("level", [{"root": [ROOT]}, {"held": [ROOT]}, {"card": [CARD_2]}])
def test_a_national_key_at_each_level_gives_the_vector(level, tmp_path):
    keys = keys_of(tmp_path, {"RK1_DDF1": level})
    value = keys.authentication_value(NATIONAL, 1, FACTORS, CHALLENGE, DATA)
    assert value.hex().upper() == VECTORS["folded_2_steps"]


@pytest.mark.parametrize("level", [{"held": [ROOT]}, {"card": [CARD_1]}])
def test_a_province_key_as_the_sam_holds_it_gives_the_vector(level, tmp_path):
    # the vectors take the root itself as the key of the province
    keys = keys_of(tmp_path, {"UK1_DDF1": level, "STK_DDF1": level})
    value = keys.authentication_value(PROVINCE, 1, FACTORS, CHALLENGE, DATA)
    assert value.hex().upper() == VECTORS["folded_1_step"]
    case = VECTORS["update_record_6_ddf1_ef05"]
    header = bytes.fromhex("04DC0604")
    body = keys.protect(STK, FACTORS, CHALLENGE, header, bytes.fromhex(case["record"]))
    assert (header + bytes((len(body),)) + body).hex().upper() == case["command"]


def test_macs_and_versions(tmp_path):
    keys = keys_of(tmp_path, {"STK_DF03": {"root": [ROOT]}, "RK1_DDF1": {"root": ["00" * 16, ROOT]}})
    mac = keys.mac(PROFILE.keys["STK_DF03"], FACTORS, CHALLENGE, bytes.fromhex("84D20104"), b"")
    assert mac.hex().upper() == VECTORS["mark_visit_1_valid"]["command"][-8:]
    second = keys.authentication_value(NATIONAL, 2, FACTORS, CHALLENGE, DATA)
    assert second.hex().upper() == VECTORS["folded_2_steps"]
    for version in (0, 3):
        with pytest.raises(KeyNotAtHandError):
            keys.authentication_value(NATIONAL, version, FACTORS, CHALLENGE, DATA)
    with pytest.raises(KeyNotAtHandError, match="UK1_DDF1"):
        keys.authentication_value(PROVINCE, 1, FACTORS, CHALLENGE, DATA)


def test_a_root_serves_any_province_and_a_held_key_its_own_only(tmp_path):
    other = CardFactors(FACTORS.card, b"32000000")
    rooted, held = (keys_of(tmp_path, {"UK1_DDF1": {level: [ROOT]}}) for level in ("root", "held"))
    values = {rooted.authentication_value(PROVINCE, 1, f, CHALLENGE, DATA) for f in (FACTORS, other)}
    assert len(values) == 2
    assert PROVINCE_KEY  # the root leads to it by one step
    below = keys_of(tmp_path, {"UK1_DDF1": {"held": [PROVINCE_KEY]}})
    assert below.authentication_value(PROVINCE, 1, FACTORS, CHALLENGE, DATA) in values
    with pytest.raises(KeyNotAtHandError):
        held.authentication_value(PROVINCE, 1, other, CHALLENGE, DATA)


@pytest.mark.parametrize(
    ("keys", "province", "fmt", "reason"),
    [
        ({}, "21", "x", "its format is not"),
        ([], "21", FORMAT, "it has no keys"),
        ({}, 21, FORMAT, "two digits"),
        ({}, "2", FORMAT, "two digits"),
        ({"XX": {"root": []}}, "21", FORMAT, "XX is no key"),
        ({"RK1_DDF1": {"top": []}}, "21", FORMAT, "one of root, held, card"),
        ({"RK1_DDF1": {"root": ROOT}}, "21", FORMAT, "one of root, held, card"),
        ({"RK1_DDF1": {"root": ["00"]}}, "21", FORMAT, "32 hex digits"),
        ({"RK1_DDF1": {"root": [7]}}, "21", FORMAT, "32 hex digits"),
        ({"RK1_DDF1": ROOT}, "21", FORMAT, "32 hex digits"),
    ],
)
def test_a_broken_file_of_keys_is_refused_without_showing_a_key(keys, province, fmt, reason, tmp_path):
    with pytest.raises(KeyFileError, match=reason) as error:
        keys_of(tmp_path, keys, province, fmt)
    assert ROOT not in str(error.value)


def test_what_is_no_file_of_keys_is_refused(tmp_path):
    (tmp_path / "keys.json").write_text("{")
    for file in (tmp_path / "keys.json", tmp_path / "missing.json", tmp_path):
        with pytest.raises(KeyFileError):
            read_keys(PROFILE, file)


def test_no_key_is_in_a_repr(tmp_path):
    assert ROOT.lower() not in repr(keys_of(tmp_path, {"RK1_DDF1": {"root": [ROOT]}})).lower()


def test_a_sam_and_the_published_keys_compute_the_same():
    desk = TwoReaders()
    published = CustodianKeys(PublishedTestCustodian())
    factors = CardFactors(desk.card.historical, b"11000000")
    sam = desk.bench.keys
    for key in PROFILE.keys.values():
        if key.sam_id is None:
            continue
        if key.usage == 7:
            for version in range(1, key.versions + 1):
                arguments = (key, version, factors, CHALLENGE, DATA)
                assert sam.authentication_value(*arguments) == published.authentication_value(*arguments)
        else:
            header, body = bytes.fromhex("84D20104"), bytes(range(20))
            plain = (key, factors, CHALLENGE, header, b"")
            assert sam.mac(*plain) == published.mac(*plain)
            arguments = (key, factors, CHALLENGE, bytes.fromhex("04DC0104"), body)
            assert sam.protect(*arguments) == published.protect(*arguments)


def test_a_sam_of_another_province_says_which_key_it_lacks():
    desk = TwoReaders()
    here, there = (CardFactors(desk.card.historical, factor) for factor in (b"11000000", b"32000000"))
    assert desk.bench.keys.authentication_value(PROVINCE, 1, here, CHALLENGE, DATA)
    assert desk.bench.keys.authentication_value(NATIONAL, 1, there, CHALLENGE, DATA)
    with pytest.raises(KeyNotAtHandError, match="UK1_DDF1"):
        desk.bench.keys.authentication_value(PROVINCE, 1, there, CHALLENGE, DATA)
    with pytest.raises(KeyNotAtHandError, match="KT_MF"):
        desk.bench.keys.authentication_value(PROFILE.keys["KT_MF"], 1, here, CHALLENGE, DATA)
