"""Least privilege by table: `actions.csv` of each room says who may do what, and what takes two people.

A service function is bound to its row by `@action("name")`; the check runs before the function, whoever calls
it: command line, HTTP or another program. An action without a row cannot be declared.
"""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar, cast

from card_os.spec.errors import DeclarationError, PlainError
from card_os.spec.model import Meaning
from issuer.access.actor import Actor, Role

if TYPE_CHECKING:
    from issuer.registry.work import Work

FILE = "actions.csv"
_COLUMNS = ["action", "roles", "second", "chinese", "english", "source"]
_P = ParamSpec("_P")
_R = TypeVar("_R")


class NotPermittedError(PlainError):
    """An action for which the operator has no role."""

    template = "{operator} may not do {action}: it takes the role {roles}"


class SecondPersonError(NotPermittedError):
    """An action of two people, tried by one alone, by the same one twice, or with one who lacks the role."""

    template = "{action} takes a second person with the role {roles}, other than {operator}"


@dataclass(frozen=True, slots=True)
class Action:
    """One row of the table. `second` means that two people with one of the roles must act together."""

    name: str
    roles: frozenset[Role]
    second: bool
    meaning: Meaning


@cache
def actions() -> Mapping[str, Action]:
    """All actions of all rooms; raises DeclarationError for a row that cannot be right."""
    found: dict[str, Action] = {}
    for room in sorted(files("issuer").iterdir(), key=lambda entry: entry.name):
        table = room / FILE
        if not table.is_file():
            continue
        place = f"issuer/{room.name}/{FILE}"
        rows = csv.DictReader(io.StringIO(table.read_text("utf-8")))
        if rows.fieldnames != _COLUMNS:
            raise DeclarationError(file=place, row=1, reason=f"the columns must be {', '.join(_COLUMNS)}")
        for line, row in enumerate(rows, start=2):
            if row["action"] in found or row["second"] not in ("yes", "no"):
                reason = "an action twice, or second is neither yes nor no"
                raise DeclarationError(file=place, row=line, reason=reason)
            found[row["action"]] = _action(place, line, row)
    return found


def require(name: str, actor: Actor, second: Actor | None) -> None:
    """Pass where the table lets these people do it; raises NotPermittedError and SecondPersonError."""
    action = actions()[name]
    roles = ", ".join(sorted(action.roles))
    if not actor.roles & action.roles:
        raise NotPermittedError(operator=actor.name, action=name, roles=roles)
    if action.second and (second is None or second.name == actor.name or not second.roles & action.roles):
        raise SecondPersonError(operator=actor.name, action=name, roles=roles)


def action(
    name: str,
) -> Callable[[Callable[Concatenate[Work, _P], _R]], Callable[Concatenate[Work, _P], _R]]:
    """Bind a service function to its row of the table; its first argument is the Work."""
    if name not in actions():
        raise DeclarationError(file=FILE, row=0, reason=f"{name} is no action of the table")

    def bind(function: Callable[Concatenate[Work, _P], _R]) -> Callable[Concatenate[Work, _P], _R]:
        @functools.wraps(function)
        def permitted(work: Work, *args: _P.args, **kwargs: _P.kwargs) -> _R:
            work.permit(name)
            return function(work, *args, **kwargs)

        BOUND.setdefault(name, []).append(permitted)
        return cast("Callable[Concatenate[Work, _P], _R]", permitted)

    return bind


BOUND: dict[str, list[Callable[..., object]]] = {}


def _action(file: str, line: int, row: Mapping[str, str]) -> Action:
    try:
        roles = frozenset(Role(role) for role in row["roles"].split())
    except ValueError:
        raise DeclarationError(file=file, row=line, reason="an unknown role") from None
    if not roles:
        raise DeclarationError(file=file, row=line, reason="no role")
    return Action(row["action"], roles, row["second"] == "yes", Meaning(row["chinese"], row["english"]))
