"""What a refusal looks like: `{"error": kind, "message": one line}` in the language of the server.

A kind of error that stands nowhere in the table is 422: what was asked breaks a rule, and the message says
which, where, and what would be accepted.
"""

from __future__ import annotations

import logging
from typing import Protocol, runtime_checkable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from card_os.crypto.sm2 import Sm2UnavailableError
from card_os.spec.errors import PlainError
from issuer.access.permission import NotPermittedError
from issuer.access.sign_in import SessionOverError, SignInRefusedError
from issuer.registry.errors import (
    ChangedMeanwhileError,
    NotFoundError,
    RegistryUnavailableError,
    TakenError,
    TransitionRefusedError,
)
from language import _, describe


@runtime_checkable
class RulesBroken(Protocol):
    """An error that tells several broken rules at once."""

    def problems_json(self) -> list[dict[str, str | int]]:
        """Rule, field and what would be accepted of each; the line too where there is one."""
        ...


STATUS: dict[type[Exception], int] = {
    SessionOverError: 401,
    SignInRefusedError: 401,
    NotPermittedError: 403,
    NotFoundError: 404,
    TakenError: 409,
    TransitionRefusedError: 409,
    ChangedMeanwhileError: 409,
    RegistryUnavailableError: 503,
    Sm2UnavailableError: 503,
}
RULE_BROKEN = 422
_log = logging.getLogger(__name__)


class ProblemOut(BaseModel):
    """A rule that a field breaks, and what would be accepted; in a list with the line of the file."""

    rule: str
    field: str
    expected: str


class Refusal(BaseModel):
    """Why a call was refused."""

    error: str = Field(description="the kind of error, a name that does not change")
    message: str = Field(description="one plain line")
    field: str | None = Field(default=None, description="the field of the request, where there is one")
    problems: list[dict[str, str | int]] | None = Field(
        default=None, description="all rules that are broken, where several are told at once"
    )


def responses(*statuses: int) -> dict[int | str, dict[str, object]]:
    """For the description of a route: which refusals it knows, besides those that all have."""
    every = (401, 403, RULE_BROKEN, 503)
    return {status: {"model": Refusal} for status in sorted({*every, *statuses})}


def install(app: FastAPI) -> None:
    """Turn errors into answers; an error of ours is 500 without a word about its inside."""
    app.add_exception_handler(PlainError, _plain)
    app.add_exception_handler(Sm2UnavailableError, _plain)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _internal)


def status_of(error: Exception) -> int:
    """The status of a refusal, by the nearest kind in the table."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), RULE_BROKEN)


def _plain(_request: Request, error: Exception) -> JSONResponse:
    status = status_of(error)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    problems = error.problems_json() if isinstance(error, RulesBroken) else None
    return _answer(status, type(error).__name__, describe(error), headers=headers, problems=problems)


def _invalid(_request: Request, error: Exception) -> JSONResponse:
    # the first problem; what was sent is not repeated, since it may be personal
    assert isinstance(error, RequestValidationError)  # noqa: S101
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    return _answer(
        RULE_BROKEN, "RequestError", _("{field}: {reason}").format(field=field, reason=first["msg"]), field
    )


def _internal(_request: Request, error: Exception) -> JSONResponse:
    _log.error("a call failed: %s", type(error).__name__)
    return _answer(500, "InternalError", _("internal error: {kind}").format(kind=type(error).__name__))


def _answer(
    status: int,
    kind: str,
    message: str,
    field: str | None = None,
    *,
    headers: dict[str, str] | None = None,
    problems: list[dict[str, str | int]] | None = None,
) -> JSONResponse:
    content = Refusal(error=kind, message=message, field=field, problems=problems).model_dump()
    return JSONResponse(content, status, headers)
