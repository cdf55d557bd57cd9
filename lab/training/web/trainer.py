"""The trainer's view of the class, behind the trainer's password."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from card_os.crypto.sm3 import sm3
from lab.training import class_view
from lab.training.web.exercises import school_of
from lab.training.web.pages import ClassroomOf, PagesOf, Posted, set_cookie
from language import _

router = APIRouter()
COOKIE = "rhc_trainer"
_TOKEN_BYTES = 32
_SIGNED_IN_SECONDS = 10 * 3600.0
_MOST_AT_ONCE = 16
_REFRESH_SECONDS = "5"


class TrainerSessions:
    """Who has given the password: digests of tokens, and until when they count."""

    def __init__(self) -> None:
        self._until: dict[bytes, float] = {}

    def begin(self) -> str:
        """A new token; the oldest one ends where there are many."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        while len(self._until) >= _MOST_AT_ONCE:
            self._until.pop(next(iter(self._until)))
        self._until[sm3(token.encode())] = time.monotonic() + _SIGNED_IN_SECONDS
        return token

    def holds(self, token: str) -> bool:
        """Whether a token counts."""
        return self._until.get(sm3(token.encode()), 0.0) > time.monotonic()

    def end(self, token: str) -> None:
        """The trainer goes."""
        self._until.pop(sm3(token.encode()), None)


@router.get("/trainer")
def show(request: Request, classroom: ClassroomOf, pages: PagesOf) -> Response:
    """The class, or the question for the password."""
    if not classroom.has_trainer:
        raise HTTPException(404)
    if not _signed_in(request):
        return pages.page(request, "trainer_sign_in.html", {"error": ""})
    return pages.page(request, "trainer.html", _context(request, classroom))


@router.get("/trainer/class")
def part(request: Request, classroom: ClassroomOf, pages: PagesOf) -> Response:
    """The class alone, which the page asks for anew every few seconds."""
    _only_trainer(request)
    return pages.page(request, "_class.html", _context(request, classroom))


@router.get("/trainer/class.csv")
def export(request: Request, classroom: ClassroomOf) -> Response:
    """The class as CSV."""
    _only_trainer(request)
    text = class_view.as_csv(class_view.view(classroom, school_of(request)))
    headers = {"Content-Disposition": 'attachment; filename="class.csv"', "Cache-Control": "no-store"}
    return Response(text.encode("utf-8"), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/trainer")
def sign_in(request: Request, form: Posted, classroom: ClassroomOf, pages: PagesOf) -> Response:
    """The password; only so many tries from one address."""
    address = request.client.host if request.client else ""
    if not request.app.state.password_tries.take(address):
        return pages.page(
            request, "trainer_sign_in.html", {"error": _("Too many tries; wait a minute.")}, 429
        )
    if not classroom.is_trainer(form.get("password", "")):
        return pages.page(request, "trainer_sign_in.html", {"error": _("This is not the password.")}, 403)
    answer = RedirectResponse("/trainer", 303)
    set_cookie(request, answer, COOKIE, request.app.state.trainers.begin())
    return answer


@router.post("/trainer/dismiss")
def dismiss(request: Request, form: Posted, classroom: ClassroomOf) -> Response:
    """Give a seat back whose trainee has gone; its files stay."""
    _only_trainer(request)
    classroom.dismiss(form.get("seat", ""))
    return RedirectResponse("/trainer", 303)


@router.post("/trainer/leave")
def leave(request: Request) -> Response:
    """The trainer goes."""
    request.app.state.trainers.end(request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(COOKIE, path="/")
    return answer


def _context(request: Request, classroom: ClassroomOf) -> Mapping[str, object]:
    return {"view": class_view.view(classroom, school_of(request)), "every": _REFRESH_SECONDS}


def _signed_in(request: Request) -> bool:
    return bool(request.app.state.trainers.holds(request.cookies.get(COOKIE, "")))


def _only_trainer(request: Request) -> None:
    if not _signed_in(request):
        raise HTTPException(403, _("Only the trainer sees the class."))
