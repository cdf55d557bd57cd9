"""What a FHIR bundle says of a person, as values for a card.

Everything is checked before anything is returned: structure, code values, and whether each value fits its
item. A code that the card has no word for is left out and told, never replaced by a near one. Visits stay
outside: a visit record is written and signed by its own hospital.
# spec: issuance_and_ecard F.3, G.1
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from card_os.spec.codecs import Value, encode, from_json
from card_os.spec.model import Profile
from language import _
from reader_client.exchange import fhir_patient
from reader_client.exchange.fhir_check import FhirRefusedError, check
from reader_client.exchange.fhir_terms import (
    CARD_NUMBER,
    FHIR_SYSTEMS,
    HEALTH_RECORD,
    ITEMS,
    LOINC,
    NULL_FLAVOR,
    OWN,
    RESIDENT_ID,
    RURAL_INSURANCE,
    code_system,
    fhir_code,
    item_system,
)
from reader_client.exchange.meaning import TABLES, Border, Sex, Unknown, border
from reader_client.places import COLLECTIONS, slots

IDENTIFIERS = {
    CARD_NUMBER: "card_number",
    RESIDENT_ID: "resident_id_number",
    HEALTH_RECORD: "health_record_number",
    item_system("id_document_number"): "id_document_number",
}
MEASURED = ("final", "amended", "corrected")
_REACTIONS = "；"


@dataclass(frozen=True, slots=True)
class Incoming:
    """Values by the names of their items, newest entries first; `left_out` names elements that say nothing
    that the card could hold."""

    items: dict[str, Value] = field(default_factory=dict)
    allergies: list[dict[str, Value]] = field(default_factory=list)
    immunizations: list[dict[str, Value]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read_bundle(profile: Profile, bundle: object) -> Incoming:
    """The values of a bundle about one person.

    Raises FhirMissingError, FhirRefusedError, and ValueRefusedError where a value does not fit its item.
    """
    bundle = _without_nulls(bundle)
    check(profile, bundle, foreign=True)
    assert isinstance(bundle, dict)  # noqa: S101  the check has seen to it
    resources = [entry["resource"] for entry in bundle.get("entry", [])]
    people = [one for one in resources if one["resourceType"] == "Patient"]
    if len(people) != 1:
        raise FhirRefusedError(where="Patient", reason=_("a card is for exactly one person"))
    reader = _Reader(profile, Incoming())
    reader.patient(people[0])
    for kind, read in (
        ("Observation", reader.observation),
        ("Flag", reader.flag),
        ("AllergyIntolerance", reader.allergy),
        ("Immunization", reader.immunization),
    ):
        for one in (one for one in resources if one["resourceType"] == kind):
            read(one)
    reader.coverages([one for one in resources if one["resourceType"] == "Coverage"])
    reader.check_room()
    return reader.found


@dataclass(frozen=True, slots=True)
class _Reader:
    """One bundle on its way to a card."""

    profile: Profile
    found: Incoming

    # --- the person

    def patient(self, given: Mapping[str, Any]) -> None:
        for identifier in given.get("identifier", []):
            self._identifier(identifier)
        names = given.get("name", [])
        if names:
            self._text("holder_name", names[0].get("text"), "Patient.name.text")
        self._numbered("holder_phone", fhir_patient.PHONES, _phones(given), "Patient.telecom")
        self._text("birth_date", given.get("birthDate"), "Patient.birthDate")
        self._extensions(given, None)
        self._gender(given.get("gender"))
        self._coded("marital_status_code", given.get("maritalStatus"), "Patient.maritalStatus")
        addresses = given.get("address", [])
        self._numbered(
            "address", fhir_patient.ADDRESSES, [a.get("text") for a in addresses], "Patient.address"
        )
        for number, address in enumerate(addresses, start=1):
            self._extensions(address, f"address_type_{number}")
        self._contacts(given.get("contact", []))

    def _identifier(self, given: Mapping[str, Any]) -> None:
        name = IDENTIFIERS.get(given.get("system", ""))
        if name is None:
            self.found.left_out.append("Patient.identifier")
            return
        self._text(name, given.get("value"), "Patient.identifier.value")
        if name == "id_document_number":
            self._coded("id_document_type", given.get("type"), "Patient.identifier.type")

    def _gender(self, given: str | None) -> None:
        """The card's own code is in an extension; where it is, `gender` must mean the same."""
        if given is None:
            return
        own = self.found.items.get("sex_code")
        if own is not None:
            if fhir_patient.gender(own) != given:
                raise FhirRefusedError(
                    where="Patient.gender", reason=_("two codes that mean different things")
                )
            return
        meaning = border(Sex, Border.FHIR).read(given)
        if isinstance(meaning, Unknown):
            self.found.left_out.append("Patient.gender")
        else:
            self._value("sex_code", border(Sex, Border.CARD).write(meaning))

    def _extensions(self, given: Mapping[str, Any], as_item: str | None) -> None:
        for one in given.get("extension", []):
            name = one["url"].removeprefix(f"{OWN}/")
            if name in self.profile.items:
                self._coded(as_item or name, one.get("valueCodeableConcept"), f"extension {name}")

    def _contacts(self, given: Sequence[Mapping[str, Any]]) -> None:
        names = [(one.get("name") or {}).get("text") for one in given]
        self._numbered("contact_name", fhir_patient.CONTACTS, names, "Patient.contact")
        for number, one in enumerate(given, start=1):
            relations = one.get("relationship", [])
            if relations:
                where = "Patient.contact.relationship"
                self._coded(f"contact_relation_{number}", relations[0], where)
            for phone in _phones(one)[:1]:
                self._text(f"contact_phone_{number}", phone, "Patient.contact.telecom")

    # --- what else there is

    def observation(self, given: Mapping[str, Any]) -> None:
        if given["status"] not in MEASURED:
            self.found.left_out.append("Observation")
            return
        loinc = {one.get("code") for one in given["code"].get("coding", []) if one.get("system") == LOINC}
        for name, code in fhir_patient.BLOOD.items():
            if code in loinc:
                found = given.get("valueCodeableConcept") or given.get("dataAbsentReason")
                self._coded(name, found, f"Observation {code}")

    def flag(self, given: Mapping[str, Any]) -> None:
        codings = given["code"].get("coding", [])
        names = [one.get("code") for one in codings if one.get("system") == ITEMS]
        known = {*fhir_patient.flag_names(self.profile, mental_illness=True), fhir_patient.ALERT}
        if given.get("status") != "active" or len(names) != 1 or names[0] not in known:
            self.found.left_out.append("Flag")
        elif names[0] == fhir_patient.ALERT:
            self._text(names[0], given["code"].get("text"), "Flag.code.text")
        else:
            self._value(names[0], True)

    def allergy(self, given: Mapping[str, Any]) -> None:
        if _status(given, "clinicalStatus", "active") != "active" or _status(
            given, "verificationStatus", "confirmed"
        ) in ("refuted", "entered-in-error"):
            self.found.left_out.append("AllergyIntolerance")
            return
        signs = [
            sign.get("text", "")
            for reaction in given.get("reaction", [])
            for sign in reaction.get("manifestation", [])
        ]
        texts = {
            "allergen_name": given.get("code", {}).get("text"),
            "allergy_reaction": _REACTIONS.join(filter(None, signs)) or None,
        }
        self._entry(self.found.allergies, texts, "AllergyIntolerance")

    def immunization(self, given: Mapping[str, Any]) -> None:
        if given["status"] != "completed":
            self.found.left_out.append("Immunization")
            return
        day = given.get("occurrenceDateTime")
        texts = {
            "immunization_name": given["vaccineCode"].get("text"),
            "immunization_date": day and day.partition("T")[0],
        }
        self._entry(self.found.immunizations, texts, "Immunization")

    def coverages(self, given: Sequence[Mapping[str, Any]]) -> None:
        active = [one for one in given if one["status"] == "active"]
        paid = [one["type"] for one in active if "type" in one]
        _room(paid, fhir_patient.PAYMENTS, "Coverage")
        for number, kind in enumerate(paid, start=1):
            self._coded(f"medical_payment_method_{number}", kind, "Coverage.type")
        for one in active:
            for identifier in one.get("identifier", []):
                if identifier.get("system") == RURAL_INSURANCE:
                    self._text("rural_insurance_number", identifier.get("value"), "Coverage.identifier")

    def check_room(self) -> None:
        """More entries than the card has room for would push out the oldest in silence."""
        for name, entries in (
            ("allergies", self.found.allergies),
            ("immunizations", self.found.immunizations),
        ):
            room = slots(self.profile, COLLECTIONS[name][0])
            _room(entries, range(1, room + 1), name)

    # --- values

    def _numbered(self, name: str, numbers: Sequence[int], given: Sequence[str | None], where: str) -> None:
        _room(given, numbers, where)
        for number, text in zip(numbers, given, strict=False):
            if text is not None:
                self._text(f"{name}_{number}", text, where)

    def _entry(self, entries: list[dict[str, Value]], texts: Mapping[str, str | None], where: str) -> None:
        values = {
            name: from_json(self.profile.items[name], text)
            for name, text in texts.items()
            if text is not None
        }
        for name, value in values.items():
            encode(self.profile, self.profile.items[name], value)
        if values:
            entries.append(values)
        else:
            self.found.left_out.append(where)

    def _text(self, name: str, text: str | None, where: str) -> None:
        if text is None:
            self.found.left_out.append(where)
        else:
            self._value(name, from_json(self.profile.items[name], text))

    def _value(self, name: str, value: Value) -> None:
        encode(self.profile, self.profile.items[name], value)
        if self.found.items.get(name, value) != value:
            raise FhirRefusedError(where=name, reason=_("two values for one item"))
        self.found.items[name] = value

    def _coded(self, name: str, concept: Mapping[str, Any] | None, where: str) -> None:
        if concept is None:
            return
        table = self.profile.items[name].codes.partition("[")[0]
        codes = set(_codes(table, concept.get("coding", []), where))
        if len(codes) > 1:
            raise FhirRefusedError(where=where, reason=_("two codes that mean different things"))
        if codes:
            self._value(name, codes.pop())
        else:
            self.found.left_out.append(where)


