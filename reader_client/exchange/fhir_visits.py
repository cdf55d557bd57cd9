"""Visit records in FHIR: Encounter, Organization, Condition, Procedure, Claim, Provenance.

Left on the card: laboratory results, drugs, transfusions and the rest of the front sheet. A Provenance holds
the signature of the record, not the signed bytes: it tells who signed, it cannot be verified from the bundle.
# spec: issuance_and_ecard D.2, G.1
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from card_os.spec.model import Profile
from reader_client.contents import CardContents, CardValue, Values, Visit
from reader_client.exchange.fhir_terms import (
    HL7,
    INPATIENT_CASE,
    ORGANIZATION_CODE,
    SAM_SERIAL,
    SIGNATURE_TYPE,
    UNKNOWN,
    Resource,
    absent,
    coded,
    coding,
    concept,
    filled,
    identity,
    item_system,
    moment,
    reference,
    reported,
    text_of,
)
from reader_client.signatures import parsed
from reader_client.visits import VisitKind


@dataclass(frozen=True, slots=True)
class VisitNames:
    """The names of the items of one kind of visit; those that stand several times without their number."""

    encounter_class: str
    organization: tuple[str, str]
    period: tuple[str, str | None]
    number: tuple[str, str]
    department: str
    payment: str
    diagnosis: tuple[str, str, str]
    procedure: tuple[str, str, str]
    fee: tuple[str, str, str]
    total: str | None
    seal: tuple[str, str]


NAMES = {
    VisitKind.INPATIENT: VisitNames(
        "IMP",
        ("inpatient_org_name", "inpatient_org_code"),
        ("admission_date", "discharge_date"),
        ("medical_record_number", INPATIENT_CASE),
        "admission_department",
        "inpatient_payment_method_code",
        ("diagnosis_name", "diagnosis_code", "diagnosis_confirmed_date"),
        ("procedure_name", "procedure_code", "procedure_date"),
        ("inpatient_fee_category", "inpatient_fee_category_code", "inpatient_fee_amount"),
        "inpatient_fee_total",
        ("inpatient_transaction_signature", "inpatient_sam_certificate"),
    ),
    VisitKind.OUTPATIENT: VisitNames(
        "AMB",
        ("outpatient_org_name", "outpatient_org_code"),
        ("visit_datetime", None),
        ("outpatient_number", item_system("outpatient_number")),
        "visit_department",
        "outpatient_payment_method_code",
        ("outpatient_diagnosis_name", "outpatient_diagnosis_code", "outpatient_diagnosis_date"),
        ("outpatient_procedure_name", "outpatient_procedure_code", "outpatient_procedure_date"),
        ("outpatient_fee_category", "outpatient_fee_category_code", "outpatient_fee_amount"),
        None,
        ("outpatient_transaction_signature", "outpatient_sam_certificate"),
    ),
}


def visits(profile: Profile, contents: CardContents, holder: Resource, seed: str) -> Iterator[Resource]:
    """All resources of all valid visits; an organization that stands twice on the card stands here once."""
    known: dict[object, Resource] = {}
    for kind, slots in (
        (VisitKind.INPATIENT, contents.inpatient_visits),
        (VisitKind.OUTPATIENT, contents.outpatient_visits),
    ):
        for visit in (one for one in slots if one.valid):
            name, code = (visit.items[item] for item in NAMES[kind].organization)
            made = None
            if name is not None or code is not None:
                made = known.get((name, code))
                if made is None:
                    made = known[name, code] = organization(name, code, seed)
                    yield made
            yield from _Writer(profile, kind, visit, holder, made, seed).resources()


def organization(name: CardValue, code: CardValue, seed: str) -> Resource:
    """A hospital or the issuer, found again by its code and name."""
    return filled(
        {
            "resourceType": "Organization",
            "id": identity(seed, f"organization/{text_of(code)}/{text_of(name)}"),
            "identifier": [] if code is None else [{"system": ORGANIZATION_CODE, "value": text_of(code)}],
            "name": None if name is None else text_of(name),
        }
    )


@dataclass(frozen=True, slots=True)
class _Writer:
    """One visit on its way into a bundle."""

    profile: Profile
    kind: VisitKind
    visit: Visit
    holder: Resource
    organization: Resource | None
    seed: str

    @property
    def names(self) -> VisitNames:
        return NAMES[self.kind]

    @property
    def items(self) -> Values:
        return self.visit.items

    def resources(self) -> Iterator[Resource]:
        encounter = self._encounter()
        diagnoses = list(self._conditions(encounter))
        if diagnoses:
            encounter["diagnosis"] = [{"condition": reference(one)} for one in diagnoses]
        yield encounter
        yield from diagnoses
        yield from self._procedures(encounter)
        if claim := self._claim(encounter):
            yield claim
        if provenance := self._provenance(encounter):
            yield provenance

    def _id(self, what: str) -> str:
        return identity(self.seed, f"{self.kind.collection}[{self.visit.slot}]/{what}")

    def _encounter(self) -> Resource:
        names, items = self.names, self.items
        start, end = names.period
        number, system = names.number
        department = items[names.department]
        return filled(
            {
                "resourceType": "Encounter",
                "id": self._id("encounter"),
                "identifier": []
                if items[number] is None
                else [{"system": system, "value": text_of(items[number])}],
                "status": "finished",
                "class": coding(f"{HL7}/v3-ActCode", names.encounter_class),
                "serviceType": None if department is None else {"text": text_of(department)},
                "subject": reference(self.holder),
                "period": filled({"start": moment(items[start]), "end": moment(items[end]) if end else None}),
                "reasonCode": list(self._symptoms()),
                "serviceProvider": reference(self.organization) if self.organization else None,
            }
        )

    def _rows(self, names: tuple[str, ...]) -> Iterator[tuple[int, tuple[CardValue, ...]]]:
        """The values of items that stand several times: `names` with _1, _2, … behind them."""
        number = 1
        while f"{names[0]}_{number}" in self.items:
            values = tuple(self.items[f"{name}_{number}"] for name in names)
            if any(value is not None for value in values):
                yield number, values
            number += 1

    def _symptoms(self) -> Iterator[Resource]:
        for _number, (name, code) in self._rows(("symptom_name", "symptom_code")):
            if found := reported(name, code, "symptom_code"):
                yield found

    def _conditions(self, encounter: Resource) -> Iterator[Resource]:
        for number, (name, code, day) in self._rows(self.names.diagnosis):
            yield filled(
                {
                    "resourceType": "Condition",
                    "id": self._id(f"condition {number}"),
                    "category": [concept(f"{HL7}/condition-category", "encounter-diagnosis")],
                    "code": reported(name, code, "diagnosis_code"),
                    "subject": reference(self.holder),
                    "encounter": reference(encounter),
                    "recordedDate": moment(day),
                }
            )

    def _procedures(self, encounter: Resource) -> Iterator[Resource]:
        for number, (name, code, day) in self._rows(self.names.procedure):
            yield filled(
                {
                    "resourceType": "Procedure",
                    "id": self._id(f"procedure {number}"),
                    "status": "completed",
                    "code": reported(name, code, "procedure_code"),
                    "subject": reference(self.holder),
                    "encounter": reference(encounter),
                    "performedDateTime": moment(day),
                }
            )

    def _claim(self, encounter: Resource) -> Resource | None:
        names = self.names
        total = self.items[names.total] if names.total else None
        lines = [
            {
                "sequence": sequence,
                "productOrService": reported(name, code, f"{self.kind}_fee_category_code")
                or {"text": UNKNOWN},
                **({"net": yuan(amount)} if isinstance(amount, Decimal) else {}),
                "encounter": [reference(encounter)],
            }
            for sequence, (_n, (name, code, amount)) in enumerate(self._rows(names.fee), start=1)
        ]
        if not lines and not isinstance(total, Decimal):
            return None
        payment = self.items[names.payment]
        paid_by = {} if payment is None else coded(self.profile, names.payment, payment)
        created = moment(self.items[names.period[1] or names.period[0]])
        return filled(
            {
                "resourceType": "Claim",
                "id": self._id("claim"),
                "status": "active",
                "type": concept(f"{HL7}/claim-type", "institutional"),
                "use": "claim",
                "patient": reference(self.holder),
                "created": created,
                "_created": None if created else absent(),
                "provider": reference(self.organization) if self.organization else {"display": UNKNOWN},
                "priority": concept(f"{HL7}/processpriority", "normal"),
                "insurance": [
                    {"sequence": 1, "focal": True, "coverage": {"display": paid_by.get("text", UNKNOWN)}}
                ],
                "item": lines,
                "total": yuan(total) if isinstance(total, Decimal) else None,
            }
        )

    def _provenance(self, encounter: Resource) -> Resource | None:
        signature, certificate = (self.items[name] for name in self.names.seal)
        signer = parsed(certificate)
        if not isinstance(signature, bytes) or signer is None:
            return None
        who = {
            "identifier": {"system": SAM_SERIAL, "value": signer.sam_serial},
            "display": f"SAM {signer.sam_serial}",
        }
        on_behalf = {"onBehalfOf": reference(self.organization)} if self.organization else {}
        system, code = SIGNATURE_TYPE
        return {
            "resourceType": "Provenance",
            "id": self._id("provenance"),
            "target": [reference(encounter)],
            # nothing on the card says when the record was signed
            "_recorded": absent(),
            "agent": [{"who": who, **on_behalf}],
            "signature": [
                {
                    "type": [coding(system, code)],
                    "_when": absent(),
                    "who": who,
                    "sigFormat": "application/octet-stream",
                    "data": base64.b64encode(signature).decode("ascii"),
                }
            ],
        }


def yuan(amount: Decimal) -> Resource:
    """An amount of money."""
    return {"value": amount, "currency": "CNY"}
