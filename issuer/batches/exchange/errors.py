"""Why a file is refused: always whole, before anything changes."""

from __future__ import annotations

from card_os.spec.errors import PlainError


class ExchangeRefusedError(PlainError):
    """A file that is not taken in. `line` counts the lines of the text from 1, `field` names what is wrong.

    Values of personal fields never stand in the reason.
    """

    template = "line {line}, {field}: {reason}"


class UnwritableValueError(PlainError):
    """A value that a file cannot carry; no file was made. The value is not told: it may be personal."""

    template = "{kind}, row {row}, {field}: {reason}"
