"""What can be wrong with the image of a card. No error text holds contents of a card."""

from __future__ import annotations

from card_os.spec.errors import PlainError


class ImageError(PlainError):
    """A text that is no image of a card; `place` names the line or the entry."""

    template = "{file}: {place}: {reason}"


class ImageFileError(PlainError):
    """A file that cannot be read, written or taken hold of."""

    template = "{file}: {reason}"
