"""The certificates of 2.6 against bytes that were typed by hand."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import date

import field_sm2
import pytest
from card_bench import profile

from card_os.crypto import sm2
from card_os.crypto.sm3 import sm3
from card_os.spec.certificate import (
    Certificate,
    CertificateError,
    CertificateKind,
    layout,
    published_test_trust,
)
from issuer.keys.certificates import ISSUER_KEY, ROOT_ID, ROOT_KEY, Holder, issuer_certificate
from issuer.keys.custodian import KeyRef, UnknownKeyError
from issuer.keys.test_custodian import PublishedTestCustodian

needs_library = pytest.mark.skipif(not sm2.available(), reason="gmssl-pyx is not installed")
# the published example key of GM/T 0003.5 signs for the example key 2G; all of it typed from 2.6
SIGNER = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
SIGNER_KEY = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
TWO_G = (
    "56CEFD60D7C87C000D58EF57FA73BA4D9C0DFA08C08A7331495C2E1DA3F2BD52"
    "31B7E7E6CC8189F668535CE0F8EAF1BD6DE84C182F6C8E716F780D3A970A23C3"
)
HEAD = {
    CertificateKind.SAM: "01 02 11000000001FFFFF 2200000000000001 7FFFFFFFFFFFFFFF 20260102 20351231 0001",
    CertificateKind.ISSUER: "01 01 0000000000000001 11000000001FFFFF 0123FFFFFFFFFFFF 20260102 20351231 0001",
}
FILLER = "00" * 16
SAM_SERIAL = "53303030303030310000"  # S0000001
TO_BE_SIGNED = {
    CertificateKind.SAM: bytes.fromhex(HEAD[CertificateKind.SAM] + TWO_G + FILLER + SAM_SERIAL),
    CertificateKind.ISSUER: bytes.fromhex(HEAD[CertificateKind.ISSUER] + TWO_G + FILLER),
}
VALUES = {
    CertificateKind.SAM: Certificate(
        CertificateKind.SAM, "11000000001", "2200000000000001", "7",
        date(2026, 1, 2), date(2035, 12, 31), bytes.fromhex(TWO_G), "S0000001",
    ),
    CertificateKind.ISSUER: Certificate(
        CertificateKind.ISSUER, "0000000000000001", "11000000001", "0123",
        date(2026, 1, 2), date(2035, 12, 31), bytes.fromhex(TWO_G),
    ),
}  # fmt: skip
KINDS = list(CertificateKind)


def signed_by_hand(kind: CertificateKind) -> bytes:
    """The whole certificate; digest and signature by the second opinion, with a nonce of its own."""
    signer = int.from_bytes(SIGNER_KEY[:32], "big"), int.from_bytes(SIGNER_KEY[32:], "big")
    digest = field_sm2.message_digest(signer, TO_BE_SIGNED[kind])
    r, s = field_sm2.sign_digest(SIGNER, digest, 987654321)
    return TO_BE_SIGNED[kind] + r.to_bytes(32, "big") + s.to_bytes(32, "big")


@pytest.mark.parametrize(("kind", "length"), [(CertificateKind.ISSUER, 180), (CertificateKind.SAM, 190)])
def test_lengths_are_those_of_the_files(kind: CertificateKind, length: int) -> None:
    assert kind.length == len(signed_by_hand(kind)) == length
    sam, card = profile("sam").items, profile().items
    if kind is CertificateKind.SAM:
        lengths = {item.length for name, item in {**sam, **card}.items() if name.endswith("sam_certificate")}
    else:
        lengths = {sam["sam_issuer_certificate"].length, card["issuer_certificate"].length}
    assert lengths == {length}


@pytest.mark.parametrize("kind", KINDS)
def test_the_typed_vector_is_read_and_written(kind: CertificateKind) -> None:
    raw = signed_by_hand(kind)
    certificate = Certificate.parse(raw)
    assert certificate == replace(VALUES[kind], signature=raw[-64:])
    assert certificate.to_be_signed() == TO_BE_SIGNED[kind]
    assert certificate.to_bytes() == raw
    assert certificate.verify(SIGNER_KEY)


@pytest.mark.parametrize("kind", KINDS)
def test_every_byte_is_guarded(kind: CertificateKind) -> None:
    raw = signed_by_hand(kind)
    for at in range(len(raw)):
        changed = bytearray(raw)
        changed[at] ^= 0x01
        try:
            certificate = Certificate.parse(bytes(changed))
        except CertificateError:
            continue
        assert not certificate.verify(SIGNER_KEY), f"byte {at}"


@pytest.mark.parametrize(
    ("at", "value", "field"),
    [
        (0, "02", "format"),
        (1, "01", "type"),
        (1, "03", "type"),
        (2, "FF", "issuer_id"),
        (2, "A1", "issuer_id"),
        (10, "FF", "subject_id"),
        (18, "FF", "serial"),
        (26, "20261301", "start_date"),
        (26, "FFFFFFFF", "start_date"),
        (30, "20250101", "end_date"),
        (34, "0002", "algorithm"),
        (36, "00" * 64, "public_key"),
        (100, "01", "filler"),
        (115, "01", "filler"),
        (116, "00", "sam_serial"),
        (116, "FF", "sam_serial"),
        (125, "01", "sam_serial"),
    ],
)
def test_malformed_bytes(at: int, value: str, field: str) -> None:
    raw = bytearray(signed_by_hand(CertificateKind.SAM))
    raw[at : at + len(value) // 2] = bytes.fromhex(value)
    with pytest.raises(CertificateError) as refused:
        Certificate.parse(bytes(raw))
    assert refused.value.fields == {"field": field}
    assert str(refused.value) == f"certificate: {field} is wrong"


@pytest.mark.parametrize("length", [0, 1, 179, 181, 189, 191, 255])
def test_other_lengths(length: int) -> None:
    with pytest.raises(CertificateError, match="length"):
        Certificate.parse(bytes(length))


@pytest.mark.parametrize("blank", [bytes(180), bytes(190), b"\xff" * 180, b"\xff" * 190])
def test_an_empty_file_is_no_certificate(blank: bytes) -> None:
    with pytest.raises(CertificateError):
        Certificate.parse(blank)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"issuer_id": "12345678901234567"}, "issuer_id"),
        ({"subject_id": "1A"}, "subject_id"),
        ({"serial": ""}, "serial"),
        ({"end": date(2026, 1, 1)}, "end_date"),
        ({"public_key": bytes(64)}, "public_key"),
        ({"public_key": b""}, "public_key"),
        ({"signature": bytes(63)}, "signature"),
        ({"sam_serial": ""}, "sam_serial"),
        ({"sam_serial": "12345678901"}, "sam_serial"),
        ({"sam_serial": "一"}, "sam_serial"),
        ({"kind": CertificateKind.ISSUER}, "sam_serial"),
    ],
)
def test_values_that_no_certificate_holds(change: dict[str, object], field: str) -> None:
    with pytest.raises(CertificateError, match=field):
        replace(VALUES[CertificateKind.SAM], **change)


def test_another_signer_does_not_do() -> None:
    certificate = Certificate.parse(signed_by_hand(CertificateKind.SAM))
    assert not certificate.verify(bytes.fromhex(TWO_G))
    assert not certificate.verify(bytes(64))
    assert not certificate.verify(b"")


def test_a_certificate_is_a_value() -> None:
    with pytest.raises(FrozenInstanceError):
        VALUES[CertificateKind.SAM].serial = "8"  # type: ignore[misc]


def test_both_layouts_share_their_fields() -> None:
    sam, issuer = layout(CertificateKind.SAM), layout(CertificateKind.ISSUER)
    assert [name for name in sam if name != "sam_serial"] == list(issuer)
    assert list(sam)[-2:] == ["sam_serial", "signature"]


# --- the published test keys ----------------------------------------------------------------------------


def test_the_published_root_is_the_one_that_the_custodian_has() -> None:
    custodian = PublishedTestCustodian()
    assert published_test_trust() == {ROOT_ID: custodian.public_key(ROOT_KEY)}
    assert custodian.public_key(ISSUER_KEY) != custodian.public_key(ROOT_KEY)


@pytest.mark.parametrize("key", [KeyRef("SM2_ROOT", 2), KeyRef("RK1_DDF1"), KeyRef("CVN"), KeyRef("")])
def test_only_signing_keys_sign(key: KeyRef) -> None:
    custodian = PublishedTestCustodian()
    with pytest.raises(UnknownKeyError):
        custodian.sign(key, bytes(32))
    with pytest.raises(UnknownKeyError):
        custodian.public_key(key)


def test_the_check_value_of_a_key_pair_is_that_of_its_public_key() -> None:
    custodian = PublishedTestCustodian()
    assert custodian.check_value("SM2_ROOT", 1) == sm3(custodian.public_key(ROOT_KEY))[:3]
    with pytest.raises(UnknownKeyError):
        custodian.check_value("SM2_ROOT", 2)


@needs_library
def test_the_test_root_signs_an_issuer() -> None:
    holder = Holder("11000000001", "1", date(2026, 1, 1), date(2030, 1, 1))
    certificate = issuer_certificate(PublishedTestCustodian(), holder)
    assert certificate.verify(published_test_trust()[certificate.issuer_id])
    assert Certificate.parse(certificate.to_bytes()) == certificate
