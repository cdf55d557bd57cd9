"""What programs of the field refuse before any key is used: reset, selects, records."""

from __future__ import annotations

import pytest
from field_reset import ats_of, factor_of_atr, factor_of_ats, historical_bytes
from field_script import (
    ATS,
    CONTACTLESS_ATR,
    DDF1_FCI,
    SELECT_DDF1,
    SELECT_DF01,
    SELECT_EF05,
    TAG_57,
    Family,
    scripted,
)
from field_terminal import LibraryLZ, MiddlewareD79, MiddlewareMHC, TerminalRejects

# --- reset ---


@pytest.mark.parametrize(
    "reset",
    [CONTACTLESS_ATR, ATS, "3B78111111" + ATS[10:], "3B680000" + ATS[10:], "3B88800100A1A1A10000000128"],
)
def test_mhc_takes_the_card_factor_behind_the_shim(reset: str) -> None:
    assert factor_of_ats(ats_of(bytes.fromhex(reset))).hex().upper() == "00A1A1A100000001"


@pytest.mark.parametrize("reset", [CONTACTLESS_ATR, "3B680000" + ATS[10:]])
def test_lz_takes_bytes_four_to_eleven(reset: str) -> None:
    assert factor_of_atr(bytes.fromhex(reset)).hex().upper() == "00A1A1A100000001"


def test_historical_bytes_behind_chained_interface_bytes() -> None:
    assert historical_bytes(bytes.fromhex("3BF81300008131FE4501020304050607089A")) == bytes(range(1, 9))
    assert historical_bytes(bytes.fromhex("3B00")) == b""


@pytest.mark.parametrize("family", [MiddlewareMHC, LibraryLZ])
def test_short_reset_answer_is_refused(family: Family) -> None:
    with pytest.raises(TerminalRejects, match=r"reset answer|shorter"):
        scripted(family, reset="3B8480010102030400").power_on()


# --- power on ---


def test_mhc_power_on() -> None:
    card = ((SELECT_DDF1, DDF1_FCI), (SELECT_EF05, "9000"), TAG_57)
    terminal = scripted(card=card, reset=CONTACTLESS_ATR)
    terminal.power_on()
    assert terminal.card_factor.hex().upper() == "00A1A1A100000001"
    assert terminal.city_factor.hex() == "3231303030303030"
    assert terminal.proven == {"02": 1, "04": 1, "05": 1}
    assert terminal.tolerated == []


def test_d79_does_not_look_at_the_status_of_3f00() -> None:
    card = (("00A40000023F00", "6A82"), (SELECT_DDF1, "9000"), (SELECT_EF05, "9000"), TAG_57)
    terminal = scripted(MiddlewareD79, card)
    terminal.power_on()
    assert "01" not in terminal.proven
    assert [note.row_id for note in terminal.tolerated] == ["01"]


def test_caller_may_give_the_city_code() -> None:
    terminal = scripted()
    assert isinstance(terminal, MiddlewareMHC)
    terminal.power_on("130185")
    assert terminal.city_factor == b"13000000"


def test_lz_power_on_reads_the_whole_record() -> None:
    card = (
        ("00A40000023F00", "9000"),
        (SELECT_DDF1, "6112"),
        ("00C0000012", DDF1_FCI),
        (SELECT_EF05, "9000"),
        ("00B2390000", "6C05"),
        ("00B2390005", "39032100009000"),
    )
    terminal = scripted(LibraryLZ, card, reset=CONTACTLESS_ATR)
    terminal.power_on()
    assert terminal.city_factor == b"21000000"


def test_lz_refuses_a_card_without_3f00() -> None:
    with pytest.raises(TerminalRejects) as caught:
        scripted(LibraryLZ, (("00A40000023F00", "6A82"),), reset=CONTACTLESS_ATR).power_on()
    assert (caught.value.row_id, caught.value.response_hex) == ("01", "6A82")


# --- select ---


