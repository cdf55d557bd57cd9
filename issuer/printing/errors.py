"""What can go wrong in printing; no text holds what was to be printed."""

from __future__ import annotations

from card_os.spec.errors import PlainError


class PrintRefusedError(PlainError):
    """A value that cannot be printed; nothing was made. The text names the item and never shows the value."""

    template = "{item} cannot be printed: {reason}"


class NameUnreadableError(PlainError):
    """A name for which no pinyin can be found; `position` counts its characters from 1."""

    template = "pinyin of the name: character {position} has no known reading; give the pinyin with the name"


class LayoutError(PlainError):
    """A layout file that cannot be right."""

    template = "{file}: {place}: {reason}"


class PrintingUnavailableError(PlainError):
    """A library or a font is not installed."""

    template = "printing needs {missing}: {remedy}"


class FileNotWrittenError(PlainError):
    """A file that could not be written; what stood there before stands there still."""

    template = "{file} cannot be written: {reason}"
