"""Errors that a person reads: typed inside, one plain line outside.

`template` is the English line; `language.describe` puts the same fields into the reader's language.
"""

from __future__ import annotations

from typing import ClassVar


class Phrase:
    """A reason inside an error: a template and its fields, put into the reader's language with the error.

    A field may be a phrase itself. `str()` is the English text.
    """

    __slots__ = ("fields", "template")

    def __init__(self, template: str, **fields: object) -> None:
        self.template, self.fields = template, fields

    def __str__(self) -> str:
        return self.template.format(**self.fields)


class PlainError(Exception):
    """An error with a template and the fields that fill it."""

    template: ClassVar[str] = "{reason}"

    def __init__(self, **fields: object) -> None:
        self.fields = fields
        super().__init__(self.template.format(**fields))


class DeclarationError(PlainError):
    """A row of the declaration that cannot be right."""

    template = "{file} row {row}: {reason}"


class ValueRefusedError(PlainError):
    """A value that a data item does not take; nothing was written.

    The text shows the value to the person who gave it; it belongs into no log.
    """

    template = "{item}: {value!r} is refused: {rule}"


class UnknownItemError(PlainError):
    """A name that is no data item."""

    template = "{item}: no such data item{hint}"


class UndecodableError(PlainError):
    """Bytes on a card that are no value of their item."""

    template = "{item}: the card holds {raw}, which is no {format} value"
