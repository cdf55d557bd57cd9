"""Steps that are more than an exchange: each one takes what is right and refuses what is wrong."""

from __future__ import annotations

import random
import secrets

import pytest
from conformance_cards import ISO_ATR, StrangeCard, bench_of

from card_os.crypto import sm2
from card_os.crypto.sm3 import sm3
from card_os.spec.model import Meaning
from lab import demo
from lab.conformance_bench import simulated
from reader_client.conformance.desk import CaseFailedError, CaseSkippedError, Desk
from reader_client.conformance.model import Case
from reader_client.conformance.notation import step_of
from reader_client.conformance.randomness import LEAST, _chi_square_tail, probabilities

PROBE = Case("A5-99", Meaning("试", "try"), "", ())


def desk(**saved: str) -> Desk:
    bench = bench_of(StrangeCard(lambda command: bytes(8) + b"\x90\x00"))
    made = Desk(bench, PROBE, bench.card, None)
    made.saved |= {name: bytes.fromhex(value) for name, value in saved.items()}
    return made


def passes(line: str, **saved: str) -> bool:
    try:
        step_of(line).do(desk(**saved))
    except CaseFailedError:
        return False
    return True


@pytest.mark.parametrize(
    ("line", "saved", "right"),
    [
        ("atr {a}", {"a": ISO_ATR.hex()}, True),
        ("atr {a} 8", {"a": ISO_ATR.hex()}, True),
        ("atr {a} 7", {"a": ISO_ATR.hex()}, False),
        ("atr {a}", {"a": "3B"}, False),
        ("atr {a}", {"a": ISO_ATR.hex()[:-2]}, False),
        ("atr {a}", {"a": ""}, False),
        ("tlv {r} 39", {"r": "3903110000"}, True),
        ("tlv {r} 39", {"r": "3904110000"}, False),
        ("tlv {r} 38", {"r": "3903110000"}, False),
        ("tlv {r} 39", {"r": ""}, False),
        ("tries {a} {b}", {"a": "63CE", "b": "63CD"}, True),
        ("tries {a} {b}", {"a": "63CE", "b": "63CE"}, False),
        ("tries {a} {b}", {"a": "63CE", "b": "63CC"}, False),
        ("tries {a} {b}", {"a": "6300", "b": "63CD"}, False),
        ("tries {a} {b}", {"a": "63C0", "b": "6983"}, False),
        ("one {v} AA BB", {"v": "BB"}, True),
        ("one {v} AA BB", {"v": "CC"}, False),
        ("some AA {v} {w}", {"v": "BB", "w": "AA"}, True),
        ("some AA {v} {w}", {"v": "BB", "w": "BB"}, False),
        ("same {a} 0011", {"a": "0011"}, True),
        ("same {a} 0011", {"a": "0012"}, False),
        ("differ {a} 0011", {"a": "0012"}, True),
        ("differ {a} 0011", {"a": "0011"}, False),
        ("point {p}", {"p": sm2.public_key(bytes(31) + b"\x05").hex()}, True),
        ("point {p}", {"p": "00" * 64}, False),
        ("point {p}", {"p": ""}, False),
    ],
)
def test_a_check_knows_right_from_wrong(line, saved, right):
    assert passes(line, **saved) is right


def test_values_are_computed_and_saved():
    made = desk(m="616263", o="3035F8DAC3F4EEACCDDEEC5C84162ED4")
    for line in ("sm3 d = {m}", "fold v = {o}", "let x = {d[0:2]}{v[6:8]}"):
        step_of(line).do(made)
    assert made.saved["d"] == sm3(b"abc")
    assert made.saved["v"].hex().upper() == "FDEB148647E2C078"
    assert made.saved["x"].hex().upper() == "66C7C078"


