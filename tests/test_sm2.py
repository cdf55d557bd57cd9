"""SM2 and SM3 against the example of GM/T 0003.5, a second library and the second opinion of the tests."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from itertools import count
from pathlib import Path

import field_sm2
import pytest

from card_os.crypto import sm2, sm2_curve
from card_os.crypto.sm3 import Sm3, sm3

needs_library = pytest.mark.skipif(not sm2.available(), reason="gmssl-pyx is not installed")
KNOWN = json.loads((Path(__file__).parent / "vectors" / "g128.json").read_text("utf-8"))["sm2_known_answer"]
# GM/T 0003.5, signature example, typed by hand
PRIVATE = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
PUBLIC = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
Z = bytes.fromhex("B2E14C5C79C6DF5B85F4FE7ED8DB7A262B9DA7E07CCB0EA9F4747B8CCDA8A4F3")
E = bytes.fromhex("F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640")
SIGNATURE = bytes.fromhex(
    "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)


def numbers(raw: bytes) -> tuple[int, int]:
    return int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")


def raw(*given: int) -> bytes:
    return b"".join(number.to_bytes(32, "big") for number in given)


@cache
def private_with_x(first: int) -> bytes:
    """A key whose public x begins with a byte, which other libraries take for a prefix."""
    for number in count(1000):
        private = raw(number)
        if sm2.public_key(private)[0] == first:
            return private
    raise AssertionError


@pytest.fixture(params=["random"] * 20 + ["00", "04"])
def pair(request: pytest.FixtureRequest) -> sm2.KeyPair:
    if request.param == "random":
        return sm2.generate_key_pair()
    private = private_with_x(int(request.param, 16))
    return sm2.KeyPair(private, sm2.public_key(private))


def test_sm3_in_one_go_and_in_parts() -> None:
    # GM/T 0004, example 1
    expected = "66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0"
    assert sm3(b"abc").hex().upper() == expected
    running = Sm3()
    running.update(b"a")
    assert running.digest() == sm3(b"a")
    running.update(b"bc")
    assert running.digest().hex().upper() == expected


def test_the_example_of_the_standard() -> None:
    assert KNOWN["private_key"] == PRIVATE.hex().upper()
    assert sm2.public_key(PRIVATE) == PUBLIC
    assert sm2.z_value(PUBLIC) == Z
    assert sm2.message_digest(PUBLIC, KNOWN["message_ascii"].encode()) == E
    assert sm2.verify_digest(PUBLIC, E, SIGNATURE)


@needs_library
def test_signatures_pass_three_verifiers(pair: sm2.KeyPair) -> None:
    gmalg = pytest.importorskip("gmalg")
    digest = sm2.message_digest(pair.public, b"a visit")
    signature = sm2.sign_digest(pair.private, digest)
    r, s = numbers(signature)
    assert sm2.verify_digest(pair.public, digest, signature)
    assert field_sm2.verify_digest(numbers(pair.public), digest, r, s)
    other = gmalg.SM2(uid=sm2.DEFAULT_ID, pk=b"\x04" + pair.public)
    assert other.verify(b"a visit", signature[:32], signature[32:])
    assert sm2.public_key(pair.private) == pair.public


@needs_library
def test_signatures_of_another_library_are_verified(pair: sm2.KeyPair) -> None:
    gmalg = pytest.importorskip("gmalg")
    other = gmalg.SM2(sk=pair.private, uid=sm2.DEFAULT_ID, pk=b"\x04" + pair.public)
    signature = b"".join(part.rjust(32, b"\x00") for part in other.sign(b"another visit"))
    assert sm2.verify_digest(pair.public, sm2.message_digest(pair.public, b"another visit"), signature)


@pytest.mark.parametrize("first", [0x00, 0x04])
def test_public_keys_that_look_like_a_prefix(first: int) -> None:
    private = private_with_x(first)
    public = sm2.public_key(private)
    r, s = field_sm2.sign_digest(int.from_bytes(private, "big"), E, 12345)
    assert sm2.verify_digest(public, E, raw(r, s))
    assert sm2.z_value(public) != sm2.z_value(PUBLIC)


@pytest.mark.parametrize("byte", range(64))
def test_every_byte_of_a_signature_counts(byte: int) -> None:
    changed = bytearray(SIGNATURE)
    changed[byte] ^= 0x01
    assert not sm2.verify_digest(PUBLIC, E, bytes(changed))


@pytest.mark.parametrize("byte", range(32))
def test_every_byte_of_a_digest_counts(byte: int) -> None:
    changed = bytearray(E)
    changed[byte] ^= 0x80
    assert not sm2.verify_digest(PUBLIC, bytes(changed), SIGNATURE)


R, S = numbers(SIGNATURE)


@pytest.mark.parametrize(
    ("r", "s"),
    [
        (0, S),
        (R, 0),
        (0, 0),
        (sm2_curve.N, S),
        (R, sm2_curve.N),
        (R, sm2_curve.N - R),
        (2**256 - 1, S),
        (S, R),
    ],
)
def test_numbers_out_of_range(r: int, s: int) -> None:
    assert not sm2.verify_digest(PUBLIC, E, raw(r, s))


def test_a_number_that_is_the_same_modulo_n_is_no_second_signature() -> None:
    nonce, small = 777, 5
    point = field_sm2.multiply(nonce, field_sm2.G)
    assert point is not None
    digest = raw((small - point[0]) % sm2_curve.N)  # chosen so that r is small and r + n has 32 bytes
    r, s = field_sm2.sign_digest(int.from_bytes(PRIVATE, "big"), digest, nonce)
    assert r == small
    assert sm2.verify_digest(PUBLIC, digest, raw(r, s))
    assert not sm2.verify_digest(PUBLIC, digest, raw(r + sm2_curve.N, s))


@pytest.mark.parametrize("length", [0, 1, 63, 65, 128])
def test_lengths(length: int) -> None:
    assert not sm2.verify_digest(PUBLIC, E, bytes(length))
    assert not sm2.verify_digest(PUBLIC, bytes(length), SIGNATURE)
    assert not sm2.verify_digest(bytes(length), E, SIGNATURE)


@pytest.mark.parametrize(
    "public",
    [bytes(64), b"\xff" * 64, PUBLIC[:63] + b"\x14", PUBLIC[32:] + PUBLIC[:32], raw(sm2_curve.P, 0)],
)
def test_points_off_the_curve(public: bytes) -> None:
    assert not sm2.is_public_key(public)
    assert not sm2.verify_digest(public, E, SIGNATURE)
    with pytest.raises(sm2.Sm2KeyError):
        sm2.z_value(public)


def test_a_coordinate_beyond_the_field_is_no_key() -> None:
    # the same point modulo p, written with x + p, where that fits
    x = next(x for x in count(0) if _has_point(x))
    y = pow((x * x + sm2_curve.A) * x + sm2_curve.B, (sm2_curve.P + 1) // 4, sm2_curve.P)
    assert sm2.is_public_key(raw(x, y))
    assert not sm2.is_public_key(raw(x + sm2_curve.P, y))


def _has_point(x: int) -> bool:
    square = ((x * x + sm2_curve.A) * x + sm2_curve.B) % sm2_curve.P
    return pow(square, (sm2_curve.P - 1) // 2, sm2_curve.P) == 1


@pytest.mark.parametrize("number", [0, sm2_curve.N - 1, sm2_curve.N, 2**256 - 1])
def test_private_keys_out_of_range(number: int) -> None:
    assert not sm2.is_private_key(raw(number))
    with pytest.raises(sm2.Sm2KeyError) as refused:
        sm2.public_key(raw(number))
    assert raw(number).hex() not in str(refused.value)
    with pytest.raises(sm2.Sm2KeyError):
        sm2.sign_digest(raw(number), E)


@pytest.mark.parametrize("number", [1, 2, sm2_curve.N - 2])
def test_private_keys_at_the_edges(number: int) -> None:
    point = field_sm2.multiply(number, field_sm2.G)
    assert point is not None
    assert sm2.public_key(raw(number)) == raw(*point)


def test_both_arithmetics_agree() -> None:
    for first, second in [(1, 1), (3, 0), (0, 7), (sm2_curve.N - 1, 5), (12345, 67890), (6, 6)]:
        other = sm2_curve.multiply_base(second + 1)
        assert other is not None
        expected = field_sm2.add(field_sm2.multiply(first, field_sm2.G), field_sm2.multiply(second, other))
        assert sm2_curve.combine(first, second, other) == expected
    assert sm2_curve.combine(sm2_curve.N - 1, 1, sm2_curve.G) is None


def test_the_id_is_part_of_z() -> None:
    assert sm2.z_value(PUBLIC, b"") != sm2.z_value(PUBLIC, b"1") != sm2.z_value(PUBLIC)
    with pytest.raises(ValueError, match="8191"):
        sm2.z_value(PUBLIC, bytes(8192))


def test_a_key_pair_does_not_show_its_private_half() -> None:
    assert "private" not in repr(sm2.KeyPair(PRIVATE, PUBLIC))


@needs_library
def test_nothing_is_written_to_the_terminal() -> None:
    program = (
        "from card_os.crypto import sm2\n"
        f"public, e, signature = (bytes.fromhex(h) for h in {(PUBLIC.hex(), E.hex(), SIGNATURE.hex())!r})\n"
        "for wrong in (bytes(64), bytes(63) + b'1', signature[::-1]):\n"
        "    assert not sm2.verify_digest(public, e, wrong)\n"
        "    assert not sm2.verify_digest(wrong, e, signature)\n"
        "    try:\n"
        "        sm2.sign_digest(bytes(32), e)\n"
        "    except sm2.Sm2KeyError:\n"
        "        pass\n"
        "pair = sm2.generate_key_pair()\n"
        "assert not sm2.verify_digest(pair.public, e, sm2.sign_digest(pair.private, e[::-1]))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_without_the_library_verifying_still_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gmssl_pyx", None)
    sm2._library.cache_clear()
    try:
        assert not sm2.available()
        for make in (sm2.generate_key_pair, lambda: sm2.sign_digest(PRIVATE, E)):
            with pytest.raises(sm2.Sm2UnavailableError, match=r"residents-health-card\[sm2\]"):
                make()
        assert sm2.verify_digest(PUBLIC, E, SIGNATURE)
    finally:
        monkeypatch.undo()
        sm2._library.cache_clear()


# --- envelopes --------------------------------------------------------------------------------------------


@needs_library
@pytest.mark.parametrize("length", [1, 16, 127, 128, 255])
def test_envelopes_go_both_ways_between_two_libraries(pair: sm2.KeyPair, length: int) -> None:
    gmalg = pytest.importorskip("gmalg")
    second = gmalg.SM2(pair.private)
    secret = bytes(range(length))
    envelope = sm2.encrypt(pair.public, secret)
    assert len(envelope) == 97 + length
    assert second.decrypt(envelope) == secret
    assert sm2.decrypt(pair.private, second.encrypt(secret)) == secret


@needs_library
def test_an_envelope_that_was_touched_anywhere_does_not_open() -> None:
    pair = sm2.generate_key_pair()
    envelope = sm2.encrypt(pair.public, b"a session key 16")
    for at in (0, 1, 40, 65, 96, 97, len(envelope) - 1):
        altered = bytearray(envelope)
        altered[at] ^= 1
        with pytest.raises(sm2.Sm2EnvelopeError):
            sm2.decrypt(pair.private, bytes(altered))
    for cut in (b"", envelope[:97], envelope[:-1], envelope + b"\0", envelope[1:]):
        with pytest.raises(sm2.Sm2EnvelopeError):
            sm2.decrypt(pair.private, cut)
    with pytest.raises(sm2.Sm2EnvelopeError):
        sm2.decrypt(sm2.generate_key_pair().private, envelope)


@needs_library
def test_what_no_envelope_can_be_made_for() -> None:
    public = sm2.generate_key_pair().public
    for length in (0, 256):
        with pytest.raises(ValueError, match="1 to 255"):
            sm2.encrypt(public, bytes(length))
    with pytest.raises(sm2.Sm2KeyError):
        sm2.encrypt(bytes(64), b"x")
    with pytest.raises(sm2.Sm2KeyError):
        sm2.decrypt(bytes(32), bytes(113))
