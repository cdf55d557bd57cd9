"""Names, codes and times as FHIR has them; everything that a resource is made of.

The example host stands for nobody: our own systems are names, not addresses. # spec: issuance_and_ecard G.1
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from functools import cache
from importlib.resources import files
from uuid import UUID, uuid5

from card_os.spec.model import Profile
from reader_client.contents import CardValue, RawValue, json_value
from reader_client.exchange.meaning import TABLES, Border, Unknown, border

Resource = dict[str, object]

OWN = "https://residents-health-card.example/fhir"
ITEMS = f"{OWN}/items"
ORGANIZATION_CODE = f"{OWN}/organization-code"
SAM_SERIAL = f"{OWN}/sam-serial-number"
RURAL_INSURANCE = f"{OWN}/rural-insurance-number"
# spec: issuance_and_ecard G.1
CARD_NUMBER = "urn:oid:2.16.156.10011.1.19"
RESIDENT_ID = "urn:oid:2.16.156.10011.1.3"
HEALTH_RECORD = "urn:oid:2.16.156.10011.1.2"
# spec: issuance_and_ecard G.2
INPATIENT_CASE = "urn:oid:2.16.156.10011.1.13"
HL7 = "http://terminology.hl7.org/CodeSystem"
LOINC = "http://loinc.org"
# in both languages, for nobody knows who will read a bundle
UNKNOWN = "未知 (unknown)"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
SIGNATURE_TYPE = ("urn:iso-astm:E1762-95:2013", "1.2.840.10065.1.12.1.14")

# the code system of a table at the border to FHIR; sex is no coding but a code of its own
FHIR_SYSTEMS = {
    "abo": LOINC,
    "rh": LOINC,
    "marital_status": f"{HL7}/v3-MaritalStatus",
    "relation": f"{HL7}/v3-RoleCode",
}
NULL_FLAVOR = f"{HL7}/v3-NullFlavor"
_NAMESPACE = UUID("7f0c1f6e-2f0e-5a53-9d3a-0f0d2c6b9a11")
# China has one zone, and the card writes what the clock on the wall says
_ZONE = "+08:00"


@cache
def displays() -> Mapping[tuple[str, str], str]:
    """What we call the codes of other people's systems, by system and code."""
    text = (files("reader_client.exchange") / "fhir_codes.csv").read_text("utf-8")
    return {(row["system"], row["code"]): row["display"] for row in csv.DictReader(io.StringIO(text))}


def coding(system: str, code: str) -> dict[str, str]:
    """A coding of a system that we know; raises KeyError for a code that is not in `fhir_codes.csv`."""
    return {"system": system, "code": code, "display": displays()[system, code]}


def concept(system: str, code: str) -> Resource:
    """A concept of one coding that we know."""
    return {"coding": [coding(system, code)]}


def code_system(table: str) -> str:
    """Our name of a code table of the declaration."""
    return f"{OWN}/codes/{table}"


def item_system(item: str) -> str:
    """Our name of the codes of an item for which no table is public; the visit's number is cut off."""
    return f"{OWN}/item-codes/{item.rstrip('0123456789').rstrip('_')}"


def coded(profile: Profile, item: str, value: CardValue) -> Resource:
    """A coded item: the coding of FHIR where it has the meaning, that of the card, the Chinese text.

    What no table knows has no coding, only its raw value in words.
    """
    spec = profile.items[item]
    table = spec.codes.partition("[")[0]
    meaning = profile.code_meaning(spec, value) if isinstance(value, str) else None
    if meaning is None or not isinstance(value, str):
        return {"text": unknown_text(value)}
    own = {"system": code_system(table), "code": value, "display": meaning.chinese}
    foreign = fhir_code(table, value)
    return {"coding": ([foreign] if foreign else []) + [own], "text": meaning.chinese}


def fhir_code(table: str, code: str) -> dict[str, str] | None:
    """The coding that FHIR has for a code of the card, None where it has none."""
    if table not in FHIR_SYSTEMS:
        return None
    kind: type[Enum] = TABLES[table]
    found = border(kind, Border.CARD).read(code)
    target = border(kind, Border.FHIR)
    if isinstance(found, Unknown) or found not in target.meanings:
        return None
    written = target.write(found)
    system = FHIR_SYSTEMS[table]
    return coding(system if (system, written) in displays() else NULL_FLAVOR, written)


def unknown_text(value: CardValue) -> str:
    """What stands where a value would be that nobody knows."""
    return f"{UNKNOWN}: {value.hex if isinstance(value, RawValue) else json_value(value)}"


def text_of(value: CardValue) -> str:
    """A value as FHIR text; bytes that are no value say so."""
    return unknown_text(value) if isinstance(value, RawValue) else str(json_value(value))


def reported(name: CardValue, code: CardValue, item: str) -> Resource | None:
    """A concept from a name and a code for which no table is public, None where both are empty."""
    found: Resource = {}
    # FHIR has no codes with odd blanks; such a one still stands in the text where no name does
    if isinstance(code, str) and code and code == " ".join(code.split()):
        found["coding"] = [{"system": item_system(item), "code": code}]
    if name is not None or code is not None:
        found["text"] = text_of(code if name is None else name)
    return found or None


def moment(value: CardValue) -> str | None:
    """A date or a time; None for everything else."""
    if isinstance(value, datetime):
        return value.isoformat() + _ZONE
    return value.isoformat() if isinstance(value, date) else None


def absent() -> Resource:
    """The extension that says why a primitive value is missing."""
    return {"extension": [{"url": ABSENT, "valueCode": "unknown"}]}


def identity(seed: str, place: str) -> str:
    """The id of a resource: the same card gives the same ids wherever and whenever it is read."""
    return str(uuid5(_NAMESPACE, f"{seed}/{place}"))


def reference(of: Resource) -> dict[str, str]:
    """A reference to a resource of the same bundle."""
    return {"reference": f"urn:uuid:{of['id']}"}


def filled(resource: Resource) -> Resource:
    """A resource without what is empty; FHIR knows no empty lists and no null."""
    return {name: value for name, value in resource.items() if value not in (None, "", [], {})}
