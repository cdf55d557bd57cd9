"""The typed views: what they give, and that each touches its own files only."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from reader_cards import Desk, Recorded, opened

from card_os.spec.codecs import Value
from reader_client.records import Address, Allergy, ContactPerson, Immunization
from reader_client.session import HealthCardSession
from reader_client.visits import VisitKind

SELECT, AUTHENTICATE = 0xA4, 0x82
VALUES: dict[str, Value] = {
    "holder_phone_2": "19900000002",
    "address_type_1": "1",
    "address_1": "示范街道1号",
    "contact_name_2": "李静",
    "contact_phone_2": "19900000003",
    "abo_blood_type_code": "1",
    "pacemaker_flag": True,
    "mental_illness_flag": False,
}


@pytest.fixture
def desk() -> tuple[HealthCardSession, Recorded]:
    desk = Desk()
    session, _channel = opened(desk)
    session.update(VALUES)
    session.add_allergy("示例物质", "皮疹")
    session.add_immunization("流感疫苗", date(2023, 10, 18))
    session.add_visit(VisitKind.OUTPATIENT, {"visit_datetime": datetime(2024, 1, 1, 8, 0)}, sign=False)
    return opened(desk)


def selected(channel: Recorded) -> list[str]:
    return [command[5:].hex().upper() for command in channel.commands if command[1] == SELECT]


def test_identity(desk: tuple[HealthCardSession, Recorded]) -> None:
    session, channel = desk
    found = session.identity()
    assert (found.holder_name, found.birth_date) == (None, None)
    assert selected(channel) == ["EF06"]
    assert len(channel.commands) == 1 + 2 + 5


def test_contacts(desk: tuple[HealthCardSession, Recorded]) -> None:
    session, channel = desk
    found = session.contacts()
    assert found.phones == ("19900000002",)
    assert found.addresses == (Address("1", "示范街道1号"),)
    assert found.persons == (ContactPerson("李静", None, "19900000003"),)
    assert selected(channel) == ["EF08", "DF01", "EF05", "EF06"]
    assert len(channel.commands) == 4 + 2 * 2 + 2 + 4 + 9


def test_clinical_basics(desk: tuple[HealthCardSession, Recorded]) -> None:
    session, channel = desk
    found = session.clinical_basics()
    assert (found.abo_blood_type_code, found.pacemaker_flag, found.mental_illness_flag) == ("1", True, False)
    assert selected(channel) == ["DF02", "EF05", "EF06"]
    assert len(channel.commands) == 3 + 2 + 15 + 1


def test_entries(desk: tuple[HealthCardSession, Recorded]) -> None:
    session, channel = desk
    assert session.allergies() == (Allergy("示例物质", "皮疹"),)
    assert session.immunizations() == (Immunization("流感疫苗", date(2023, 10, 18)),)
    assert selected(channel) == ["DF02", "EF07", "EF08"]
    assert [command[1] for command in channel.commands].count(AUTHENTICATE) == 1


def test_visits(desk: tuple[HealthCardSession, Recorded]) -> None:
    session, channel = desk
    (visit,) = session.visits(VisitKind.OUTPATIENT)
    assert (visit.slot, visit.items["visit_datetime"]) == (1, datetime(2024, 1, 1, 8, 0))
    assert selected(channel) == ["DF03", "EF06", "ED01"]
    channel.commands.clear()
    assert session.visits(VisitKind.INPATIENT) == ()
    assert selected(channel) == ["EF05"]


def test_the_whole_card_agrees_with_the_views(desk: tuple[HealthCardSession, Recorded]) -> None:
    session, _channel = desk
    contents = session.read_all()
    assert {name: contents.items[name] for name in VALUES} == VALUES
    assert session.read(contents.items) == contents.items
    assert contents.outpatient_visits[0] == session.visits(VisitKind.OUTPATIENT)[0]
    (allergy,) = contents.allergies
    assert allergy["allergen_name"] == session.allergies()[0].allergen_name
