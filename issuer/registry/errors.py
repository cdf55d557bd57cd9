"""What can go wrong between the registry and its database."""

from __future__ import annotations

from card_os.spec.errors import PlainError


class RegistryUnavailableError(PlainError):
    """The database cannot be reached, is full, or broke off: nothing of the transaction was kept."""

    template = "the registry is not available: {reason}"


class ValueRefusedError(PlainError):
    """A text that the database does not hold; it is not told, for it may be personal. Nothing was changed."""

    template = "a text is refused: it is too long for its place, or holds a null character"


class RegistryVersionError(PlainError):
    """A database with another schema than this program."""

    template = "the registry has schema {found}, this program needs {due}: run `rhc issuer migrate`"


class NotFoundError(PlainError):
    """An id or number that the registry does not have."""

    template = "{kind} {name}: there is none"


class TakenError(PlainError):
    """Something that may exist once only exists already."""

    template = "{kind} {name}: it exists already"


class TransitionRefusedError(PlainError):
    """A transition that is not in the table of states; nothing was changed."""

    template = "{kind} {name}: {action} is not possible in state {state}; possible now: {possible}"


class ChangedMeanwhileError(PlainError):
    """Somebody else changed the same row first; nothing was changed here."""

    template = "{kind} {name}: somebody else has just changed it; look at it again"
