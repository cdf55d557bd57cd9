"""The bytes that go to a SAM, against vectors that were typed independently.

# spec: commands_and_crypto 3.7, terminal_interface 6, 7
"""

from __future__ import annotations

import pytest
from reader_cards import Scripted

from card_os.spec.loader import load
from reader_client.errors import KeyNotHeldError, PinBlockedError, PinError, PinFormatError, RightMissingError
from reader_client.sam import CardFactors, SamSession

CHALLENGE = bytes.fromhex("A0A1A2A3A4A5A6A7")
FACTORS = CardFactors(bytes.fromhex("00A1A1A100000001"), b"21000000")
KEYS = load("health_card").keys
# the control information that waits is not fetched
OPEN = [("00A40000023F00", "6109"), ("00A4000002DF01", "6102")]
CARD, CITY, INPUT = "00A1A1A100000001", "3231303030303030", "A0A1A2A3A4A5A6A7"
ZEROS = "00" * 16


def sam(*pairs: tuple[str, str]) -> tuple[SamSession, Scripted]:
    channel = Scripted([*OPEN, *pairs])
    session = SamSession(channel)
    session.open()
    return session, channel


def test_read_authentication() -> None:
    session, channel = sam(
        (f"80DE473118 {CARD} {CITY} {INPUT}", "9000"),
        ("80FA000010 1122334455667788 0000000000000000", "6110"),
        ("00C0000010", "3035F8DAC3F4EEACCDDEEC5C84162ED49000"),
    )
    value = session.authentication_value(
        KEYS["RK1_DDF1"], FACTORS, CHALLENGE, bytes.fromhex("1122334455667788")
    )
    assert value.hex().upper() == "FDEB148647E2C078"
    channel.close()


def test_enciphered_record_of_a_province_key() -> None:
    derive = (f"80DE280210 {CARD} {INPUT}", "9000")
    cryptogram = "25572BF084A557C39D01D7F08C18D009"
    session, channel = sam(
        derive,
        ("80FA000010 06 06 04 20260102 80 0000000000000000", "6110"),
        ("00C0000010", cryptogram + "9000"),
        derive,
        (f"80FA050030 {ZEROS} 04DC060414 {cryptogram} 8000000000000000000000", "6104"),
        ("00C0000004", "54EDF16C9000"),
    )
    header, record = bytes.fromhex("04DC0604"), bytes.fromhex("060420260102")
    protected = session.protect(KEYS["STK_DDF1"], FACTORS, CHALLENGE, header, record)
    assert protected.hex().upper() == cryptogram + "54EDF16C"
    channel.close()


@pytest.mark.parametrize(("header", "mac"), [("84D20104", "DFE03EE5"), ("840C0104", "49937168")])
def test_mac_of_a_header(header: str, mac: str) -> None:
    session, channel = sam(
        (f"80DE480518 {CARD} {CITY} {INPUT}", "9000"),
        (f"80FA050020 {ZEROS} {header}04 8000000000000000000000", "6104"),
        ("00C0000004", mac + "9000"),
    )
    assert session.mac(KEYS["STK_DF03"], FACTORS, CHALLENGE, bytes.fromhex(header)).hex().upper() == mac
    channel.close()


@pytest.mark.parametrize(("pin", "body"), [("1234", "021234"), ("123456", "03123456"), ("12345", "0312345F")])
def test_pin_digits_are_packed(pin: str, body: str) -> None:
    session, channel = sam((f"00200000{body}", "9000"))
    session.verify_pin(pin)
    channel.close()


def test_change_of_pin() -> None:
    session, channel = sam(("805E010007 123456 FF 654321", "9000"))
    session.change_pin("123456", "654321")
    channel.close()


def test_wrong_pin_tells_the_tries() -> None:
    session, _ = sam(("002000000 3999999".replace(" ", ""), "63C9"), ("0020000003999999", "6983"))
    with pytest.raises(PinError, match="9 tries") as caught:
        session.verify_pin("999999")
    assert caught.value.tries_left == 9
    with pytest.raises(PinBlockedError):
        session.verify_pin("999999")


@pytest.mark.parametrize("pin", ["", "123", "12a4", "1234567890123", "١٢٣٤"])
def test_a_pin_that_no_sam_takes_is_not_sent(pin: str) -> None:
    session, channel = sam()
    with pytest.raises(PinFormatError):
        session.verify_pin(pin)
    channel.close()


def test_a_key_that_the_sam_lacks_and_a_pin_that_is_missing() -> None:
    command = f"80DE273010 {CARD} {INPUT}"
    session, _ = sam((command, "6A88"), (command, "6982"))
    with pytest.raises(KeyNotHeldError, match="UK2_DF03"):
        session.authentication_value(KEYS["UK2_DF03"], FACTORS, CHALLENGE, bytes(8))
    with pytest.raises(RightMissingError, match="PIN has not been verified"):
        session.authentication_value(KEYS["UK2_DF03"], FACTORS, CHALLENGE, bytes(8))


def test_a_sam_that_has_lost_its_pin_gets_it_again_once() -> None:
    derive = f"80DE273010 {CARD} {INPUT}"
    verify = "0020000003123456"
    session, channel = sam(
        (verify, "9000"),
        (derive, "6982"),
        (verify, "9000"),
        (derive, "9000"),
        ("80FA000010" + "00" * 16, "6110"),
        ("00C0000010", "00" * 16 + "9000"),
        (derive, "6982"),
        (verify, "63C9"),
        (derive, "6982"),
    )
    session.verify_pin("123456")
    session.authentication_value(KEYS["UK2_DF03"], FACTORS, CHALLENGE, bytes(8))
    with pytest.raises(PinError, match="9 tries"):
        session.authentication_value(KEYS["UK2_DF03"], FACTORS, CHALLENGE, bytes(8))
    # the PIN has become wrong: no second try is spent on it
    with pytest.raises(RightMissingError):
        session.authentication_value(KEYS["UK2_DF03"], FACTORS, CHALLENGE, bytes(8))
    channel.close()
