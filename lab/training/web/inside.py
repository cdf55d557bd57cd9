"""The panel that shows what happens inside: trace, files, keys, bytes of a file beside their meaning."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from card_os.spec.errors import PlainError
from card_os.spec.loader import load
from lab.sources import Kind
from lab.training.bytes_beside import read_bytes
from lab.training.seat import Seat
from lab.training.web.pages import CurrentSeat, PagesOf
from language import describe

router = APIRouter()
_LINES = 200


@router.get("/inside")
def inside(request: Request, seat: CurrentSeat, pages: PagesOf) -> Response:
    """All parts of the panel."""
    lines = [line for one in seat.watched.values() for line in one.explained(_LINES)]
    lines.sort(key=lambda line: line.number)
    return pages.page(request, "_inside.html", {"lines": lines, **_files(seat)})


@router.get("/inside/files")
def files(request: Request, seat: CurrentSeat, pages: PagesOf) -> Response:
    """Files and keys as they stand now."""
    return pages.page(request, "_files.html", _files(seat))


@router.get("/inside/bytes")
def bytes_of_file(request: Request, seat: CurrentSeat, pages: PagesOf, path: str = "") -> Response:
    """What stands in a file, read anew through the reader."""
    file = load("health_card").files.get(path)
    if file is None or not file.kind.is_ef:
        return Response(status_code=404)
    try:
        with seat.working_at("inside"):
            rows = read_bytes(seat.terminal(), file)
    except PlainError as error:
        return pages.page(request, "_bytes.html", {"file": file, "rows": (), "error": describe(error)})
    return pages.page(request, "_bytes.html", {"file": file, "rows": rows, "error": ""})


def _files(seat: Seat) -> dict[str, object]:
    watched = seat.watched[Kind.USER]
    return {
        "files": watched.tree(),
        "locks": watched.locks(),
        "has_card": seat.slots[Kind.USER].source is not None,
    }
