"""The person in FHIR: Patient, Coverage, Observation, Flag, AllergyIntolerance, Immunization.

# spec: issuance_and_ecard G.1
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

from card_os.spec.model import Profile
from reader_client.contents import CardContents, CardValue, RawValue, Values
from reader_client.exchange.fhir_terms import (
    CARD_NUMBER,
    HEALTH_RECORD,
    HL7,
    ITEMS,
    LOINC,
    OWN,
    RESIDENT_ID,
    RURAL_INSURANCE,
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
    text_of,
    unknown_text,
)
from reader_client.exchange.meaning import Border, Payment, Sex, Unknown, border

CONTACTS, ADDRESSES, PHONES, PAYMENTS = (1, 2, 3), (1, 2), (1, 2), (1, 2, 3)
MENTAL_ILLNESS = "mental_illness_flag"
ALERT = "other_medical_alert"
RURAL_NUMBER = "rural_insurance_number"
# what FHIR has no element for, as extensions of the patient
EXTENDED = ("sex_code", "ethnic_group_code", "education_level_code", "occupation_code")
BLOOD = {"abo_blood_type_code": "883-9", "rh_blood_type_code": "10331-7"}


def patient(profile: Profile, contents: CardContents, seed: str) -> Resource:
    """The holder with contacts and photo; a birth date that is none is absent, not left out."""
    items = contents.items
    photo = contents.photo
    return filled(
        {
            "resourceType": "Patient",
            "id": identity(seed, "patient"),
            "extension": [
                extension(profile, name, items[name]) for name in EXTENDED if items[name] is not None
            ],
            "identifier": list(_identifiers(profile, items)),
            "name": [] if items["holder_name"] is None else [{"text": text_of(items["holder_name"])}],
            "telecom": [
                _phone(items[f"holder_phone_{n}"], n)
                for n in PHONES
                if items[f"holder_phone_{n}"] is not None
            ],
            "gender": gender(items["sex_code"]),
            "birthDate": moment(items["birth_date"]),
            "_birthDate": absent() if isinstance(items["birth_date"], RawValue) else None,
            "address": [_address(profile, items, n) for n in ADDRESSES if items[f"address_{n}"] is not None],
            "maritalStatus": None
            if items["marital_status_code"] is None
            else coded(profile, "marital_status_code", items["marital_status_code"]),
            "photo": [{"contentType": "image/jpeg", "data": base64.b64encode(photo).decode("ascii")}]
            if photo
            else [],
            "contact": [contact for n in CONTACTS if (contact := _contact(profile, items, n))],
        }
    )


def gender(value: CardValue) -> str | None:
    """The code of FHIR; what the card's table does not know is unknown there, its raw value an extension."""
    if value is None:
        return None
    found = border(Sex, Border.CARD).read(value) if isinstance(value, str) else Unknown("")
    return border(Sex, Border.FHIR).write(Sex.UNKNOWN if isinstance(found, Unknown) else found)


def extension(profile: Profile, item: str, value: CardValue) -> Resource:
    """A coded item for which FHIR has no element."""
    return {"url": f"{OWN}/{item}", "valueCodeableConcept": coded(profile, item, value)}


def coverages(profile: Profile, contents: CardContents, holder: Resource, seed: str) -> Iterator[Resource]:
    """One for each way of paying; the rural number with the rural scheme, or alone."""
    items = contents.items
    rural = items[RURAL_NUMBER]
    for name in (f"medical_payment_method_{n}" for n in PAYMENTS):
        value = items[name]
        if value is None:
            continue
        kind = coded(profile, name, value)
        known = border(Payment, Border.CARD).read(value) if isinstance(value, str) else Unknown("")
        made = _coverage(holder, identity(seed, name), kind, {"display": kind["text"]})
        if known is Payment.SELF_PAID:
            own_money = coding(f"{HL7}/coverage-selfpay", "pay")
            made |= {"type": _with_coding(kind, own_money), "payor": [reference(holder)]}
        if known is Payment.NEW_RURAL and rural is not None:
            made |= _insured_by(rural)
            rural = None
        yield made
    if rural is not None:
        # the number says who is insured; that the rural scheme pays is nowhere on this card
        scheme: Resource = {"display": profile.items[RURAL_NUMBER].chinese}
        yield _coverage(holder, identity(seed, RURAL_NUMBER), None, scheme) | _insured_by(rural)


def blood(profile: Profile, contents: CardContents, holder: Resource, seed: str) -> Iterator[Resource]:
    """Blood group and Rhesus factor; a value that nobody knows is absent, its raw code in words."""
    for name, loinc in BLOOD.items():
        value = contents.items[name]
        if value is None:
            continue
        found = coded(profile, name, value)
        codings = found.get("coding", [])
        assert isinstance(codings, list)  # noqa: S101  `coded` makes them
        # where LOINC has no answer for it, the value says itself that it is unknown
        known = len(codings) > 1
        absence = [coding(f"{HL7}/data-absent-reason", "unknown"), *codings]
        missing = {"coding": absence, "text": found["text"]}
        yield filled(
            {
                "resourceType": "Observation",
                "id": identity(seed, name),
                "status": "final",
                "code": concept(LOINC, loinc) | {"text": profile.items[name].chinese},
                "subject": reference(holder),
                "valueCodeableConcept": found if known else None,
                "dataAbsentReason": None if known else missing,
            }
        )


