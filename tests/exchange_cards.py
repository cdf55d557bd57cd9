"""The demo residents' cards, read through SAM and card in this process; one a name, read once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

from card_os.kernel.card import Card
from lab import demo
from lab.once import NEW_VISIT
from reader_client.contents import CardContents, CardValue, RawValue
from reader_client.in_process import InProcessChannel
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession
from reader_client.visits import VisitKind

NAMES = demo.resident_names()
ISSUE_DATE = date(2026, 1, 2)


def session_of(name: str) -> HealthCardSession:
    sam = SamSession(InProcessChannel(_sam()))
    sam.open()
    sam.verify_pin(demo.SAM_PIN)
    session = HealthCardSession(
        InProcessChannel(demo.issue_card(demo.resident(name), 1, ISSUE_DATE).card), sam
    )
    session.open()
    return session


@cache
def contents_of(name: str) -> CardContents:
    return session_of(name).read_all()


@cache
def signed_contents() -> CardContents:
    """A card with an outpatient visit that the SAM signed, where there is a library to sign with."""
    session = session_of("08")
    session.add_visit(VisitKind.OUTPATIENT, NEW_VISIT)
    return session.read_all()


@cache
def _sam() -> Card:
    return demo.issue_sam(1)


def odd_card() -> CardContents:
    """A card with codes that no table knows, bytes that are no values, and text that would be markup."""
    contents = contents_of("02")
    odd: dict[str, CardValue] = {
        "rh_blood_type_code": "7",
        "abo_blood_type_code": RawValue("0F"),
        "birth_date": RawValue("19001340"),
        "asthma_flag": RawValue("55"),
        "holder_name": "<b>&\"'</b>$name",
        "other_medical_alert": "<script>alert(1)</script>",
    }
    return replace(contents, items={**contents.items, **odd})
