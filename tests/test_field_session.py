"""What programs of the field refuse once keys are used: authentication, secure messaging, the SAM."""

from __future__ import annotations

import pytest
from field_script import (
    CHALLENGE,
    DERIVE_RK1_DDF1,
    ENCIPHER,
    ENCIPHERED,
    READ_AUTHENTICATION,
    SELECT_DF01,
    over_toys,
    scripted,
)
from field_terminal import LibraryLZ, MiddlewareD79, MiddlewareMHC, TerminalRejects
from field_toy import ToyCard, ToySam

# --- authentication ---


def test_read_authentication_gives_the_command_of_the_vector() -> None:
    sam = (DERIVE_RK1_DDF1, (ENCIPHER, "6110"), ("00C0000010", ENCIPHERED + "9000"))
    terminal = scripted(card=(CHALLENGE, (READ_AUTHENTICATION, "9000")), sam=sam)
    terminal.read_authentication("DDF1")
    assert terminal.proven == {"08": 1, "32": 1, "33": 1, "36": 1, "09": 1}


@pytest.mark.parametrize("answer", [ENCIPHERED + "9000", "6108", "6111", "9000", "6985"])
def test_mhc_wants_6110_after_the_cipher_of_an_authentication(answer: str) -> None:
    terminal = scripted(card=(CHALLENGE,), sam=(DERIVE_RK1_DDF1, (ENCIPHER, answer)))
    with pytest.raises(TerminalRejects, match="row 33: status must be 6110") as caught:
        terminal.read_authentication("DDF1")
    assert caught.value.response_hex == answer


def test_update_authentication_draws_two_challenges_and_the_last_counts() -> None:
    sam = (
        ("80DE272A1000A1A1A100000001A0A1A2A3A4A5A6A7", "9000"),
        ("80FA000010" + "B0B1B2B3B4B5B6B7" + "00" * 8, "6110"),
        ("00C0000010", "0102030405060708" + "1010101010101010" + "9000"),
    )
    command = "0082000511" + "1112131415161718" + "B0B1B2B3B4B5B6B7" + "01"
    terminal = scripted(card=(("0084000008", "B0B1B2B3B4B5B6B79000"), CHALLENGE, (command, "9000")), sam=sam)
    terminal.update_authentication("DDF1")
    assert terminal.proven["08"] == 2


def test_lz_takes_a_direct_answer_and_sends_zero_terminal_data() -> None:
    sam = (DERIVE_RK1_DDF1, ("80FA000010" + "00" * 16, "01" * 8 + "10" * 8 + "9000"))
    command = "0082000411" + "11" * 8 + "00" * 8 + "01"
    scripted(LibraryLZ, card=(CHALLENGE, (command, "9000")), sam=sam).read_authentication("DDF1")


@pytest.mark.parametrize("status", ["63CE", "6A88", "6983", "9001"])
def test_every_other_status_of_0082_is_an_error(status: str) -> None:
    sam = (DERIVE_RK1_DDF1, (ENCIPHER, "6110"), ("00C0000010", ENCIPHERED + "9000"))
    terminal = scripted(card=(CHALLENGE, (READ_AUTHENTICATION, status)), sam=sam)
    with pytest.raises(TerminalRejects, match="row 09") as caught:
        terminal.read_authentication("DDF1")
    assert caught.value.response_hex == status


def test_lz_refuses_a_card_that_cannot_prove_itself() -> None:
    card, sam = ToyCard(), ToySam()
    terminal = over_toys(LibraryLZ, card, sam)
    assert isinstance(terminal, LibraryLZ)
    terminal.power_on()
    terminal.sam_start("123456")
    card.factor = bytes(8)
    with pytest.raises(TerminalRejects, match="cryptogram of the card is wrong"):
        terminal.internal_authentication(bytes(8))


# --- secure messaging ---

