"""What is to be printed, taken from the registry: faces of cards, forms and slips.

The slip of a loss is printed when the loss is reported: its number is kept nowhere. The report of a batch
comes from `issuer.batches.paper`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from card_os.spec.model import Meaning
from issuer.access.permission import action
from issuer.applications.documents import documents
from issuer.batches.rows import batch_of
from issuer.cards.slips import LossSlip as ReportedLoss
from issuer.office import OfficeSettings
from issuer.printing.card_face import CardFace, meaning
from issuer.printing.documents import (
    ApplicationForm,
    ApplicationKind,
    CardPart,
    Contact,
    Guardian,
    LossKind,
    LossSlip,
    PickUpSlip,
)
from issuer.registry.day import day_of
from issuer.registry.schema.applications import application, collection_point, person
from issuer.registry.schema.batches import batch_line
from issuer.registry.schema.cards import card
from issuer.registry.work import Row, Work

KEPT_FOR = timedelta(days=90)
"""How long an outlet keeps a card that nobody fetches; ours."""
_NEW = "01"


@dataclass(frozen=True, slots=True)
class Outlet:
    """What a pick-up slip says of the place: where it is and when it is open."""

    address: str
    opening_hours: str


@action("print.face")
def faces(work: Work, settings: OfficeSettings, chip_serials: Sequence[str]) -> list[CardFace]:
    """The faces of cards by the serials of their chips; raises NotFoundError.

    Printing is looking at personal data: each print is a row in the audit chain.
    """
    rows = [_card(work, serial) for serial in chip_serials]
    work.record_all("print.face", "card", ((row["id"], {}) for row in rows))
    return [_face(work, settings, row) for row in rows]


@action("print.face")
def faces_of_batch(work: Work, settings: OfficeSettings, number: str) -> list[CardFace]:
    """The faces of all cards that a batch has made, in the order of its lines; raises NotFoundError."""
    batch_id = batch_of(work, number)["id"]
    wanted = (
        select(card)
        .join_from(batch_line, card, card.c.chip_id == batch_line.c.chip_id)
        .where(batch_line.c.batch_id == batch_id)
        .order_by(batch_line.c.line)
    )
    rows = work.rows(wanted)
    work.record("print.face", "batch", batch_id, cards=len(rows))
    return [_face(work, settings, row) for row in rows]


@action("print.form")
def form(work: Work, settings: OfficeSettings, number: str) -> ApplicationForm:
    """The form of an application, to be signed by the applicant; raises NotFoundError."""
    row = work.one(select(application).where(application.c.number == number), "application", number[:20])
    work.record("print.form", "application", row["id"])
    given: Mapping[str, Any] = row["form"]
    point = select(collection_point.c.name).where(collection_point.c.code == row["collection_point"])
    born = given.get("birth_date")
    return ApplicationForm(
        environment=settings.environment,
        application_number=number,
        kind=ApplicationKind.FIRST if row["business"] == _NEW else ApplicationKind.REPLACEMENT,
        applied_on=row["applied_on"],
        issuer_name=settings.name,
        collection_point=str(work.connection.execute(point).scalar() or row["collection_point"]),
        holder_name=given.get("holder_name", ""),
        holder_name_pinyin=given.get("holder_name_pinyin"),
        sex=_meaning("sex_code", given),
        ethnic_group=_meaning("ethnic_group_code", given),
        birth_date=date.fromisoformat(born) if born else None,
        id_document_type=_document(given.get("document_type")),
        id_document_number=given.get("document_number"),
        phone=given.get("holder_phone_1"),
        medical_payment_method=_meaning("medical_payment_method_1", given),
        registered_address=given.get("address_1"),
        present_address=given.get("address_2"),
        contact=_contact(given),
        guardian=_guardian(given),
        photo=row["photo"] or _portrait(work, row["person_id"]),
    )


@action("print.pick_up")
def pick_up(work: Work, settings: OfficeSettings, chip_serial: str, outlet: Outlet) -> PickUpSlip:
    """The slip with which a holder fetches a card and signs for it; raises NotFoundError."""
    row = _card(work, chip_serial)
    work.record("print.pick_up", "card", row["id"])
    holder = work.get(person, row["person_id"])
    numbered = select(application.c.number).where(application.c.id == row["application_id"])
    number = str(work.connection.execute(numbered).scalar_one())
    today = day_of(work.now)
    return PickUpSlip(
        environment=settings.environment,
        slip_number=f"LK-{number}",
        application_number=number,
        issuer_name=settings.name,
        outlet_name=row["outlet"] or settings.name,
        outlet_address=outlet.address,
        opening_hours=outlet.opening_hours,
        ready_on=today,
        keep_until=today + KEPT_FOR,
        holder_name=holder["name"],
        id_document_type=documents()[holder["document_type"]].meaning,
        id_document_number=holder["document_number"],
    )


def loss_slip(settings: OfficeSettings, told: ReportedLoss, holder: Row) -> LossSlip:
    """The slip of a loss that has just been reported; `holder` is the row of the person."""
    return LossSlip(
        environment=settings.environment,
        slip_number=told.number,
        kind=LossKind[told.kind.upper()],
        part=CardPart[told.part.upper()],
        issuer_name=settings.name,
        office_name=told.institution,
        operator=told.operator,
        reported_at=told.at,
        ends_at=told.until,
        card_number=told.card_number,
        holder_name=told.holder_name,
        id_document_type=documents()[holder["document_type"]].meaning,
        id_document_number=holder["document_number"],
    )


def _card(work: Work, chip_serial: str) -> Row:
    return work.one(select(card).where(card.c.chip_serial == chip_serial), "card", chip_serial[:10])


def _face(work: Work, settings: OfficeSettings, row: Row) -> CardFace:
    holder = work.get(person, row["person_id"])
    items: Mapping[str, Any] = holder["items"]
    born = items.get("birth_date")
    return CardFace(
        environment=settings.environment,
        card_number=row["card_number"],
        holder_name=holder["name"],
        issuer_name=settings.name,
        issuer_code=settings.code,
        application_city_code=row["city_code"],
        issue_date=row["issued_on"],
        card_expiry_date=row["expires_on"],
        security_code=work.custodian.security_code(
            row["card_number"], row["expires_on"], settings.cards.card_class
        ),
        chip_serial_number=row["chip_serial"],
        sex_code=str(items.get("sex_code", "")),
        ethnic_group_code=items.get("ethnic_group_code"),
        birth_date=date.fromisoformat(born) if born else None,
        health_record_number=items.get("health_record_number"),
        rural_insurance_number=items.get("rural_insurance_number"),
        photo=holder["portrait"],
    )


def _portrait(work: Work, person_id: str | None) -> bytes | None:
    """The photo on file of a person, where it went when the application was released."""
    return work.get(person, person_id)["portrait"] if person_id else None


def _meaning(item: str, given: Mapping[str, Any]) -> Meaning | None:
    return meaning(item, given[item]) if given.get(item) else None


def _document(code: str | None) -> Meaning | None:
    found = documents().get(code or "")
    return found.meaning if found else None


def _contact(given: Mapping[str, Any]) -> Contact | None:
    name, relation = given.get("contact_name_1"), _meaning("contact_relation_1", given)
    if not name or relation is None:
        return None
    return Contact(name=name, relation=relation, phone=given.get("contact_phone_1", ""))


def _guardian(given: Mapping[str, Any]) -> Guardian | None:
    document = _document(given.get("guardian_document_type"))
    relation = given.get("guardian_relation")
    if not given.get("guardian_name") or document is None or not relation:
        return None
    return Guardian(
        name=given["guardian_name"],
        relation=meaning("contact_relation_1", relation),
        id_document_type=document,
        id_document_number=given.get("guardian_document_number", ""),
        phone=given.get("guardian_phone", ""),
    )
