"""A form as it was filled in: a name and a text for each field, and a photo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from card_os.spec.errors import Phrase
from issuer.applications.fields import fields, nearest
from issuer.applications.rules import Problem


@dataclass(frozen=True, slots=True)
class Form:
    """Texts by the names of fields, none of them empty; the photo as it was taken or came in a file.

    `photo_problem` says why there is no photo although one was named; `photo_fits` that the photo has
    been taken in already.
    """

    values: Mapping[str, str] = field(repr=False)
    photo: bytes | None = field(default=None, repr=False)
    photo_problem: Phrase | None = None
    photo_fits: bool = False

    def get(self, name: str) -> str:
        """The text of a field, empty where it was left out."""
        return self.values.get(name, "")

    def changed(self, changes: Mapping[str, str], photo: bytes | None = None) -> Form:
        """The form with other texts; an empty one takes the field away. The photo stays without another."""
        values = filled({**self.values, **changes})
        return Form(values, photo) if photo else Form(values, self.photo, None, self.photo_fits)


def filled(values: Mapping[str, str]) -> dict[str, str]:
    """The texts without blanks around them, and without the fields that are empty."""
    return {name: text.strip() for name, text in values.items() if text.strip()}


def unknown_fields(values: Mapping[str, str]) -> tuple[Problem, ...]:
    """A problem for each name that is no field."""
    return tuple(
        Problem("field.known", name, {"nearest": nearest(name)}) for name in values if name not in fields()
    )
