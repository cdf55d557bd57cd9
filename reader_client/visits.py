"""Visit records: which slot a new one takes, and how it is written so that a cut does no harm.

Three inpatient and five outpatient slots; a flag for each says whether its record is valid.
# spec: issuance_and_ecard D.2, terminal_interface 4.6, 5.2
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from card_os.spec.certificate import published_test_trust
from card_os.spec.codecs import Value
from card_os.spec.errors import Phrase, UnknownItemError
from card_os.spec.model import FileSpec, Profile
from language import _
from reader_client.contents import CardValue
from reader_client.decoding import decoder_of
from reader_client.errors import CardRemovedError, KeyNotHeldError, NotWritableError
from reader_client.files import WRITE_BLOCK, CardFiles
from reader_client.places import place, slots
from reader_client.reading import read_places
from reader_client.signatures import (
    IntegrityItems,
    VisitSignature,
    integrity_items,
    judge,
    parsed,
    signed,
)
from reader_client.writing import entry

ISSUER_CERTIFICATE = "issuer_certificate"


class VisitKind(StrEnum):
    """The two kinds of visit records."""

    INPATIENT = "inpatient"
    OUTPATIENT = "outpatient"

    @property
    def collection(self) -> str:
        """The list of this kind in item names."""
        return f"{self}_visits"

    @property
    def data_layout(self) -> str:
        """The layout of the record."""
        return "DF03.EE" if self is VisitKind.INPATIENT else "DF03.ED"

    @property
    def flag_layout(self) -> str:
        """The layout of the flags."""
        return "DF03.EF05" if self is VisitKind.INPATIENT else "DF03.EF06"

    @property
    def flag_item(self) -> str:
        """The item that says whether a record is valid."""
        return f"{self}_record_valid_flag"

    @property
    def order(self) -> tuple[str, ...]:
        """The dates by which the oldest record is found; the first one must be given for a new record."""
        return ("admission_date", "discharge_date") if self is VisitKind.INPATIENT else ("visit_datetime",)


class SlotReason(StrEnum):
    """Why a slot was taken."""

    FREE = "free"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class VisitWritten:
    """Where a visit record was put; `erased_first` tells whether its flag could be erased before.

    `signed_by` is the serial number of the SAM that signed it, None where it is not signed.
    """

    kind: VisitKind
    slot: int
    reason: SlotReason
    erased_first: bool
    signed_by: str | None = None


class WriteStage(StrEnum):
    """How far the writing of a visit record had come."""

    UNTOUCHED = "untouched"
    ERASING = "erasing"
    WRITING = "writing"
    MARKING = "marking"


class VisitCutError(CardRemovedError):
    """The card, or the SAM, was gone in the middle of writing a visit record; `slot` counts from 1.

    Whatever the stage, no record is marked valid that is not complete, but for a missing date; and only the
    oldest record can be lost, where no slot was free.
    """

    template = "the card was removed from reader {reader!r}: {consequence}"

    def __init__(self, reader: object, stage: WriteStage, slot: int | None) -> None:
        self.stage, self.slot = stage, slot
        super().__init__(reader=reader, consequence=_consequence(stage, slot))


def _consequence(stage: WriteStage, slot: int | None) -> Phrase:
    return {
        WriteStage.UNTOUCHED: Phrase("nothing had been written"),
        WriteStage.ERASING: Phrase("the oldest visit record, slot {slot}, may have lost its mark", slot=slot),
        WriteStage.WRITING: Phrase(
            "slot {slot} was being written; read the card before writing again", slot=slot
        ),
        WriteStage.MARKING: Phrase(
            "slot {slot} is written; read the card to see whether it is marked valid", slot=slot
        ),
    }[stage]


def first_free(flags: Sequence[CardValue]) -> int | None:
    """The first slot, from 1, whose flag is FF; a flag with any other value is not free."""
    return next((slot for slot, valid in enumerate(flags, start=1) if valid is False), None)


def oldest(dates: Sequence[Sequence[CardValue]]) -> int:
    """The slot, from 1, with the oldest dates; a record without a readable date is the oldest of all."""

    def age(slot: int) -> tuple[str, ...]:
        return tuple(v.isoformat() if isinstance(v, (date, datetime)) else "" for v in dates[slot - 1])

    return min(range(1, len(dates) + 1), key=age)


def valid_flags(card: CardFiles, kind: VisitKind) -> list[CardValue]:
    """The flags of all slots: True valid, False free."""
    count = slots(card.profile, kind.flag_layout)
    names = [f"{kind.collection}[{slot}].{kind.flag_item}" for slot in range(1, count + 1)]
    values = read_places(card, [place(card.profile, name) for name in names])
    return [values[name] for name in names]


def add_visit(
    card: CardFiles,
    kind: VisitKind,
    values: Mapping[str, Value],
    *,
    sign: bool = True,
    sign_with_z: bool = True,
) -> VisitWritten:
    """Write a record into the first free slot, else over the oldest one, and mark it valid last.

    `values` by the names of the items; what is left out is empty, signature and certificate of the record
    before included. With `sign` a SAM that has a certificate signs the data, unless `values` bring a
    signature along; see `signatures`. Everything is encoded and signed before the card is touched. Raises
    VisitCutError where a card is gone in between.
    """
    raw, signed_by = _encoded(card.profile, kind, values), None
    integrity = integrity_items(card.profile, kind.data_layout)
    certificate = card.sam.certificate() if sign and not _brought(integrity, values) else None
    if certificate is not None:
        raw, signed_by = signed(card.sam, certificate, raw, integrity, sign_with_z), certificate.sam_serial
    stage, slot = WriteStage.UNTOUCHED, None
    try:
        slot = first_free(valid_flags(card, kind))
        reason = SlotReason.OLDEST if slot is None else SlotReason.FREE
        if slot is None:
            slot = oldest(_dates(card, kind))
            stage = WriteStage.ERASING
        erased = reason is SlotReason.OLDEST and _try_to_erase(card, kind, slot)
        still_valid = reason is SlotReason.OLDEST and not erased
        stage = WriteStage.WRITING
        _write(card, _slot_file(card.profile, kind, slot), raw, still_valid=still_valid)
        stage = WriteStage.MARKING
        card.set_flag(_flag_file(card.profile, kind), slot, valid=True)
    except CardRemovedError as error:
        raise VisitCutError(error.fields["reader"], stage, slot) from error
    return VisitWritten(kind, slot, reason, erased, signed_by)


def verify_visit(
    card: CardFiles, kind: VisitKind, slot: int, trust: Mapping[str, bytes] | None = None
) -> VisitSignature:
    """Who signed the record in a slot, and whether that holds; the flag of the slot is not asked.

    The issuer certificate is that of the card or of the SAM at hand. `trust` are the national roots, public
    keys of 64 bytes by their ids; without it those of the environment TEST.
    """
    place(card.profile, f"{kind.collection}[{slot}].{kind.order[0]}")
    file = _slot_file(card.profile, kind, slot)
    of_the_card = read_places(card, [place(card.profile, ISSUER_CERTIFICATE)])[ISSUER_CERTIFICATE]
    issuers = [parsed(of_the_card), card.sam.issuer_certificate()]
    card.open_for_reading(file)
    raw = card.read_binary(file, 0, file.size)
    return judge(
        raw,
        integrity_items(card.profile, kind.data_layout),
        [issuer for issuer in issuers if issuer is not None],
        published_test_trust() if trust is None else trust,
        _last_day(decoder_of(card.profile).values(kind.data_layout, raw), kind),
    )


def _last_day(values: Mapping[str, CardValue], kind: VisitKind) -> date | None:
    """The day on which a record ends: it was written then, or later."""
    found = [value for name in kind.order if isinstance(value := values[name], date)]
    last = max(found, default=None)
    return last.date() if isinstance(last, datetime) else last


def erase_visit(card: CardFiles, kind: VisitKind, slot: int) -> None:
    """Take the mark from a slot; the card must be of the SAM's province."""
    place(card.profile, f"{kind.collection}[{slot}].{kind.flag_item}")
    card.set_flag(_flag_file(card.profile, kind), slot, valid=False)