def flag_names(profile: Profile, mental_illness: bool) -> Iterator[str]:
    """The warning flags of tags 43 to 54; that of tag 56 only where it was asked for."""
    for name, item in profile.items.items():
        wanted = mental_illness or name != MENTAL_ILLNESS
        if wanted and item.layout in ("DF02.EF05", "DF02.EF06") and item.format == "T/F":
            yield name


def flags(
    profile: Profile, contents: CardContents, holder: Resource, seed: str, mental_illness: bool
) -> Iterator[Resource]:
    """The warnings that are set; one that is not here says nothing, and bytes that are no flag warn too."""
    for name in (*flag_names(profile, mental_illness), ALERT):
        value = contents.items[name]
        if value is None or value is False:
            continue
        chinese = profile.items[name].chinese
        text = text_of(value) if name == ALERT else chinese
        if value is not True and name != ALERT:
            text = f"{chinese}: {unknown_text(value)}"
        known = value is True or isinstance(value, str)
        code: Resource = {"coding": [{"system": ITEMS, "code": name, "display": chinese}]} if known else {}
        yield {
            "resourceType": "Flag",
            "id": identity(seed, name),
            "status": "active",
            "category": [concept(f"{HL7}/flag-category", "clinical")],
            "code": code | {"text": text},
            "subject": reference(holder),
        }


def allergies(contents: CardContents, holder: Resource, seed: str) -> Iterator[Resource]:
    """What the holder does not bear."""
    for number, entry in enumerate(contents.allergies, start=1):
        name, reaction = entry["allergen_name"], entry["allergy_reaction"]
        yield filled(
            {
                "resourceType": "AllergyIntolerance",
                "id": identity(seed, f"allergies[{number}]"),
                "clinicalStatus": concept(f"{HL7}/allergyintolerance-clinical", "active"),
                "code": None if name is None else {"text": text_of(name)},
                "patient": reference(holder),
                "reaction": [] if reaction is None else [{"manifestation": [{"text": text_of(reaction)}]}],
            }
        )


def immunizations(contents: CardContents, holder: Resource, seed: str) -> Iterator[Resource]:
    """Vaccines that were given; where the date is missing FHIR still wants a word for it."""
    for number, entry in enumerate(contents.immunizations, start=1):
        name, given = entry["immunization_name"], entry["immunization_date"]
        when = moment(given)
        yield filled(
            {
                "resourceType": "Immunization",
                "id": identity(seed, f"immunizations[{number}]"),
                "status": "completed",
                "vaccineCode": {"text": UNKNOWN if name is None else text_of(name)},
                "patient": reference(holder),
                "occurrenceDateTime": when,
                "occurrenceString": None if when else UNKNOWN if given is None else text_of(given),
            }
        )


def _identifiers(profile: Profile, items: Values) -> Iterator[Resource]:
    for name, system in (
        ("card_number", CARD_NUMBER),
        ("resident_id_number", RESIDENT_ID),
        ("health_record_number", HEALTH_RECORD),
    ):
        if items[name] is not None:
            yield {"system": system, "value": text_of(items[name])}
    number, kind = items["id_document_number"], items["id_document_type"]
    if number is not None:
        named = {} if kind is None else {"type": coded(profile, "id_document_type", kind)}
        yield {**named, "system": item_system("id_document_number"), "value": text_of(number)}


def _phone(value: CardValue, rank: int | None = None) -> Resource:
    return filled({"system": "phone", "value": text_of(value), "rank": rank})


def _address(profile: Profile, items: Values, number: int) -> Resource:
    kind = items[f"address_type_{number}"]
    found = filled({"text": text_of(items[f"address_{number}"])})
    if kind is None:
        return found
    return {"extension": [extension(profile, f"address_type_{number}", kind)], **found}


def _contact(profile: Profile, items: Values, number: int) -> Resource | None:
    name, relation, phone = (items[f"contact_{part}_{number}"] for part in ("name", "relation", "phone"))
    found = filled(
        {
            "relationship": []
            if relation is None
            else [coded(profile, f"contact_relation_{number}", relation)],
            "name": None if name is None else {"text": text_of(name)},
            "telecom": [] if phone is None else [_phone(phone)],
        }
    )
    return found or None


def _coverage(holder: Resource, key: str, kind: Resource | None, payor: Resource) -> Resource:
    return filled(
        {
            "resourceType": "Coverage",
            "id": key,
            "status": "active",
            "type": kind,
            "beneficiary": reference(holder),
            "payor": [payor],
        }
    )


def _insured_by(number: CardValue) -> Resource:
    return {
        "identifier": [{"system": RURAL_INSURANCE, "value": text_of(number)}],
        "subscriberId": text_of(number),
    }


def _with_coding(kind: Resource, first: dict[str, str]) -> Resource:
    codings = kind["coding"]
    assert isinstance(codings, list)  # noqa: S101  `coded` makes them
    return {**kind, "coding": [first, *codings]}
