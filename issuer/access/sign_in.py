"""Signing in: a name and a password give an actor, and for the HTTP interface a token for some hours.

A try is taken before the password is looked at, and given back when it was right. Five wrong ones lock the
name for a quarter of an hour. All refusals read alike, and each is a row in the audit chain.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from card_os.crypto.sm3 import sm3
from card_os.spec.errors import PlainError
from issuer.access import passwords
from issuer.access.actor import Actor
from issuer.access.operators import TRIES, roles_of
from issuer.registry.registry import Registry
from issuer.registry.schema.access import operator, session
from issuer.registry.work import Row, Work, first_of

LOCKED_FOR = timedelta(minutes=15)
SESSION_FOR = timedelta(hours=8)
_TOKEN = 32


class SignInRefusedError(PlainError):
    """A name and password that do not open anything, or are locked; the text does not say which."""

    template = "signing in was refused: name or password is wrong, or the name is locked for now"


class SessionOverError(PlainError):
    """A token that nobody has, or whose time is over."""

    template = "the session is over: sign in again"


@dataclass(frozen=True, slots=True)
class Session:
    """A token for the bearer, 43 characters, and until when it serves."""

    token: str = field(repr=False)
    until: datetime


def sign_in(registry: Registry, name: str, password: str) -> Actor:
    """The actor behind a name and a password; raises SignInRefusedError."""
    nobody = Actor("", frozenset())
    # the try is taken and kept, whatever happens to this program before the comparison is over
    with registry.transaction(nobody) as work:
        row = first_of(work.rows(select(operator).where(operator.c.name == name).with_for_update()))
        taken = row is not None and _take_try(work, row)
    if row is None or not taken:
        passwords.waste_time(password)
        right = False
    else:
        right = passwords.matches(password, row["password"])
    with registry.transaction(nobody) as work:
        if row is None or not right:
            # what was typed as a name may be a password: only a name that exists is written down
            work.record("session.refuse", "operator", row["name"] if row else "")
        else:
            work.update(operator, row["id"], tries_left=TRIES, locked_until=None)
            actor = Actor(row["name"], roles_of(work, row["id"]), row["institution"])
    if not right:
        raise SignInRefusedError
    return actor


def open_session(registry: Registry, actor: Actor) -> Session:
    """A token with which the actor works until it is over; what is stored of it cannot be used."""
    token = secrets.token_urlsafe(_TOKEN)
    with registry.transaction(actor) as work:
        work.connection.execute(delete(session).where(session.c.until < work.now))
        row = work.one(select(operator.c.id).where(operator.c.name == actor.name), "operator", actor.name)
        until = work.now + SESSION_FOR
        work.insert(session, operator_id=row["id"], token=_stored(token), until=until)
        work.record("session.open", "operator", actor.name)
    return Session(token, until)


def close_session(registry: Registry, actor: Actor, token: str) -> None:
    """End a session; one that is over already stays so."""
    with registry.transaction(actor) as work:
        work.connection.execute(delete(session).where(session.c.token == _stored(token)))
        work.record("session.close", "operator", actor.name)


def actor_of(registry: Registry, token: str) -> Actor:
    """Who bears a token, with the roles of this moment; raises SessionOverError."""
    wanted = (
        select(operator)
        .join(session, session.c.operator_id == operator.c.id)
        .where(session.c.token == _stored(token), operator.c.disabled.is_(False))
        .add_columns(session.c.until)
    )
    with registry.transaction(Actor("", frozenset())) as work:
        row = first_of(work.rows(wanted))
        if row is None or row["until"] <= work.now:
            raise SessionOverError
        return Actor(row["name"], roles_of(work, row["id"]), row["institution"])


def _take_try(work: Work, row: Row) -> bool:
    """Take one try of an operator; False where none may be made."""
    if row["disabled"] or (row["locked_until"] is not None and row["locked_until"] > work.now):
        return False
    left = row["tries_left"] - 1 if row["tries_left"] > 0 else TRIES - 1
    locked = work.now + LOCKED_FOR if left == 0 else None
    taken = update(operator).where(operator.c.id == row["id"]).values(tries_left=left, locked_until=locked)
    work.connection.execute(taken)
    return True


def _stored(token: str) -> bytes:
    return sm3(token.encode())
