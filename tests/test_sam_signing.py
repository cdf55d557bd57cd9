"""The SAM hashes, signs, verifies and chains.  # spec: commands_and_crypto 2.3, 2.4, 2.6"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import card_bench as cb
import field_oracle as oracle
import field_sm2
import pytest

from card_os.crypto import sm2
from card_os.crypto.sm3 import sm3
from card_os.kernel.card import Card
from card_os.kernel.file_system import cell_of
from card_os.kernel.memory import Memory
from card_os.spec.certificate import Certificate, CertificateKind

needs_library = pytest.mark.skipif(not sm2.available(), reason="gmssl-pyx is not installed")
VERIFY = "0020000003123456"
CHALLENGE = bytes.fromhex("A0A1A2A3A4A5A6A7")
D = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
PRIVATE = D.to_bytes(32, "big")
PUBLIC = sm2.public_key(PRIVATE)
DIGEST = sm3(b"a record")
GENERATE, READ_KEY = "0046800040", "0046810040"
PAIR = {"sm2:private": PRIVATE, "sm2:public": PUBLIC}


def bench(state: str = "ISSUED", *, keyed: bool = True, **cells: bytes) -> cb.Bench:
    """A SAM in a state, with the example key pair of the standard where asked."""
    memory = Memory({**cb.snapshot(state, "sam"), **(PAIR if keyed else {}), **cells})
    return cb.Bench(Card(cb.profile("sam"), memory, cb.Random()))


@pytest.fixture
def sam() -> cb.Bench:
    """A SAM that is ready to sign."""
    ready = bench()
    ready.do(VERIFY)
    ready.select("DF01")
    return ready


def fetch(sam: cb.Bench, command: bytes, length: int) -> bytes:
    """The answer that 61xx announces."""
    assert sam.send(command) == (b"", 0x6100 | length)
    return sam.do(bytes((0x00, 0xC0, 0x00, 0x00, length)))


def hashing(data: bytes, cla: int = 0x00) -> bytes:
    body = bytes((len(data),)) + data if data else b""
    return bytes((cla, 0x2A, 0x90, 0x80)) + body


def signing(digest: bytes) -> bytes:
    return bytes((0x00, 0x2A, 0x9E, 0x9A)) + (bytes((len(digest),)) + digest if digest else b"")


def set_hash(digest: bytes) -> bytes:
    return bytes.fromhex("002A90A0229020") + digest


def good(signature: bytes, digest: bytes = DIGEST) -> bool:
    """What the second opinion says."""
    public = int.from_bytes(PUBLIC[:32], "big"), int.from_bytes(PUBLIC[32:], "big")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    return len(signature) == 64 and field_sm2.verify_digest(public, digest, r, s)


# --- hash -----------------------------------------------------------------------------------------------


def test_hash_in_one_command() -> None:
    digest = fetch(bench(), hashing(b"abc"), 32)
    assert digest.hex().upper() == "66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0"


@pytest.mark.parametrize("parts", [[1], [255, 255], [240] * 6 + [199], [64, 0], [0], [1] * 70])
def test_hash_of_a_long_message(parts: list[int]) -> None:
    sam, message = bench(keyed=False), bytes(range(256)) * 12
    start = 0
    for length in parts[:-1]:
        assert sam.do(hashing(message[start : start + length], 0x10)) == b""
        start += length
    assert fetch(sam, hashing(message[start : start + parts[-1]]), 32) == sm3(message[: sum(parts)])


@pytest.mark.parametrize("between", ["0084000008", "00A40000023F00", VERIFY, "00FF000000", "002A"])
def test_what_comes_between_ends_the_hash(between: str) -> None:
    sam = bench()
    sam.do(hashing(b"first ", 0x10))
    sam.send(between)
    assert fetch(sam, hashing(b"second"), 32) == sm3(b"second")


def test_a_reset_ends_the_hash() -> None:
    sam = bench()
    sam.do(hashing(b"first ", 0x10))
    sam.card.reset()
    assert fetch(sam, hashing(b"second"), 32) == sm3(b"second")


@pytest.mark.parametrize(
    "command",
    [
        "10A40000023F00", "10B0960006", "1084000008", "1020000003123456", "10FA000000",
        "102A9E9A20" + "00" * 32, "102A00A860" + "00" * 96, "1046810040",
        "10CC000000", "102A90A0229020" + "00" * 32,
        "902A908001FF", "842A908001FF", "802A908001FF",
    ],
)  # fmt: skip
def test_class_10_belongs_to_the_hash(command: str) -> None:
    assert bench().send(command) == (b"", 0x6E00)


def test_a_user_card_knows_none_of_it() -> None:
    card = cb.card_in()
    assert card.send("102A908001FF").sw == 0x6E00
    for command in ("002A908001FF", "0046810000"):
        assert card.send(command).sw == 0x6D00


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("002A90A0", 0x6700),
        ("002A90A020" + "11" * 32, 0x6700),
        ("002A90A0229120" + "11" * 32, 0x6A80),
        ("002A90A022901F" + "11" * 32, 0x6A80),
        ("002A908101FF", 0x6A86),
        ("002A918001FF", 0x6A86),
        ("002A9E9B20" + "11" * 32, 0x6A86),
        ("002A9E9A1F" + "11" * 31, 0x6700),
        ("002A9E9A21" + "11" * 33, 0x6700),
        ("002A00BF20" + "11" * 32, 0x6A86),
        ("002A00A85F" + "11" * 95, 0x6700),
        ("002A00BEB4" + "11" * 180, 0x6700),
        ("002A00BEBE" + "11" * 190, 0x6A80),
        ("002A00A860" + "11" * 96, 0x6985),
        ("0046820000", 0x6985),
        ("0046810100", 0x6A86),
        ("004681000111", 0x6700),
        ("80CC010000", 0x6A86),
        ("80CC00003F" + "11" * 63, 0x6700),
        ("80CC000040" + "11" * 64, 0x6A80),
        ("00CC000000", 0x6E00),
        ("802A9E9A20" + "11" * 32, 0x6E00),
    ],
)
def test_refusals(sam: cb.Bench, command: str, sw: int) -> None:
    assert sam.send(command) == (b"", sw)


# --- signature ------------------------------------------------------------------------------------------


@needs_library
def test_sign_a_digest(sam: cb.Bench) -> None:
    signatures = {fetch(sam, signing(DIGEST), 64) for _ in range(3)}
    assert all(map(good, signatures))
    assert len(signatures) == 3


@needs_library
def test_sign_the_hash_that_was_computed(sam: cb.Bench) -> None:
    sam.do(hashing(b"a ", 0x10))
    fetch(sam, hashing(b"record"), 32)
    assert good(fetch(sam, signing(b""), 64))
    assert sam.send(signing(b"")).sw == 0x6985


@needs_library
def test_sign_a_hash_from_outside(sam: cb.Bench) -> None:
    sam.do(set_hash(DIGEST))
    sam.do(VERIFY)
    assert good(fetch(sam, signing(b""), 64))


@pytest.mark.parametrize("between", ["00A4000002DF01", "00FF000000", "80FA000010" + "00" * 16])
def test_select_and_errors_forget_the_hash(sam: cb.Bench, between: str) -> None:
    sam.do(set_hash(DIGEST))
    sam.send(between)
    assert sam.send(signing(b"")).sw == 0x6985


def test_no_signature_without_the_pin() -> None:
    sam = bench()
    sam.select("DF01")
    assert sam.send(signing(DIGEST)) == (b"", 0x6982)
    sam.send("0020000003654321")
    assert sam.send(signing(DIGEST)) == (b"", 0x6982)


def test_a_reset_takes_the_pin_away(sam: cb.Bench) -> None:
    sam.card.reset()
    sam.select("DF01")
    assert sam.send(signing(DIGEST)) == (b"", 0x6982)


def test_no_signature_outside_the_application(sam: cb.Bench) -> None:
    sam.select("MF")
    assert sam.send(signing(DIGEST)) == (b"", 0x6985)


def test_no_signature_without_a_key() -> None:
    sam = bench(keyed=False)
    sam.do(VERIFY)
    sam.select("DF01")
    for command in (signing(DIGEST), bytes.fromhex(READ_KEY), bytes.fromhex("80CC000000")):
        assert sam.send(command) == (b"", 0x6A88)


def test_no_signature_before_the_sam_is_in_service() -> None:
    sam = bench("PERSO")
    sam.select("DF01")
    assert sam.send(signing(DIGEST)) == (b"", 0x6985)


def test_without_the_library_the_sam_says_so(sam: cb.Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_given: object) -> bytes:
        raise sm2.Sm2UnavailableError

    monkeypatch.setattr(sm2, "sign_digest", missing)
    assert sam.send(signing(DIGEST)) == (b"", 0x6A81)


# --- keys -----------------------------------------------------------------------------------------------


def personalising() -> cb.Bench:
    sam = bench("PERSO", keyed=False)
    sam.select("MF")
    sam.authenticate("KT_MF")
    sam.select("DF01")
    return sam


@needs_library
def test_generate_and_read_a_key_pair() -> None:
    sam = personalising()
    first = sam.do(GENERATE)
    assert sm2.is_public_key(first)
    assert sam.do(READ_KEY) == first
    second = sam.do(GENERATE)
    assert second != first
    assert sam.do(READ_KEY) == second == sm2.public_key(sam.card.memory.read("sm2:private"))


@needs_library
@pytest.mark.parametrize("command", ["00468000", "0046800000", GENERATE])
def test_forms_of_le(command: str) -> None:
    answer = personalising().send(command)
    assert (len(answer.data), answer.sw) in ((64, 0x9000), (0, 0x6140))


def test_generating_needs_the_right_of_personalisation() -> None:
    sam = bench("PERSO", keyed=False)
    sam.select("DF01")
    assert sam.send(GENERATE) == (b"", 0x6982)
    assert "sm2:private" not in sam.card.memory


def test_generating_needs_the_application() -> None:
    sam = personalising()
    sam.select("MF")
    sam.authenticate("KT_MF")
    assert sam.send(GENERATE) == (b"", 0x6985)


def test_an_issued_sam_keeps_its_key_pair(sam: cb.Bench) -> None:
    assert sam.send(GENERATE) == (b"", 0x6985)
    assert sam.do(READ_KEY) == PUBLIC


@needs_library
def test_a_cut_leaves_both_halves_of_a_pair_or_none() -> None:
    from card_os.kernel.memory import PowerLoss  # noqa: PLC0415

    for step in range(20):
        sam = personalising()
        left = iter(range(step))

        def cut(_step: str, left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise PowerLoss

        sam.card.memory.on_step = cut
        try:
            sam.do(GENERATE)
        except PowerLoss:
            sam.card.memory.on_step = lambda _step: None
            sam.card.reset()
            cells = sam.card.memory.snapshot()
            assert ("sm2:private" in cells) == ("sm2:public" in cells)
            continue
        break
    else:
        raise AssertionError("the steps never end")
    assert step > 2


def test_no_command_shows_the_private_key(sam: cb.Bench) -> None:
    for ins in range(256):
        for head in ("00", "80"):
            for tail in ("000000", "800000", "810000", "9E9A00"):
                assert PRIVATE not in sam.card.transmit(bytes.fromhex(f"{head}{ins:02X}{tail}"))
        sam.card.reset()
        sam.do(VERIFY)
        sam.select("DF01")


def test_z_of_the_sam_and_of_others(sam: cb.Bench) -> None:
    # GM/T 0003.5, the example; the key pair of this SAM is the example's
    expected = "B2E14C5C79C6DF5B85F4FE7ED8DB7A262B9DA7E07CCB0EA9F4747B8CCDA8A4F3"
    assert sam.do("80CC000000").hex().upper() == expected
    assert fetch(sam, bytes.fromhex("80CC000040") + PUBLIC, 32).hex().upper() == expected
    other = fetch(sam, bytes.fromhex("80CC000045") + PUBLIC + b"other", 32)
    assert other == sm2.z_value(PUBLIC, b"other")


# --- verification ---------------------------------------------------------------------------------------


def certificate(issuer_id: str = "11") -> bytes:
    """A SAM certificate for the example key, signed with it as well, by the second opinion."""
    unsigned = Certificate(
        CertificateKind.SAM, issuer_id, "22", "3", date(2026, 1, 1), date(2030, 1, 1), PUBLIC, "S1"
    )
    r, s = field_sm2.sign_digest(D, unsigned.digest(PUBLIC), 4711)
    return unsigned.to_be_signed() + r.to_bytes(32, "big") + s.to_bytes(32, "big")


def issuer_file(subject_id: str = "11") -> dict[str, bytes]:
    issuer = Certificate(
        CertificateKind.ISSUER, "1", subject_id, "1", date(2026, 1, 1), date(2030, 1, 1), PUBLIC
    )
    return {cell_of(cb.profile("sam").files["MF/DF01/001B"]): issuer.to_bytes()}


def verifying(given: bytes) -> bytes:
    return bytes.fromhex("002A00BEBE") + given


def checked(digest: bytes, r: int, s: int) -> bytes:
    return bytes.fromhex("002A00A860") + digest + r.to_bytes(32, "big") + s.to_bytes(32, "big")


def test_verify_a_certificate_and_a_signature() -> None:
    sam = bench(**issuer_file())
    assert sam.send(verifying(certificate())) == (b"", 0x9000)
    r, s = field_sm2.sign_digest(D, DIGEST, 99)
    assert sam.send(checked(DIGEST, r, s)) == (b"", 0x9000)
    assert sam.send(checked(DIGEST, r, s + 1)) == (b"", 0x6300)
    assert sam.send(checked(DIGEST, r, s)) == (b"", 0x6985)


@pytest.mark.parametrize("between", ["00A4000002DF01", "00FF000000"])
def test_the_verified_key_is_forgotten(between: str) -> None:
    sam = bench(**issuer_file())
    sam.do(verifying(certificate()))
    sam.send(between)
    assert sam.send(checked(DIGEST, *field_sm2.sign_digest(D, DIGEST, 99))).sw == 0x6985


def test_certificates_that_do_not_hold() -> None:
    broken = certificate()[:-1] + bytes((certificate()[-1] ^ 1,))
    assert bench(**issuer_file()).send(verifying(broken)).sw == 0x6300
    assert bench(**issuer_file()).send(verifying(certificate("12"))).sw == 0x6300
    assert bench(**issuer_file("12")).send(verifying(certificate())).sw == 0x6300
    assert bench().send(verifying(certificate())).sw == 0x6A88


# --- chains of 80FA -------------------------------------------------------------------------------------


def deliver(name: str) -> bytes:
    row = cb.KEYS[name]
    factors = cb.HISTORICAL + (cb.CITY if row.p1 >> 5 == 2 else b"") + CHALLENGE
    version = 1 if row.versions > 1 else 0
    return bytes((0x80, 0xDE, row.p1, version << 5 | row.sam_id, len(factors))) + factors


def session(name: str) -> bytes:
    return oracle.session_key(cb.card_value(name, 1), CHALLENGE)


def cipher(p1: int, data: bytes) -> bytes:
    return bytes((0x80, 0xFA, p1, 0x00, len(data))) + data


BLOCKS = [bytes((number,)) * 16 for number in range(5)]


@pytest.mark.parametrize("name", ["RK1_DDF1", "STK_DF03"])
def test_encipher_in_a_chain(sam: cb.Bench, name: str) -> None:
    sam.do(deliver(name))
    whole = fetch(sam, cipher(0x00, b"".join(BLOCKS)), 80)
    sam.do(deliver(name))
    parts = [fetch(sam, cipher(0x02, block), 16) for block in BLOCKS[:-1]]
    parts.append(fetch(sam, cipher(0x00, BLOCKS[-1]), 16))
    assert b"".join(parts) == whole
    assert sam.send(cipher(0x00, BLOCKS[0])).sw == 0x6985


@pytest.mark.parametrize("middle", [0, 1, 3])
def test_mac_in_a_chain(sam: cb.Bench, middle: int) -> None:
    message = bytes(range(16 * (middle + 2) - 3))
    padded = oracle.mac_input(message)
    parts = [padded[:32]] + [padded[at : at + 16] for at in range(32, len(padded), 16)]
    sam.do(deliver("STK_DF03"))
    assert sam.do(cipher(0x07, parts[0])) == b""
    for part in parts[1:-1]:
        assert sam.do(cipher(0x03, part)) == b""
    assert fetch(sam, cipher(0x01, parts[-1]), 4) == oracle.mac(session("STK_DF03"), message)
    assert sam.send(cipher(0x05, bytes(32))).sw == 0x6985


@pytest.mark.parametrize(
    ("begun", "p1"),
    [
        (None, 0x01), (None, 0x03), (None, 0x04), (None, 0x06),
        (0x02, 0x01), (0x02, 0x03), (0x02, 0x05), (0x02, 0x07), (0x02, 0x04),
        (0x07, 0x00), (0x07, 0x02), (0x07, 0x05), (0x07, 0x07), (0x07, 0x06),
    ],
)  # fmt: skip
def test_what_does_not_continue_a_chain_ends_it(sam: cb.Bench, begun: int | None, p1: int) -> None:
    sam.do(deliver("STK_DF03"))
    if begun is not None:
        assert sam.send(cipher(begun, bytes(32))).sw in (0x9000, 0x6120)
    assert sam.send(cipher(p1, bytes(32))).sw == 0x6A86
    for form in (0x00, 0x01, 0x05):
        assert sam.send(cipher(form, bytes(32))).sw == 0x6985


@pytest.mark.parametrize("between", ["0084000008", "00A4000002DF01", "00FF000000", "80FA020008" + "00" * 8])
@pytest.mark.parametrize(("first", "last"), [(0x02, 0x00), (0x07, 0x01)])
def test_what_comes_between_ends_a_chain(sam: cb.Bench, between: str, first: int, last: int) -> None:
    sam.do(deliver("STK_DF03"))
    sam.send(cipher(first, bytes(32)))
    sam.send(between)
    assert sam.send(cipher(last, bytes(16))).sw == 0x6985


def test_a_reset_ends_a_chain(sam: cb.Bench) -> None:
    sam.do(deliver("STK_DF03"))
    sam.send(cipher(0x02, bytes(16)))
    sam.card.reset()
    assert sam.send(cipher(0x00, bytes(16))).sw == 0x6985


def test_a_challenge_before_the_first_block_does_no_harm(sam: cb.Bench) -> None:
    sam.do(deliver("STK_DF03"))
    sam.do("0084000008")
    assert len(fetch(sam, cipher(0x02, bytes(16)), 16)) == 16


@pytest.mark.parametrize("p1", [0x05, 0x07])
def test_a_key_for_authentication_makes_no_mac(sam: cb.Bench, p1: int) -> None:
    sam.do(deliver("RK1_DDF1"))
    assert sam.send(cipher(p1, bytes(32))).sw == 0x6A86


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("hash", "6700 6A80 6A86 6E00"),
        ("sign", "6700 6982 6985 6A81 6A86 6A88"),
        ("verify_signature", "6300 6700 6985 6A80 6A86 6A88"),
        ("generate_key_pair", "6700 6982 6985 6A81 6A86"),
        ("read_public_key", "6700 6985 6A86 6A88"),
        ("z_value", "6700 6985 6A80 6A86 6A88"),
    ],
)
def test_the_status_words_are_declared_in_both_languages(command: str, words: str) -> None:
    declared = cb.profile("sam").statuses[command]
    for word in words.split():
        meaning = declared[int(word, 16)]
        assert meaning.english.isascii()
        assert not meaning.chinese.isascii()
