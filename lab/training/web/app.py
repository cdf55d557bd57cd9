"""The training page as one application over a classroom."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from anyio.to_thread import current_default_thread_limiter
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from card_os.spec.errors import PlainError
from issuer.api.limits import Limits
from lab.training.classroom import Classroom
from lab.training.tutor import School
from lab.training.web import desk, exercises, inside, start, trainer, windows
from lab.training.web.guard import LOOPBACK, MOST_BYTES, PASSWORD_RATE, Buckets, Guard
from lab.training.web.pages import NoSeatError, Pages, own_page_only, to_start
from lab.training.web.trainer import TrainerSessions
from language import _, describe

STATIC = Path(__file__).parents[1] / "static"
ROUTERS = (
    start.router, desk.router, windows.router, inside.router, exercises.router, trainer.router
)  # fmt: skip
_log = logging.getLogger(__name__)
_THREADS = 120
"""Windows that write hold a thread for as long as a real card takes."""


def create_app(classroom: Classroom, hosts: Iterable[str] | None = ()) -> FastAPI:
    """The page of a class; `hosts` are names of this server besides those of loopback, None for any.

    Any name is safe under TLS alone, where another name than that of the certificate does not get here.
    """
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(own_page_only)],
        lifespan=_lifespan,
    )
    app.state.classroom, app.state.pages = classroom, Pages()
    app.state.password_tries = Buckets(PASSWORD_RATE)
    app.state.school, app.state.trainers = School(classroom.folder), TrainerSessions()
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    _install_refusals(app)
    app.add_middleware(Limits, most=MOST_BYTES)
    app.add_middleware(Guard, hosts=None if hosts is None else LOOPBACK | frozenset(hosts))
    return app


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[None]:
    current_default_thread_limiter().total_tokens = _THREADS
    yield


def _install_refusals(app: FastAPI) -> None:
    """One plain line for whatever goes wrong; never a traceback, never what was sent."""

    async def no_seat(request: Request, _error: Exception) -> Response:
        return to_start(request)

    async def plain(request: Request, error: Exception) -> Response:
        return _said(request, describe(error), 409)

    async def http(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        text = {404: _("There is no such page."), 405: _("That cannot be done here.")}.get(status)
        detail = error.detail if isinstance(error, HTTPException) else ""
        answer = _said(request, text or str(detail), status)
        answer.headers.update(getattr(error, "headers", None) or {})
        return answer

    async def wrong_form(request: Request, _error: Exception) -> Response:
        return _said(request, _("The form cannot be read."), 422)

    async def fault(request: Request, error: Exception) -> Response:
        _log.error("a request failed: %s", type(error).__name__)
        return _said(request, _("Something went wrong here; nothing more is known."), 500)

    app.add_exception_handler(NoSeatError, no_seat)
    app.add_exception_handler(PlainError, plain)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, wrong_form)
    app.add_exception_handler(Exception, fault)


def _said(request: Request, text: str, status: int) -> Response:
    pages: Pages = request.app.state.pages
    whole = not request.headers.get("HX-Request")
    return pages.page(request, "said.html", {"text": text, "whole": whole}, status)
