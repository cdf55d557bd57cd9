"""The desk: the reader with its slot and lights, the SAM drawer, the tray; cards go in and out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from fastapi import APIRouter, Request, Response
from sse_starlette import EventSourceResponse, ServerSentEvent

from lab.sources import Kind
from lab.training import office
from lab.training.faces import faces
from lab.training.feed import Event
from lab.training.inside import TraceLine
from lab.training.seat import Seat
from lab.training.tray import FIRST_SAM, entries, entry
from lab.training.web.exercises import exercise_context
from lab.training.web.pages import CurrentSeat, NoSeatError, Pages, PagesOf, Posted, classroom_of, seat_of
from lab.training.web.windows import shown_window
from language import _, choose

router = APIRouter()
_TOGETHER_SECONDS = 0.06
_PING_SECONDS = 20
_END_SECONDS = 2.0


@router.get("/")
def page(request: Request, pages: PagesOf, window: str = "reading") -> Response:
    """The whole page of a seat."""
    try:
        seat = seat_of(request)
    except NoSeatError:
        return pages.page(request, "start.html", {"name": "", "error": ""})
    classroom = classroom_of(request)
    classroom.draw_faces()
    context = {
        "seat": seat,
        **desk_context(seat),
        **exercise_context(request, seat),
        **shown_window(seat, window),
    }
    return pages.page(request, "desk.html", context)


@router.get("/desk")
def desk(request: Request, seat: CurrentSeat, pages: PagesOf, have: int = -1) -> Response:
    """The desk alone, as it is now; nothing where the page has that version already."""
    if have == seat.version:
        return Response(status_code=204)
    return pages.page(request, "_desk.html", desk_context(seat))


@router.post("/desk/insert")
def insert(request: Request, seat: CurrentSeat, form: Posted, pages: PagesOf) -> Response:
    """Put a card of the tray into its slot."""
    row = entry(form.get("card", ""))
    seat.insert(row.id)
    said = _("{card} is in the reader.").format(card=choose(row.title))
    return pages.page(request, "_desk.html", desk_context(seat, f"slot-{row.kind}", said))


@router.post("/desk/eject")
def eject(request: Request, seat: CurrentSeat, form: Posted, pages: PagesOf) -> Response:
    """Take a card out of its slot, whatever goes on."""
    kind = Kind.SAM if form.get("slot") == Kind.SAM else Kind.USER
    row = seat.card_in(kind)
    seat.eject(kind)
    # a window that worked with it ends now; the light that is drawn shall say so
    seat.idle.wait(_END_SECONDS)
    focus = f"card-{row.id}" if row is not None else ""
    return pages.page(request, "_desk.html", desk_context(seat, focus, _("The card is out of the reader.")))


@router.post("/desk/renew")
def renew(request: Request, seat: CurrentSeat, form: Posted, pages: PagesOf) -> Response:
    """Give all cards back to their issuers and get them as they were on the first day.

    The issuing office begins anew with them, since it knows what became of each chip.
    """
    with seat.working_at("renewing"):
        office.renew(seat)
    for card in entries():
        seat.renew(card)
    seat.insert(FIRST_SAM)
    said = _("All cards are as on their first day.")
    return pages.page(request, "_desk.html", desk_context(seat, "", said))


@router.get("/faces/{card}.png")
def face(card: str, _seat: CurrentSeat) -> Response:
    """The printed face of a card of the tray."""
    png = faces().front(card)
    if png is None:
        return Response(status_code=404)
    return Response(png, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})


@router.get("/events")
async def events(seat: CurrentSeat, pages: PagesOf) -> EventSourceResponse:
    """What happens at this seat, as it happens."""
    return EventSourceResponse(_told(seat, pages), ping=_PING_SECONDS)


def desk_context(seat: Seat, focus: str = "", said: str = "") -> dict[str, object]:
    """What the desk is drawn from: `focus` is the id where the keyboard goes on, `said` is told aloud."""
    inserted = {kind: seat.card_in(kind) for kind in Kind}
    return {
        "focus": focus,
        "said": said,
        "version": seat.version,
        "card": inserted[Kind.USER],
        "sam": inserted[Kind.SAM],
        "foreign": inserted[Kind.USER] is None and seat.slots[Kind.USER].source is not None,
        "foreign_sam": inserted[Kind.SAM] is None and seat.slots[Kind.SAM].source is not None,
        "readers": {str(kind): seat.slots[kind].reader for kind in Kind},
        "tray": [row for row in entries().values() if row.kind is Kind.USER and row != inserted[Kind.USER]],
        "drawer": [row for row in entries().values() if row.kind is Kind.SAM and row != inserted[Kind.SAM]],
        "printed": faces().ready(),
        "working": seat.working,
    }


async def _told(seat: Seat, pages: Pages) -> AsyncIterator[ServerSentEvent]:
    with seat.feed.listening() as queue:
        yield ServerSentEvent(data="", event="hello")
        while True:
            found = [await queue.get()]
            await asyncio.sleep(_TOGETHER_SECONDS)  # a command comes seldom alone
            with suppress(asyncio.QueueEmpty):
                while True:
                    found.append(queue.get_nowait())
            for event in _together(found, seat, pages):
                yield event


def _together(found: list[Event], seat: Seat, pages: Pages) -> list[ServerSentEvent]:
    """One event of each name; the lines of the trace in one piece."""
    told = []
    lines = [event.about for event in found if isinstance(event.about, TraceLine)]
    if lines:
        told.append(ServerSentEvent(data=pages.text("_trace.html", lines=lines), event="trace"))
    names = dict.fromkeys(event.name for event in found if event.name != "trace")
    for name in names:
        data = pages.text("_lamp.html", working=seat.working) if name == "work" else ""
        told.append(ServerSentEvent(data=data, event=name))
    return told
