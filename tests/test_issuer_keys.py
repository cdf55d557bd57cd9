"""Keys of the published test custodian against formulas written down a second time."""

from datetime import date

import field_oracle as oracle
import pytest
from cryptography.hazmat.primitives import hashes

from card_os.crypto import sm2
from card_os.spec import loader
from issuer.keys.certificates import EXCHANGE_KEY, LIST_KEY
from issuer.keys.custodian import CardFactors, EnvelopeError, KeyRef, KeyUseError, UnknownKeyError
from issuer.keys.test_custodian import PublishedKeysError, PublishedTestCustodian, published_transport_key

CARD = bytes.fromhex("00A1A1A100000001")
PROVINCE = b"21000000"
CHALLENGE = bytes.fromhex("A0A1A2A3A4A5A6A7")
RANDOM = bytes.fromhex("1122334455667788")
FACTORS = CardFactors(CARD, PROVINCE)
CUSTODIAN = PublishedTestCustodian()
KEYS = loader.load("health_card").keys
ISSUED = [key for key in KEYS.values() if key.name != "KT_MF"]


def root(name, version=1):
    digest = hashes.Hash(hashes.SM3())
    digest.update(b"residents-health-card test root " + name.encode() + b" v" + str(version).encode())
    return digest.finalize()[:16]


def card_key(name, version=1):
    # national and province keys descend alike; they differ in who holds the middle of the way
    return oracle.diversify(oracle.diversify(root(name, version), PROVINCE), CARD)


def transport_session(factor=CARD):
    return oracle.session_key(oracle.diversify(root("KT_MF"), factor), CHALLENGE)


def unwrapped(body, kid):
    cipher, mac = body[:-4], body[-4:]
    assert mac == oracle.mac(transport_session(), bytes((0x84, 0xD4, 0x01, kid, len(body))) + cipher)
    plain = oracle.decrypt(transport_session(), cipher)
    assert plain[0] == 21
    return plain[1:22]


@pytest.mark.parametrize("key", ISSUED, ids=lambda key: key.name)
def test_a_card_gets_each_version_of_each_key(key):
    kind = {"STK": 0x36, "STM": 0x36, "IRK": 0x34}.get(key.name[:3], 0x39)
    for version in range(1, key.versions + 1):
        body = CUSTODIAN.wrap_for_card(KeyRef(key.name, version), FACTORS, CHALLENGE)
        record = unwrapped(body, key.reference)
        assert record[:5] == bytes((kind, 0x00, 0xFF, version, key.tries))
        assert record[5:] == card_key(key.name, version)


# typed from the table of commands_and_crypto 2.5: id, usage byte, whether the province holds it
@pytest.mark.parametrize(
    ("name", "kid", "usage", "province"),
    [
        ("IRK_DDF1", 0x01, 0x47, False),
        ("STK_DDF1", 0x02, 0x28, True),
        ("STK_DF02", 0x04, 0x48, False),
        ("UK1_DDF1", 0x0A, 0x27, True),
        ("RK1_DF03", 0x14, 0x47, False),
        ("STM_MF", 0x16, 0x28, True),
    ],
)
def test_a_sam_gets_national_roots_and_province_keys(name, kid, usage, province):
    record = unwrapped(CUSTODIAN.wrap_for_sam(KeyRef(name), FACTORS, CHALLENGE), kid)
    assert record[:5] == bytes((usage, 0x00, 0xFF, 0x01, 0x00))
    assert record[5:] == (oracle.diversify(root(name), PROVINCE) if province else root(name))


def test_what_goes_out_of_the_custodian():
    read = oracle.session_key(card_key("RK1_DDF1"), CHALLENGE)
    value = CUSTODIAN.authentication_value(KeyRef("RK1_DDF1"), FACTORS, CHALLENGE, RANDOM)
    assert value == oracle.authentication_value(read, RANDOM)
    session = oracle.session_key(card_key("STK_DF03"), CHALLENGE)
    header, record = bytes.fromhex("04DC0204"), bytes.fromhex("2A0101")
    body = CUSTODIAN.protect(KeyRef("STK_DF03"), FACTORS, CHALLENGE, header, record)
    assert header + bytes((len(body),)) + body == oracle.secure_update(session, 2, 4, record)
    mac = CUSTODIAN.mac(KeyRef("STK_DF03"), FACTORS, CHALLENGE, bytes.fromhex("84D20104"))
    assert bytes.fromhex("84D2010404") + mac == oracle.index_command(session, 0xD2, 1)
    assert CUSTODIAN.check_value("UK1_DF01", 4) == oracle.encrypt(root("UK1_DF01", 4), bytes(16))[:3]