def test_61xx_is_accepted_for_the_first_select_of_a_chain_only() -> None:
    terminal = scripted(card=((SELECT_DDF1, "6112"), (SELECT_DF01, "610A")))
    with pytest.raises(TerminalRejects) as caught:
        terminal.open("DF01", "EF05")
    assert (caught.value.row_id, caught.value.apdu_hex, caught.value.response_hex) == (
        "03",
        SELECT_DF01,
        "610A",
    )


def test_61xx_on_the_select_of_an_ef_is_refused() -> None:
    terminal = scripted(card=((SELECT_DDF1, DDF1_FCI), (SELECT_EF05, "6109")))
    with pytest.raises(TerminalRejects, match="row 04: status must be 9000"):
        terminal.open("DDF1", "EF05")


def test_a_contact_shim_resolves_61xx_on_the_user_slot() -> None:
    card = (
        (SELECT_DDF1, "6112"),
        ("00C0000012", DDF1_FCI),
        (SELECT_DF01, "610A"),
        ("00C000000A", "6F0884069156000132009000"),
        (SELECT_EF05, "9000"),
    )
    terminal = scripted(card=card, resolve_61xx=True)
    terminal.open("DF01", "EF05")
    assert terminal.proven == {"02": 1, "03": 1, "04": 1}


def test_data_on_the_select_of_an_ef_is_noted() -> None:
    terminal = scripted(card=((SELECT_DDF1, "9000"), (SELECT_EF05, "6F009000")))
    terminal.open("DDF1", "EF05")
    assert [note.why for note in terminal.tolerated] == ["data where none is expected"]


def test_an_empty_answer_is_refused() -> None:
    with pytest.raises(TerminalRejects, match="no answer"):
        scripted(card=((SELECT_DDF1, ""),)).open("DDF1", "EF05")


# --- records ---


def test_tag_57_must_answer() -> None:
    card = ((SELECT_DDF1, "9000"), (SELECT_EF05, "9000"), ("00B2390005", "6982"))
    with pytest.raises(TerminalRejects, match="row 05"):
        scripted(card=card).power_on()


def test_short_record_is_refused() -> None:
    card = ((SELECT_DDF1, "9000"), (SELECT_EF05, "9000"), ("00B2390005", "390221009000"))
    with pytest.raises(TerminalRejects, match="5 data bytes wanted, 4 came"):
        scripted(card=card).power_on()


def test_mhc_swallows_a_missing_record_and_a_wrong_tag() -> None:
    lengths = {"02": 6, "03": 32, "04": 13, "05": 182, "06": 6, "08": 20, "09": 5, "0A": 12, "39": 5}
    answers = [("00B2010003", "6A83")]
    for tag, length in lengths.items():
        answered = "07" if tag == "06" else tag
        answers.append(
            (f"00B2{tag}00{length:02X}", f"{answered}{length - 2:02X}" + "11" * (length - 2) + "9000")
        )
    terminal = scripted(card=((SELECT_DDF1, "9000"), (SELECT_EF05, "9000"), *answers))
    assert isinstance(terminal, MiddlewareMHC)
    assert sorted(terminal.read_public_file()) == [2, 3, 4, 5, 6, 8, 9, 0x0A, 0x39]
    assert [(note.row_id, note.apdu_hex) for note in terminal.tolerated] == [
        ("05", "00B2010003"),
        ("05", "00B2060006"),
    ]


@pytest.mark.parametrize(
    ("response", "why"),
    [("38032100009000", "tag 39"), ("39042100009000", "length byte"), ("6A83", "status must be 9000")],
)
def test_lz_checks_tag_and_length_and_stops_at_a_failure(response: str, why: str) -> None:
    card = (
        ("00A40000023F00", "9000"),
        (SELECT_DDF1, "9000"),
        (SELECT_EF05, "9000"),
        ("00B2390000", response),
    )
    with pytest.raises(TerminalRejects, match=why):
        scripted(LibraryLZ, card, reset=CONTACTLESS_ATR).power_on()
