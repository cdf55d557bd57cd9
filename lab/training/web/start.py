"""Taking a seat, leaving it, and the language of the page."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from card_os.spec.errors import PlainError
from lab.training.web.guard import LANGUAGE_COOKIE, SEAT_COOKIE
from lab.training.web.pages import ClassroomOf, PagesOf, Posted, set_cookie
from language import LANGUAGES, describe

router = APIRouter()
_DAYS = 30


@router.get("/start")
def start(request: Request, pages: PagesOf) -> Response:
    """Where a trainee gives a name."""
    return pages.page(request, "start.html", {"name": "", "error": ""})


@router.post("/seat")
def take_seat(request: Request, form: Posted, classroom: ClassroomOf, pages: PagesOf) -> Response:
    """Take a seat under a name."""
    name = form.get("name", "")
    try:
        token, _seat = classroom.take(name)
    except PlainError as error:
        return pages.page(request, "start.html", {"name": name, "error": describe(error)}, 422)
    answer = RedirectResponse("/", 303)
    set_cookie(request, answer, SEAT_COOKIE, token, _DAYS)
    classroom.draw_faces()
    return answer


@router.post("/leave")
def leave(request: Request, classroom: ClassroomOf) -> Response:
    """Give the seat back."""
    classroom.leave(request.cookies.get(SEAT_COOKIE, ""))
    answer = RedirectResponse("/start", 303)
    answer.delete_cookie(SEAT_COOKIE, path="/")
    return answer


@router.post("/language")
def language(request: Request, form: Posted) -> Response:
    """Speak another language from now on, on the page that asked for it."""
    chosen, back = form.get("language", ""), form.get("back", "/")
    # only a path of this server: //host and a backslash would lead elsewhere
    safe = back.startswith("/") and not back.startswith("//") and "\\" not in back
    answer = RedirectResponse(back if safe else "/", 303)
    if chosen in LANGUAGES:
        set_cookie(request, answer, LANGUAGE_COOKIE, chosen, _DAYS)
    return answer
