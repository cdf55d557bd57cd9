"""The demonstration: blank test cards from the lab's own maker, issued to synthetic residents.

Everything here is test material. The published test keys protect nothing, and the maker code of the chips
belongs to nobody, so that none of these cards can pass for a real one.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from card_os.crypto import sm2
from card_os.crypto.keys import province_factor
from card_os.iso7816.atr import Atr
from card_os.kernel.card import Card
from card_os.kernel.manufacture import blank_card
from card_os.spec.certificate import Certificate
from card_os.spec.errors import PlainError
from card_os.spec.loader import load
from issuer.keys.certificates import Holder, issuer_certificate
from issuer.keys.custodian import CardFactors, Custodian
from issuer.keys.test_custodian import PublishedTestCustodian, published_transport_key
from issuer.personalisation import steps
from issuer.personalisation.card_script import IssuedCard, personalise_card, plan_keys
from issuer.personalisation.chip import Chip
from issuer.personalisation.issuance import IssuerSettings, city_code_bytes
from issuer.personalisation.record import ResidentRecord, read_record
from issuer.personalisation.sam_script import SamCertificateOrder, SamOrder, personalise_sam
from language import _

RESIDENTS = files("lab") / "residents"
SAM_PIN = "123456"
PROVINCE = "11"
ISSUER = IssuerSettings(name="居民健康卡测试发卡中心", code="11000000001", city_code="110000")
VALID_FOR_YEARS = 10
CERTIFIED_FROM, CERTIFIED_UNTIL = date(2026, 1, 1), date(2055, 12, 31)

_log = logging.getLogger(__name__)


class PillowMissingError(PlainError):
    """The library that draws portraits is not there."""

    template = "portraits of the demo residents need Pillow: install residents-health-card[lab]"


class UnknownResidentError(PlainError):
    """A demo resident that is not there."""

    template = "{name}: no such demo resident; there are {known}"


@dataclass(frozen=True, slots=True)
class Resident:
    """A demo resident: the data file, its checked record, the number on the card."""

    name: str
    raw: bytes
    record: ResidentRecord


@dataclass(frozen=True, slots=True)
class DemoCard:
    """An issued card of a demo resident."""

    card: Card
    resident: Resident
    issued: IssuedCard


def resident_names() -> list[str]:
    """Names of the demo residents' files, without the ending, in order."""
    return sorted(entry.name.removesuffix(".json") for entry in _data_files())


def resident(name: str) -> Resident:
    """Read and check a demo resident; `name` may be the first part of the file name.

    Raises UnknownResidentError, and the errors of `read_record`.
    """
    for entry in sorted(_data_files(), key=lambda entry: entry.name):
        if entry.name.startswith(name):
            raw = entry.read_bytes()
            portrait = json.loads(raw).get("portrait")
            return Resident(
                entry.name.removesuffix(".json"),
                raw,
                read_record(load("health_card"), raw, _drawn(portrait["seed"]) if portrait else None),
            )
    raise UnknownResidentError(name=name, known=" ".join(resident_names()))


def blank(profile_name: str, serial: int, variant: str = "") -> Card:
    """A blank card or SAM as the maker delivers it, with the published transport key.

    Raises UnknownVariantError.
    """
    profile = load(profile_name, variant)
    factor = profile.chip_maker + profile.card_maker + serial.to_bytes(4, "big")
    return blank_card(profile, factor[4:], published_transport_key(factor))


@cache
def certificate() -> Certificate | None:
    """The certificate of the demo issuer, signed by the published test root; None without an SM2 library."""
    if not sm2.available():
        _log.warning(_("Certificates stay empty and visits unsigned: install residents-health-card[sm2]."))
        return None
    holder = Holder(ISSUER.code, "1", CERTIFIED_FROM, CERTIFIED_UNTIL)
    return issuer_certificate(PublishedTestCustodian(), holder)


def settings() -> IssuerSettings:
    """The demo issuer, with its certificate where it has one."""
    issuer = certificate()
    return replace(ISSUER, certificate=issuer.to_bytes()) if issuer else ISSUER


def keyed(serial: int, variant: str = "") -> Card:
    """A card with its keys and no data, in state PERSO: terminals of the field write the personal data.

    The keys are those of the city of the demo issuer, which the card does not name yet.
    """
    card = blank("health_card", serial, variant)
    steps.perform(plan_keys(card.profile), desk(card), lambda step: None)
    card.power_off()
    return card


def desk(card: Card) -> Chip:
    """A user card on the issuer's desk: freshly powered, with the keys of the demo province at hand."""
    factor = Atr.parse(card.power_on()).card_factor
    province = province_factor(city_code_bytes(card.profile, ISSUER))
    return Chip(card.transmit, card.profile, PublishedTestCustodian(), CardFactors(factor, province))


def issue_card(person: Resident, serial: int, issue_date: date | None = None, variant: str = "") -> DemoCard:
    """Issue the card of a demo resident by a script of commands, as the real issuer does.

    Raises UnknownVariantError.
    """
    card = blank("health_card", serial, variant)
    atr = card.power_on()
    issued = personalise_card(
        card.transmit,
        atr,
        person.record,
        settings=settings(),
        custodian=PublishedTestCustodian(),
        issue_date=issue_date or _today(),
        profile=card.profile,
    )
    card.power_off()
    return DemoCard(card, person, issued)


def issue_sam(
    serial: int,
    pin: str = SAM_PIN,
    *,
    province: str = PROVINCE,
    last_day: date | None = None,
    custodian: Custodian | None = None,
) -> Card:
    """Issue a SAM of the demo province; or of another one, expired, or with the keys of another custodian."""
    sam = blank("sam", serial)
    atr = sam.power_on()
    today = _today()
    last_day = last_day or today.replace(year=today.year + VALID_FOR_YEARS, day=min(today.day, 28))
    first_day = min(today, last_day)
    issuer = certificate()
    holder = Holder(ISSUER.code, f"{serial:010d}", first_day, last_day)
    order = SamOrder(
        province=province,
        values={
            "sam_serial_number": f"{serial:010d}",
            "sam_version": "1",
            "key_card_type": "1",
            "command_set_version": "1",
            "terminal_province_code": province,
            "terminal_city_code": "00",
            "terminal_issuer_code": "01",
            "terminal_serial": f"{serial % 1_000_000:06d}",
            "national_key_index": "1",
            "application_issuer_id": ISSUER.code,
            "application_receiver_id": ISSUER.code,
            "application_start_date": first_day,
            "application_end_date": last_day,
        },
        pin=pin,
        certificate=SamCertificateOrder(issuer, holder) if issuer else None,
    )
    personalise_sam(sam.transmit, atr, order, custodian or PublishedTestCustodian())
    sam.power_off()
    return sam


def _today() -> date:
    return date.today()


def _data_files() -> list[Traversable]:
    return [entry for entry in RESIDENTS.iterdir() if entry.name.endswith(".json")]


def _drawn(seed: int) -> bytes:
    try:
        from lab.portrait import draw_portrait  # noqa: PLC0415  only a card with a portrait needs Pillow
    except ImportError:
        raise PillowMissingError from None
    return draw_portrait(seed)
