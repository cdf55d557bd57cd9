"""The whole demonstration in one go: read, write, add a visit, read back, compare."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from card_os.spec.codecs import Value
from lab.demo import Resident
from language import _
from reader_client.contents import CardContents
from reader_client.session import HealthCardSession
from reader_client.signatures import SignatureStatus
from reader_client.visits import VisitKind, VisitWritten

Say = Callable[[str], None]

# one item of each DF, by a key that the SAM of the demo province holds
NEW_VALUES: dict[str, Value] = {
    "holder_phone_1": "19900009999",
    "address_1": "北京市东城区测试街道1号",
    "other_medical_alert": "青霉素过敏",
}
NEW_VISIT: dict[str, Value] = {
    "outpatient_org_name": "居民健康卡测试医院",
    "outpatient_org_code": "000000019",
    "visit_datetime": datetime(2026, 11, 22, 9, 30),
    "outpatient_number": "MZ20261122001",
    "visit_department": "全科医学科",
    "outpatient_diagnosis_name_1": "急性上呼吸道感染",
    "outpatient_diagnosis_code_1": "J06.900",
    "outpatient_fee_category_1": "西药费",
    "outpatient_fee_category_code_1": "1",
    "outpatient_fee_amount_1": Decimal("36.80"),
}
SECTIONS = ("allergies", "immunizations", "inpatient_visits", "outpatient_visits")


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that was read otherwise than it was written."""

    place: str
    written: object
    read: object


def demonstrate(session: HealthCardSession, resident: Resident, say: Say) -> list[Difference]:
    """Run through the card; returns what did not come back as it was written, best nothing."""
    contents = session.read_all()
    differences = compare_issued(resident, contents)
    say(_("The whole card was read: {count} items.").format(count=len(contents.items)))
    session.update(NEW_VALUES)
    say(_("Written: {names}.").format(names=", ".join(NEW_VALUES)))
    visit = session.add_visit(VisitKind.OUTPATIENT, NEW_VISIT)
    say(_("A visit was written into outpatient slot {slot}.").format(slot=visit.slot))
    differences += _signature_differences(session, visit, say)
    wanted = {f"outpatient_visits[{visit.slot}].{name}": value for name, value in NEW_VISIT.items()}
    wanted[f"outpatient_visits[{visit.slot}].outpatient_record_valid_flag"] = True
    read = session.read([*NEW_VALUES, *wanted])
    differences += [
        Difference(name, value, read[name])
        for name, value in {**NEW_VALUES, **wanted}.items()
        if read[name] != value
    ]
    say(_("Read back and compared: {count} values.").format(count=len(read)))
    return differences


def _signature_differences(session: HealthCardSession, visit: VisitWritten, say: Say) -> list[Difference]:
    """What a verifier says of the new record against what the writer did."""
    signature = session.verify_visit(visit.kind, visit.slot)
    expected = SignatureStatus.VALID if visit.signed_by else SignatureStatus.UNSIGNED
    if (signature.status, signature.sam_serial) != (expected, visit.signed_by):
        return [Difference(f"{visit.kind.collection}[{visit.slot}]", expected, signature.status)]
    if visit.signed_by:
        say(_("Its signature by SAM {serial} was verified.").format(serial=visit.signed_by))
    return []


def compare_issued(resident: Resident, contents: CardContents) -> list[Difference]:
    """What a card holds against the record that it was issued from."""
    record: dict[str, Any] = json.loads(resident.raw)
    card: dict[str, Any] = contents.to_json()
    differences = [
        Difference(name, value, card["items"].get(name))
        for name, value in record["items"].items()
        if card["items"].get(name) != value
    ]
    for section in SECTIONS:
        written, read = record.get(section, []), card[section]
        if len(written) != len(read):
            differences.append(Difference(section, len(written), len(read)))
        differences += [
            Difference(f"{section}[{number}].{name}", value, entry.get(name))
            for number, (given, entry) in enumerate(zip(written, read, strict=False), start=1)
            for name, value in given.items()
            if entry.get(name) != value
        ]
    return differences
