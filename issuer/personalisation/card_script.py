"""The script that makes a blank user card the card of one resident.

# spec: commands_and_crypto 1.2, 5.1, 5.3 [DC]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from card_os.crypto.keys import province_factor
from card_os.iso7816 import tlv
from card_os.spec import loader
from card_os.spec.key_record import TRANSPORT_KEY
from card_os.spec.model import FileKind, FileSpec, Profile
from issuer.keys.custodian import CardFactors, Custodian, KeyCheck
from issuer.keys.hierarchy import city_factor
from issuer.keys.key_set import ALL_VERSIONS, KeyVersions
from issuer.personalisation import steps
from issuer.personalisation.chip import Chip, Transmit, factor_of
from issuer.personalisation.issuance import (
    IssuerSettings,
    chip_serial,
    city_code_bytes,
    expiry_of,
    issuer_values,
)
from issuer.personalisation.record import LAYOUTS, ResidentRecord

PROFILE = "health_card"
PHOTO_LAYOUT = "DDF1.EF07"
FLAGS = {"DF03.EF05": "inpatient_visits", "DF03.EF06": "outpatient_visits"}


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """What the issuer remembers of a card that it made."""

    card_number: str = field(repr=False)
    chip_serial: str
    factors: CardFactors
    issue_date: date
    expiry_date: date
    keys: tuple[KeyCheck, ...]


def personalise_card(
    transmit: Transmit,
    atr: bytes,
    record: ResidentRecord,
    *,
    settings: IssuerSettings,
    custodian: Custodian,
    issue_date: date,
    profile: Profile | None = None,
    versions: KeyVersions = ALL_VERSIONS,
    say: steps.Say = lambda step: None,
) -> IssuedCard:
    """Personalise one blank card, freshly reset; `say` hears of each step before it is done.

    `profile` is that of a variant where the chip is one. The valid `versions` of the keys go onto the card,
    the current one authenticates. Raises AtrError and WrongChipError before anything is sent,
    ValueRefusedError for settings that do not fit, PersonalisationError where the chip refuses a command.
    """
    profile = profile or loader.load(PROFILE)
    factor = factor_of(profile, atr)
    issued = issuer_values(
        profile,
        settings,
        custodian,
        card_number=record.card_number,
        card_factor=factor,
        issue_date=issue_date,
    )
    chip = Chip(transmit, profile, custodian, factors_of(profile, settings, factor), versions)
    keys = steps.perform(list(plan_card(profile, record, issued, versions)), chip, say)
    return IssuedCard(
        card_number=record.card_number,
        chip_serial=chip_serial(factor),
        factors=chip.factors,
        issue_date=issue_date,
        expiry_date=expiry_of(settings, issue_date),
        keys=keys,
    )


def factors_of(profile: Profile, settings: IssuerSettings, card_factor: bytes) -> CardFactors:
    """The factors of a card of an issuer; raises ValueRefusedError without a city code of six digits."""
    province = province_factor(city_code_bytes(profile, settings))
    city = city_factor(settings.city_code) if settings.city_has_keys else None
    return CardFactors(card_factor, province, city)


def plan_card(
    profile: Profile,
    record: ResidentRecord,
    issued: Mapping[str, bytes],
    versions: KeyVersions = ALL_VERSIONS,
) -> Iterator[steps.Step]:
    """All steps for one card: open it, load keys, write files, close it."""
    application = profile.files["MF/DDF1"]
    directories = [file for file in profile.files.values() if not file.kind.is_ef]
    yield from plan_keys(profile, versions)
    for directory in directories:
        yield from _files(profile, directory, record, issued)
    yield steps.Select(application)
    yield steps.LockData(application)


def plan_keys(profile: Profile, versions: KeyVersions = ALL_VERSIONS) -> Iterator[steps.Step]:
    """The steps up to a card that has its keys and no data yet: open it, load keys."""
    mf = profile.files["MF"]
    yield steps.Select(mf)
    yield steps.Authenticate(mf, profile.keys[TRANSPORT_KEY])
    for directory in profile.files.values():
        if not directory.kind.is_ef:
            yield from _keys(profile, directory, versions)


def _keys(profile: Profile, directory: FileSpec, versions: KeyVersions) -> Iterator[steps.Step]:
    # the MF is current from the start, and selecting it anew would drop the right of the transport key
    if directory.kind is FileKind.DF:
        yield steps.Select(directory)
    for key in profile.keys.values():
        if key.df == directory.path and key.name != TRANSPORT_KEY:
            for version in versions.loaded(key):
                yield steps.WriteCardKey(directory, key, version)


def _files(
    profile: Profile, directory: FileSpec, record: ResidentRecord, issued: Mapping[str, bytes]
) -> Iterator[steps.Step]:
    """The files of one DF; each key is authenticated once, for selecting an EF keeps its right."""
    held: set[str] = set()
    files = [file for file in profile.files.values() if file.parent == directory.path and file.kind.is_ef]
    # flags last: a card torn out half way must not say that half a record is valid
    for file in sorted(files, key=lambda file: file.layout in FLAGS):
        writes = list(_content(profile, file, record, issued))
        if not writes:
            continue
        if not held:
            yield steps.Select(directory)
        yield steps.Select(file)
        for name in file.update.key_names():
            if name not in held:
                held.add(name)
                yield steps.Authenticate(file, profile.keys[name])
        yield from writes


def _content(
    profile: Profile, file: FileSpec, record: ResidentRecord, issued: Mapping[str, bytes]
) -> Iterator[steps.Step]:
    section = next((name for name, layout in LAYOUTS.items() if layout == file.layout), "")
    if file.kind is FileKind.LINEAR_TLV:
        values = {**record.values, **issued}
        for number, item in enumerate(profile.items_of(file), 1):
            if item.name in values:
                yield steps.UpdateRecord(file, number, tlv.pack(item.tag or 0, values[item.name]))
    elif file.kind is FileKind.CYCLIC:
        # the record written last becomes number 1; spec: terminal_interface 4.5
        for entry in reversed(record.entries[section]):
            yield steps.UpdateRecord(file, None, entry)
    elif file.layout in FLAGS:
        for number, _visit in enumerate(record.entries[FLAGS[file.layout]], 1):
            yield steps.MarkValid(file, number)
    elif file.layout == PHOTO_LAYOUT:
        yield from steps.in_blocks(file, record.photo)
    else:
        visits = dict(zip(profile.files_of(file.layout), record.entries[section], strict=False))
        yield from steps.in_blocks(file, visits.get(file, b""))