def test_a_blank_card_has_the_published_transport_key():
    assert published_transport_key(CARD) == oracle.diversify(root("KT_MF"), CARD)
    value = CUSTODIAN.authentication_value(KeyRef("KT_MF"), FACTORS, CHALLENGE, RANDOM)
    assert value == oracle.authentication_value(transport_session(), RANDOM)


def test_the_security_code_is_a_decimalised_mac():
    chained = bytes(16)
    message = b"11010119000315007X" + b"20360102" + b"1" + b"\x80"
    message += bytes(-len(message) % 16)
    for at in range(0, len(message), 16):
        mixed = bytes(a ^ b for a, b in zip(chained, message[at : at + 16], strict=True))
        chained = oracle.encrypt(root("CVN"), mixed)
    text = chained.hex()
    digits = [c for c in text if c in "0123456789"] + [str("abcdef".index(c)) for c in text if c in "abcdef"]
    code = CUSTODIAN.security_code("11010119000315007X", date(2036, 1, 2), "1")
    assert code == "".join(digits[:3])
    assert len(code) == 3
    assert code.isdigit()


def test_a_card_number_in_chinese_has_a_security_code_too():
    code = CUSTODIAN.security_code("示字第000123号", date(2036, 1, 2), "1")
    assert len(code) == 3
    assert code.isdigit()


@pytest.mark.parametrize("environment", ["PROD", "", "test"])
def test_published_keys_serve_the_test_environment_only(environment):
    with pytest.raises(PublishedKeysError, match="TEST only"):
        PublishedTestCustodian(environment)


def test_there_is_no_way_to_ask_for_a_key():
    public = {name for name in dir(CUSTODIAN) if not name.startswith("_")}
    assert public == {
        "environment", "check_value", "authentication_value", "protect", "mac", "wrap_for_card",
        "wrap_for_sam", "security_code", "sign", "public_key", "open_envelope", "seal", "unseal",
        "keyed_digest", "level",
    }  # fmt: skip
    stored = [value for value in vars(CUSTODIAN).values() if isinstance(value, bytes)]
    assert stored == []


@pytest.mark.parametrize(("name", "version"), [("UK1_DDF1", 5), ("UK1_DDF1", 0), ("STK_DDF1", 2), ("XK", 1)])
def test_unknown_keys_are_refused(name, version):
    with pytest.raises(UnknownKeyError, match=name):
        CUSTODIAN.check_value(name, version)
    with pytest.raises(UnknownKeyError, match=name):
        CUSTODIAN.wrap_for_card(KeyRef(name, version), FACTORS, CHALLENGE)


def test_one_key_has_one_purpose():
    with pytest.raises(KeyUseError, match="STK_DDF1: not a key for authentication"):
        CUSTODIAN.authentication_value(KeyRef("STK_DDF1"), FACTORS, CHALLENGE, RANDOM)
    with pytest.raises(KeyUseError, match="RK1_DDF1: not a key for secure messaging"):
        CUSTODIAN.protect(KeyRef("RK1_DDF1"), FACTORS, CHALLENGE, bytes(4), b"\x00")
    for wrap in (CUSTODIAN.wrap_for_card, CUSTODIAN.wrap_for_sam):
        with pytest.raises(KeyUseError, match="KT_MF"):
            wrap(KeyRef("KT_MF"), FACTORS, CHALLENGE)


@pytest.mark.skipif(not sm2.available(), reason="gmssl-pyx is not installed")
def test_an_envelope_opens_for_its_receiver_only():
    envelope = sm2.encrypt(CUSTODIAN.public_key(EXCHANGE_KEY), RANDOM)
    assert CUSTODIAN.open_envelope(EXCHANGE_KEY, envelope) == RANDOM
    with pytest.raises(EnvelopeError, match="another receiver"):
        CUSTODIAN.open_envelope(EXCHANGE_KEY, sm2.encrypt(CUSTODIAN.public_key(LIST_KEY), RANDOM))
    with pytest.raises(KeyUseError, match="SM2_LIST: not a key for envelopes"):
        CUSTODIAN.open_envelope(LIST_KEY, envelope)
    with pytest.raises(UnknownKeyError):
        CUSTODIAN.open_envelope(KeyRef("UK1_DDF1"), envelope)
