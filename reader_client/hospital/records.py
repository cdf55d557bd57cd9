"""Visit records read whole: what may be believed of each, by its date and its signature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from card_os.spec.codecs import Value
from card_os.spec.errors import Phrase
from language import describe
from reader_client.contents import CardValue, present
from reader_client.hospital.roles import Role
from reader_client.session import HealthCardSession
from reader_client.signatures import SignatureStatus
from reader_client.visits import VisitKind


class RecordState(StrEnum):
    """What a record that is marked valid is worth."""

    SIGNED = "signed"
    UNSIGNED = "unsigned"
    UNKNOWN_ISSUER = "unknown issuer"
    BROKEN = "broken"  # the signature does not hold: changed, or cut while it was written
    INCOMPLETE = "incomplete"  # without its date: cut while it was written


_STATES = {
    SignatureStatus.VALID: RecordState.SIGNED,
    SignatureStatus.UNSIGNED: RecordState.UNSIGNED,
    SignatureStatus.UNKNOWN_ISSUER: RecordState.UNKNOWN_ISSUER,
    SignatureStatus.INVALID: RecordState.BROKEN,
}


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """A record that is marked valid, in a slot counted from 1.

    `signed_by` is the serial of a SAM; `warning` says where a certificate was not valid on its day.
    """

    kind: VisitKind
    slot: int
    state: RecordState
    items: Mapping[str, CardValue]
    signed_by: str | None = None
    warning: Phrase | None = None

    @property
    def whole(self) -> bool:
        """Whether the record is as somebody wrote it, as far as can be told."""
        return self.state not in (RecordState.BROKEN, RecordState.INCOMPLETE)

    def to_json(self) -> dict[str, object]:
        """The items that are not empty; signature and certificate as what they came to."""
        raw = {f"{self.kind}_transaction_signature", f"{self.kind}_sam_certificate"}
        items = {name: value for name, value in present(self.items).items() if name not in raw}
        return {
            "kind": self.kind,
            "slot": self.slot,
            "state": self.state,
            "signed_by": self.signed_by,
            "warning": describe(self.warning) if self.warning else None,
            "items": items,
        }


def read_visits(
    session: HealthCardSession, kind: VisitKind, trust: Mapping[str, bytes] | None
) -> tuple[VisitRecord, ...]:
    """The records that are marked valid, each verified; `trust` as in `verify_visit`."""
    slots = session.valid_slots(kind)
    names = [item.name for item in session.profile.by_layout[kind.data_layout]]
    values = session.read([_name(kind, slot, name) for slot in slots for name in names])
    return tuple(
        _judged(session, kind, slot, {name: values[_name(kind, slot, name)] for name in names}, trust)
        for slot in slots
    )


def slot_with(
    session: HealthCardSession,
    role: Role,
    kind: VisitKind,
    values: Mapping[str, Value],
    trust: Mapping[str, bytes] | None,
) -> int | None:
    """The slot in which this very visit stands whole already, by the items that `role` compares.

    After a cut nobody knows whether the last command was carried out; writing the visit again must not
    leave it on the card twice.
    """
    keys = role.slot_items(kind)
    slots = session.valid_slots(kind)
    found = session.read([_name(kind, slot, key) for slot in slots for key in keys])
    for slot in slots:
        held = {key: found[_name(kind, slot, key)] for key in keys}
        if all(held[key] == values.get(key) for key in keys):
            return slot if _judged(session, kind, slot, held, trust).whole else None
    return None


def _judged(
    session: HealthCardSession,
    kind: VisitKind,
    slot: int,
    items: Mapping[str, CardValue],
    trust: Mapping[str, bytes] | None,
) -> VisitRecord:
    if items[kind.order[0]] is None:
        return VisitRecord(kind, slot, RecordState.INCOMPLETE, items)
    signature = session.verify_visit(kind, slot, trust)
    state = _STATES[signature.status]
    signed_by = signature.sam_serial if state is RecordState.SIGNED else None
    return VisitRecord(kind, slot, state, items, signed_by, signature.warning)


def _name(kind: VisitKind, slot: int, item: str) -> str:
    return f"{kind.collection}[{slot}].{item}"
