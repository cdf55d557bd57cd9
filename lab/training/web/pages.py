"""Pages from templates, in the language of the request, with what every page needs."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from lab.training.classroom import Classroom
from lab.training.seat import Seat
from lab.training.web.guard import (
    BROWSER_COOKIE,
    CSRF_FIELD,
    CSRF_HEADER,
    SAFE,
    SEAT_COOKIE,
    CsrfTokens,
    is_secure,
)
from language import LANGUAGES, _, choose, current, describe

_BROWSER_BYTES = 24
_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


def environment() -> Environment:
    """The templates of the page; everything that is put into them is escaped."""
    made = Environment(
        loader=PackageLoader("lab.training.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(_=_, choose=choose, describe=describe, current=current, LANGUAGES=LANGUAGES)
    made.filters["data_url"] = lambda jpeg: "data:image/jpeg;base64," + b64encode(jpeg).decode("ascii")
    return made


class Pages:
    """Makes answers out of templates."""

    def __init__(self) -> None:
        self.tokens = CsrfTokens()
        self._environment = environment()

    def text(self, template: str, **context: object) -> str:
        """A template as text; for pieces that go over server-sent events."""
        return self._environment.get_template(template).render(**context)

    def page(
        self, request: Request, template: str, context: Mapping[str, object], status: int = 200
    ) -> HTMLResponse:
        """A template as an answer; a browser that is new gets the cookie that its forms are tied to."""
        browser = request.cookies.get(BROWSER_COOKIE) or secrets.token_urlsafe(_BROWSER_BYTES)
        csrf = self.tokens.token(browser)
        text = self.text(
            template, **{"csrf": csrf, "has_trainer": classroom_of(request).has_trainer, **context}
        )
        answer = HTMLResponse(text, status)
        if request.cookies.get(BROWSER_COOKIE) != browser:
            set_cookie(request, answer, BROWSER_COOKIE, browser)
        return answer


def set_cookie(request: Request, answer: Response, name: str, value: str, days: int | None = None) -> None:
    """A cookie for this server alone, out of reach of scripts; without days it ends with the browser."""
    answer.set_cookie(
        name,
        value,
        max_age=days * 86_400 if days else None,
        httponly=True,
        samesite="strict",
        secure=is_secure(request),
        path="/",
    )


def pages_of(request: Request) -> Pages:
    """The templates of the application."""
    found: Pages = request.app.state.pages
    return found


def classroom_of(request: Request) -> Classroom:
    """The class that is served."""
    found: Classroom = request.app.state.classroom
    return found


class NoSeatError(Exception):
    """A page of a seat without its cookie; answered by the page at which one takes a seat."""


def seat_of(request: Request) -> Seat:
    """The seat of the browser; raises NoSeatError."""
    seat = classroom_of(request).seat(request.cookies.get(SEAT_COOKIE, ""))
    if seat is None:
        raise NoSeatError
    return seat


async def posted(request: Request) -> Mapping[str, str]:
    """The fields of a form, the first value of each; an empty one where no form came."""
    if request.headers.get("content-type", "").partition(";")[0] not in _FORM_TYPES:
        return {}
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


async def own_page_only(request: Request) -> None:
    """Before every route: what changes something must come from a page of ours; raises 403."""
    if request.method in SAFE:
        return
    given = request.headers.get(CSRF_HEADER) or (await posted(request)).get(CSRF_FIELD)
    if not pages_of(request).tokens.fits(request.cookies.get(BROWSER_COOKIE), given):
        raise HTTPException(403, _("This page is too old. Load it again."), {"HX-Refresh": "true"})


def to_start(request: Request) -> Response:
    """To the page at which one takes a seat; for a part of a page the whole page goes there."""
    if request.headers.get("HX-Request"):
        return Response(status_code=204, headers={"HX-Redirect": "/"})
    return RedirectResponse("/", 303)


CurrentSeat = Annotated[Seat, Depends(seat_of)]
Posted = Annotated[Mapping[str, str], Depends(posted)]
PagesOf = Annotated[Pages, Depends(pages_of)]
ClassroomOf = Annotated[Classroom, Depends(classroom_of)]