def test_certificates_and_signatures():
    if not sm2.available():
        pytest.skip("no library for SM2")
    sam = demo.issue_sam(1)
    own, issuer = (sam.files.contents(sam.files[f"MF/DF01/001{name}"]) for name in "CB")
    made = desk(own=own.hex(), issuer=issuer.hex(), root=issuer.hex())
    step_of("certificate {own} under {issuer} as key").do(made)
    assert sm2.is_public_key(made.saved["key"])
    for wrong in ("{own^-1:01}", "{own^30:01}", "{issuer}", "{own[0:100]}"):
        with pytest.raises(CaseFailedError):
            step_of(f"certificate {wrong} under {{issuer}} as key").do(made)
    pair = sm2.generate_key_pair()
    signature = sm2.sign_digest(pair.private, bytes(32))
    made.saved |= {"s": signature, "p": pair.public}
    step_of("signature {00*32} {s} {p}").do(made)
    for line in (
        "signature {01*32} {s} {p}",
        "signature {00*32} {s^0:01} {p}",
        "signature {00*32} {s} {key}",
    ):
        with pytest.raises(CaseFailedError):
            step_of(line).do(made)
    step_of("signed_sam 9000").do(made)
    with pytest.raises(CaseSkippedError):
        step_of("signed_sam 6A88").do(made)


# --- random numbers ---------------------------------------------------------------------------------------


def seeded(seed: int, count: int) -> bytes:
    return random.Random(seed).randbytes(count)  # noqa: S311 - the same bytes every time


def worst(raw: bytes) -> float:
    return min(probabilities(raw).values())


@pytest.mark.parametrize("count", [2500, 125_000])
def test_good_random_bytes_pass(count):
    assert worst(secrets.token_bytes(count)) > LEAST
    assert worst(seeded(1, count)) > LEAST


@pytest.mark.parametrize(
    "raw",
    [
        bytes(2500),
        b"\xff" * 2500,
        b"\x55" * 2500,
        bytes(range(256)) * 10,
        b"".join(n.to_bytes(4, "big") for n in range(625)),
        bytes(b & 0x7F for b in seeded(1, 2500)),
        seeded(1, 8) * 312,
        bytes(b for b in seeded(1, 9000) if b < 0x80 or b % 3)[:2500],
        b"".join(bytes((b, b)) for b in seeded(2, 1250)),
    ],
    ids=[
        "zeros",
        "ones",
        "alternating",
        "all bytes",
        "counter",
        "seven bits",
        "repeated",
        "biased",
        "doubled",
    ],
)
def test_bad_random_bytes_fail(raw):
    assert worst(raw) < LEAST


@pytest.mark.parametrize(
    ("value", "degrees", "tail"), [(24.996, 15, 0.05), (37.697, 15, 0.001), (293.25, 255, 0.05)]
)
def test_the_tail_of_chi_square_is_that_of_the_tables(value, degrees, tail):
    # both tails count, so that one of the table is doubled
    assert _chi_square_tail(value, degrees) == pytest.approx(2 * tail, rel=0.05)


def test_a_card_with_bad_random_numbers_is_found():
    made = desk()
    with pytest.raises(CaseFailedError, match="monobit"):
        step_of("random 20000").do(made)
    good = simulated()
    step_of("random 20000").do(_powered(good))


def _powered(bench: object) -> Desk:
    made = Desk(bench, PROBE, bench.card, None)  # type: ignore[arg-type, attr-defined]
    made.reset("card")
    return made


# --- random commands --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"\x6f\x00", "was answered 6F00"),
        (b"\x90\x00", "was answered 9000"),
        (b"\x00\x00", "was answered 0000"),
        (b"\xab\xcd", "was answered ABCD"),
    ],
)
def test_random_commands_find_a_crash_and_a_write(answer, told):
    bench = bench_of(StrangeCard(lambda command: answer))
    with pytest.raises(CaseFailedError, match=told):
        step_of("fuzz 500 1").do(Desk(bench, PROBE, bench.card, None))


def test_random_commands_are_the_same_every_time_and_cost_no_try():
    cards = [StrangeCard(lambda command: b"\x69\x85") for _ in range(2)]
    for card in cards:
        bench = bench_of(card)
        step_of("fuzz 3000 1").do(Desk(bench, PROBE, bench.card, None))
    assert cards[0].commands == cards[1].commands
    assert len(cards[0].commands) == 3000
    # a command of one byte is the power switch of a virtual reader; spec: pcsc.md
    assert min(map(len, cards[0].commands)) == 2
    assert not [c for c in cards[0].commands if c[1] in (0x82, 0x20, 0x24, 0x5E)]
    assert len({c[1] for c in cards[0].commands}) > 15


def test_a_time_is_measured():
    made = desk()
    step_of("time it_ms 5 0084000008").do(made)
    assert made.measured["it_ms"] >= 0
    assert len(made.exchanges) == 5
