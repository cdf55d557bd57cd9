"""What can go wrong in the shell itself: typed, with one plain line each."""

from __future__ import annotations

from card_os.spec.errors import PlainError


class ShellMissingError(PlainError):
    """The shell is wanted, but the optional library for it is not installed."""

    template = "the shell needs the Python package cmd2: install residents-health-card[shell]"


class UnknownCommandError(PlainError):
    """A word that is no command of the shell."""

    template = "{name}: no such command{hint}; `help` lists them"


class LineRefusedError(PlainError):
    """A line that cannot be meant as it stands; nothing of it was done."""

    template = "{reason}"


class UnknownFileError(PlainError):
    """A path that is no file of the card."""

    template = "{path}: no such file on the card{hint}"


class UnknownKeyError(PlainError):
    """A name that is no key with which a terminal proves itself."""

    template = "{name}: no such key{hint}; the keys are {known}"


class BadHexError(PlainError):
    """A text that is no APDU."""

    template = "{text}: {reason}"


class UnexpectedStatusError(PlainError):
    """A raw APDU with another status word than the expected one."""

    template = "the card answered {sw}, not {expected}"


class PinNeededError(PlainError):
    """The PIN of the SAM is not known, or the known one was wrong and is not tried again."""

    template = "the PIN of the SAM is needed: `verify` asks for it"


class ScriptError(PlainError):
    """A script that cannot be read, or that calls itself."""

    template = "{file}: {reason}"


class ScriptStoppedError(PlainError):
    """A line of a script failed."""

    template = "{file}: {failed} of {count} lines failed, line {line} first"
