"""Partners: the organisations that files go to and come from, each with its public key.

A key is what makes a file believed, so that it takes two people to put one in.
# spec: issuance_and_ecard A.2, A.3 [I]
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select

from card_os.crypto import sm2
from card_os.spec.errors import Phrase
from issuer.access.permission import action
from issuer.batches.errors import PartnerRefusedError
from issuer.batches.exchange.file import Correspondent, key_id
from issuer.batches.exchange.kinds import ISSUER, PartnerKind
from issuer.keys.certificates import EXCHANGE_KEY
from issuer.registry.errors import TakenError
from issuer.registry.schema.batches import partner
from issuer.registry.work import Row, Work, first_of

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{1,63}")
_MOST_DISPLAYED = 64


@dataclass(frozen=True, slots=True)
class NewPartner:
    """A partner to be added. `public_key` are the 64 bytes of its SM2 key for exchange files."""

    name: str
    kind: PartnerKind
    display_name: str
    public_key: bytes


@action("partner.add")
def add(work: Work, new: NewPartner) -> str:
    """Add a partner; returns its id. Raises PartnerRefusedError and TakenError."""
    if not _NAME.fullmatch(new.name) or new.name == ISSUER:
        reason = Phrase("the name takes 2 to 64 letters, digits, dots and dashes")
        raise PartnerRefusedError(name=new.name[:_MOST_DISPLAYED], reason=reason)
    if not 1 <= len(new.display_name) <= _MOST_DISPLAYED:
        raise PartnerRefusedError(
            name=new.name, reason=Phrase("the name for people takes 1 to 64 characters")
        )
    _check_key(work, new.name, new.public_key)
    if _found(work, new.name) is not None:
        raise TakenError(kind="partner", name=new.name)
    row_id = work.insert(
        partner,
        name=new.name,
        kind=new.kind,
        display_name=new.display_name,
        public_key=new.public_key,
        disabled=False,
        added_at=work.now,
    )
    work.record("partner.add", "partner", new.name, kind=new.kind, key=key_id(new.public_key).hex().upper())
    return row_id


@action("partner.change_key")
def change_key(work: Work, name: str, public_key: bytes) -> None:
    """Believe another key of a partner from now on; raises PartnerRefusedError."""
    row = named(work, name)
    _check_key(work, name, public_key)
    work.update(partner, row["id"], public_key=public_key)
    before, after = key_id(row["public_key"]).hex().upper(), key_id(public_key).hex().upper()
    work.record("partner.change_key", "partner", name, before=before, after=after)


@action("partner.disable")
def disable(work: Work, name: str) -> None:
    """Send nothing to a partner any more, and take nothing in; raises PartnerRefusedError."""
    work.update(partner, named(work, name)["id"], disabled=True)
    work.record("partner.disable", "partner", name)


@action("partner.list")
def listed(work: Work) -> list[Row]:
    """Every partner by name, with the id of its key."""
    rows = work.rows(select(partner).order_by(partner.c.name))
    return [{**row, "key": key_id(row["public_key"]).hex().upper()} for row in rows]


def named(work: Work, name: str, kind: PartnerKind | None = None) -> Row:
    """The row of a partner that files are exchanged with; raises PartnerRefusedError."""
    row = _found(work, name)
    if row is None or row["disabled"] or (kind is not None and row["kind"] != kind):
        if kind is None:
            raise PartnerRefusedError(name=name, reason=Phrase("there is none, or it is disabled"))
        reason = Phrase("there is none of the kind {kind}, or it is disabled", kind=kind)
        raise PartnerRefusedError(name=name, reason=reason)
    return row


def correspondent(work: Work, name: str) -> Correspondent | None:
    """Whose key a file by this sender must be signed with, None for nobody that is believed."""
    row = _found(work, name)
    if row is None or row["disabled"]:
        return None
    return Correspondent(row["name"], row["kind"], row["public_key"])


def _found(work: Work, name: str) -> Row | None:
    return first_of(work.rows(select(partner).where(partner.c.name == name)))


def _check_key(work: Work, name: str, public_key: bytes) -> None:
    if not sm2.is_public_key(public_key):
        reason = Phrase("the key is no SM2 public key of 64 bytes, a point of the curve")
        raise PartnerRefusedError(name=name, reason=reason)
    if public_key == work.custodian.public_key(EXCHANGE_KEY):
        raise PartnerRefusedError(name=name, reason=Phrase("this is our own key"))
    if work.rows(select(partner.c.id).where(partner.c.public_key == public_key)):
        raise PartnerRefusedError(
            name=name, reason=Phrase("another partner has this key, or it is the old one")
        )
