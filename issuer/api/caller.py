"""Who calls: the bearer of a token, and a second person where it takes two; and their transaction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from issuer.access.actor import Actor
from issuer.access.sign_in import SessionOverError, actor_of
from issuer.office import Office
from issuer.registry.work import Work

_bearer = HTTPBearer(auto_error=False, description="The token of `POST /session`.")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
SecondToken = Annotated[
    str | None,
    Header(
        alias="X-Second-Token",
        max_length=128,
        description="The token of the second person, where it takes two.",
    ),
]


def office_of(request: Request) -> Office:
    """The office that this application serves."""
    office: Office = request.app.state.office
    return office


OfficeOf = Annotated[Office, Depends(office_of)]


def caller(office: OfficeOf, bearer: Bearer) -> Actor:
    """The operator behind the token; raises SessionOverError."""
    if bearer is None:
        raise SessionOverError
    return actor_of(office.registry, bearer.credentials)


Caller = Annotated[Actor, Depends(caller)]


def working(
    request: Request, office: OfficeOf, actor: Caller, second_token: SecondToken = None
) -> Iterator[Work]:
    """One transaction for the call; it is over, kept or undone, before the answer leaves.

    The action is the route's operation id. It is looked up here too, so that who may not do it hears that,
    and not what is wrong with the request.
    """
    second = actor_of(office.registry, second_token) if second_token else None
    with office.registry.transaction(actor, second) as work:
        work.permit(request.scope["route"].operation_id)
        yield work


Working = Annotated[Work, Depends(working, scope="function")]
