"""The desk at which a command works: the home of the issuer, its keys, and who sits there.

Who works is said by `--as NAME` or RHC_OPERATOR, a second person by `--second NAME` or RHC_SECOND. Passwords
are asked for; in scripts they come from RHC_OPERATOR_PASSWORD and RHC_SECOND_PASSWORD, never from the command
line, where every user of the machine could read them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from issuer.access.actor import Actor
from issuer.access.sign_in import sign_in
from issuer.keys.custodian import Custodian
from issuer.keys.opening import Unlocking, open_keys
from issuer.office import HOME_VARIABLE, Office, OfficeSettings, home_of, open_office
from issuer.registry import setting_up
from issuer.registry.work import Work
from language import _

OPERATOR, SECOND, THIRD = "RHC_OPERATOR", "RHC_SECOND", "RHC_THIRD"
PASSWORD = "_PASSWORD"  # noqa: S105  the end of a variable's name
unlocking = Unlocking()

Home = Annotated[
    Path | None,
    typer.Option("--home", envvar=HOME_VARIABLE, help=_("directory of the issuer"), show_default=False),
]
As = Annotated[
    str | None, typer.Option("--as", envvar=OPERATOR, help=_("the operator who works"), show_default=False)
]
Second = Annotated[
    str | None,
    typer.Option(
        "--second", envvar=SECOND, help=_("the second person, where it takes two"), show_default=False
    ),
]


@dataclass(frozen=True, slots=True)
class Desk:
    """An office with people who have signed in."""

    office: Office
    actor: Actor
    second: Actor | None

    @contextmanager
    def work(self) -> Iterator[Work]:
        """One piece of work of these people."""
        with self.office.registry.transaction(self.actor, self.second) as work:
            yield work


@contextmanager
def office_of(home: Path | None) -> Iterator[Office]:
    """The opened home, and its registry checked; raises HomeError, RegistryVersionError, key file errors."""
    office = open_office(home_of(home), open_key_file)
    try:
        setting_up.check(office.registry)
        yield office
    finally:
        office.registry.close()


@contextmanager
def desk(home: Path | None, operator: str | None, second: str | None = None) -> Iterator[Desk]:
    """The desk with one person, or two; raises SignInRefusedError and what `office_of` raises."""
    with office_of(home) as office:
        name = operator or typer.prompt(_("operator"))
        actor = sign_in(office.registry, name, password(OPERATOR, name))
        helper = sign_in(office.registry, second, password(SECOND, second)) if second else None
        yield Desk(office, actor, helper)


def new_password(variable: str, name: str) -> str:
    """A password that is being chosen: from a variable of the environment, or asked for twice."""
    given = os.environ.get(variable)
    if given is not None:
        return given
    question = _("new password of {name}").format(name=name)
    return str(typer.prompt(question, hide_input=True, confirmation_prompt=True))


def open_key_file(path: Path, settings: OfficeSettings) -> Custodian:
    """The custodian of a key file; one without keys before the ceremony."""
    return open_keys(path, settings, unlocking)


def password(variable: str, name: str) -> str:
    """The password of somebody who signs in: from a variable of the environment, or asked for."""
    given = os.environ.get(variable + PASSWORD)
    if given is not None:
        return given
    return str(typer.prompt(_("password of {name}").format(name=name), hide_input=True))
