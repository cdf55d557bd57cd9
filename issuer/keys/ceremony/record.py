"""The printable record of a ceremony, made of what the audit chain says: people, steps, check values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from card_os.spec.model import Meaning
from issuer.access.permission import action, actions
from issuer.keys.ceremony.procedures import BEGUN, DONE
from issuer.keys.hierarchy import Level
from issuer.printing.documents import CeremonyKey, CeremonyKind, CeremonyRecord, CeremonyStep, Participant
from issuer.registry.errors import NotFoundError
from issuer.registry.schema.access import operator
from issuer.registry.schema.audit import audit
from issuer.registry.work import Row, Work

KINDS = {
    "keys.ceremony": CeremonyKind.ROOT,
    "keys.shares": CeremonyKind.SHARES,
    "keys.recover": CeremonyKind.RECOVERY,
    "keys.export": CeremonyKind.EXPORT,
    "keys.import": CeremonyKind.IMPORT,
    "keys.rotate": CeremonyKind.ROTATION,
    "keys.destroy_version": CeremonyKind.DESTRUCTION,
    "keys.destroy": CeremonyKind.DESTRUCTION,
}
_CUSTODIAN = Meaning("密钥管理员", "key custodian")
_COMPONENT = Meaning("密钥分量提供人", "gave a component")


@dataclass(frozen=True, slots=True)
class House:
    """Where a ceremony was held: the issuer, its environment, the level of its keys, a place in words."""

    name: str
    environment: str
    level: Level
    place: str


@action("keys.record")
def record_of(work: Work, row: int, house: House) -> CeremonyRecord:
    """The record of the step that ended with a row of the audit chain, by its number.

    Raises NotFoundError where that row ends no step of a ceremony.
    """
    last = _row(work, row)
    steps = [step for step in (_begun(work, last), last) if step is not None]
    told: dict[str, Any] = {}
    for step in steps:
        told |= json.loads(step["detail"])
    work.record("keys.record", "audit", str(row))
    return CeremonyRecord(
        environment=house.environment,
        ceremony_number=f"{last['action']}-{row}",
        kind=KINDS[last["action"]],
        issuer_name=house.name,
        place=house.place,
        began_at=steps[0]["at"],
        ended_at=last["at"],
        participants=_participants(work, last, told),
        steps=tuple(
            CeremonyStep(
                at=step["at"],
                action=_meaning(step),
                operators=(step["operator"], step["second"]),
                audit_row=step["seq"],
            )
            for step in steps
        ),
        keys=_keys(told, house.level),
        audit_digest=bytes(last["digest"]),
        remark=_remark(told),
    )


def _row(work: Work, seq: int) -> Row:
    row = work.one(select(audit).where(audit.c.seq == seq), "audit row", str(seq))
    if row["action"] not in KINDS or json.loads(row["detail"]).get("phase") != DONE:
        raise NotFoundError(kind="end of a key ceremony in the audit log", name=str(seq))
    return row


def _begun(work: Work, last: Row) -> Row | None:
    """The row with which the step began; a rotation has none."""
    before = (
        select(audit)
        .where(audit.c.action == last["action"], audit.c.subject_id == last["subject_id"])
        .where(audit.c.seq < last["seq"])
        .order_by(audit.c.seq.desc())
        .limit(1)
    )
    return next((row for row in work.rows(before) if json.loads(row["detail"]).get("phase") == BEGUN), None)


def _meaning(step: Row) -> Meaning:
    meaning = actions()[step["action"]].meaning
    begun = json.loads(step["detail"]).get("phase") == BEGUN
    chinese, english = ("开始", "begun") if begun else ("完成", "done")
    return Meaning(f"{meaning.chinese}（{chinese}）", f"{meaning.english} ({english})")


def _participants(work: Work, last: Row, told: Mapping[str, Any]) -> tuple[Participant, ...]:
    third = str(told.get("third", ""))
    names = [name for name in (last["operator"], last["second"], third) if name]
    columns = (operator.c.name, operator.c.display_name, operator.c.institution)
    known = {row["name"]: row for row in work.rows(select(*columns).where(operator.c.name.in_(names)))}
    gone = {"display_name": "", "institution": ""}
    return tuple(
        Participant(
            name=known.get(name, gone)["display_name"] or name,
            role=_COMPONENT if name == third else _CUSTODIAN,
            organisation=known.get(name, gone)["institution"],
        )
        for name in names
    )


def _keys(told: Mapping[str, Any], level: Level) -> tuple[CeremonyKey, ...]:
    checks = dict(told.get("check_values", {}))
    if "master" in told:
        checks["MASTER/1"] = told["master"]
    for place, value in enumerate(told.get("components", ()), start=1):
        checks[f"COMPONENT-{place}/1"] = value
    holder = str(told.get("to", level.code)) or "–"
    return tuple(
        CeremonyKey(
            name=label.partition("/")[0],
            version=int(label.partition("/")[2]),
            holder=holder,
            check_value=bytes.fromhex(value),
        )
        for label, value in checks.items()
    )


def _remark(told: Mapping[str, Any]) -> str:
    """The plain facts of a step: numbers and names that are neither keys nor people."""
    names = ("file_id", "generation", "export_id", "to", "from", "version", "former", "needed", "people")
    return ", ".join(f"{name} {told[name]}" for name in names if told.get(name) not in (None, ""))
