"""The script that makes a blank SAM the SAM of one province.

# spec: commands_and_crypto 1.2, 2.1, 2.5; issuance_and_ecard A.7 [DC]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from card_os.crypto.keys import province_factor
from card_os.spec import codecs, key_record, loader
from card_os.spec.certificate import Certificate, CertificateError
from card_os.spec.codecs import pack_digits
from card_os.spec.errors import Phrase, PlainError, UnknownItemError
from card_os.spec.key_record import TRANSPORT_KEY
from card_os.spec.model import FileSpec, PinSpec, Profile
from issuer.keys.certificates import Holder
from issuer.keys.custodian import CardFactors, Custodian, KeyCheck
from issuer.keys.hierarchy import city_factor
from issuer.keys.key_set import ALL_VERSIONS, KeyVersions
from issuer.personalisation import steps
from issuer.personalisation.chip import Chip, Transmit, factor_of

PROFILE = "sam"
APPLICATION = "MF/DF01"
PROVINCE_ITEM = "terminal_province_code"
SERIAL_ITEM = "sam_serial_number"
ISSUER_CERTIFICATE_ITEM = "sam_issuer_certificate"
CERTIFICATE_ITEM = "sam_certificate"


class PinFormatError(PlainError):
    """A PIN that does not fit; the text never shows it."""

    template = "PIN: an even number of {least} to {most} digits is expected"


@dataclass(frozen=True, slots=True)
class SamCertificateOrder:
    """Who signs for a SAM, and what the certificate says of its holder.

    `signer` keeps the issuer's private key, where that is somebody else than the one who loads the keys.
    """

    issuer: Certificate
    holder: Holder
    signer: Custodian | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SamOrder:
    """One SAM to be made.

    `values` are items of the SAM's files by name (certificates as bytes); what is left out stays empty.
    `province` are the two digits of GB/T 2260 whose keys it gets; they stand in its terminal number
    too. `city` are four digits where a city has keys of its own. `pin` is an even number of digits. With
    `certificate` the SAM makes a key pair of its own and gets both certificates; its serial number must be
    among the values then. `keys` are the names of those that it gets, None for all.
    """

    province: str
    values: Mapping[str, codecs.Value]
    pin: str = field(repr=False)
    certificate: SamCertificateOrder | None = None
    city: str = ""
    keys: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class IssuedSam:
    """What the issuer remembers of a SAM that it made."""

    factors: CardFactors
    keys: tuple[KeyCheck, ...]


def personalise_sam(
    transmit: Transmit,
    atr: bytes,
    order: SamOrder,
    custodian: Custodian,
    *,
    versions: KeyVersions = ALL_VERSIONS,
    say: steps.Say = lambda step: None,
) -> IssuedSam:
    """Personalise one blank SAM, freshly reset; `say` hears of each step before it is done.

    Raises AtrError, WrongChipError, PinFormatError, UnknownItemError, ValueRefusedError and CertificateError
    before anything is sent, and so UnknownKeyError and RootElsewhereError where the custodian does not keep
    what the SAM needs; PersonalisationError where the chip refuses a command.
    """
    profile = loader.load(PROFILE)
    province = codecs.encode(profile, profile.items[PROVINCE_ITEM], order.province)
    city = city_factor(order.city) if order.city else None
    factors = CardFactors(factor_of(profile, atr), province_factor(province), city)
    script = list(plan_sam(profile, order, versions))
    chip = Chip(transmit, profile, custodian, factors, versions)
    for step in script:
        if isinstance(step, steps.WriteSamKey):
            step.check(chip)
    return IssuedSam(factors, steps.perform(script, chip, say))


def plan_sam(profile: Profile, order: SamOrder, versions: KeyVersions = ALL_VERSIONS) -> Iterator[steps.Step]:
    """All steps for one SAM: PIN and files of the MF, then keys and files of the application."""
    mf, application = profile.files["MF"], profile.files[APPLICATION]
    transport = profile.keys[TRANSPORT_KEY]
    values = _encode(profile, order)
    yield steps.Select(mf)
    yield steps.Authenticate(mf, transport)
    if profile.pin is not None:
        record = key_record.for_pin(profile.pin, _pack_pin(profile.pin, order.pin))
        yield steps.WritePin(mf, transport, record.to_bytes())
    yield from _files(profile, mf, values)
    yield steps.Select(application)
    for key in profile.sam_keys.values():
        if order.keys is None or key.name in order.keys:
            for version in versions.loaded(key):
                yield steps.WriteSamKey(application, key, version)
    yield from _files(profile, application, values)
    if order.certificate is not None:
        yield from _certify(profile, application, order, order.certificate)
    # selecting the MF drops the right of the transport key, which activation needs
    yield steps.Select(mf)
    yield steps.Authenticate(mf, transport)
    yield steps.Activate(mf)


def _certify(
    profile: Profile, application: FileSpec, order: SamOrder, certificate: SamCertificateOrder
) -> Iterator[steps.Step]:
    sam_serial = order.values.get(SERIAL_ITEM)
    if not isinstance(sam_serial, str):
        raise CertificateError(field="sam_serial")
    yield steps.GenerateKeyPair(application)
    file = profile.files_of(profile.items[CERTIFICATE_ITEM].layout)[0]
    yield steps.Select(file)
    holder, issuer_id = certificate.holder, certificate.issuer.subject_id
    yield steps.CertifySam(file, issuer_id, holder, sam_serial, certificate.signer)


def _files(profile: Profile, directory: FileSpec, values: Mapping[str, bytes]) -> Iterator[steps.Step]:
    for file in profile.files.values():
        items = profile.items_of(file)
        if file.parent != directory.path or not any(item.name in values for item in items):
            continue
        yield steps.Select(file)
        yield from steps.in_blocks(file, b"".join(values.get(item.name, item.blank) for item in items))


def _encode(profile: Profile, order: SamOrder) -> dict[str, bytes]:
    given = {PROVINCE_ITEM: order.province, **order.values}
    if order.certificate is not None:
        given[ISSUER_CERTIFICATE_ITEM] = order.certificate.issuer.to_bytes()
    for name in given:
        if name not in profile.items:
            raise UnknownItemError(item=name, hint="")
    if given[PROVINCE_ITEM] != order.province:
        rule = Phrase("the keys are those of another province")
        raise codecs.refusal(profile.items[PROVINCE_ITEM], given[PROVINCE_ITEM], rule)
    return {name: codecs.encode(profile, profile.items[name], value) for name, value in given.items()}


def _pack_pin(spec: PinSpec, pin: str) -> bytes:
    digits = pin.isascii() and pin.isdigit() and len(pin) % 2 == 0
    if not digits or not spec.min_bytes <= len(pin) // 2 <= spec.max_bytes:
        raise PinFormatError(least=2 * spec.min_bytes, most=2 * spec.max_bytes)
    return pack_digits(pin, len(pin) // 2)
