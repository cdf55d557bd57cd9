"""Loads a blank SAM with what its role needs. The chip is spoken to outside of any transaction.

Keys of SAMs come from the national centre, which keeps the roots; certificates from the issuer. Numbers are
reserved first: a chip that is tried again gets the same ones.  # spec: commands_and_crypto 2.1, 2.5
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import date

from card_os.spec.certificate import Certificate
from card_os.spec.errors import Phrase
from issuer.access.actor import Actor
from issuer.access.permission import action
from issuer.keys import segments, versions
from issuer.keys.certificates import Holder
from issuer.keys.custodian import Custodian
from issuer.keys.key_set import KeyVersions
from issuer.personalisation import steps
from issuer.personalisation.chip import Transmit
from issuer.personalisation.sam_script import IssuedSam, SamCertificateOrder, SamOrder, personalise_sam
from issuer.registry.registry import Registry
from issuer.registry.schema.sams import sam
from issuer.registry.work import Row, Work
from issuer.sams.holding import STATES, SamRefusedError, by_serial, chip_factor
from issuer.sams.roles import SamRole, role_keys

PIN_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Terms:
    """What an issuer says on all its SAMs: its code (up to 16 digits), and how long they serve.

    `certificate` is its own certificate, None where there is no SM2. `city_has_keys` as in IssuerSettings.
    `number` are the two digits by which terminals know the issuer, `key_index` the national key index.
    """

    code: str
    first_day: date
    last_day: date
    certificate: Certificate | None = field(default=None, repr=False)
    city_has_keys: bool = False
    number: str = "01"
    key_index: str = "1"


@dataclass(frozen=True, slots=True)
class _Plan:
    row: Row
    order: SamOrder = field(repr=False)
    versions: KeyVersions


def new_pin() -> str:
    """A PIN for a SAM, six digits; whoever makes the SAM tells it to whoever gets it."""
    return f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}"


def key_sam(
    registry: Registry,
    people: tuple[Actor, Actor | None],
    serial: str,
    chip: tuple[Transmit, bytes],
    *,
    pin: str,
    terms: Terms,
    keys: Custodian | None = None,
    say: steps.Say = lambda step: None,
) -> IssuedSam:
    """Load the chip of a SAM, given as a line to it, freshly reset, and its answer to reset.

    `keys` has the roots, where the custodian of the registry has them not. Raises NotFoundError,
    TransitionRefusedError, SamRefusedError, SegmentUsedUpError, and what `personalise_sam` raises.
    """
    transmit, atr = chip
    with registry.transaction(*people) as work:
        plan = _prepare(work, serial, atr, pin, terms)
    made = personalise_sam(
        transmit, atr, plan.order, keys or registry.custodian, versions=plan.versions, say=say
    )
    with registry.transaction(*people) as work:
        _finish(work, serial, made, terms)
    return made


@action("sam.key")
def _prepare(work: Work, serial: str, atr: bytes, pin: str, terms: Terms) -> _Plan:
    row = by_serial(work, serial)
    STATES.after(row["state"], "sam.key", serial)
    if chip_factor(serial, atr) != row["factor"]:
        raise SamRefusedError(serial=serial, reason=Phrase("this is not the chip that was taken in for it"))
    if row["terminal"] is None:
        terminal = segments.take_next(work, "terminal", terms.code)
        number = segments.take_next(work, "certificate", terms.code)
        reserved = {"terminal": f"{terminal:06d}", "certificate_serial": f"{number:010d}"}
        work.update(sam, row["id"], **reserved)
        row |= reserved
    return _Plan(row, _order(work, row, pin, terms), versions.in_force(work))


@action("sam.key")
def _finish(work: Work, serial: str, made: IssuedSam, terms: Terms) -> None:
    row = by_serial(work, serial)
    checks = {f"{key.key.name}/{key.key.version}": key.check_value.hex().upper() for key in made.keys}
    told = json.dumps(checks, sort_keys=True)
    work.move(sam, row, STATES, "sam.key", keys=told, valid_until=terms.last_day, changed_at=work.now)


def _order(work: Work, row: Row, pin: str, terms: Terms) -> SamOrder:
    role = role_keys()[SamRole(row["role"])]
    certificate = None
    if terms.certificate is not None:
        holder = Holder(terms.code, row["certificate_serial"], terms.first_day, terms.last_day)
        certificate = SamCertificateOrder(terms.certificate, holder, work.custodian)
    return SamOrder(
        province=row["province"],
        values={
            "sam_serial_number": row["serial"],
            "sam_version": "1",
            "key_card_type": role.key_card_type,
            "command_set_version": "1",
            "terminal_province_code": row["province"],
            "terminal_city_code": row["city_code"][2:4],
            "terminal_issuer_code": terms.number,
            "terminal_serial": row["terminal"],
            "national_key_index": terms.key_index,
            "application_issuer_id": terms.code,
            "application_receiver_id": terms.code,
            "application_start_date": terms.first_day,
            "application_end_date": terms.last_day,
        },
        pin=pin,
        certificate=certificate,
        city=row["city_code"][:4] if terms.city_has_keys else "",
        keys=role.keys,
    )