STK_DDF1 = ("80DE28021000A1A1A100000001A0A1A2A3A4A5A6A7", "9000")
CIPHER = "25572BF084A557C39D01D7F08C18D009"
SM_CIPHER = ("80FA000010" + "06060420260102" + "80" + "00" * 8, "6110")
SM_MAC = "80FA050030" + "00" * 16 + "04DC060414" + CIPHER + "80" + "00" * 10


def test_secure_update_gives_the_command_of_the_vector() -> None:
    sam = (STK_DDF1, SM_CIPHER, ("00C0000010", CIPHER + "9000"), STK_DDF1, (SM_MAC, "6104"))
    terminal = scripted(card=(CHALLENGE,), sam=(*sam, ("00C0000004", "54EDF16C9000")))
    assert isinstance(terminal, MiddlewareMHC)
    command = terminal.secure_update(6, 4, "DDF1", bytes.fromhex("060420260102"))
    assert command.hex().upper() == "04DC06041425572BF084A557C39D01D7F08C18D00954EDF16C"


@pytest.mark.parametrize("answer", ["54EDF16C9000", "6108", "9000"])
def test_mhc_wants_6104_after_a_mac(answer: str) -> None:
    sam = (STK_DDF1, SM_CIPHER, ("00C0000010", CIPHER + "9000"), STK_DDF1, (SM_MAC, answer))
    terminal = scripted(card=(CHALLENGE,), sam=sam)
    assert isinstance(terminal, MiddlewareMHC)
    with pytest.raises(TerminalRejects, match="row 35: status must be 6104"):
        terminal.secure_update(6, 4, "DDF1", bytes.fromhex("060420260102"))


def test_index_command_asks_the_sam_for_a_mac_over_the_header() -> None:
    derive = "80DE48051800A1A1A1000000013231303030303030A0A1A2A3A4A5A6A7"
    mac_command = "80FA050020" + "00" * 16 + "84D2010404" + "80" + "00" * 10
    sam = ((derive, "9000"), (mac_command, "6104"), ("00C0000004", "DFE03EE59000"))
    terminal = scripted(card=(CHALLENGE,), sam=sam)
    assert isinstance(terminal, MiddlewareMHC)
    assert terminal.index_mac(0xD2, 1).hex().upper() == "84D2010404DFE03EE5"


# --- SAM ---


def test_start_sequences() -> None:
    verify, df01, mf = ("0020000003123456", "9000"), (SELECT_DF01, "6114"), ("00A40000023F00", "6109")
    scripted(MiddlewareMHC, sam=(df01, mf, verify, df01)).sam_start("123456")
    scripted(MiddlewareD79, sam=(verify, df01)).sam_start("123456")
    followed = (mf, ("00C0000009", "00" * 9 + "9000"), df01, ("00C0000014", "00" * 20 + "9000"), verify)
    terminal = scripted(LibraryLZ, sam=followed)
    terminal.sam_start("123456")
    assert terminal.proven["36"] == 2


def test_odd_pin() -> None:
    scripted(MiddlewareD79, sam=(("00200000021234", "9000"), (SELECT_DF01, "9000"))).sam_start("12345")
    sam = (("00A40000023F00", "9000"), (SELECT_DF01, "9000"), ("002000000312345F", "9000"))
    scripted(LibraryLZ, sam=sam).sam_start("12345")


def test_wrong_pin_is_refused_and_not_shown() -> None:
    with pytest.raises(TerminalRejects) as caught:
        scripted(MiddlewareD79, sam=(("0020000003123456", "63C9"),)).sam_start("123456")
    assert (caught.value.row_id, caught.value.apdu_hex) == ("30", "0020000003..")
    assert "123456" not in str(caught.value)


@pytest.mark.parametrize("answer", ["610E", "0102039000", "6982"])
def test_info_file_must_come_directly_and_whole(answer: str) -> None:
    sam = (("00A40000023F00", "6109"), ("00A40000020015", "6100"), ("00B000000E", answer))
    terminal = scripted(sam=sam)
    assert isinstance(terminal, MiddlewareMHC)
    with pytest.raises(TerminalRejects, match="row 28"):
        terminal.sam_info("public")
