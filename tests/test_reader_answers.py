"""61xx, 6Cxx and status words; item names; the slot rule."""

from __future__ import annotations

from datetime import date

import pytest
from reader_cards import Scripted

from card_os.iso7816.apdu import CommandApdu
from card_os.spec.errors import UnknownItemError
from card_os.spec.loader import load
from reader_client.contents import RawValue
from reader_client.errors import RightMissingError, StatusError
from reader_client.places import place, places_of
from reader_client.responses import Answers
from reader_client.visits import first_free, oldest

CARD = load("health_card")
READ = CommandApdu(0x00, 0xB2, 0x01, 0x04, le=256)


def answers(*pairs: tuple[str, str]) -> Answers:
    return Answers(Scripted(list(pairs)), CARD)


def test_waiting_bytes_are_fetched_to_the_end() -> None:
    found = answers(("00B2010400", "6100"), ("00C0000000", "AA6102"), ("00C0000002", "BBCC9000")).send(READ)
    assert (found.data, found.sw) == (bytes.fromhex("AABBCC"), 0x9000)


def test_the_right_le_is_taken() -> None:
    assert answers(("00B2010400", "6C03"), ("00B2010403", "0101319000")).send(READ).data == b"\x01\x01\x31"


def test_a_card_that_promises_bytes_for_ever_is_left() -> None:
    assert answers(("00B2010400", "6105"), ("00C0000005", "6105")).send(READ).sw == 0x6105
    endless = [("00C0000005", "AA" * 200 + "6105")] * 2
    assert answers(("00B2010400", "6105"), *endless).send(READ).sw == 0x6105


def test_a_status_word_is_told_in_the_words_of_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHC_LANG", "zh")
    with pytest.raises(StatusError, match=r"读记录.*DDF1/EF05.*6A83.*找不到记录") as caught:
        answers(("00B2010400", "6A83")).check("read_record", "DDF1/EF05", READ)
    assert caught.value.sw == 0x6A83


def test_tries_left_of_a_key_are_counted_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHC_LANG", "en")
    command = CommandApdu(0x00, 0x82, 0x00, 0x04, bytes(17))
    with pytest.raises(StatusError, match="63CE, authentication failed, 14 tries left"):
        answers(("0082000411" + "00" * 17, "63CE")).check("external_authenticate", "DDF1", command)


def test_a_missing_right_is_its_own_error() -> None:
    with pytest.raises(RightMissingError):
        answers(("00B2010400", "6982")).check("read_record", "DDF1/EF06", READ)


@pytest.mark.parametrize(
    ("name", "path", "record", "offset"),
    [
        ("card_expiry_date", "MF/DDF1/EF08", 1, 0),
        ("allergies[3].allergy_reaction", "MF/DDF1/DF02/EF07", 3, 20),
        ("inpatient_visits[2].admission_date", "MF/DDF1/DF03/EE02", None, 80),
        ("outpatient_visits[5].outpatient_record_valid_flag", "MF/DDF1/DF03/EF06", 5, 0),
        ("photo", "MF/DDF1/EF07", None, 0),
    ],
)
def test_names_lead_to_their_place(name: str, path: str, record: int | None, offset: int) -> None:
    found = place(CARD, name)
    assert (found.file.path, found.record, found.offset) == (path, record, offset)


@pytest.mark.parametrize(
    "name",
    [
        "allergen_name",
        "allergies[0].allergen_name",
        "allergies[4].allergen_name",
        "allergies[1].admission_date",
        "inpatient_visits[1].visit_datetime",
        "holder_nam",
        "",
    ],
)
def test_names_that_lead_nowhere(name: str) -> None:
    with pytest.raises(UnknownItemError):
        place(CARD, name)


def test_a_near_name_is_offered() -> None:
    with pytest.raises(UnknownItemError, match=r"holder_name\?"):
        place(CARD, "holder_nam")


def test_every_item_has_places() -> None:
    found = [one for file in CARD.files.values() for one in places_of(CARD, file)]
    assert {one.item.name for one in found if one.item} == set(CARD.items)
    assert len({one.name for one in found}) == len(found)


def test_slot_rule() -> None:
    assert first_free([True, False, False]) == 2
    assert first_free([True, RawValue("55"), True]) is None
    assert oldest([[date(2020, 1, 2)], [date(2020, 1, 1)], [date(2020, 1, 3)]]) == 2
    assert oldest([[date(2020, 1, 1)], [None], [RawValue("AA")]]) == 2
    same_day = date(2020, 1, 1)
    assert oldest([[same_day, date(2020, 1, 9)], [same_day, date(2020, 1, 8)]]) == 2
