"""Signing in, and operators."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field, SecretStr

from issuer.access import operators
from issuer.access.actor import Role
from issuer.access.sign_in import close_session, open_session, sign_in
from issuer.api.caller import Bearer, Caller, OfficeOf, Working
from issuer.api.refusals import responses

router = APIRouter(tags=["access"])
Name = Annotated[str, Path(max_length=64, description="name for signing in")]


class Credentials(BaseModel):
    """A name and its password."""

    name: str = Field(max_length=64)
    password: SecretStr = Field(max_length=128)


class SessionOut(BaseModel):
    """The token that goes into `Authorization: Bearer …`, and until when it serves."""

    token: str
    until: datetime


class OperatorIn(BaseModel):
    """An operator to be added."""

    name: str = Field(max_length=64)
    display_name: str = Field(max_length=64)
    institution: str = Field(max_length=64)
    roles: list[Role] = Field(min_length=1)
    password: SecretStr = Field(max_length=128)


class OperatorOut(BaseModel):
    """An operator."""

    name: str
    display_name: str
    institution: str
    roles: list[Role]
    disabled: bool


class RolesIn(BaseModel):
    """The roles that an operator has from now on."""

    roles: list[Role] = Field(min_length=1)


@router.post("/session", operation_id="session.open", status_code=201, responses=responses())
def open_(credentials: Credentials, office: OfficeOf) -> SessionOut:
    """Sign in."""
    actor = sign_in(office.registry, credentials.name, credentials.password.get_secret_value())
    session = open_session(office.registry, actor)
    return SessionOut(token=session.token, until=session.until)


@router.delete("/session", operation_id="session.close", status_code=204, responses=responses())
def close(office: OfficeOf, actor: Caller, bearer: Bearer) -> None:
    """Sign out."""
    if bearer is not None:
        close_session(office.registry, actor, bearer.credentials)


@router.get("/operators", operation_id="operator.list", responses=responses())
def listed(work: Working) -> list[OperatorOut]:
    """All operators, by name."""
    return [OperatorOut(**row) for row in operators.listed(work)]


@router.post("/operators", operation_id="operator.add", status_code=201, responses=responses(409))
def add(body: OperatorIn, work: Working) -> OperatorOut:
    """Add an operator; takes two administrators."""
    person = operators.NewOperator(body.name, body.display_name, body.institution, frozenset(body.roles))
    operators.add(work, person, body.password.get_secret_value())
    return OperatorOut(**body.model_dump(exclude={"password"}), disabled=False)


@router.put(
    "/operators/{name}/roles", operation_id="operator.change_roles", status_code=204, responses=responses(404)
)
def change_roles(name: Name, body: RolesIn, work: Working) -> None:
    """Give an operator other roles; takes two administrators."""
    operators.change_roles(work, name, frozenset(body.roles))


@router.post(
    "/operators/{name}/disable", operation_id="operator.disable", status_code=204, responses=responses(404)
)
def disable(name: Name, work: Working) -> None:
    """Shut an operator out."""
    operators.disable(work, name)


@router.post(
    "/operators/{name}/unlock", operation_id="operator.unlock", status_code=204, responses=responses(404)
)
def unlock(name: Name, work: Working) -> None:
    """Let an operator sign in again after too many wrong passwords."""
    operators.unlock(work, name)
