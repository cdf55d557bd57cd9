"""What the issuer itself says on a card: who issued it, when, until when, and under which number.

# spec: commands_and_crypto 4.2
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from card_os.iso7816.atr import FACTOR_LENGTH
from card_os.spec import codecs
from card_os.spec.errors import Phrase
from card_os.spec.model import Profile
from issuer.keys.custodian import Custodian

ISSUER_ITEMS = (
    "card_class", "spec_version", "issuer_name", "issuer_code", "issuer_certificate", "issue_date",
    "card_expiry_date", "security_code", "chip_serial_number", "application_city_code",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class IssuerSettings:
    """What is the same on all cards of an issuer.

    `code` has at most 22 digits, `city_code` the six digits of GB/T 2260, of which the first two are the
    province; the years of validity are ours. `certificate` are the 180 bytes of the issuer's certificate; its
    item stays empty where there is none. `city_has_keys` says that the city has keys of its own, below those
    of its province.  # spec: commands_and_crypto 4.2 [HC-T]
    """

    name: str
    code: str
    city_code: str
    card_class: str = "1"
    spec_version: str = "0002"
    validity_years: int = 10
    certificate: bytes | None = field(default=None, repr=False)
    city_has_keys: bool = False


def city_code_bytes(profile: Profile, settings: IssuerSettings) -> bytes:
    """The application city code as on the card, 3 bytes; raises ValueRefusedError without six digits."""
    item = profile.items["application_city_code"]
    if len(settings.city_code) != 6:
        raise codecs.refusal(item, settings.city_code, Phrase("exactly {count} digits", count=6))
    return codecs.encode(profile, item, settings.city_code)


def expiry_of(settings: IssuerSettings, issue_date: date) -> date:
    """The same day after the years of validity; 28 February where that year has no 29th."""
    year = issue_date.year + settings.validity_years
    try:
        return issue_date.replace(year=year)
    except ValueError:
        return issue_date.replace(year=year, day=28)


def chip_serial(card_factor: bytes) -> str:
    """The ten digits 芯片序列号: the last 4 bytes of the card factor as a decimal number [DC]."""
    return f"{int.from_bytes(card_factor[FACTOR_LENGTH - 4 : FACTOR_LENGTH], 'big'):010d}"


def issuer_values(
    profile: Profile,
    settings: IssuerSettings,
    custodian: Custodian,
    *,
    card_number: str,
    card_factor: bytes,
    issue_date: date,
) -> dict[str, bytes]:
    """The issuer's items of one card, encoded; raises ValueRefusedError for settings that do not fit."""
    expiry = expiry_of(settings, issue_date)
    given: dict[str, codecs.Value] = {
        "card_class": settings.card_class,
        "spec_version": settings.spec_version,
        "issuer_name": settings.name,
        "issuer_code": settings.code,
        "issue_date": issue_date,
        "card_expiry_date": expiry,
        "security_code": custodian.security_code(card_number, expiry, settings.card_class),
        "chip_serial_number": chip_serial(card_factor),
    }
    if settings.certificate is not None:
        given["issuer_certificate"] = settings.certificate
    values = {name: codecs.encode(profile, profile.items[name], value) for name, value in given.items()}
    return values | {"application_city_code": city_code_bytes(profile, settings)}