def _brought(integrity: IntegrityItems, values: Mapping[str, Value]) -> bool:
    return any(values.get(item.name) is not None for item in (integrity.signature, integrity.certificate))


def _encoded(profile: Profile, kind: VisitKind, values: Mapping[str, Value]) -> bytes:
    items = profile.by_layout[kind.data_layout]
    known = {item.name for item in items}
    for name in values:
        if name not in known:
            raise UnknownItemError(item=name, hint=f" ({kind.collection})")
    if values.get(kind.order[0]) is None:
        reason = _("a visit record needs its date")
        raise NotWritableError(item=kind.order[0], reason=reason)
    return entry(profile, items, values)


def _dates(card: CardFiles, kind: VisitKind) -> list[list[CardValue]]:
    numbers = range(1, slots(card.profile, kind.data_layout) + 1)
    names = [[f"{kind.collection}[{slot}].{item}" for item in kind.order] for slot in numbers]
    values = read_places(card, [place(card.profile, name) for row in names for name in row])
    return [[values[name] for name in row] for row in names]


def _try_to_erase(card: CardFiles, kind: VisitKind, slot: int) -> bool:
    """Erase the flag where the SAM has the province key of this card; a hospital elsewhere has none."""
    if not card.sam_is_of_this_province:
        return False
    try:
        card.set_flag(_flag_file(card.profile, kind), slot, valid=False)
    except KeyNotHeldError:
        return False
    return True


def _write(card: CardFiles, file: FileSpec, raw: bytes, *, still_valid: bool) -> None:
    """Write a whole record.

    Where its flag still says valid, the head with organisation and date is emptied first and written last:
    a cut in between leaves a record without a date, which nobody can take for a whole one.
    """
    card.open_for_update(file)
    if not still_valid:
        card.write_binary(file, 0, raw)
        return
    blank = b"".join(item.blank for item in card.profile.items_of(file))
    card.write_binary(file, 0, blank[:WRITE_BLOCK])
    card.write_binary(file, WRITE_BLOCK, raw[WRITE_BLOCK:])
    card.write_binary(file, 0, raw[:WRITE_BLOCK])


def _slot_file(profile: Profile, kind: VisitKind, slot: int) -> FileSpec:
    return profile.files_of(kind.data_layout)[slot - 1]


def _flag_file(profile: Profile, kind: VisitKind) -> FileSpec:
    return profile.files_of(kind.flag_layout)[0]
