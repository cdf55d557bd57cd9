"""Partners: whom files go to and come from, and the keys by which they are believed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from issuer.api.caller import Working
from issuer.api.refusals import responses
from issuer.batches import partners
from issuer.batches.exchange.kinds import PartnerKind

router = APIRouter(prefix="/partners", tags=["partners"])
Name = Annotated[str, Path(max_length=64, description="name of the partner")]
PublicKey = Annotated[str, Field(pattern="^[0-9A-Fa-f]{128}$", description="SM2 public key, 64 bytes as hex")]


class PartnerIn(BaseModel):
    """A partner to be added."""

    name: str = Field(max_length=64)
    kind: PartnerKind
    display_name: str = Field(max_length=64)
    public_key: PublicKey


class KeyIn(BaseModel):
    """Another key of a partner."""

    public_key: PublicKey


class PartnerOut(BaseModel):
    """A partner; `key` names its public key."""

    name: str
    kind: PartnerKind
    display_name: str
    key: str
    disabled: bool


@router.post("", operation_id="partner.add", status_code=204, responses=responses(409))
def add_partner(body: PartnerIn, work: Working) -> None:
    """Add a partner; takes two administrators."""
    key = bytes.fromhex(body.public_key)
    partners.add(work, partners.NewPartner(body.name, body.kind, body.display_name, key))


@router.get("", operation_id="partner.list", responses=responses())
def list_partners(work: Working) -> list[PartnerOut]:
    """All partners by name."""
    return [PartnerOut(**row) for row in partners.listed(work)]


@router.put("/{name}/key", operation_id="partner.change_key", status_code=204, responses=responses())
def change_key(name: Name, body: KeyIn, work: Working) -> None:
    """Believe another key of a partner; takes two administrators."""
    partners.change_key(work, name, bytes.fromhex(body.public_key))


@router.post("/{name}/disable", operation_id="partner.disable", status_code=204, responses=responses())
def disable_partner(name: Name, work: Working) -> None:
    """Send nothing to a partner any more, and take nothing in."""
    partners.disable(work, name)
