"""What is printed, as PDF."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from issuer.api.caller import OfficeOf, Working
from issuer.api.refusals import responses
from issuer.printing import faces, orders, papers
from issuer.printing.layouts import Layouts

router = APIRouter(prefix="/prints", tags=["prints"])
_PDF = "application/pdf"
Serial = Annotated[str, Path(max_length=10, pattern=r"^[0-9x]*$", description="serial number of the chip")]
Number = Annotated[
    str, Path(max_length=20, pattern=r"^[0-9A-Za-z_-]*$", description="number of the application")
]
Line = Annotated[str, Query(max_length=100)]


def _described(*statuses: int) -> dict[int | str, dict[str, object]]:
    content = {_PDF: {"schema": {"type": "string", "format": "binary"}}}
    return {**responses(*statuses), 200: {"content": content, "description": "a PDF"}}


@router.get("/faces/{serial}", operation_id="print.face", response_class=Response, responses=_described(404))
def face(serial: Serial, office: OfficeOf, work: Working) -> Response:
    """Front and back of a card."""
    (given,) = orders.faces(work, office.settings, [serial])
    return _pdf(faces.face_pdf(given, Layouts()))


@router.get("/forms/{number}", operation_id="print.form", response_class=Response, responses=_described(404))
def form(number: Number, office: OfficeOf, work: Working) -> Response:
    """The form of an application, to be signed."""
    return _pdf(papers.application_form_pdf(orders.form(work, office.settings, number)))


@router.get(
    "/pick-up-slips/{serial}",
    operation_id="print.pick_up",
    response_class=Response,
    responses=_described(404),
)
def pick_up(
    serial: Serial, office: OfficeOf, work: Working, address: Line = "", hours: Line = ""
) -> Response:
    """The slip with which a holder fetches a card."""
    given = orders.pick_up(work, office.settings, serial, orders.Outlet(address, hours))
    return _pdf(papers.pick_up_slip_pdf(given))


def _pdf(data: bytes) -> Response:
    # a class of answers with this type would promise it for refusals, too
    return Response(data, media_type=_PDF)
