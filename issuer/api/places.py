"""Counties and collection points."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from issuer.api.caller import Working
from issuer.api.refusals import responses
from issuer.applications import places

router = APIRouter(prefix="/places", tags=["places"])
Name = Annotated[str, Field(max_length=64)]


class CountyIn(BaseModel):
    """A county and the institution that answers for it."""

    code: str = Field(max_length=6, description="six digits of GB/T 2260")
    name: Name
    institution: Name


class PointIn(BaseModel):
    """A collection point in a registered county."""

    code: str = Field(max_length=16, description="letters, digits and dashes")
    county: str = Field(max_length=6, pattern="^[0-9]*$")
    name: Name
    institution: Name


class PlaceOut(BaseModel):
    """A county or a collection point."""

    kind: Literal["county", "point"]
    code: str
    county: str
    name: str
    institution: str


@router.get("", operation_id="place.list", responses=responses())
def listed(work: Working) -> list[PlaceOut]:
    """All counties with their collection points."""
    return [PlaceOut(**row) for row in places.listed(work)]


@router.post("/counties", operation_id="place.add_county", status_code=204, responses=responses(409))
def add_county(body: CountyIn, work: Working) -> None:
    """Register a county."""
    places.add_county(work, body.code, body.name, body.institution)


@router.post("/points", operation_id="place.add_point", status_code=204, responses=responses(404, 409))
def add_point(body: PointIn, work: Working) -> None:
    """Register a collection point."""
    places.add_point(work, body.code, body.county, body.name, body.institution)
