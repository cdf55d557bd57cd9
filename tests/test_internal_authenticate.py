"""INTERNAL AUTHENTICATE and the four versions of the keys.

# spec: commands_and_crypto 1.1 row 17, 1.5, 3.3
"""

from __future__ import annotations

from hashlib import sha256

import card_bench as cb
import field_oracle as oracle
import pytest

R1, R2 = bytes.fromhex("A0A1A2A3A4A5A6A7"), bytes.fromhex("1122334455667788")
VERSIONED = [name for name, row in cb.KEYS.items() if row.versions == 4 and row.authenticates]


def command(r1: bytes, r2: bytes, version: int) -> bytes:
    return b"\x00\x88\x00\x00\x11" + r1 + r2 + bytes((version,))


@pytest.mark.parametrize("df", ["DDF1", "DDF1/DF01", "DDF1/DF02", "DDF1/DF03", "DDF1/DF03/EE01"])
@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_the_card_shows_that_it_is_genuine(df: str, version: int) -> None:
    bench = cb.card_in()
    bench.select(df)
    key = cb.card_value("IRK_DDF1", version)
    expected = oracle.authentication_value(oracle.session_key(key, R1), R2)
    assert bench.do(command(R1, R2, version)) == expected
    assert bench.do(command(R1, R2, version) + b"\x00") == expected
    assert bench.do(command(R1, R2, version) + b"\x08") == expected


def test_the_vector_of_the_specification() -> None:
    # spec: commands_and_crypto 3.7: root 00..0F, two steps, challenge A0..A7, random 11..88
    key = bytes.fromhex("6AAA038BA1D51B0EF6AE296C56657379")
    bench = cb.chip()
    bench.select("DDF1")
    bench.do(cb.plain_write_key(0x00, bytes.fromhex("3400FF0100") + key))
    bench.select("MF")
    bench.do(cb.plain_write_key(0x01, cb.TRANSPORT_RECORD))
    bench.do("0044000000")
    bench.authenticate("KT_MF")
    bench.select("DDF1")
    assert bench.do(command(R1, R2, 1)).hex().upper() == "FDEB148647E2C078"


def test_the_answer_depends_on_both_randoms_and_on_the_version() -> None:
    bench = cb.card_in()
    bench.select("DDF1")
    answers = {
        bench.do(command(sha256(b"%d" % n).digest()[:8], sha256(b"x%d" % m).digest()[:8], version))
        for n in range(4)
        for m in range(4)
        for version in (1, 2, 3, 4)
    }
    assert len(answers) == 64


def test_it_needs_no_right_gives_none_and_leaves_the_challenge() -> None:
    bench = cb.card_in()
    bench.select("DDF1")
    before = bench.card.memory.snapshot()
    authentication = bench.authentication("RK1_DDF1")
    for _ in range(20):
        bench.do(command(R1, R2, 1))
    assert bench.card.volatile.keys == frozenset()
    assert bench.card.memory.snapshot() == before
    bench.do(authentication)


@pytest.mark.parametrize("version", [0, 5, 0x81, 0xFF])
def test_an_unknown_version(version: int) -> None:
    bench = cb.card_in()
    bench.select("DDF1")
    assert bench.send(command(R1, R2, version)).sw == 0x6A88


def test_outside_ddf1() -> None:
    assert cb.card_in().send(command(R1, R2, 1)).sw == 0x6985


def test_a_card_without_the_key() -> None:
    bench = cb.chip()
    bench.do(cb.plain_write_key(0x01, cb.TRANSPORT_RECORD))
    bench.do("0044000000")
    bench.authenticate("KT_MF")
    bench.select("DDF1")
    assert bench.send(command(R1, R2, 1)).sw == 0x6A88


@pytest.mark.parametrize(
    ("apdu", "sw"),
    [
        ("00880000", 0x6700),
        ("0088000008", 0x6700),
        ("0088000010" + "00" * 16, 0x6700),
        ("0088000012" + "00" * 18, 0x6700),
        ("0088010011" + "00" * 16 + "01", 0x6A86),
        ("0088000111" + "00" * 16 + "01", 0x6A86),
        ("8088000011" + "00" * 16 + "01", 0x6E00),
        ("0088000011" + "00" * 16 + "01" + "04", 0x6C08),
    ],
)
def test_forms(apdu: str, sw: int) -> None:
    bench = cb.card_in()
    bench.select("DDF1")
    assert bench.send(apdu).sw == sw


# --- the four versions of the authentication keys -------------------------------------------------------


@pytest.mark.parametrize("name", VERSIONED)
def test_every_version_of_a_key_is_a_key_of_its_own(name: str) -> None:
    # spec: commands_and_crypto 2.5, 6.2 A9
    bench = cb.card_in()
    bench.select(cb.KEYS[name].df)
    reference = cb.KEYS[name].reference
    for version in (1, 2, 3, 4):
        bench.card.reset()
        bench.select(cb.KEYS[name].df)
        for other in (1, 2, 3, 4):
            if other != version:
                forged = oracle.external_authenticate(
                    bench.session(name, other), reference, cb.TERMINAL_DATA, version
                )
                assert bench.send(forged).sw >> 4 == 0x63C
        assert bench.card.volatile.keys == frozenset()
        bench.authenticate(name, version)
        assert bench.card.volatile.keys == {name}


@pytest.mark.parametrize("name", VERSIONED)
def test_every_version_has_tries_of_its_own(name: str) -> None:
    bench = cb.card_in()
    bench.select(cb.KEYS[name].df)
    reference = cb.KEYS[name].reference
    assert [bench.fail(reference, 2) for _ in range(16)] == [0x63C0 | n for n in range(14, -1, -1)] + [0x6983]
    assert bench.send(bench.authentication(name, 2)).sw == 0x6983
    for version in (1, 3, 4):
        bench.authenticate(name, version)
