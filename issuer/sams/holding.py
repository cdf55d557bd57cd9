"""Where SAMs are: ordered, taken in, issued to a device, suspended, lost, recalled, destroyed.

# spec: issuance_and_ecard A.7
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from card_os.iso7816.atr import AtrError
from card_os.spec import loader
from card_os.spec.errors import Phrase, PlainError
from issuer.access.permission import action
from issuer.keys import segments
from issuer.personalisation.chip import factor_of
from issuer.personalisation.sam_script import PROFILE
from issuer.registry.errors import TakenError
from issuer.registry.schema.sams import sam
from issuer.registry.states import StateTable
from issuer.registry.work import Row, Work
from issuer.sams.roles import SamRole

STATES = StateTable.read(__package__, "sam")
SERIAL_LENGTH = 10
_MOST = 10_000
_TEXT = 64
COLUMNS = (
    "serial", "state", "role", "province", "city_code", "institution", "device", "terminal",
    "certificate_serial", "valid_until", "ordered_at", "changed_at",
)  # fmt: skip


class SamRefusedError(PlainError):
    """A SAM or an order that breaks a rule; nothing was changed."""

    template = "SAM {serial}: {reason}"


@dataclass(frozen=True, slots=True)
class Order:
    """SAMs of one role for a city: six digits of GB/T 2260. `owner` has the segment of serial numbers."""

    role: SamRole
    city_code: str
    owner: str
    count: int = 1


@action("sam.order")
def order(work: Work, wanted: Order) -> list[str]:
    """Order SAMs; returns their serial numbers. Raises SamRefusedError, SegmentUsedUpError."""
    digits = wanted.city_code.isascii() and wanted.city_code.isdigit()
    if not digits or len(wanted.city_code) != 6:
        raise SamRefusedError(serial="–", reason=Phrase("a city code of six digits is expected"))
    if not 1 <= wanted.count <= _MOST:
        raise SamRefusedError(serial="–", reason=Phrase("1 to {most} at a time", most=_MOST))
    numbers = segments.take(work, "sam_serial", wanted.owner, wanted.count)
    serials = [f"{number:0{SERIAL_LENGTH}d}" for number in numbers]
    rows = [
        {
            "serial": serial,
            "state": STATES.after("", "sam.order"),
            "role": wanted.role.value,
            "province": wanted.city_code[:2],
            "city_code": wanted.city_code,
            "ordered_at": work.now,
            "changed_at": work.now,
        }
        for serial in serials
    ]
    ids = work.insert_all(sam, rows)
    work.record_all(
        "sam.order",
        "sam",
        [
            (row_id, {"serial": row["serial"], "role": row["role"]})
            for row_id, row in zip(ids, rows, strict=True)
        ],
    )
    return serials


@action("sam.make")
def make(work: Work, serial: str, atr: bytes) -> None:
    """Take in the blank chip for an order.

    Raises NotFoundError, SamRefusedError, WrongChipError and TakenError.
    """
    row = by_serial(work, serial)
    factor = chip_factor(serial, atr)
    if work.rows(select(sam.c.id).where(sam.c.factor == factor, sam.c.id != row["id"])):
        raise TakenError(kind="SAM chip", name=factor.hex().upper())
    work.move(sam, row, STATES, "sam.make", factor=factor, changed_at=work.now)


@action("sam.issue")
def issue(work: Work, serial: str, institution: str, device: str) -> None:
    """Hand a SAM over; raises NotFoundError, TransitionRefusedError, SamRefusedError."""
    for text in (institution, device):
        if not 0 < len(text) <= _TEXT or not text.isprintable():
            reason = Phrase("an institution and a device of 1 to {most} characters are expected", most=_TEXT)
            raise SamRefusedError(serial=serial, reason=reason)
    row = by_serial(work, serial)
    work.move(sam, row, STATES, "sam.issue", institution=institution, device=device, changed_at=work.now)


@action("sam.suspend")
def suspend(work: Work, serial: str) -> None:
    """Refuse a SAM for a while; raises NotFoundError, TransitionRefusedError."""
    _move(work, serial, "sam.suspend")


@action("sam.resume")
def resume(work: Work, serial: str) -> None:
    """End a suspension; raises NotFoundError, TransitionRefusedError."""
    _move(work, serial, "sam.resume")


@action("sam.report_lost")
def report_lost(work: Work, serial: str) -> None:
    """Refuse a SAM that is lost; raises NotFoundError, TransitionRefusedError."""
    _move(work, serial, "sam.report_lost")


@action("sam.recall")
def recall(work: Work, serial: str) -> None:
    """Take a SAM back; raises NotFoundError, TransitionRefusedError."""
    _move(work, serial, "sam.recall")


@action("sam.destroy")
def destroy(work: Work, serial: str) -> None:
    """Write down that a SAM was destroyed in front of two; raises NotFoundError, TransitionRefusedError."""
    _move(work, serial, "sam.destroy")


@action("sam.list")
def listed(work: Work, state: str | None = None, after: str = "", count: int = 1000) -> list[Row]:
    """SAMs in the order of their serial numbers, from the one after `after`."""
    wanted = select(*(sam.c[name] for name in COLUMNS)).where(sam.c.serial > after)
    if state is not None:
        wanted = wanted.where(sam.c.state == state)
    return work.rows(wanted.order_by(sam.c.serial).limit(count))


def chip_factor(serial: str, atr: bytes) -> bytes:
    """The 8 bytes by which a SAM chip is known; raises SamRefusedError and WrongChipError."""
    try:
        return factor_of(loader.load(PROFILE), atr)
    except AtrError:
        raise SamRefusedError(serial=serial, reason=Phrase("the chip gave no answer to reset")) from None


def by_serial(work: Work, serial: str) -> Row:
    """The row of a SAM; raises NotFoundError."""
    return work.one(select(sam).where(sam.c.serial == serial), "SAM", serial[:SERIAL_LENGTH], lock=True)


def _move(work: Work, serial: str, name: str) -> None:
    work.move(sam, by_serial(work, serial), STATES, name, changed_at=work.now)
