"""What can be wrong with a trace: typed, with one plain line each."""

from __future__ import annotations

from card_os.spec.errors import PlainError


class TraceError(PlainError):
    """Any error with a recorded trace."""


class TraceFileError(TraceError):
    """A file that cannot be opened, or whose version is not known."""

    template = "{file}: {reason}"


class NoExchangeError(TraceError):
    """A file in which no exchange with a card was found."""

    template = "{file}: no exchange with a card was found in its {lines} lines"
