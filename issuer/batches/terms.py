"""What all cards of a batch have in common, given out once when its personalisation begins.

The keys are given out as versions and check values: a batch goes on with the keys that it was begun with, or
not at all.  # spec: issuance_and_ecard A.9 keys used per batch
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from card_os.crypto.sm3 import sm3
from card_os.spec.errors import Phrase
from card_os.spec.key_record import TRANSPORT_KEY
from card_os.spec.loader import load
from issuer.batches.errors import BatchRefusedError, KeysChangedError
from issuer.batches.states import BATCH
from issuer.keys.custodian import Custodian, KeyCheck, KeyRef
from issuer.keys.key_set import KeyVersions
from issuer.keys.versions import in_force
from issuer.personalisation.card_script import PROFILE
from issuer.personalisation.issuance import IssuerSettings, expiry_of
from issuer.registry.day import day_of
from issuer.registry.schema.batches import batch
from issuer.registry.work import Row, Work

_SET_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Terms:
    """City code of six digits, first and last day, the versions of the keys, and the keys by check values.

    `settings` are 8 bytes that name what else the issuer puts onto every card.
    """

    city_code: str
    issued_on: date
    expires_on: date
    versions: KeyVersions
    keys: tuple[KeyCheck, ...]
    settings: bytes

    @property
    def key_set(self) -> bytes:
        """What names the set of keys."""
        return key_set(self.keys)


def begin(work: Work, row: Row, settings: IssuerSettings) -> Terms:
    """Give out the terms of a batch that is in state FACTORY_BACK; raises TransitionRefusedError."""
    issued_on, versions = day_of(work.now), in_force(work)
    keys = keys_now(work.custodian, versions)
    expires_on, named = expiry_of(settings, issued_on), settings_named(settings)
    terms = Terms(settings.city_code, issued_on, expires_on, versions, keys, named)
    work.move(
        batch,
        row,
        BATCH,
        "batch.begin_personalisation",
        city_code=terms.city_code,
        issued_on=terms.issued_on,
        expires_on=terms.expires_on,
        keys=_text(terms),
    )
    return terms


def terms_of(row: Row) -> Terms:
    """The terms that a batch was begun with."""
    given = json.loads(row["keys"])
    keys = tuple(
        KeyCheck(KeyRef(name, version), bytes.fromhex(value)) for name, version, value in given["keys"]
    )
    versions = KeyVersions(given["current"], tuple(given["valid"]))
    named = bytes.fromhex(given["settings"])
    return Terms(row["city_code"], row["issued_on"], row["expires_on"], versions, keys, named)


def settings_named(settings: IssuerSettings) -> bytes:
    """8 bytes that name the settings of cards: the first of SM3 over their JSON."""
    values = {
        field.name: getattr(settings, field.name) for field in sorted(fields(settings), key=lambda f: f.name)
    }
    return sm3(json.dumps(values, default=bytes.hex).encode())[:_SET_LENGTH]


def key_set(keys: Sequence[KeyCheck]) -> bytes:
    """8 bytes that name a set of keys: the first of SM3 over its JSON."""
    return sm3(json.dumps(_rows(keys), separators=(",", ":")).encode())[:_SET_LENGTH]


def keys_now(custodian: Custodian, versions: KeyVersions) -> tuple[KeyCheck, ...]:
    """The keys that a card would get now, in the order of the declaration; raises UnknownKeyError."""
    return tuple(
        KeyCheck(KeyRef(key.name, version), custodian.check_value(key.name, version))
        for key in load(PROFILE).keys.values()
        if key.name != TRANSPORT_KEY
        for version in versions.loaded(key)
    )


def check_keys(work: Work, number: str, terms: Terms) -> None:
    """The keys are those that the batch was begun with, and their versions still valid.

    Raises KeysChangedError and UnknownKeyError.
    """
    gone = set(terms.versions.valid) - set(in_force(work).valid)
    if gone:
        reason = Phrase(
            "it was begun with key version {version}, which is not valid any more", version=min(gone)
        )
        raise BatchRefusedError(batch=number, reason=reason)
    for due, found in zip(terms.keys, keys_now(work.custodian, terms.versions), strict=True):
        if due != found:
            raise KeysChangedError(
                batch=number,
                key=due.key.name,
                version=due.key.version,
                due=due.check_value.hex().upper(),
                found=found.check_value.hex().upper(),
            )


def _rows(keys: Sequence[KeyCheck]) -> list[tuple[str, int, str]]:
    return [(check.key.name, check.key.version, check.check_value.hex().upper()) for check in keys]


def _text(terms: Terms) -> str:
    told = {
        "current": terms.versions.current,
        "valid": list(terms.versions.valid),
        "keys": _rows(terms.keys),
        "settings": terms.settings.hex().upper(),
    }
    return json.dumps(told, separators=(",", ":"))
