"""The reader client against the card and the SAM in one process."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from itertools import count

import pytest
from reader_cards import Desk, issued_card, opened, sam_card

from card_os.kernel.card import Card
from card_os.kernel.file_system import cell_of
from card_os.spec.codecs import Value
from card_os.spec.errors import UnknownItemError, ValueRefusedError
from card_os.spec.loader import load
from reader_client.contents import RawValue
from reader_client.errors import AccessDeniedError, CardRemovedError, NotWritableError
from reader_client.visits import SlotReason, VisitKind

SIGNATURE = "inpatient_transaction_signature"
GET_RESPONSE = 0xC0
SELECT, CHALLENGE, AUTHENTICATE, READ_BINARY, READ_RECORD, UPDATE = 0xA4, 0x84, 0x82, 0xB0, 0xB2, 0xD6


def test_what_is_written_is_read() -> None:
    session, _ = opened(Desk())
    values: dict[str, Value] = {
        "holder_phone_1": "19900000001",
        "card_expiry_date": date(2030, 1, 2),
        "address_1": "北京市东城区示范街道和平胡同1号院",
        "contact_name_3": "李静",
        "abo_blood_type_code": "1",
        "mental_illness_flag": True,
        "photo": bytes(range(256)) * 5,
        "inpatient_visits[2].admission_date": date(2020, 5, 6),
    }
    session.update(values)
    assert session.read(values) == values


def test_a_contact_card_with_waiting_bytes_is_read_as_well() -> None:
    card = issued_card()
    desk = Desk(card=Card(replace(card.profile, transport="contact_t0"), card.memory))
    session, channel = opened(desk)
    session.update({"address_1": "示范街道"})
    assert session.read(["address_1"]) == {"address_1": "示范街道"}
    # only control information waits behind 61xx there, and nobody needs it
    assert GET_RESPONSE not in channel.instructions


def test_one_item_costs_select_authentication_and_read() -> None:
    session, channel = opened(Desk())
    session.read(["holder_name"])
    assert channel.instructions == [SELECT, CHALLENGE, AUTHENTICATE, READ_RECORD]


def test_one_authentication_for_each_df() -> None:
    session, channel = opened(Desk())
    names = ["inpatient_visits[1].admission_date", "holder_name", "photo", "address_1", "rh_blood_type_code"]
    session.read(names)
    assert channel.instructions.count(AUTHENTICATE) == 4
    reads = [command for command in channel.commands if command[1] == READ_BINARY]
    assert reads == [bytes.fromhex("00B0000000"), bytes.fromhex("00B0005004")]


def test_a_card_without_visits_is_read_without_their_files() -> None:
    session, channel = opened(Desk())
    contents = session.read_all()
    assert contents.to_json()["outpatient_visits"] == []
    assert [visit.valid for visit in contents.outpatient_visits] == [False] * 5
    assert contents.items["application_city_code"] == "210000"
    assert channel.instructions.count(AUTHENTICATE) == 4
    assert channel.instructions.count(READ_BINARY) == 1


def test_entries_come_newest_first() -> None:
    session, _ = opened(Desk())
    for number in range(4):
        session.add_allergy(f"示例物质{number}", "皮疹")
    session.add_immunization("流感疫苗", date(2023, 10, 18))
    contents = session.read_all()
    assert [entry["allergen_name"] for entry in contents.allergies] == ["示例物质3", "示例物质2", "示例物质1"]
    assert contents.to_json()["immunizations"] == [
        {"immunization_name": "流感疫苗", "immunization_date": "2023-10-18"}
    ]


def test_visits_fill_the_slots_then_the_oldest_is_replaced() -> None:
    session, _ = opened(Desk())
    days = (3, 1, 5)
    for slot, day in enumerate(days, start=1):
        done = session.add_visit(VisitKind.INPATIENT, {"admission_date": date(2020, 1, day)})
        assert (done.slot, done.reason, done.erased_first) == (slot, SlotReason.FREE, False)
    done = session.add_visit(VisitKind.INPATIENT, {"admission_date": date(2021, 1, 1)})
    assert (done.slot, done.reason, done.erased_first) == (2, SlotReason.OLDEST, True)
    found = session.read_all().inpatient_visits
    assert [visit.items["admission_date"] for visit in found if visit.valid] == [
        date(2020, 1, 3),
        date(2021, 1, 1),
        date(2020, 1, 5),
    ]


@pytest.mark.parametrize(
    "sam", [sam_card("32"), sam_card(without=("UK2_DF03",))], ids=["other province", "no erase key"]
)
def test_without_the_erase_key_a_cut_leaves_no_record_that_looks_whole(sam: Card) -> None:
    desk = Desk(sam_card=sam)
    session, channel = opened(desk)
    when = {"visit_datetime": datetime(2020, 1, 1, 8, 0)}
    for _ in range(5):
        session.add_visit(VisitKind.OUTPATIENT, {**when, "outpatient_org_name": "旧"})
    channel.commands.clear()
    done = session.add_visit(VisitKind.OUTPATIENT, {**when, "outpatient_org_name": "新"})
    assert (done.slot, done.reason, done.erased_first) == (1, SlotReason.OLDEST, False)
    written = [command[2:4] + command[5:] for command in channel.commands if command[1] == UPDATE]
    assert written[0][:2] == written[-1][:2] == bytes(2)
    assert written[0][2 + 80 : 2 + 87] == b"\xff" * 7
    assert sum(len(block) - 2 for block in written) == 3267 + 128


@pytest.mark.parametrize("province", ["21", "32"])
def test_a_cut_at_any_command_leaves_no_incomplete_valid_record(province: str) -> None:
    for commands in count():
        desk = Desk(sam_card=sam_card(province))
        session, channel = opened(desk)
        for day in (1, 2, 3):
            session.add_visit(VisitKind.INPATIENT, record(date(2020, 1, day), 0x01))
        channel.commands.clear()
        channel.commands_left = commands
        try:
            session.add_visit(VisitKind.INPATIENT, record(date(2021, 1, 1), 0x02))
        except CardRemovedError:
            whole = False
        else:
            whole = True
        for visit in opened(desk)[0].read_all().inpatient_visits:
            # a SAM of the province erases the flag first; without it the missing date tells
            if visit.valid and not (province == "32" and visit.items["admission_date"] is None):
                new = visit.items["admission_date"] == date(2021, 1, 1)
                assert visit.items[SIGNATURE] == (b"\x02" if new else b"\x01") * 64
        if whole:
            break
    assert commands > 20


def record(admitted: date, mark: int) -> dict[str, Value]:
    return {"admission_date": admitted, SIGNATURE: bytes((mark,)) * 64}


def test_a_sam_of_another_province_costs_the_card_no_try() -> None:
    session, channel = opened(Desk(sam_card=sam_card("32")))
    with pytest.raises(AccessDeniedError, match="another province"):
        session.erase_visit(VisitKind.INPATIENT, 1)
    with pytest.raises(AccessDeniedError, match="another province"):
        session.update({"holder_phone_1": "1"})
    assert AUTHENTICATE not in channel.instructions


def test_an_erased_slot_is_free_again() -> None:
    session, _ = opened(Desk())
    session.add_visit(VisitKind.OUTPATIENT, {"visit_datetime": datetime(2020, 1, 1, 8, 0)})
    session.erase_visit(VisitKind.OUTPATIENT, 1)
    assert not session.read_all().outpatient_visits[0].valid


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ({"holder_phone_2": "no digits"}, ValueRefusedError),
        ({"holder_name": "张伟"}, NotWritableError),
        ({"allergies[1].allergen_name": "青霉素"}, NotWritableError),
        ({"photo": bytes(3071)}, NotWritableError),
        ({"no_such_item": "1"}, UnknownItemError),
        ({"inpatient_visits[4].admission_date": date(2020, 1, 1)}, UnknownItemError),
    ],
)
def test_one_bad_value_and_the_card_hears_nothing(bad: dict[str, Value], error: type[Exception]) -> None:
    session, channel = opened(Desk())
    with pytest.raises(error):
        session.update({"holder_phone_1": "19900000001", **bad})
    assert channel.commands == []


def test_bytes_that_are_no_value_stay_bytes() -> None:
    desk = Desk()
    profile = load("health_card")
    with desk.card.memory.transaction():
        desk.card.memory.write(cell_of(profile.files["MF/DDF1/EF08"]), bytes.fromhex("0704AA00BB01"))
    session, _ = opened(desk)
    assert session.read(["card_expiry_date"]) == {"card_expiry_date": RawValue("AA00BB01")}


def test_a_photo_of_a_whole_number_of_blocks_has_no_empty_block() -> None:
    session, channel = opened(Desk())
    session.update({"photo": bytes(254)})
    sizes = [command[4] for command in channel.commands if command[1] == UPDATE]
    assert sizes == [128, 128]
    assert session.read(["photo"]) == {"photo": bytes(254)}
