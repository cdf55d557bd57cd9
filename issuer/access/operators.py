"""Operators: added by two administrators, with roles and a password; the first two come with the registry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select

from card_os.spec.errors import Phrase, PlainError
from issuer.access import passwords
from issuer.access.actor import Role
from issuer.access.permission import action
from issuer.registry.errors import TakenError
from issuer.registry.schema.access import operator, operator_role
from issuer.registry.schema.columns import new_id
from issuer.registry.work import Row, Work

TRIES = 5
FOUNDERS = 2
"""Administrators that there must be: it takes two to add an operator."""
_NAME_LENGTH = 64


class OperatorRefusedError(PlainError):
    """An operator that cannot be added or changed so."""

    template = "operator {name}: {reason}"


@dataclass(frozen=True, slots=True)
class NewOperator:
    """An operator to be added. `name` is for signing in, 2 to 64 letters, digits, dots and dashes."""

    name: str
    display_name: str
    institution: str
    roles: frozenset[Role]


def found(work: Work, first: Iterable[tuple[NewOperator, str]]) -> None:
    """Put the first operators into an empty registry, at least two administrators who then add the others.

    Each comes with a password. Raises OperatorRefusedError.
    """
    if work.connection.execute(select(func.count()).select_from(operator)).scalar_one():
        raise OperatorRefusedError(name="–", reason=Phrase("the registry has operators already"))
    people = list(first)
    if sum(Role.ADMINISTRATOR in person.roles for person, _password in people) < FOUNDERS:
        raise OperatorRefusedError(name="–", reason=Phrase("two administrators must come first"))
    for person, password in people:
        _add(work, person, password)


@action("operator.add")
def add(work: Work, person: NewOperator, password: str) -> str:
    """Add an operator; returns the id.

    Raises TakenError, OperatorRefusedError and PasswordRefusedError.
    """
    return _add(work, person, password)


@action("operator.change_roles")
def change_roles(work: Work, name: str, roles: frozenset[Role]) -> None:
    """Give an operator these roles instead of the old ones; raises NotFoundError, OperatorRefusedError."""
    row = by_name(work, name)
    _check_roles(name, roles)
    if name in {work.actor.name, work.second.name if work.second else ""}:
        raise OperatorRefusedError(name=name, reason=Phrase("nobody changes their own roles"))
    was_administrator = Role.ADMINISTRATOR in roles_of(work, row["id"])
    work.connection.execute(delete(operator_role).where(operator_role.c.operator_id == row["id"]))
    _set_roles(work, row["id"], roles)
    if was_administrator:
        _keep_two_administrators(work, name)
    work.record("operator.change_roles", "operator", name, roles=sorted(roles))


@action("operator.disable")
def disable(work: Work, name: str) -> None:
    """Shut an operator out for good; raises NotFoundError, OperatorRefusedError."""
    if name == work.actor.name:
        raise OperatorRefusedError(name=name, reason=Phrase("nobody disables themselves"))
    row = by_name(work, name)
    was_administrator = Role.ADMINISTRATOR in roles_of(work, row["id"])
    work.update(operator, row["id"], disabled=True)
    if was_administrator:
        _keep_two_administrators(work, name)
    work.record("operator.disable", "operator", name)


@action("operator.unlock")
def unlock(work: Work, name: str) -> None:
    """Give an operator who mistyped too often all tries back; raises NotFoundError."""
    work.update(operator, by_name(work, name)["id"], tries_left=TRIES, locked_until=None)
    work.record("operator.unlock", "operator", name)


@action("operator.list")
def listed(work: Work) -> list[Row]:
    """Name, display name, institution, disabled and roles of every operator, by name."""
    columns = (operator.c.id, operator.c.name, operator.c.display_name, operator.c.institution)
    rows = work.rows(select(*columns, operator.c.disabled).order_by(operator.c.name))
    return [{**row, "roles": sorted(roles_of(work, row.pop("id")))} for row in rows]


def by_name(work: Work, name: str) -> Row:
    """The row of an operator; raises NotFoundError."""
    return work.one(select(operator).where(operator.c.name == name), "operator", name, lock=True)


def roles_of(work: Work, operator_id: str) -> frozenset[Role]:
    """The roles of an operator."""
    roles = select(operator_role.c.role).where(operator_role.c.operator_id == operator_id)
    return frozenset(Role(role) for role in work.connection.execute(roles).scalars())


def _add(work: Work, person: NewOperator, password: str) -> str:
    plain = person.name.replace(".", "").replace("-", "")
    if not (2 <= len(person.name) <= _NAME_LENGTH and plain.isascii() and plain.isalnum()):
        reason = Phrase("the name takes 2 to 64 letters, digits, dots and dashes")
        raise OperatorRefusedError(name=person.name[:_NAME_LENGTH], reason=reason)
    _check_roles(person.name, person.roles)
    if work.rows(select(operator.c.id).where(operator.c.name == person.name)):
        raise TakenError(kind="operator", name=person.name)
    row_id = work.insert(
        operator,
        name=person.name,
        display_name=person.display_name,
        institution=person.institution,
        password=passwords.stored(password),
        disabled=False,
        tries_left=TRIES,
    )
    _set_roles(work, row_id, person.roles)
    work.record("operator.add", "operator", person.name, roles=sorted(person.roles))
    return row_id


def _keep_two_administrators(work: Work, name: str) -> None:
    """Refuse what would leave fewer than two, for then nobody could add an operator any more."""
    left = (
        select(func.count())
        .select_from(operator.join(operator_role))
        .where(operator_role.c.role == Role.ADMINISTRATOR, operator.c.disabled.is_(False))
    )
    if work.connection.execute(left).scalar_one() < FOUNDERS:
        raise OperatorRefusedError(name=name, reason=Phrase("two administrators must stay"))


def _check_roles(name: str, roles: frozenset[Role]) -> None:
    if not roles:
        raise OperatorRefusedError(name=name, reason=Phrase("at least one role is needed"))


def _set_roles(work: Work, operator_id: str, roles: Iterable[Role]) -> None:
    rows = [{"id": new_id(), "operator_id": operator_id, "role": role} for role in sorted(roles)]
    work.connection.execute(insert(operator_role), rows)