def _codes(table: str, codings: Sequence[Mapping[str, Any]], where: str) -> Iterator[str]:
    """The codes of the card that a concept has; where its own is among them FHIR's must mean the same."""
    own = [one["code"] for one in codings if one.get("system") == code_system(table)]
    foreign = [
        one["code"] for one in codings if one.get("system") in {FHIR_SYSTEMS.get(table), NULL_FLAVOR} - {None}
    ]
    yield from own
    for code in foreign:
        for ours in own:
            expected = fhir_code(table, ours)
            if expected is None or expected["code"] != code:
                raise FhirRefusedError(where=where, reason=_("two codes that mean different things"))
        if not own and table in FHIR_SYSTEMS:
            kind: type[Enum] = TABLES[table]
            meaning = border(kind, Border.FHIR).read(code)
            if not isinstance(meaning, Unknown):
                yield border(kind, Border.CARD).write(meaning)


def _status(given: Mapping[str, Any], element: str, otherwise: str) -> str:
    codings = given.get(element, {}).get("coding", [{}])
    return str(codings[0].get("code", otherwise))


def _without_nulls(value: object) -> object:
    """What FHIR means: an element that is null, or empty, is not there."""
    if isinstance(value, dict):
        pairs = ((name, _without_nulls(one)) for name, one in value.items())
        return {name: one for name, one in pairs if one not in (None, [], {})}
    if isinstance(value, list):
        return [one for one in map(_without_nulls, value) if one not in (None, [], {})]
    return value


def _phones(given: Mapping[str, Any]) -> list[str]:
    return [
        one["value"] for one in given.get("telecom", []) if one.get("system") == "phone" and "value" in one
    ]


def _room(given: Sequence[object], numbers: Sequence[int], where: str) -> None:
    if len(given) > len(numbers):
        raise FhirRefusedError(where=where, reason=_("more entries than the card has room for"))
