"""The standard interface of the field as a C library: a C program reads and writes a card through PC/SC.

What the program prints is compared with what the reader client reads from the same card.
"""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from reader_cards import issued_card, sam_card
from standard_interface_build import (
    SECONDS,
    build_checked_program,
    build_library,
    build_program,
    lines_of,
    run,
)
from standard_interface_texts import HEADER, PROFILE, assert_same, text_of

from card_os.crypto import sm2
from card_os.kernel.card import Card
from card_os.spec.loader import load
from lab import demo
from lab.pcsc.configuration import Slot
from lab.pcsc.readers import Readers
from reader_client.contents import CardContents
from reader_client.pcsc import PcscChannels
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession

pytestmark = pytest.mark.pcsc

BY_NUMBER = {item.id: item for item in PROFILE.items.values()}
SM3_OF_ABC = "66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0"  # GB/T 32905 A.1


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_library(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def checked_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_checked_program(tmp_path_factory.mktemp("checked"))


@pytest.fixture
def slots(pcsc_readers: Readers) -> tuple[Slot, Slot]:
    return pcsc_readers.slots[0], pcsc_readers.slots[2]


@pytest.fixture
def inserted(pcsc_readers: Readers, slots: tuple[Slot, Slot]) -> tuple[Slot, Slot]:
    """A card of a demo resident and a SAM in their readers."""
    pcsc_readers.insert(slots[0], demo.issue_card(demo.resident("03"), 3).card)
    pcsc_readers.insert(slots[1], demo.issue_sam(3))
    return slots


def read_by_client() -> CardContents:
    channels = PcscChannels()
    sam = SamSession(channels.sam(None, None))
    session = HealthCardSession(channels.user_card(None, None), sam)
    try:
        sam.open()
        sam.verify_pin(demo.SAM_PIN)
        session.open()
        return session.read_all()
    finally:
        session.close()
        sam.close()


@pytest.mark.parametrize("resident", ["01", "04"])
def test_every_value_is_what_the_client_reads(
    checked_program: Path, pcsc_readers: Readers, slots: tuple[Slot, Slot], resident: str
) -> None:
    card = demo.issue_card(demo.resident(resident), 1).card
    pcsc_readers.insert(slots[0], card)
    pcsc_readers.insert(slots[1], demo.issue_sam(1))
    printed = lines_of(run(checked_program, "read"))
    assert_same(printed, read_by_client())
    factor = PROFILE.chip_maker + PROFILE.card_maker + (1).to_bytes(4, "big")
    assert printed["ATR"] == "0D78807002" + factor.hex().upper()
    assert printed["PUBLIC"].startswith(b"0000000001".hex())
    assert printed["TERMINAL"] == "110001000001"
    assert len(printed["APP"]) == 50
    assert (len(printed["ORG"]), len(printed["CERTIFICATE"])) == (360, 380)
    assert printed["SM3"] == SM3_OF_ABC
    assert printed["SIGN"] == ("0" if sm2.available() else "105")
    assert printed["USER"] == "8:9000"
    assert printed["SAM"] == "0:61"


def test_what_the_program_writes_the_client_reads(checked_program: Path, inserted: tuple[Slot, Slot]) -> None:
    before, after = (lines_of(part) for part in run(checked_program, "write").split(b"---\n"))
    card = read_by_client()
    assert_same(after, card)
    assert card.photo is not None
    assert (len(card.photo), card.photo[:2]) == (0x17E, b"\xff\xd8")
    assert card.items["holder_phone_1"] == "19900000077"
    assert card.items["card_expiry_date"] is not None
    assert (card.items["address_1"], card.items["contact_name_2"]) == ("测试路1", "测试")
    assert (card.items["abo_blood_type_code"], card.items["asthma_flag"]) == ("2", True)
    assert (card.items["heart_disease_flag"], card.items["mental_illness_flag"]) == (True, True)
    assert card.allergies[0] == {"allergen_name": "测试", "allergy_reaction": None}
    assert card.immunizations[0]["immunization_date"] == date(2024, 1, 2)
    assert [record.valid for record in card.inpatient_visits + card.outpatient_visits] == [True] * 8
    inpatient, outpatient = card.inpatient_visits[0].items, card.outpatient_visits[1].items
    assert inpatient["inpatient_org_name"] == "测试" + b"\xe3\x7c".decode("gbk")
    assert inpatient["inpatient_fee_amount_1"] == Decimal("12.50")
    assert outpatient["outpatient_org_code"] == "ORGX"
    assert outpatient["visit_datetime"] == datetime(2024, 1, 4, 9, 0, 0)
    assert (before["FEE"], before["FEEHEX"], before["ORGX"]) == ("12.50", "1250FFFFFF", "ORGX")
    assert before["FREE"] == "1"
    # the second inpatient record has the oldest date of admission, the fifth outpatient one the oldest visit
    assert (after["LASTEE"], after["LASTED"]) == ("2", "5")


def expected_items(card: CardContents) -> dict[str, str]:
    """The texts of single items outside of the visits, by the number of each and its record."""
    found = {
        f"{item.id}.0": text_of(item, card.items[item.name]) for item in BY_NUMBER.values() if item.id <= 57
    }
    for numbers, room, entries in (((58, 59), 3, card.allergies), ((60, 61), 10, card.immunizations)):
        for item in (BY_NUMBER[number] for number in numbers):
            values = [entry[item.name] for entry in entries] + [None] * (room - len(entries))
            found |= {
                f"{item.id}.{record}": text_of(item, value) for record, value in enumerate(values, start=1)
            }
    for number, visits in ((62, card.inpatient_visits), (63, card.outpatient_visits)):
        found |= {f"{number}.{visit.slot}": "00" if visit.valid else "FF" for visit in visits}
    return found


def test_single_items_by_number(
    checked_program: Path, pcsc_readers: Readers, slots: tuple[Slot, Slot]
) -> None:
    pcsc_readers.insert(slots[0], demo.issue_card(demo.resident("05"), 5).card)
    pcsc_readers.insert(slots[1], demo.issue_sam(5))
    card = read_by_client()
    before, after = (lines_of(part) for part in run(checked_program, "items").split(b"---\n"))
    expected = expected_items(card)
    assert len(expected) == 57 + 2 * 3 + 2 * 10 + 3 + 5
    assert {name: before.get(name) for name in expected} == expected
    in_visits = {name: text for name, text in before.items() if name[0].isdigit() and name not in expected}
    assert len(in_visits) == 7 * 3 + 8 * 5
    for name, text in in_visits.items():
        number, slot = map(int, name.split("."))
        visits = card.inpatient_visits if number < 213 else card.outpatient_visits
        assert text == text_of(BY_NUMBER[number], visits[slot - 1].items[BY_NUMBER[number].name]), name
    assert before["SEVERAL"] == "|".join(before[name] for name in ("11.0", "12.0", "55.0", "62.2"))
    assert before["SHORTER"] == before["11.0"]
    changed = read_by_client()
    assert (changed.items["holder_phone_1"], changed.items["holder_phone_2"]) == ("19900000079", None)
    assert changed.items["asthma_flag"] is True
    assert changed.inpatient_visits[1].items["inpatient_org_code"] == "ORGW"
    assert changed.outpatient_visits[4].items["outpatient_fee_amount_10"] == Decimal("12.50")
    written = {"16.0": "19900000079", "17.0": "", "43.0": "01", "382.5": "12.50", "62.3": "FF"}
    assert {name: after[name] for name in written} == written
    codes = {name: code for name, code in after.items() if not name[0].isdigit()}
    assert (codes.pop("SEVERAL"), codes.pop("SHORTER")) == (before["SEVERAL"], before["SHORTER"])
    assert (codes.pop("NONE"), codes.pop("ISSUED")) == ("0", "108")
    assert set(codes.values()) == {"101"}
    assert len(codes) == 12


def test_a_contact_card_that_answers_61xx(
    checked_program: Path, pcsc_readers: Readers, slots: tuple[Slot, Slot]
) -> None:
    card = demo.issue_card(demo.resident("05"), 5).card
    pcsc_readers.insert(slots[0], Card(replace(card.profile, transport="contact_t0"), card.memory))
    pcsc_readers.insert(slots[1], demo.issue_sam(5))
    _before, after = (lines_of(part) for part in run(checked_program, "write").split(b"---\n"))
    assert_same(after, read_by_client())


def test_the_files_that_are_written_while_a_card_is_issued(
    checked_program: Path, pcsc_readers: Readers, slots: tuple[Slot, Slot]
) -> None:
    card = issued_card()
    with card.memory.transaction():
        card.memory.put("life_cycle", b"PERSO")
    pcsc_readers.insert(slots[0], card)
    pcsc_readers.insert(slots[1], sam_card())
    printed = lines_of(run(checked_program, "issue"))
    contents = read_by_client()
    assert_same(printed, contents)
    assert contents.items["issuer_certificate"] == bytes.fromhex("0102").ljust(180, b"\x00")
    assert contents.items["application_city_code"] == "210000"  # NULL: it stays as it is
    assert (contents.items["holder_name"], contents.items["sex_code"]) == ("测试", "2")


def test_what_fails_says_why(checked_program: Path, inserted: tuple[Slot, Slot]) -> None:
    printed = lines_of(run(checked_program, "faults"))
    assert printed == {
        "PORT_CLOSED": "1",
        "WITHOUT_PIN": "105",
        "WRONG_PIN": "105",
        "TRIES": str(load("sam").pin.tries - 1),  # type: ignore[union-attr]
        "WRONG_PIN_AGAIN": "105",
        "ODD_PIN": "101",
        "OLD_PIN": "105",
        "BAD_SLOT": "101",
        "ENTRY_0": "101",
        "ENTRY_4": "101",
        "ENTRY_11": "101",
        "FLAG_4": "101",
        "FLAG_6": "101",
        "EE_4": "101",
        "ED_TOO_LONG": "101",
        "NEGATIVE": "101",
        "STYLE": "101",
        "DATE": "101",
        "TOO_LONG": "101",
        "LIST": "101",
        "PHOTO_LENGTH": "113",
        "ISSUED": "108",
        "ATR": printed["ATR"],
        "OTHER_CITY": "106",
        "POWERED_OFF": "2",
    }


def test_cards_that_are_not_there(
    checked_program: Path, pcsc_readers: Readers, inserted: tuple[Slot, Slot]
) -> None:
    with subprocess.Popen(
        [checked_program, "removed"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        said = iter(process.stdout.readline, "")
        assert any(line == "take the SAM\n" for line in said)
        pcsc_readers.eject(inserted[1])
        process.stdin.write("\n")
        assert next(said) == "WITHOUT_SAM=105\n"
        assert next(said) == "SAM_POWER_ON=105\n"
        assert next(said) == "take the card\n"
        pcsc_readers.eject(inserted[0])
        process.stdin.write("\n")
        assert next(said) == "WITHOUT_CARD=2\n"
        assert next(said) == "CARD_POWER_ON=2\n"
        assert process.wait(SECONDS) == 0


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
def test_no_byte_is_used_before_it_is_set(library: Path, tmp_path: Path, inserted: tuple[Slot, Slot]) -> None:
    program = build_program(tmp_path, library)
    watch = ("valgrind", "-q", "--error-exitcode=9", "--leak-check=no")
    assert b"---" in run(program, "write", prefix=watch)


@pytest.mark.parametrize("named", [True, False])
def test_a_caller_that_loads_the_library_by_itself(
    library: Path, inserted: tuple[Slot, Slot], monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    """As C#, Delphi and Java do: handle, buffers, strings."""
    if named:
        monkeypatch.setenv("RHC_READER", inserted[0].reader)
        monkeypatch.setenv("RHC_SAM_READER", "rhc sam")
    driver = ctypes.CDLL(str(library))
    driver.OpenDevice.restype = ctypes.c_void_p
    device = ctypes.c_void_p(driver.OpenDevice(0))
    assert device.value
    try:
        atr = ctypes.create_string_buffer(67)
        assert driver.PowerOn(device, 0x11, atr) == 0
        assert atr.value.startswith(b"3B")
        assert driver.iVerifyPIN(device, demo.SAM_PIN.encode()) == 0
        texts = [ctypes.create_string_buffer(100) for _ in range(5)]
        assert driver.iR_DDF1EF06Info(device, *texts) == 0
        values = demo.resident("03").record.values
        assert texts[0].value == values["holder_name"].rstrip(b"\x00")
        assert texts[4].value == values["resident_id_number"]
    finally:
        assert driver.CloseDevice(device) == 0


def test_a_reader_that_is_not_there(
    library: Path, inserted: tuple[Slot, Slot], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RHC_READER", "no such reader")
    driver = ctypes.CDLL(str(library))
    assert driver.iDOpenPort() == 0
    assert driver.PowerOn(None, 1, ctypes.create_string_buffer(67)) == 1
    assert driver.iDClosePort() == 0


def test_the_library_shows_its_interface_and_nothing_else(library: Path) -> None:
    listed = subprocess.run(
        ["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True
    ).stdout
    declared = set(re.findall(r"RHC_CALL (\w+)\(", HEADER.read_text("utf-8")))
    assert {line.split()[-1] for line in listed.splitlines()} == declared
    assert len(declared) > 50
