"""`rhc keys ceremony`, `shares`, `recover`: the master secret made, shared out, and brought back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from card_os.spec.errors import Phrase
from issuer.access.sign_in import sign_in
from issuer.cli.desk import THIRD, As, Desk, Home, Second, desk, password, unlocking
from issuer.cli.papers import Papers, component_of, words_of
from issuer.keys import opening
from issuer.keys.ceremony.procedures import KeyRoom
from issuer.keys.hierarchy import NATION, Level
from issuer.keys.key_file.key_file import KeyFile
from issuer.keys.key_file.locks import Lock, PassphraseLock
from issuer.keys.key_file.token_lock import TokenLock
from issuer.keys.key_set import MASTER_KEY, check_value_of
from issuer.office import PUBLISHED, HomeError
from language import _

NATION_NAME = "nation"
_MOST_SHARES = 16

LevelOption = Annotated[
    str, typer.Option("--level", help=_("nation, two digits for a province, or four for a city"))
]
Token = Annotated[
    str | None,
    typer.Option("--token", help=_("label of a PKCS#11 token that locks the key file"), show_default=False),
]
PapersOption = Annotated[
    Path | None,
    typer.Option(
        "--papers",
        help=_("directory for the papers of the people, instead of the screen"),
        show_default=False,
    ),
]
Third = Annotated[
    str | None, typer.Option("--third", envvar=THIRD, help=_("the third person"), show_default=False)
]


@contextmanager
def key_room(home: Path | None, operator: str | None, second: str | None) -> Iterator[tuple[Desk, KeyRoom]]:
    """Two key custodians at the key file of an office; raises HomeError for one with published keys."""
    with desk(home, operator, second or str(typer.prompt(_("second person")))) as at:
        settings = at.office.settings
        if settings.keys == PUBLISHED:
            reason = Phrase("this office works with the published test keys; it has no key file")
            raise HomeError(file=at.office.home, reason=reason)
        path = at.office.home / settings.keys
        yield at, KeyRoom(at.office.registry, path, unlocking, at.actor, at.second)


def level_of(text: str) -> Level:
    """A level as it is typed; raises LevelError."""
    return NATION if text == NATION_NAME else Level(text or "–")


def ceremony(
    level: LevelOption,
    *,
    third: Third = None,
    token: Token = None,
    papers: PapersOption = None,
    typed: Annotated[
        bool, typer.Option("--typed", help=_("components are typed from papers, not drawn"))
    ] = False,
    home: Home = None,
    operator: As = None,
    second: Second = None,
) -> None:
    """Make the keys of an office from the components of three people."""
    place = level_of(level)
    with key_room(home, operator, second) as (at, room):
        name = third or str(typer.prompt(_("third person")))
        other = sign_in(at.office.registry, name, password(THIRD, name))
        room.check_ceremony(other)
        people = [at.actor.name, at.second.name if at.second else "", name]
        with new_lock(token, room.path) as lock:
            components = [
                component_of(person, number, Papers(papers), typed=typed)
                for number, person in enumerate(people, start=1)
            ]
            made = room.hold_ceremony(other, components, at.office.settings.environment, place, lock)
    for number, component in enumerate(components, start=1):
        check = component.check_value.hex().upper()
        typer.echo(_("component {number}: check value {check}").format(number=number, check=check))
    _say_made(made)
    typer.echo(_("next: rhc keys shares hands out the recovery shares"))


def shares(
    needed: Annotated[int, typer.Option("--needed", help=_("how many people must come together"))],
    people: Annotated[int, typer.Option("--people", help=_("how many people get a share"))],
    *,
    old: Annotated[
        list[Path] | None, typer.Option("--old", help=_("file with a share that is replaced; several times"))
    ] = None,
    papers: PapersOption = None,
    home: Home = None,
    operator: As = None,
    second: Second = None,
) -> None:
    """Hand out recovery shares; then the master secret leaves the key file."""
    with key_room(home, operator, second) as (_at, room):
        made = room.make_shares(needed, people, words_of(old, _MOST_SHARES) if old else ())
        for share in made:
            title = _("recovery share {number} of {people}, {needed} needed").format(
                number=share.number, people=people, needed=needed
            )
            holder = _("holder of share {number}").format(number=share.number)
            Papers(papers).hand_over(f"share-{share.number}", holder, f"{title}\n{share.words}")
        room.shares_are_out()
    typer.echo(_("{people} shares are out; the master secret has left the key file").format(people=people))


def recover(
    level: LevelOption,
    *,
    words: Annotated[
        list[Path] | None, typer.Option("--share", help=_("file with the words of a share; several times"))
    ] = None,
    token: Token = None,
    home: Home = None,
    operator: As = None,
    second: Second = None,
) -> None:
    """Make the key file again of recovery shares."""
    place = level_of(level)
    with key_room(home, operator, second) as (at, room):
        given = words_of(words, _MOST_SHARES)
        with new_lock(token, room.path) as lock:
            made = room.recover(given, at.office.settings.environment, place, lock)
    _say_made(made)
    typer.echo(_("deliveries that it had taken must be taken again"))


@contextmanager
def new_lock(token: str | None, path: Path) -> Iterator[Lock]:
    """The lock of a new key file; where that does not come to be, it leaves nothing in a token.

    Raises PassphraseRefusedError, TokenError, SecretMissingError.
    """
    lock = _made_lock(token)
    try:
        yield lock
    except BaseException:
        # a file that is there may be under this lock, whatever failed afterwards
        if not path.exists():
            lock.discard()
        raise
    finally:
        lock.close()


def _made_lock(token: str | None) -> Lock:
    if token is not None:
        return TokenLock.make(token, opening.token_pin())
    if os.isatty(0) and not any(name.startswith(opening.PASSPHRASE_VARIABLE) for name in os.environ):
        question = _("new passphrase of the key file")
        return PassphraseLock.make(typer.prompt(question, hide_input=True, confirmation_prompt=True))
    return PassphraseLock.make(opening.passphrase())


def _say_made(made: KeyFile) -> None:
    text = _("{file}: {count} keys of level {level}, environment {environment}").format(
        file=made.path,
        count=len(list(made.keys)),
        level=made.level.code or NATION_NAME,
        environment=made.environment,
    )
    typer.echo(text)
    if MASTER_KEY in made.keys:
        check = check_value_of(MASTER_KEY, made.keys.use(MASTER_KEY)).hex().upper()
        typer.echo(_("master secret: check value {check}").format(check=check))
